"""No file does harm: what is damaged at random is refused, or read as something that can be touched safely.

`TORCHNN_FUZZ=n` runs n times as many mutants.
"""

import os
import struct
import time
import tracemalloc

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.t7.test_reading import touch
from torchnn import t7, torch
from torchnn.errors import MissingError

FILES = ROOT / "fixtures/serialization"
TIMES = int(os.environ.get("TORCHNN_FUZZ", "1"))
BATCHES = 20
MUTANTS = 1050 * TIMES  # in each batch

# Small files of every kind of object; large ones would be changed where it makes no difference.
SEEDS = [path for path in sorted(FILES.glob("*.t7")) if path.stat().st_size < 6000]

# Counts, sizes, indices and tags that are in files, and what they might become.
EXTREMES = [struct.pack("<i", n) for n in (-1, 0, 1, 2, 3, 4, 7, 8, 9, 255, 2**20, 2**31 - 1, -(2**31))]
EXTREMES += [struct.pack("<q", n) for n in (-1, 0, 1, 2**31, 2**32 + 1, 2**40, 2**62, 2**63 - 1, -(2**63))]
WORDS = [b"-1\n", b"0\n", b"9\n", b"2147483647\n", b"9223372036854775807\n", b"nan ", b"1e999\n", b"_\n", b"\n\n"]
NAMES = b"""torch.DoubleTensor torch.DoubleStorage torch.CudaTensor torch.Generator tds.Hash tds.Vec nn.Linear nn.GPU
    nn.DataParallelTable cudnn.SpatialConvolution V-1 V99""".split()


def flip(data, random):
    for position in random.integers(0, len(data), random.integers(1, 5)):
        data[position] ^= 1 << random.integers(0, 8)


def change(data, random):
    for position in random.integers(0, len(data), random.integers(1, 4)):
        data[position] = random.integers(0, 256)


def cut(data, random):
    del data[random.integers(0, len(data)) :]


def remove(data, random):
    at = random.integers(0, len(data))
    del data[at : at + random.integers(1, 20)]


def splice(data, random):
    other = SEEDS[random.integers(0, len(SEEDS))].read_bytes()
    at, begin = random.integers(0, len(data)), random.integers(0, len(other))
    data[at : at + random.integers(0, 40)] = other[begin : begin + random.integers(1, 400)]


def repeat(data, random):
    at, count = random.integers(0, len(data)), random.integers(1, 60)
    data[at:at] = data[at : at + count] * int(random.integers(1, 9))


def blow_up(data, random):
    values = WORDS if random.integers(0, 4) == 0 else EXTREMES
    value = values[random.integers(0, len(values))]
    at = int(random.integers(0, len(data)))
    if random.integers(0, 2):
        at -= at % 4
    data[at : at + len(value)] = value


def rename(data, random):
    """Another class with the same contents."""
    name = NAMES[random.integers(0, len(NAMES))]
    found = max(data.find(b"torch."), data.find(b"nn."), data.find(b"fixture."))
    if found >= 4:
        length = int.from_bytes(data[found - 4 : found], "little")
        data[found - 4 : found + min(length, 60)] = struct.pack("<i", len(name)) + name


CHANGES = (flip, change, cut, remove, splice, repeat, blow_up, rename)


def mutant(random):
    path = SEEDS[random.integers(0, len(SEEDS))]
    data = bytearray(path.read_bytes())
    for _ in range(random.integers(1, 3)):
        if data:
            CHANGES[random.integers(0, len(CHANGES))](data, random)
    return path.name, bytes(data)


def attempt(data, mode):
    """Read data; whether that succeeded."""
    try:
        touch(torch.load(data, mode))
    except t7.FormatError as error:
        assert 0 <= error.offset <= len(data), error
        assert "byte" in str(error)
        return False
    except MissingError as error:
        assert error.missing in ("nn.GPU", "torch.Timer"), error
        return False
    return True


@pytest.fixture
def little_memory():
    """A limit to the memory of the process, so that a count that is believed raises MemoryError at once."""
    if not os.path.exists("/proc/self/statm"):
        yield  # the limit is known on Linux alone
        return
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**30, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutants_do_no_harm(batch, little_memory):
    random = np.random.default_rng(batch)
    read = 0
    for _ in range(MUTANTS):
        name, data = mutant(random)
        mode = (None, "ascii" if "ascii" in name else "binary", "b32")[random.integers(0, 3)]
        begin = time.perf_counter()
        try:
            read += attempt(data, mode)
        except Exception as error:
            pytest.fail(f"{name} in mode {mode}: {type(error).__name__}: {error}\n{data!r}")
        assert time.perf_counter() - begin < 5, f"{name} in mode {mode} takes long\n{data!r}"
    assert 0.02 < read / MUTANTS < 0.9, "mutants that are all refused, or all read, test nothing"


def test_memory_is_in_proportion_to_the_file():
    random = np.random.default_rng(99)
    tracemalloc.start()
    try:
        for _ in range(150):
            name, data = mutant(random)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            attempt(data, None)
            peak = tracemalloc.get_traced_memory()[1] - before
            assert peak < 100_000 + 100 * len(data), f"{name}: {peak} bytes for a file of {len(data)}\n{data!r}"
    finally:
        tracemalloc.stop()
