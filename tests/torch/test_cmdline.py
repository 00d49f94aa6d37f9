"""`torch.CmdLine`: what fixtures do not say about parsing, naming and logging."""

import builtins
import copy

import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, TorchError


@pytest.fixture
def cmd():
    cmd = torch.CmdLine()
    cmd.text("Trains a model")
    cmd.argument("-data", "what to learn from")
    cmd.option("-epochs", 10, "how long")
    cmd.option("-rate", 0.5)
    cmd.option("-name", "run", "of the result")
    cmd.option("-shuffle", True, "mix the samples")
    cmd.option("--verbose", False)
    return cmd


@pytest.fixture
def printing():
    """Whatever a log does to print is undone."""
    before = builtins.print
    yield
    builtins.print = before


def test_entries_are_attributes(cmd):
    opt = cmd.parse(["in.t7", "-epochs", "3", "--verbose"])
    assert opt == {"data": "in.t7", "epochs": 3, "rate": 0.5, "name": "run", "shuffle": True, "verbose": True}
    assert opt.epochs == 3 and opt["epochs"] == 3 and type(opt.epochs) is int
    assert opt.missing is None
    opt.epochs = 4
    assert opt["epochs"] == 4
    assert copy.deepcopy(opt) == opt and type(copy.deepcopy(opt)) is type(opt)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0x10", 16), ("1e3", 1000), (" 5 ", 5), ("-.5", -0.5), ("0b11", 3), ("0x.8p1", 1), ("7.", 7), (8, 8)],
)
def test_numbers(cmd, text, value):
    assert cmd.parse(["x", "-rate", text]).rate == value


@pytest.mark.parametrize("text", ["", "x", "1_0", "1e", "0x", "--5", "1 2", True])
def test_no_numbers(cmd, text, capsys):
    with pytest.raises(SystemExit) as left:
        cmd.parse(["x", "-rate", text])
    assert left.value.code == 1
    assert capsys.readouterr().err == "invalid type for option -rate (should be number)"


def test_errors_print_the_help(cmd, capsys):
    with pytest.raises(SystemExit):
        cmd.parse(["x", "y"])
    out, err = capsys.readouterr()
    assert err == "invalid argument: y"
    assert out.startswith("\n\nUsage: [options] <data>\nTrains a model\n  <data>    what to learn from\n")
    assert out.endswith("  -shuffle  mix the samples [true]\n  --verbose [false]\n")


def test_the_help_names_the_program(cmd, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["train.py"])
    with pytest.raises(SystemExit) as left:
        cmd.parse(["-h"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("Usage: train.py [options] <data>\n")


def test_the_help_names_what_stands_at_0(capsys):
    torch.CmdLine().help({0: "prog", 1: "-x"})
    assert capsys.readouterr().out == "Usage: prog [options]\n"


def test_typed_arguments(capsys):
    cmd = torch.CmdLine()
    cmd.argument("-count", "how many", "number")
    assert cmd.parse([5]).count == 5
    with pytest.raises(SystemExit):
        cmd.parse(["5"])
    assert capsys.readouterr().err == "invalid argument type for argument -count (should be number)"


def test_declarations_that_fail(cmd):
    with pytest.raises(TorchError, match="option -x has no default value"):
        cmd.option("-x", None)
    with pytest.raises(TorchError, match="option -x has wrong default type value"):
        cmd.option("-x", 1, "", "boolean")
    with pytest.raises(ArgumentError):
        cmd.text(5)
    assert "-x" not in cmd.options and len(cmd.helplines) == 7


def test_names_of_runs(cmd, capsys):
    opt = cmd.parse(["in.t7", "-rate", "2", "-shuffle"])
    del opt["verbose"]
    opt.other = 1
    assert cmd.string("runs", opt, {}) == "runs,data=in.t7,rate=2,shuffle=f"
    assert capsys.readouterr().out == (
        "WARNING: unknown option/argument: other IGNORING for DIRECTORY NAME\nrate\t2\t0.5\nshuffle\tf\ttrue\n"
    )
    assert cmd.string(None, {"name": "run", "epochs": 5}, {"name": False, "epochs": True}) == ",name=run"
    assert cmd.string("runs", {"epochs": True}, []) == "runs,epochs=t"
    assert cmd.string("runs", {"data": "x"}, {}) == "runs,data=x,", "Torch7 leaves a separator"
    with pytest.raises(ArgumentError, match="ignore: table expected"):
        cmd.string("runs", opt, None)


def test_logs(cmd, tmp_path, capsys, printing):
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    cmd.log(str(first), {"rate": 0.5, "epochs": 3})
    print("loss", 2.0, None)
    assert capsys.readouterr().out.endswith("rate\t0.5\nepochs\t3\n[----------------------]\nloss 2.0 None\n")
    lines = first.read_text().split("\n")
    assert lines[0].startswith("[program started on ")
    assert lines[1:] == [
        "[command line arguments] ",
        "rate 0.5 ",
        "epochs 3 ",
        "[----------------------] ",
        "loss 2 nil ",
        "",
    ]

    cmd.silent()
    cmd.addTime("train", "at ")
    cmd.log(str(second))
    with open(tmp_path / "third.txt", "w") as third:
        print("aside", file=third)
    assert capsys.readouterr().out == ""
    assert first.read_text().split("\n") == lines
    assert second.read_text().endswith("at [train]:  [----------------------] \n")
    assert (tmp_path / "third.txt").read_text() == "aside\n"


def test_a_log_in_an_open_file(cmd, tmp_path, printing):
    cmd.silent()
    with open(tmp_path / "open.txt", "w+") as stream:
        stream.write("before\n")
        cmd.log(stream)
        print("after")
        stream.seek(0)
        lines = stream.read().split("\n")
    assert lines[0] == "before" and lines[-2] == "after "


def test_words_of_a_table_with_the_program_at_0():
    cmd = torch.CmdLine()
    cmd.option("-n", 1, "")
    assert cmd.parse({0: "script.lua", -1: "th"}).n == 1
    assert cmd.parse({0: "script.lua", -1: "th", 1: "-n", 2: "3"}).n == 3
