"""The packages that have a page of reference each: it has an entry for all that is public."""

import importlib
import inspect

import pytest

from docs import generate
from tests.conftest import ROOT

# What the package itself imports, or is for those who make nodes themselves.
INTERNAL = {"MissingError", "NoReturn", "connect"}
PACKAGES = ["graph", "image", "inn", "nngraph", "optim", "paths", "stn", "sys", "xlua"]


@pytest.mark.parametrize("name", PACKAGES)
def test_nothing_public_is_undocumented(name):
    page = (ROOT / f"docs/reference/{name}/README.md").read_text()
    here = {entry for entries in generate.entries(page) for entry in entries}
    package = importlib.import_module(f"torchnn.{name}")
    public = {
        key
        for key in dir(package)
        if not key.startswith("_") and callable(getattr(package, key)) and key not in INTERNAL
    }
    public = {key for key in public if not inspect.ismodule(getattr(package, key))}
    missing = sorted(public - here)
    assert not missing, f"torchnn.{name}: no entry for {missing}"
