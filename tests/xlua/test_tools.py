"""Tables, packages, logs and the profiler."""

import sys

import pytest

from torchnn import nn, xlua
from torchnn.errors import MissingError, TorchError


def test_symbols():
    assert xlua.string.tosymbol("nn.Linear") is nn.Linear
    for name in ("nn.Nothing", "nothing.Linear"):
        with pytest.raises(TorchError, match="does not exist"):
            xlua.string.tosymbol(name)


def test_tables():
    given = [3, 1, 3, 2, 1]
    assert xlua.table.prune(given) == [3, 1, 2]
    assert xlua.table.splice(given, 2, 2) == ([3, 2, 1], [1, 3])
    assert given == [3, 1, 3, 2, 1]
    assert xlua.table2string({"a": {"b-c": None}, 2: "x\"'"}) == '{a={["b-c"]=nil},[2]="x\\"\'"}'


def test_print(capsys):
    xlua.print({"loss": 0.5, "name": "a\nb"}, 3.0)
    xlua.print(["x" * 50])
    assert capsys.readouterr().out == ("{[loss] = 0.5,\n [name] = a\\nb}    3\n{[1] = " + "x" * 40 + "\x1b[0m ... }\n")


def test_log(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    xlua.log(tmp_path / "new" / "log")
    print("both")
    sys.stdout._file.close()
    assert (tmp_path / "new" / "log").read_text() == "both\n"
    assert capsys.readouterr().out == "both\n"


def test_packages(capsys):
    assert xlua.require("math").sqrt(4) == 2
    assert xlua.require("no_such_package") is False
    assert "warning: <no_such_package> could not be loaded" in capsys.readouterr().out
    assert xlua.installed("numpy")[0] is True
    assert xlua.installed("no_such_package") == (False, None)


def test_environment(monkeypatch):
    for name, text in (("rate", "1e-2"), ("quiet", "true"), ("loud", "no"), ("place", "here")):
        monkeypatch.setenv(name, text)
    defaults = {"rate": 1, "quiet": False, "loud": True, "place": "", "other": 7}
    assert xlua.envparams(defaults) == {"rate": 0.01, "quiet": True, "loud": False, "place": "here", "other": 7}


def test_globals(capsys):
    names = {"__name__": "here", "xlua": xlua, "model": 1, "data": 2}
    exec("xlua.clear('model'); xlua.who()", names)
    out = capsys.readouterr().out
    assert "model" not in names
    assert "[data] = 2" in out and "[1] = xlua" in out
    exec("xlua.clearall()", names)
    assert set(names) <= {"__name__", "__builtins__"}


def test_errors_are_caught():
    caught = []
    xlua.trycatch(lambda: xlua.error("no", "nn"), caught.append)
    xlua.trycatch(lambda: None, caught.append)
    assert [str(error) for error in caught] == ["\x1b[1;31m<nn> no\x1b[0m"]


def test_profiler(capsys):
    profiler = xlua.Profiler()
    profiler.start("part", "fps")
    assert profiler.format("part") == "$ real | cpu: -1.000000 | -1.000000 <part>"
    real, cpu = profiler.lap("part", 2)
    assert 0 <= real < 10 and 0 <= cpu < 10
    profiler.printAll()
    out = capsys.readouterr().out
    assert out.startswith("$ profiler report:\n$ real ") and out.endswith(" fps\n")
    with pytest.raises(MissingError, match="no such profiler - other"):
        profiler.lap("other")
    xlua.Profiler("off").printAll()
    assert capsys.readouterr().out == ""
