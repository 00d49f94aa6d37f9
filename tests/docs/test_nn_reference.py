"""The reference of nn has an entry for each public class, which says what it computes and of which shapes."""

import inspect
import re

import pytest

from docs import generate
from tests.conftest import ROOT
from torchnn import nn, registry

REFERENCE = ROOT / "docs/reference/nn"
PAGES = sorted(REFERENCE.glob("*.md"))
CLASSES = [name for name in nn.__all__ if inspect.isclass(getattr(nn, name))]
# What trains, tests or is only a base has no input and output of its own.
WITHOUT_SHAPES = {"Module", "Criterion", "Container", "StochasticGradient", "Jacobian", "SparseJacobian"}
# Layers that come from a paper.
WITH_SOURCE = {
    "BatchNormalization", "CReLU", "ClassSimplexCriterion", "Dropout", "ELU", "LayerNormalization", "LinearWeightNorm",
    "Maxout", "PReLU", "PixelShuffle", "SpatialDilatedConvolution", "SpatialFractionalMaxPooling",
    "VolumetricFractionalMaxPooling", "TemporalDynamicKMaxPooling", "SpatialCrossMapLRN", "SpatialDropout",
    "WeightNorm",
    "GradientReversal", "SpatialSubtractiveNormalization", "DistanceRatioCriterion", "RReLU", "GatedLinearUnit",
}  # fmt: skip


def documented():
    return {name: path.stem for path in PAGES for entry in generate.entries(path.read_text()) for name in entry}


def is_criterion(name):
    return issubclass(getattr(nn, name), nn.Criterion)


@pytest.mark.parametrize("name", CLASSES)
def test_docstring(name):
    text = getattr(nn, name).__doc__
    assert text and "__doc__" in vars(getattr(nn, name)), f"nn.{name} has no docstring of its own"
    assert re.match(r"[^\n]{2,}[.:]\n?", text), f"nn.{name}: the first line is no sentence or formula"
    if name not in WITHOUT_SHAPES:
        assert re.search(r"\bInput( and (output|target))?( |:)", text), f"nn.{name} does not say what its input is"
        wanted = r"\b[Tt]arget\b|no target" if is_criterion(name) else r"\b([Oo]utput)\b"
        assert re.search(wanted, text), f"nn.{name} does not say what its output, or target, is"


@pytest.mark.parametrize("name", sorted(WITH_SOURCE))
def test_sources_are_named(name):
    assert re.search(r"Source: \w", getattr(nn, name).__doc__), f"nn.{name} does not name its source"


def test_each_class_and_function_has_an_entry():
    here = documented()
    missing = [name for name in CLASSES if name not in here]
    assert not missing, f"classes without an entry: {missing}"
    assert "convolutionalize" in here


@pytest.mark.parametrize("name", ["Module", "Container", "Criterion", "Jacobian"])
def test_each_method_of_a_base_has_an_entry(name):
    here = documented()
    own = {key for key in dir(getattr(nn, name)) if not key.startswith("_") and key != "count"}
    inherited = set(dir(nn.Module)) if name == "Container" else set()
    missing = sorted(key for key in own - inherited if f"{name}.{key}" not in here)
    assert not missing, f"methods of nn.{name} without an entry: {missing}"


def test_each_module_function_has_an_entry():
    here = documented()
    for module in (nn.plot, nn.hessian, nn.tables):
        short = module.__name__.rpartition(".")[2]
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
                assert f"{short}.{name}" in here, f"nn.{short}.{name} has no entry"


def test_registered_names_are_those_of_the_package():
    for name in CLASSES:
        if not name.endswith("Jacobian"):
            assert registry.typename(getattr(nn, name)) == f"nn.{name}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_are_what_the_docstrings_say(path):
    page = path.read_text()
    assert generate.filled(nn, page) == page, f"{path} is out of date: run python -m docs.generate"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_entry_has_an_example(path):
    for heading, rest in re.findall(r"^### (.+?)$(.*?)(?=^#|\Z)", path.read_text(), re.MULTILINE | re.DOTALL):
        assert ">>>" in rest, f"{path.stem}: {heading} has no example"


def test_the_index_lists_all_pages():
    index = (REFERENCE / "README.md").read_text()
    for path in PAGES:
        assert path.stem == "README" or f"({path.name})" in index, path.name
