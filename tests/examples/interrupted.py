"""Runs examples/checkpoint.py to its end in processes that are killed again and again, at moments of a seed.

Usage: python -m tests.examples.interrupted CHECKPOINT STEPS SEED; prints how many processes it killed. They are forked
from one where everything is loaded and compiled: that takes longer than the training.
"""

import contextlib
import io
import os
import random
import runpy
import signal
import sys
import time

EXAMPLE = "examples/checkpoint.py"


def train(checkpoint, steps):
    sys.argv = [EXAMPLE, "-checkpoint", checkpoint, "-steps", str(steps), "-every", "1"]
    runpy.run_path(EXAMPLE, run_name="__main__")


def start(checkpoint, steps):
    """A process that trains; returns its number and a file of what it prints."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    process = os.fork()
    if process:
        os.close(writing)
        return process, open(reading, encoding="utf-8")
    try:
        os.close(reading)
        os.dup2(writing, sys.stdout.fileno())
        train(checkpoint, steps)
        os._exit(0)
    finally:
        os._exit(1)


def attempt(checkpoint, steps, lines, delay):
    """Train, and kill that after some lines and a delay in seconds; returns the exit code, negative for a signal."""
    process, output = start(checkpoint, steps)
    with output:
        for _ in range(lines):
            output.readline()
        time.sleep(delay)
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


def main(checkpoint, steps, seed):
    with contextlib.redirect_stdout(io.StringIO()):
        train(checkpoint + ".warm", 2)
    moments = random.Random(seed)
    killed = 0
    while True:
        # From the first instants of a process, before or while it resumes, to any moment of a step or of its saving.
        code = attempt(checkpoint, steps, moments.randrange(8), moments.uniform(0, 0.01))
        if code == 0:
            print(killed)
            return
        assert code == -signal.SIGKILL, f"a process ended with {code}"
        killed += 1


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
