"""The digits example prints what its Lua original printed in Torch7, to the byte."""

import os
import subprocess
import sys

from torchnn import nn, torch


def run(root, *options):
    command = [sys.executable, "examples/digits.py", *options]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300)


def test_output_is_that_of_torch7_and_the_saved_network_can_be_loaded(root, tmp_path):
    path = tmp_path / "net.t7"
    done = run(root, "-save", str(path))
    assert done.returncode == 0, done.stderr
    assert done.stdout == (root / "fixtures/examples/digits.txt").read_text() + f"saved {path}\n"
    net = torch.load(str(path))
    assert isinstance(net, nn.Sequential)
    assert net.forward(torch.zeros(2, 1, 8, 8)).size().totable() == [2, 10]


def test_unknown_option_is_refused(root):
    done = run(root, "-nonsense", "1")
    assert done.returncode == 1
    assert "invalid argument: -nonsense" in done.stdout + done.stderr
