"""How fast `.t7` files are read and written: `python -m benchmarks.bench_t7 [MEGABYTES]`, 500 by default.

A network of that size against reading the plain file into memory, with the memory that loading takes; and a million
small entries of tables.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from torchnn import nn, torch

ROUNDS = 5
ENTRIES = 10**6


def network(megabytes: int) -> Any:
    """Layers of 16 MB of floats each, half of them gradients."""
    net = nn.Sequential()
    for _ in range(megabytes // 16):
        layer = nn.Linear(1, 1).float()
        layer.weight, layer.gradWeight = (torch.FloatTensor(2000, 1000).fill(1) for _ in range(2))
        layer.bias, layer.gradBias = (torch.FloatTensor(2000).fill(0) for _ in range(2))
        net.add(layer)
    return net


def in_memory() -> int:
    """Bytes of this process that are in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def seconds(function: Callable[[], Any]) -> float:
    """The median of several calls; what a call returns is dropped before the next."""
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - begin)
        del result
    return statistics.median(times)


def plain(path: Path) -> Any:
    """The file as an array of bytes, in memory that is new."""
    return np.fromfile(path, np.uint8)


def measure_network(folder: Path, megabytes: int) -> None:
    path = folder / "net.t7"
    net = network(megabytes)
    begin = time.perf_counter()
    torch.save(path, net)
    saved = time.perf_counter() - begin
    del net
    size = os.path.getsize(path)
    read, loaded = seconds(lambda: plain(path)), seconds(lambda: torch.load(path))
    mapped = seconds(lambda: torch.load(path, mmap=True))
    before = in_memory()
    net = torch.load(path)
    taken = in_memory() - before
    del net
    print(f"network of {size / 1e6:.0f} MB: saved in {saved:.2f} s, to the disk")
    print(f"  read as bytes {read:.3f} s, loaded {loaded:.3f} s: {read / loaded:.0%} of the speed")
    print(f"  mapped {mapped:.4f} s; memory {taken / size:.2f} times the size")


def measure_tables() -> None:
    tables = {
        "names to numbers": {f"entry {i}": i for i in range(ENTRIES)},
        "list of numbers": [i + 0.5 for i in range(ENTRIES)],
        "list of strings": [f"entry {i}" for i in range(ENTRIES)],
    }
    for mode in ("binary", "ascii"):
        for name, table in tables.items():
            data = torch.serialize(table, mode)
            written = seconds(lambda table=table, mode=mode: torch.serialize(table, mode))
            read = seconds(lambda data=data: torch.deserialize(data))
            print(f"{ENTRIES} entries, {name}, {mode}: written in {written:.2f} s, read in {read:.2f} s")


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as folder:
        measure_network(Path(folder), megabytes)
    measure_tables()


if __name__ == "__main__":
    main()
