"""The ports of the slide programs print what Torch7 printed, and compute the same tensors."""

import runpy

import numpy as np
import pytest

from tests.conftest import ROOT
from torchnn import torch

SCRIPTS = sorted((ROOT / "examples/slides").glob("*.py"))


def assert_equal(got, want, name):
    """Compare tensors, and lists and dicts of them."""
    if torch.isTensor(want):
        assert torch.typename(got) == torch.typename(want), name
        np.testing.assert_allclose(got.array, want.array, rtol=0, atol=1e-10, err_msg=name)
    elif isinstance(want, dict):
        assert set(got) == set(want), name
        for key, value in want.items():
            assert_equal(got[key], value, f"{name}.{key}")
    else:
        assert len(got) == len(want), name
        for i, value in enumerate(want):
            assert_equal(got[i], value, f"{name}[{i}]")


def test_every_recorded_program_has_a_port():
    recorded = {path.stem for path in (ROOT / "fixtures/slides").glob("*.lua")}
    assert {path.stem for path in SCRIPTS} == recorded
    assert len(recorded) == 14


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_slide(script, capsys):
    results = runpy.run_path(str(script))["results"]
    recorded = ROOT / "fixtures/slides" / script.stem
    assert capsys.readouterr().out == recorded.with_suffix(".txt").read_text(), script.stem
    assert_equal(results, torch.load(recorded.with_suffix(".t7")), script.stem)
