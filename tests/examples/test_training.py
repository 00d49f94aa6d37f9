"""The ports of the recorded training runs: complete, found where they should be, and runnable.

What they compute is compared in tests/regression/test_fixtures.py, as everything recorded is.
"""

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from torchnn import cli, regression

PORTS = ROOT / "examples/training"
RECORDINGS = sorted((ROOT / "fixtures/training").glob("*.t7"))


def replay(path, ports=None):
    (record,) = regression.load(path)
    return regression.replay(record, ports)


def test_every_recorded_run_has_a_port():
    programs = {path.stem for path in (ROOT / "fixtures/record/training").glob("*.lua")}
    assert programs == {path.stem for path in RECORDINGS}
    assert programs == {path.stem for path in PORTS.glob("*.py")} - {"recorded"}


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_everything_that_was_recorded_is_compared(path):
    outcome = replay(path)
    fields = outcome.record.fields
    assert outcome.status == "passed", outcome.message
    assert outcome.comparisons > len(fields["result"]) + 5, "initial, loss, final, printed and each result"


def test_a_run_without_a_port_is_named(tmp_path):
    (tmp_path / "elsewhere/training").mkdir(parents=True)
    outcome = replay(RECORDINGS[0], tmp_path)
    assert outcome.status == "unsupported"
    assert RECORDINGS[0].stem in outcome.message


def test_the_folder_of_the_ports_can_be_named(tmp_path, capsys):
    recording = str(RECORDINGS[0])
    assert cli.main(["check", recording, "--strict", "--ports", str(PORTS)]) == cli.GOOD
    assert cli.main(["check", recording, "--strict", "--ports", str(tmp_path)]) == cli.FAILED
    assert f"unsupported: there is no port {RECORDINGS[0].stem}.py" in capsys.readouterr().out


def test_a_port_without_train_is_an_error(tmp_path):
    (tmp_path / f"{RECORDINGS[0].stem}.py").write_text("def main(): pass\n")
    outcome = replay(RECORDINGS[0], tmp_path)
    assert outcome.status == "failed"
    assert "does not define train(data, run)" in outcome.message


def test_recordings_elsewhere_find_the_ports_of_the_repository(tmp_path):
    copy = shutil.copy(ROOT / "fixtures/training/linear_regression.t7", tmp_path)
    assert replay(copy).status == "passed"


def test_ports_beside_the_recordings_come_first(tmp_path):
    (tmp_path / "fixtures/training").mkdir(parents=True)
    (tmp_path / "examples/training").mkdir(parents=True)
    copy = shutil.copy(ROOT / "fixtures/training/linear_regression.t7", tmp_path / "fixtures/training")
    text = (PORTS / "linear_regression.py").read_text()
    (tmp_path / "examples/training/linear_regression.py").write_text(text.replace("0.05", "0.06"))
    outcome = replay(copy)
    assert outcome.status == "failed"
    assert outcome.message.startswith("loss["), "the first step is as recorded, then the losses differ"


@pytest.mark.parametrize("name", ["linear_regression", "char_lstm"])
def test_a_port_runs_by_itself(root, name):
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, f"examples/training/{name}.py"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("loss   1: ")
    assert float(lines[-1].rsplit(" ", 1)[1]) < 1e-10, lines[-1]
