"""`check --lua`: recorded Lua texts give what they gave in Torch7. All of them: torchnn check --lua fixtures."""

import pytest

from tests.conftest import ROOT
from torchnn import cli, regression, torch
from torchnn.lua.regression import Lua
from torchnn.regression import report
from torchnn.regression.records import Record

FIXTURES = ROOT / "fixtures"
GROUPS = ("nn", "tensor", "random", "printing", "optim", "helpers", "nngraph", "training")

# Of the many records of these groups one in so many is enough here: they are about Python as much as about Lua.
ONE_IN = {"nn": 6, "tensor": 6, "random": 6, "printing": 5, "optim": 6, "nngraph": 3}


@pytest.mark.parametrize("group", GROUPS)
def test_what_was_recorded_in_lua(group):
    language = Lua()
    lines = []
    for path, _ in regression.files([FIXTURES / group]):
        try:
            records = regression.load(path)
        except regression.RecordingError:
            continue  # an object to be read
        outcomes = [regression.replay(record, None, language) for record in records[:: ONE_IN.get(group, 1)]]
        lines += report.details(path, [o for o in outcomes if o.status in ("failed", "untranslated")])
    assert not lines, "\n" + "\n".join(lines)


def record(subject="arithmetic", **fields):
    base = {"name": "one", "type": "torch.DoubleTensor", "default": "torch.DoubleTensor", "seed": 1, "inputs": {}}
    return Record("file.t7", subject, {**base, **fields})


@pytest.fixture(scope="module")
def language():
    return Lua()


@pytest.mark.parametrize(
    ("lua", "status"),
    [
        ("x:add(1) return x + x", "passed"),
        ("x:add(2) return x + x", "failed"),
        ("x:add(1) return x:float()", "failed"),
        ("x:add(1) return x + x, 1", "failed"),
        ("x:add(1) error('no')", "failed"),
        ("x:add(1) return y", "failed"),
        ("x = = 1", "failed"),
    ],
)
def test_what_differs_fails(language, lua, status):
    outcome = regression.replay(
        record(
            lua=lua,
            inputs={"x": torch.DoubleTensor([1, 2])},
            results={1: torch.DoubleTensor([4, 6]), "n": 1},
            after={"x": torch.DoubleTensor([2, 3])},
        ),
        None,
        language,
    )
    assert outcome.status == status, outcome


def test_results_that_are_taken_when_they_are_assigned(language):
    program = record("API", py="", lua="out.x = torch.ones(2) out.x:zero() out.y = {a = 1} out.f = 'text'", out={
        "x": torch.ones(2), "y": {"a": 1}, "f": "text"})  # fmt: skip
    assert regression.replay(program, None, language).status == "passed"
    program.fields["out"]["y"] = {"a": 2}
    assert regression.replay(program, None, language).status == "failed"


def test_globals_of_a_text_are_its_own(language):
    first = record(lua="mine = 1 return mine", results={1: 1, "n": 1})
    second = record(lua="return mine", results={"n": 1})
    assert [regression.replay(r, None, language).status for r in (first, second)] == ["passed", "passed"]


def test_the_command(tmp_path, capsys):
    good = {"lua": "return 1 + 1", "results": {1: 2, "n": 1}}
    torch.save(tmp_path / "a.t7", {"family": "arithmetic", "records": [record(**good).fields]})
    assert cli.main(["check", "--lua", str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith("1 passed, 0 failed, 0 unsupported\n")
    # In Python there is nothing to run.
    assert cli.main(["check", str(tmp_path)]) == 0
    assert "what has no counterpart in Python" in capsys.readouterr().out
