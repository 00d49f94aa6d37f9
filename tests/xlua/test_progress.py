"""Bars and times; fixtures cover what they look like."""

import importlib
import subprocess
import sys

import pytest

from torchnn import xlua
from torchnn.errors import SizeError

progress = importlib.import_module("torchnn.xlua.progress")  # the function hides its file


class Clock:
    """A clock that is set."""

    def __init__(self):
        self.now = 0.0

    def time(self):
        return {"real": self.now}


def test_times(monkeypatch, capsys):
    clock = Clock()
    monkeypatch.setattr(progress, "_bar", progress._Bar())
    monkeypatch.setattr(progress.torch, "Timer", lambda: clock)
    monkeypatch.setenv("COLUMNS", "500")
    xlua.progress(0, 10)
    clock.now = 3.0
    xlua.progress(2, 10)
    out = capsys.readouterr().out
    assert "ETA: 12s | Step: 1s500ms" in out
    assert out.count("=") + out.count(">") + out.count(".") == 2 * (120 - 34), "at most 120 columns"
    clock.now = 70.0
    xlua.progress(10, 10)
    assert "Tot: 1m10s" in capsys.readouterr().out


def test_a_goal_is_needed():
    with pytest.raises(SizeError):
        xlua.progress(1, 0)


def test_files_and_pipes_stay_clean():
    code = "from torchnn import xlua; [xlua.progress(i, 3) for i in range(4)]; print('end')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "end\n"
