"""Scripts that ran in Torch7 print the same here, to the byte."""

import numpy as np
import pytest

from tests.conftest import ROOT
from torchnn import cli, torch
from torchnn.lua import Runtime

SLIDES = sorted((ROOT / "fixtures/slides").glob("*.lua"))


@pytest.mark.parametrize("script", SLIDES, ids=lambda path: path.stem)
def test_slides(script, capsys):
    results = Runtime().run_file(script)
    assert capsys.readouterr().out == script.with_suffix(".txt").read_text()
    recorded = torch.load(script.with_suffix(".t7"))
    assert set(results) == set(recorded)
    for name, value in recorded.items():
        assert torch.typename(results[name]) == torch.typename(value), name
        if torch.isTensor(value):
            np.testing.assert_allclose(results[name].array, value.array, rtol=0, atol=1e-10, err_msg=name)


def test_digits(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert cli.main(["run", "examples/digits.lua", "-epochs", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:16] == (ROOT / "fixtures/examples/digits.txt").read_text().splitlines()[:16]
