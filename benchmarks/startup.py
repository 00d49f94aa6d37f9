"""How long fresh processes take: imports, and first runs with full and with empty caches of compiled kernels."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

LENET = "from benchmarks.networks import LENET as net; size = (1, 1, 28, 28)"
VGG = "from benchmarks.networks import vgg_a; net = vgg_a(); size = (1, 3, 224, 224)"
FORWARD = """
from torchnn import torch
net = net.ours().float()
x = torch.randn(*size).float()
import time
start = time.perf_counter()
net.forward(x)
print(time.perf_counter() - start)
"""
PEER_FORWARD = """
import torch, time
net = net.theirs(torch)
x = torch.randn(*size)
start = time.perf_counter()
with torch.inference_mode():
    net(x)
print(time.perf_counter() - start)
"""
IMPORT = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"

IMPORTS = {
    "import torchnn": (IMPORT.format("import torchnn"), None),
    "import torch, nn, optim": (IMPORT.format("from torchnn import torch, nn, optim"), IMPORT.format("import torch")),
}
FORWARDS = {"LeNet, first forward": LENET, "VGG-A, first forward": VGG}


def seconds(text: str, cache: str | None = None) -> float:
    """What a fresh process prints, which is a time; `cache` is a folder for compiled kernels."""
    environment = os.environ | ({} if cache is None else {"NUMBA_CACHE_DIR": cache})
    done = subprocess.run([sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def median(text: str, rounds: int, cache: str | None = None) -> float:
    """The median of several fresh processes."""
    return statistics.median(seconds(text, cache) for _ in range(rounds))


def first_forwards(description: str, rounds: int) -> tuple[float, float]:
    """Seconds of a network's first forward with a full and with an empty cache."""
    with tempfile.TemporaryDirectory() as cache:
        empty = seconds(description + FORWARD, cache)
        return median(description + FORWARD, rounds, cache), empty
