"""`torchnn warmup` fills the folder of machine code, and says what it did."""

import numba
import numpy as np

from torchnn import __version__, cli, torch, warmup
from torchnn.kernels import jit


def double(x: np.ndarray) -> None:
    x *= 2


def test_warmup(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))

    def part(element):
        jit.kernel(double)(np.ones(3, element))

    parts = {"doubling floats": lambda: part(np.float32), "doubling": lambda: part(np.float64)}
    monkeypatch.setattr(warmup, "PARTS", parts)
    torch.manualSeed(1)
    expected = torch.rand(3).totable()
    torch.manualSeed(1)
    assert cli.main(["warmup"]) == cli.GOOD
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("doubling floats: 1 compiled in ")
    assert lines[2].startswith("2 kernels added") and lines[2].endswith(f"in {tmp_path / 'torchnn' / __version__}")
    assert torch.rand(3).totable() == expected
    cli.main(["warmup"])
    assert capsys.readouterr().out.splitlines()[2].startswith("0 kernels added")
