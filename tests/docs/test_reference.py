"""The reference documents all that Torch7 has and all that is public, and says what the docstrings say."""

import inspect
import re

import pytest

from docs import generate
from tests.conftest import ROOT
from torchnn import torch

REFERENCE = ROOT / "docs/reference/torch"
PAGES = sorted(REFERENCE.glob("*.md"))
INVENTORY = re.findall(r"^(\w+): (.+)$", (ROOT / "tests/docs/inventory.txt").read_text(), re.MULTILINE)
NAMES = [(page, name) for page, line in INVENTORY for name in line.split()]


# Attributes that are documented with their class, or are for the package itself.
WITHOUT_ENTRY = {
    "Tensor": {"alike", "axis", "element", "empty", "view_of", "wrap"},
    "Storage": {"data", "element", "wrap"},
    "Generator": {"bytes", "number", "restore", "seed", "state", "units", "word", "words"},
    "DiskFile": {"modes", "read", "seek_error", "write"},
    "PipeFile": {"modes", "read", "seek_error", "write"},
    "MemoryFile": {"read", "seek_error", "write"},
}


def documented(page):
    text = (REFERENCE / f"{page}.md").read_text()
    return {name for entry in generate.entries(text) for name in entry}


def exists(name):
    owner, _, attribute = name.partition(".")
    return hasattr(torch if owner == "torch" else getattr(torch, owner), attribute)


@pytest.mark.parametrize("page", sorted({page for page, _ in NAMES if page != "absent"}))
def test_all_that_torch7_has_is_documented(page):
    here = documented(page)
    for of, name in NAMES:
        if of == page:
            assert exists(name), f"{name} is missing"
            assert here & {name, name.removeprefix("torch."), name.removeprefix("Tensor.")}, f"{name} not on {page}.md"


def test_what_is_left_out_is_named():
    index = (REFERENCE / "README.md").read_text()
    for _, name in (entry for entry in NAMES if entry[0] == "absent"):
        assert f"`{name}`" in index, f"the index page does not say why there is no {name}"
        assert not exists(name), f"{name} exists but is listed as absent"


def public(owner):
    """Public attributes of a class or the package, without submodules."""
    return {name for name in dir(owner) if is_public(name, inspect.getattr_static(owner, name))}


def is_public(name, value):
    return not name.startswith("_") and not inspect.ismodule(value)


def test_nothing_public_is_undocumented():
    everywhere = set().union(*(documented(path.stem) for path in PAGES))
    internal = {"NoReturn", "MissingError"}  # what the package itself imports
    missing = sorted(public(torch) - everywhere - internal)
    assert not missing, f"undocumented functions: {missing}"


@pytest.mark.parametrize("name", [*WITHOUT_ENTRY, "CmdLine", "Tester", "Timer"])
def test_no_public_method_is_undocumented(name):
    everywhere = set().union(*(documented(path.stem) for path in PAGES))
    if name == "Tensor":
        everywhere |= {f"Tensor.{entry}" for entry in everywhere}
    if name.endswith("File"):
        everywhere |= {entry.replace("DiskFile", name) for entry in everywhere}
    here = public(getattr(torch, name)) - WITHOUT_ENTRY.get(name, set())
    missing = sorted(attribute for attribute in here if f"{name}.{attribute}" not in everywhere)
    assert not missing, f"undocumented attributes of {name}: {missing}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_are_what_the_docstrings_say(path):
    page = path.read_text()
    assert generate.filled(torch, page) == page, f"{path} is out of date: run python -m docs.generate"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_entry_has_an_example(path):
    for heading, rest in re.findall(r"^### (.+?)$(.*?)(?=^#|\Z)", path.read_text(), re.MULTILINE | re.DOTALL):
        assert ">>>" in rest, f"{path.stem}: {heading} has no example"


def test_the_index_lists_all_pages():
    index = (REFERENCE / "README.md").read_text()
    for path in PAGES:
        assert path.stem == "README" or f"({path.name})" in index, path.name
