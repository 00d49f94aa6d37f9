"""What the porting guide quotes of the digits example stands in the example, indented or not."""

import re

import pytest

from tests.conftest import ROOT

GUIDE = (ROOT / "docs/porting.md").read_text()
FENCES = re.findall(r"^```(lua|python)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
EXCERPTS = [(language, text) for language, text in FENCES if ">>>" not in text]
FILES = {"lua": "examples/digits.lua", "python": "examples/digits.py"}


@pytest.mark.parametrize("language", FILES)
def test_excerpts_are_of_the_example(language):
    lines = [line.strip() for line in (ROOT / FILES[language]).read_text().splitlines()]
    quoted = [text.splitlines() for kind, text in EXCERPTS if kind == language]
    assert len(quoted) >= 5
    for excerpt in quoted:
        rest = iter(lines)
        for line in filter(None, map(str.strip, excerpt)):
            assert line in rest, f"{FILES[language]} has no line {line!r} there"
