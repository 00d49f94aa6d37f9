"""The examples of all documentation pages and docstrings run and print what they say."""

import doctest
import importlib
import pathlib
import pkgutil
import re

import pytest

import torchnn
from tests.conftest import ROOT
from torchnn import nngraph
from torchnn.nn import calls

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(torchnn.__path__, "torchnn.")
    if not module.name.startswith(("torchnn.kernels", "torchnn.lua")) and not module.name.endswith("__main__")
)
IMPORTS_NNGRAPH = re.compile(r"^>>> from torchnn import .*\bnngraph\b", re.MULTILINE)
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EMPTY_WITHIN_OUTPUT = re.compile(r"^(?=\n+(?!>>>|\n)[^\n])", re.MULTILINE)


class Checker(doctest.OutputChecker):
    """White space at the end of lines and of the output does not matter: Torch7's texts end with an empty line."""

    def check_output(self, want, got, optionflags):
        return self.tidy(want) == self.tidy(got) or super().check_output(want, got, optionflags)

    @staticmethod
    def tidy(text):
        return "\n".join(line.rstrip() for line in text.replace("<BLANKLINE>", "").rstrip().expandtabs().splitlines())


def examples(page):
    """A page's examples as one session, at the lines of the page; an empty line within an output belongs to it."""
    lines = ["\n"] * page.count("\n")
    for fence in FENCE.finditer(page):
        start = page.count("\n", 0, fence.start(1))
        block = EMPTY_WITHIN_OUTPUT.sub("<BLANKLINE>", fence[1]).splitlines(keepends=True)
        lines[start : start + len(block)] = block
    return "".join(lines)


def run(tests):
    runner = doctest.DocTestRunner(Checker(), verbose=False, optionflags=doctest.ELLIPSIS)
    report = []
    for test in tests:
        runner.run(test, out=report.append)
    return runner.tries, "".join(report)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_page(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    if IMPORTS_NNGRAPH.search(path.read_text()):
        monkeypatch.setattr(calls, "maker", nngraph.connect)  # set by the first import of a process alone
    parser = doctest.DocTestParser()
    name = str(path.relative_to(ROOT))
    tries, report = run([parser.get_doctest(examples(path.read_text()), {}, name, name, 0)])
    assert not report, report
    assert tries or "reference" not in path.parts, f"{name} has no examples"


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    _, report = run(doctest.DocTestFinder(exclude_empty=True).find(module, name))
    assert not report, report


def test_a_wrong_output_is_found():
    page = "```python\n>>> 1 + 1\n3\n```\n"
    _, report = run([doctest.DocTestParser().get_doctest(examples(page), {}, "page", pathlib.Path("page"), 0)])
    assert "Expected:" in report and "line 2" in report, report
