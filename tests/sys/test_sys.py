"""Commands, clocks and words."""

import os

import pytest

from torchnn import sys


def test_commands(tmp_path):
    (tmp_path / "file").touch()
    assert sys.ls(str(tmp_path)) == "file"
    assert "file" in sys.lla(str(tmp_path)) and ".." in sys.la(str(tmp_path)).split()
    assert sys.ll(str(tmp_path)).startswith("total")
    assert sys.execute("echo out; echo error >&2") == sys.fexecute("echo out; echo error >&2") == "out\nerror"
    assert sys.fpath() == (os.path.dirname(__file__), "test_sys.py")


def test_clocks(capsys):
    sys.tic()
    before = sys.clock()
    sys.sleep(0.001)
    sys.usleep(1000)
    assert 0.002 <= sys.clock() - before < 10
    assert 0.002 <= sys.toc(True) < 10
    assert float(capsys.readouterr().out) >= 0.002


def test_split():
    assert sys.split("a1b22c", "%d+") == ["a", "b", "c"]
    with pytest.raises(ValueError, match="empty text"):
        sys.split("abc", "x*")
