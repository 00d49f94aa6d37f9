"""A training run that is killed many times ends with exactly the numbers of one that is left in peace."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from torchnn import torch

STEPS = 150
LEAST = 20  # processes that have to be killed on the way


def run(root, *command, **options):
    environment = {**os.environ, "PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    settings = {"cwd": root, "env": environment, "capture_output": True, "text": True, "timeout": 120, **options}
    return subprocess.run([sys.executable, *command], **settings)


def train(root, path):
    done = run(root, "examples/checkpoint.py", "-checkpoint", str(path), "-steps", str(STEPS), "-every", "50")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def whole(root, tmp_path_factory):
    """The checkpoint of a run that nobody killed."""
    path = tmp_path_factory.mktemp("checkpoint") / "whole.t7"
    train(root, path)
    return path


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")
def test_killed_runs_end_as_one_left_in_peace(root, whole, tmp_path):
    interrupted = tmp_path / "interrupted.t7"
    killing = run(root, "-m", "tests.examples.interrupted", str(interrupted), str(STEPS), "7")
    assert killing.returncode == 0, killing.stdout + killing.stderr
    assert int(killing.stdout) >= LEAST, "too few processes were killed to show anything"

    want, got = torch.load(whole), torch.load(interrupted)
    assert got["step"] == want["step"] == STEPS
    for a, b in zip(got["net"].parameters()[0], want["net"].parameters()[0], strict=True):
        assert np.array_equal(a.array, b.array), f"after {killing.stdout.strip()} kills"
    for name in ("m", "v"):
        assert np.array_equal(got["adam"][name].array, want["adam"][name].array), f"adam's {name}"
    assert np.array_equal(got["random"].array, want["random"].array), "the generator"
    assert interrupted.read_bytes() == whole.read_bytes()


def test_a_finished_run_is_left_as_it_is(root, whole):
    data = whole.read_bytes()
    assert train(root, whole) == f"resumed after step {STEPS}\n"
    assert whole.read_bytes() == data


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
def test_a_save_that_is_cut_short_leaves_the_file_before(root, tmp_path):
    path = tmp_path / "run.t7"
    torch.save(path, {"step": 1})
    # It dies when everything is written, and only the name is not yet the new file's.
    program = (
        "import os, signal\n"
        "from torchnn import torch\n"
        "os.fsync = lambda number: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"torch.save({str(path)!r}, torch.rand(100000))\n"
    )
    done = run(root, "-c", program)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert torch.load(path) == {"step": 1}
