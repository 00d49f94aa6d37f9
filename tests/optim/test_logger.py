"""Files and pictures of a logger."""

import pytest

from torchnn import optim
from torchnn.errors import RangeError, TorchError
from torchnn.optim import plots


def test_what_cannot_be_logged_changes_nothing(tmp_path):
    log = optim.Logger(str(tmp_path / "new" / "log"))
    log.setNames(["x", "y"]).add([1, 2])
    before = (tmp_path / "new" / "log").read_text()
    for row, error in (
        ([1, None], TorchError),
        ([1, True], TorchError),
        ({"z": 1}, RangeError),
        ([1, 2, 3], RangeError),
    ):
        with pytest.raises(error):
            log.add(row)
    with pytest.raises(TorchError, match="style should be"):
        log.style(["-", 3])
    assert (tmp_path / "new" / "log").read_text() == before == "x\ty\t\n 1.0000e+00\t 2.0000e+00\t\n"
    assert log.symbols == {1: [1], 2: [2]}
    assert log.styles == {1: ["+"], 2: ["+"]}


def test_names(tmp_path, capsys):
    optim.Logger(str(tmp_path / "run"), True)
    (written,) = tmp_path.iterdir()
    assert written.name.startswith("run-2")
    log = optim.Logger()
    log.add({"loss": 0.5})
    assert log.name == "stdout"
    assert capsys.readouterr().out.endswith("logging to std out\nloss\t\n 5.0000e-01\t\n")


def test_plot(tmp_path, caplog):
    pytest.importorskip("matplotlib")
    log = optim.Logger(str(tmp_path / "log"))
    log.setNames(["a", "b"]).style(["-", ["-", "+"]])
    log.add([1, 2])
    log.plot()
    assert log.figure is None, "a curve needs two points"
    log.add([2, 1])
    log.setlogscale(True)
    log.plot()
    assert not caplog.records  # of what EPS cannot draw
    assert (tmp_path / "log.eps").read_bytes().startswith(b"%!PS-Adobe")
    assert len(log.figure.axes[0].lines) == 3
    assert log.figure.axes[0].get_yscale() == "log"
    log.plot("b")
    assert len(log.figure.axes[0].lines) == 2
    with pytest.raises(RangeError):
        log.plot("c")


def test_without_matplotlib(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(plots, "available", lambda: False)
    log = optim.Logger(str(tmp_path / "log"))
    log.plot()
    log.plot()
    assert capsys.readouterr().out == "<Logger> warning: cannot plot with this version of Torch\n"
