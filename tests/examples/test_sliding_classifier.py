"""The sliding classifier reads a strip of digits, and agrees with the classifier window by window."""

import os
import subprocess
import sys


def test_it_reads_and_agrees(root, tmp_path):
    picture = tmp_path / "scores.png"
    command = [sys.executable, "examples/sliding_classifier.py", "-plot", str(picture)]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "(5): nn.SpatialConvolution(16 -> 10, 3x3)" in done.stdout
    assert "window by window the classifier says the same: True" in lines
    read, true = (line.split(": ")[1].split() for line in lines if line.startswith(("read: ", "true: ")))
    wrong = sum(a != b for a, b in zip(read, true, strict=True))
    assert wrong <= 2, f"read {read} where there is {true}"
    assert picture.read_bytes().startswith(b"\x89PNG")
