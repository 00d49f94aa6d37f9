"""The command `torchnn`: exit codes, lines, JSON."""

import json
import math
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from torchnn import __version__, cli, nn, t7, torch

LINEAR = str(ROOT / "fixtures/nn/Linear.t7")


def recording(path, **changes):
    record = {
        "name": "twice",
        "type": "torch.DoubleTensor",
        "default": "torch.DoubleTensor",
        "seed": 1,
        "inputs": {"x": torch.DoubleTensor([1, 2])},
        "py": "return x + x",
        "results": {1: torch.DoubleTensor([2, 4]), "n": 1},
        **changes,
    }
    torch.save(path, {"family": "arithmetic", "records": [record]})
    return str(path)


@pytest.fixture
def good(tmp_path):
    return recording(tmp_path / "good.t7")


@pytest.fixture
def tampered(tmp_path):
    return recording(tmp_path / "tampered.t7", results={1: torch.DoubleTensor([2, 5]), "n": 1})


@pytest.fixture
def unsupported(tmp_path):
    return recording(tmp_path / "unsupported.t7", py="return torch.noSuchThing(x)")


def test_good_files_pass(capsys):
    assert cli.main(["check", LINEAR]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{LINEAR}: ")
    assert "0 failed, 0 unsupported; worst error" in lines[0]
    assert lines[-1] == f"{lines[0].split(': ')[1].split(' passed')[0]} passed, 0 failed, 0 unsupported"


def test_a_tampered_record_fails_and_is_shown(tampered, good, capsys):
    assert cli.main(["check", good, tampered]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"{tampered}: 0 passed, 1 failed, 0 unsupported; worst error 2e+09 of tolerance"
    assert lines[2] == f"{tampered}:"
    assert lines[3] == "  failed: twice DoubleTensor"
    assert lines[4] == "    result 1[1]: expected 5.0 (tolerance 1e-10), got 4.0"
    assert lines[-1] == "1 passed, 1 failed, 0 unsupported"


def test_unsupported_fails_only_where_that_is_asked_for(unsupported, capsys):
    assert cli.main(["check", unsupported]) == 0
    assert "unsupported: there is no torch.noSuchThing" in capsys.readouterr().out
    assert cli.main(["check", "--strict", unsupported]) == 1


def test_data_in_folders_are_passed_over(good, tmp_path, capsys):
    torch.save(tmp_path / "data.t7", torch.DoubleTensor(3))
    assert cli.main(["check", "--strict", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"{tmp_path / 'data.t7'}: passed over, it holds no records" in lines
    assert lines[-1] == "1 passed, 0 failed, 0 unsupported"
    (tmp_path / "data.t7").write_bytes(b"\1")
    assert cli.main(["check", str(tmp_path)]) == 2


def test_folders_without_recordings_prove_nothing(tmp_path, capsys):
    for name in (None, "data.t7"):
        if name is not None:
            torch.save(tmp_path / name, torch.DoubleTensor(3))
        assert cli.main(["check", str(tmp_path)]) == 2
        assert capsys.readouterr().err == f"torchnn check: there are no recordings in {tmp_path}\n"


def test_folders(good, tampered, tmp_path, capsys):
    assert cli.main(["check", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 1 failed, 0 unsupported"


def test_json(good, tampered, tmp_path, capsys):
    path = tmp_path / "report.json"
    cli.main(["check", good, tampered, "--json", str(path)])
    report = json.loads(path.read_text())
    assert report["summary"] == {"passed": 1, "failed": 1, "unsupported": 0}
    (record,) = report["files"][1]["records"]
    assert record["status"] == "failed"
    assert record["differences"] == [{"where": "result 1[1]", "expected": "5.0 (tolerance 1e-10)", "got": "4.0"}]


def test_unreadable_files_are_one_clear_line_and_do_not_stop_the_others(good, tmp_path, capsys):
    damaged, other = tmp_path / "damaged.t7", tmp_path / "other.t7"
    damaged.write_bytes(b"\4\0\0\0\1")
    torch.save(other, [1])
    paths = [str(damaged), str(other), str(tmp_path / "nowhere.t7"), good]
    assert cli.main(["check", *paths]) == 2
    captured = capsys.readouterr()
    errors = captured.err.splitlines()
    assert len(errors) == 3
    assert errors[0] == f"torchnn check: {damaged}: read error at byte 4 of 5: int expected, 1 byte left"
    assert errors[1].startswith(f"torchnn check: {other}: not a recording")
    assert errors[2] == f"torchnn check: {tmp_path / 'nowhere.t7'}: No such file or directory"
    assert "1 passed" in captured.out
    assert "Traceback" not in captured.err


def test_debug_shows_the_traceback(tmp_path, capsys):
    assert cli.main(["check", "--debug", str(tmp_path / "nowhere.t7")]) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["check"], ["check", "--no-such-option", LINEAR], ["no-such-command"]])
def test_wrong_use(arguments, capsys):
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    assert leaving.value.code == 2
    assert "usage: torchnn" in capsys.readouterr().err


def test_help_warns_of_program_text(capsys):
    with pytest.raises(SystemExit):
        cli.main(["check", "--help"])
    assert "program text, which is executed" in " ".join(capsys.readouterr().out.split())


def test_show(tmp_path, capsys):
    path = tmp_path / "x.t7"
    torch.save(path, {"weight": torch.DoubleTensor(2, 3).fill(1), "names": ["a", "b"], "epoch": 7})
    assert cli.main(["show", str(path)]) == 0
    out = capsys.readouterr().out
    assert "weight: torch.DoubleTensor of size 2x3" in out
    assert "names: table of 2" in out
    assert "epoch: 7" in out


def test_show_says_what_is_there_in_all(tmp_path, capsys):
    path = tmp_path / "x.t7"
    net = nn.Sequential().add(nn.Linear(2, 3)).add(nn.Tanh())
    torch.save(path, {"net": net, "extra": t7.UnknownObject("my.Class", 1, {"call": t7.Function(b"x")})}, "ascii")
    assert cli.main(["show", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert str(net).splitlines()[1] in lines
    assert f"file: {path.stat().st_size:,} bytes, ascii" in lines
    assert "parameters: 9" in lines
    assert "unknown class: my.Class, objects: 1" in lines
    (functions,) = (line.split(": ")[1] for line in lines if line.startswith("functions"))
    assert lines[int(functions) - 1].strip() == "call: function of 1 bytes"


def test_show_as_json(tmp_path, capsys):
    path = tmp_path / "x.t7"
    x = torch.DoubleTensor(2, 3)
    torch.save(path, {"x": x, "again": x, "nan": math.nan})
    assert cli.main(["show", "--json", str(path)]) == 0
    about = json.loads(capsys.readouterr().out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    entries = {entry["key"]: entry for entry in about["entries"]}
    assert entries["x"]["size"] == [2, 3]
    assert entries["again"]["same"] == entries["x"]["number"]
    assert entries["nan"]["value"] == "nan"
    assert about["memory"] == 48


def test_show_of_deep_nesting(tmp_path, capsys):
    value = []
    for _ in range(5000):
        value = [value]
    torch.save(tmp_path / "x.t7", value)
    for options in ([], ["--json"]):
        assert cli.main(["show", str(tmp_path / "x.t7"), *options]) == 0
        assert len(capsys.readouterr().out) < 2e6


def test_show_of_modules_with_wrong_fields(tmp_path, capsys):
    m = nn.Sequential()
    m.modules = 5
    torch.save(tmp_path / "x.t7", m)
    assert cli.main(["show", str(tmp_path / "x.t7")]) == 0
    assert "which cannot be printed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"<!DOCTYPE html>\n<html>", "an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS"),
        (b"PK\x03\x04rest", "PyTorch"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "an old PyTorch"),
        (b"\x80\x04\x95abc", "pickle"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x93NUMPY\x01\x00", "numpy"),
        (b"local nn = require 'nn'\n", "this is text"),
        (b"\xf0\xf1\xf2\xf3\xf4", "no .t7 file"),
        (torch.serialize(torch.DoubleTensor(5))[:-3], "damaged, or was cut short"),
    ],
)
def test_what_is_no_t7_file_is_named(data, words, tmp_path, capsys):
    path = tmp_path / "x.t7"
    path.write_bytes(data)
    assert cli.main(["show", str(path)]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert len(err.splitlines()) == 1


def test_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "torchnn", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"torchnn {__version__}\n"
