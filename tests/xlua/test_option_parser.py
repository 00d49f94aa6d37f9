"""Options of programs; fixtures cover the good cases."""

import pytest

from torchnn import xlua


@pytest.fixture
def parser():
    found = xlua.OptionParser("%prog [options]")
    found.option("-r", "--rate", dest="rate", help="size of a step", req=True)
    found.option("-q", "--quiet", action="store_false", dest="loud", default=True, help="say less")
    return found


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-x"], "invalid option -x"),
        (["-r"], "option requires an argument -r"),
        ([], "option -r requires an argument"),
    ],
)
def test_what_does_not_fit(parser, words, message, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["fit.py", *words])
    with pytest.raises(SystemExit) as leaving:
        parser.parse()
    assert leaving.value.code == 1
    out, warned = capsys.readouterr()
    assert message in warned
    assert "-r RATE, --rate=RATE  size of a step [REQUIRED]" in out


def test_help_and_names(parser, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["fit.py", "--rate=a b/c", "-q", "file"])
    options, words = parser.parse()
    assert (options["rate"], options["loud"], words) == ("a b/c", False, ["file"])
    parser.summarize()
    assert capsys.readouterr().out.startswith("<fit> configuration:\n + loud = false\n")
    assert parser.tostring(True) == "-r=a_b|c"
    monkeypatch.setattr("sys.argv", ["fit.py", "-h", "-r", "1"])
    with pytest.raises(SystemExit) as leaving:
        parser.parse({})
    assert leaving.value.code == 0
