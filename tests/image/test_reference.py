"""The reference page documents all of the package."""

import inspect

from docs import generate
from tests.conftest import ROOT
from torchnn import image

PAGE = (ROOT / "docs/reference/image/README.md").read_text()


def test_every_function_has_an_entry():
    entries = {name for entry in generate.entries(PAGE) for name in entry}
    functions = {name for name, value in vars(image).items() if inspect.isfunction(value) and not name.startswith("__")}
    assert entries == functions


def test_the_page_is_what_the_docstrings_say():
    assert generate.filled(image, PAGE) == PAGE, "run python -m docs.generate"
