"""`check` can fail: what is recorded otherwise than computed is found, and said."""

import math

import numpy as np
import pytest

from torchnn import optim, regression, t7, torch
from torchnn.regression import report
from torchnn.regression.compare import Comparison
from torchnn.regression.records import Record


def tensor_record(**changes):
    fields = {
        "name": "twice",
        "type": "torch.DoubleTensor",
        "default": "torch.DoubleTensor",
        "seed": 1,
        "inputs": {"x": torch.DoubleTensor([1, 2, 3])},
        "py": "return x + x",
        "results": {1: torch.DoubleTensor([2, 4, 6]), "n": 1},
        **changes,
    }
    return Record("file.t7", changes.pop("subject", "arithmetic"), fields)


def module_record(**changes):
    step = {
        "mode": "training",
        "seed": 2,
        "scale": 1,
        "input": torch.DoubleTensor([1, -2]),
        "output": torch.DoubleTensor([1, -2]),
        "gradOutput": torch.DoubleTensor([3, 4]),
        "gradInput": torch.DoubleTensor([3, 4]),
        "gradParams": [],
    }
    fields = {
        "name": "vector",
        "type": "torch.DoubleTensor",
        "seed": 1,
        "py": "nn.Identity()",
        "params": [],
        "tostring": "nn.Identity",
        "steps": [{**step, **changes}],
    }
    return Record("file.t7", "nn.Identity", fields)


def test_what_agrees_passes():
    for record in (tensor_record(), module_record()):
        outcome = regression.replay(record)
        assert (outcome.status, outcome.message) == ("passed", "")
        assert outcome.comparisons > 2
        assert outcome.worst == 0


def test_a_number_beyond_the_tolerance_fails_and_its_error_is_reported():
    outcome = regression.replay(tensor_record(results={1: torch.DoubleTensor([2, 4, 6 + 6e-9]), "n": 1}))
    assert outcome.status == "failed"
    assert outcome.worst == pytest.approx(10, rel=1e-3)
    assert "result 1[2]: expected 6.000000006" in outcome.message


def test_an_error_within_the_tolerance_is_reported_too():
    outcome = regression.replay(tensor_record(results={1: torch.DoubleTensor([2, 4, 6 + 3e-10]), "n": 1}))
    assert outcome.status == "passed"
    assert outcome.worst == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize(
    "changes",
    [
        {"results": {1: torch.FloatTensor([2, 4, 6]), "n": 1}},
        {"results": {1: torch.DoubleTensor([[2, 4, 6]]), "n": 1}},
        {"results": {1: 2, "n": 1}},
        {"results": {1: torch.DoubleTensor([2, 4, math.nan]), "n": 1}},
        {"results": {1: torch.DoubleTensor([2, 4, math.inf]), "n": 1}},
        {"results": {1: torch.DoubleTensor([2, 4, 6]), 2: 1, "n": 2}},
        {"py": "x.fill(0)\nreturn x + x", "results": {1: torch.DoubleTensor([0, 0, 0]), "n": 1}},
        {"relation": ["is x"]},
        {"relation": ["shares x"]},
        {"fails": True, "message": "size mismatch"},
        {"py": "return x.add(0).mul(2)"},
        {"py": "raise KeyError('x')"},
    ],
    ids=lambda changes: str(list(changes)),
)
def test_what_differs_fails(changes):
    assert regression.replay(tensor_record(**changes)).status == "failed"


@pytest.mark.parametrize(
    "changes",
    [
        {"output": torch.DoubleTensor([1, -3])},
        {"gradInput": torch.DoubleTensor([3, 5])},
        {"inputAfter": torch.DoubleTensor([0, 0])},
        {"fields": {"m.output[0]": 7}},
        {"printed": "something"},
        {"gradParams": [torch.DoubleTensor([1])]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_steps_that_differ_fail(changes):
    outcome = regression.replay(module_record(**changes))
    assert outcome.status == "failed"
    assert "step 1" in outcome.message


@pytest.mark.parametrize(
    ("py", "missing"),
    [("return torch.noSuchThing(x)", "torch.noSuchThing"), ("return nn.NoSuchLayer()", "nn.NoSuchLayer")],
)
def test_what_does_not_exist_is_unsupported_and_named(py, missing):
    for changes in ({"py": py}, {"py": py, "fails": True}):
        outcome = regression.replay(tensor_record(**changes))
        assert outcome.status == "unsupported", outcome
        assert missing in outcome.message


def test_a_saved_module_of_an_unknown_class_is_unsupported():
    record = module_record()
    record.fields["module"] = t7.UnknownObject("nn.NoSuchLayer")
    outcome = regression.replay(record)
    assert outcome.status == "unsupported"
    assert "nn.NoSuchLayer" in outcome.message


def test_what_has_no_counterpart_in_python_has_a_word_of_its_own():
    record = tensor_record()
    del record.fields["py"]
    outcome = regression.replay(record)
    assert outcome.status == "untranslated"
    outcomes = [outcome, outcome]
    assert report.file_line("f.t7", outcomes) == "f.t7: 0 passed, 0 failed, 0 unsupported; worst error 0 of tolerance"
    assert report.details("f.t7", outcomes) == [
        "f.t7:",
        "  untranslated: what has no counterpart in Python (2 records)",
    ]


def test_records_without_a_protocol_are_unsupported():
    assert regression.replay(Record("file.t7", "riddles", {"name": "one"})).status == "unsupported"


def test_a_replay_leaves_the_default_type_and_the_record_as_they_were():
    record = module_record()
    record.fields["type"] = "torch.FloatTensor"
    before = torch.serialize(record.fields)
    regression.replay(record)
    assert torch.serialize(record.fields) == before
    assert torch.getdefaulttensortype() == "torch.DoubleTensor"


def test_the_tolerance_is_relative_to_the_largest_element_and_at_least_to_one():
    comparison = Comparison()
    comparison.same("large", torch.DoubleTensor([1000, 1e-8]), torch.DoubleTensor([1000, 0]), 1e-10)
    assert comparison.differences == []
    assert comparison.worst == pytest.approx(0.1)
    comparison.same("small", torch.DoubleTensor([1e-3, 1e-8]), torch.DoubleTensor([1e-3, 0]), 1e-10)
    assert [difference.where for difference in comparison.differences] == ["small[1]"]


def test_infinity_does_not_widen_the_tolerance():
    comparison = Comparison()
    comparison.same("x", torch.DoubleTensor([math.inf, 1.1]), torch.DoubleTensor([math.inf, 1]), 1e-10)
    assert len(comparison.differences) == 1


def test_integers_that_differ_beyond_the_precision_of_doubles_differ():
    comparison = Comparison()
    comparison.same("x", torch.LongTensor([2**53 + 1]), torch.LongTensor([2**53]))
    assert comparison.differences


def trajectory(method="sgd", **changes):
    """A record of plain gradient descent on f = 2 x'x / 2 - b'x."""
    A, b, x = np.diag([2.0, 2.0]), np.array([1.0, 0.0]), np.array([1.0, 1.0])
    steps, values = [], []
    for _ in range(3):
        values.append([float(0.5 * x @ A @ x - b @ x)])
        gradient = A @ x - b
        x = x - 0.1 * gradient
        steps.append(x)
    fields = {
        "name": "quadratic/plain",
        "method": method,
        "type": "torch.DoubleTensor",
        "seed": 1,
        "problem": {
            "kind": "quadratic",
            "n": 2,
            "x0": torch.DoubleTensor([1, 1]),
            "A": torch.DoubleTensor(A),
            "b": torch.DoubleTensor(b),
        },
        "config": {"learningRate": 0.1},
        "noconfig": False,
        "separate": False,
        "fresh": False,
        "sensitivity": 1,
        "x": torch.DoubleTensor(np.array(steps)),
        "fx": values,
        "calls": [1, 2, 3],
        "third": [],
        "inplace": True,
        "printed": "",
        "xafter": torch.DoubleTensor(x),
        "grad": torch.DoubleTensor(gradient),
        "state": {"learningRate": 0.1, "evalCounter": 3},
        **changes,
    }
    return Record("sgd.t7", "sgd", fields)


def descend(opfunc, x, config):
    value, gradient = opfunc(x)
    x.add(-config["learningRate"], gradient)
    config["evalCounter"] = config.get("evalCounter", 0) + 1
    return x, [value]


def test_trajectories(monkeypatch):
    monkeypatch.setattr(optim, "descend", descend, raising=False)
    assert regression.replay(trajectory("descend")).status == "passed"
    for changes in ({"inplace": False}, {"calls": [1, 2, 4]}, {"state": {"learningRate": 0.1}}, {"printed": "x"},
                    {"third": [1, 2, 3]}, {"xafter": torch.DoubleTensor([0, 0])}):  # fmt: skip
        outcome = regression.replay(trajectory("descend", **changes))
        assert outcome.status == "failed", changes
    assert regression.replay(trajectory("noSuchMethod")).status == "unsupported"


def test_what_is_no_recording_is_named(tmp_path):
    path = tmp_path / "other.t7"
    torch.save(path, {"weights": [1, 2]})
    with pytest.raises(regression.RecordingError, match="other.t7: not a recording"):
        regression.load(path)
    (found,) = regression.check([path])
    assert isinstance(found[1], regression.RecordingError)
    ((_, outcomes),) = regression.check([tmp_path])
    assert [outcome.status for outcome in outcomes] == ["passed over"]
    assert report.file_line(path, outcomes) == f"{path}: passed over, it holds no records"
    assert report.details(path, outcomes) == []


def test_recordings_in_ascii(tmp_path):
    record = tensor_record()
    torch.save(tmp_path / "a.t7", {"family": "arithmetic", "records": [record.fields]}, "ascii")
    ((_, outcomes),) = regression.check([tmp_path / "a.t7"])
    assert [outcome.status for outcome in outcomes] == ["passed"]


def test_the_report_names_case_field_expected_and_got(tmp_path):
    outcome = regression.replay(module_record(output=torch.DoubleTensor([1, -3])))
    assert "0 passed, 1 failed, 0 unsupported" in report.file_line(tmp_path, [outcome])
    lines = report.details(tmp_path, [outcome])
    assert lines[0] == f"{tmp_path}:"
    assert lines[1] == "  failed: vector DoubleTensor"
    assert "step 1 output[1]: expected -3.0" in lines[2]
    assert "got -2.0" in lines[2]


def test_classes_that_a_record_makes_are_gone_afterwards():
    body = "A = torch.class_('torch.ReplayedA')\nB, P = torch.class_('torch.ReplayedB', 'torch.ReplayedA')\nreturn 1"
    for _ in range(2):
        record = tensor_record()
        record.fields.update(py=body, results={1: 1, "n": 1})
        outcome = regression.replay(record)
        assert outcome.status == "passed", outcome.message
    assert torch.factory("torch.ReplayedB") is None
    assert not hasattr(torch, "ReplayedA")
