"""Compare with PyTorch, where it is installed, and numpy.

python -m benchmarks [layers] [tensors] [--only TEXT] [--threads N] [--rounds N] [--seconds S]
"""

from __future__ import annotations

import argparse
import importlib.util
import os
from typing import Any

# What decides how many threads BLAS, OpenMP and Numba start with: read when they are first imported.
VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"what to measure: {', '.join(GROUPS)}; default all")
    parser.add_argument("--only", default="", metavar="TEXT", help="only what has this in its name")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of both, default all cores")
    parser.add_argument("--rounds", type=int, default=7, help="blocks of calls for each median")
    parser.add_argument("--seconds", type=float, default=0.05, help="length of a block")
    given = parser.parse_args()
    unknown = [group for group in given.groups if group not in GROUPS]
    if unknown:
        parser.error(f"no group {unknown[0]}: there are {', '.join(GROUPS)}")
    return given


def set_threads(threads: int, peer: Any) -> None:
    """Give all the same number of threads, and verify it.

    PyTorch has been imported first, so that its OpenMP does not read the environment that kernels/jit.py sets for ours;
    then comes Numba's pool, whose start resets PyTorch's number of threads.
    """
    import numba
    import numpy as np

    from torchnn import kernels

    planes = np.zeros((64, 64, 1, 32, 32))
    kernels.unfold.fold(planes, np.zeros((64, 1, 1, 1, 64, 1, 32, 32)), (1, 1, 1), (0, 0, 0), (1, 1, 1))
    counts = {"numba": numba.get_num_threads()}
    if peer is not None:
        peer.set_num_threads(threads)
        counts["PyTorch"] = peer.get_num_threads()
    if set(counts.values()) != {threads}:
        raise SystemExit(f"{threads} threads wanted, but there are {counts}")


def main() -> None:
    given = arguments()
    for variable in VARIABLES:
        os.environ[variable] = str(given.threads)
    peer = None
    if importlib.util.find_spec("torch") is not None:
        import torch as peer
    set_threads(given.threads, peer)
    print(
        f"Medians of {given.rounds} blocks of {given.seconds:g} s after a warm-up, in turns, {given.threads} threads."
    )
    print("A ratio is the time of the other divided by that of torchnn: above 1 torchnn is faster.")
    if peer is None:
        print("PyTorch is not installed (pip install torch), so that there is nothing to compare with but numpy.")
    if os.getloadavg()[0] > 1:
        print(f"The machine is busy (load {os.getloadavg()[0]:.1f}): do not trust these numbers.")
    for group in given.groups or GROUPS:
        GROUPS[group](given, peer)


def measure_layers(given: argparse.Namespace, peer: Any) -> None:
    """Each pass of each layer, float32, against PyTorch; both compute the same, which is verified first."""
    from benchmarks import layers, timing

    if peer is not None:
        from benchmarks import peer as peer_layers

        print(f"\nLayers, float32, against PyTorch {peer.__version__}")
    print(f"\n{'layer':<58}{'pass':<12}{'torchnn':>12}" + (f"{'PyTorch':>12}{'ratio':>8}" if peer else ""))
    for layer in layers.LAYERS:
        if given.only not in layer.name:
            continue
        state, ours = layers.our_passes(layer)
        theirs = peer_layers.passes(layer, *state) if peer else {}
        for name in ours:
            functions = [ours[name]] + ([theirs[name]] if peer else [])
            times = timing.in_turns(functions, given.rounds, given.seconds)
            text = f"{layer.name:<58}{name:<12}" + "".join(f"{t * 1e3:>9.3f} ms" for t in times)
            print(text + (f"{times[1] / times[0]:>8.2f}" if peer else ""), flush=True)


def measure_tensors(given: argparse.Namespace, peer: Any) -> None:
    """Each tensor operation, float64, large and small, against numpy and PyTorch."""
    from benchmarks import tensors, timing

    others = ["numpy"] + (["PyTorch"] if peer else [])
    for size in (tensors.LARGE, tensors.SMALL):
        print(f"\n{f'{size} elements, float64':<28}" + "".join(f"{name:>12}" for name in ("torchnn", *others)), end="")
        print("".join(f"{'vs ' + name:>12}" for name in others))
        for operation in tensors.OPERATIONS:
            if given.only not in operation.family:
                continue
            functions = tensors.functions(operation, size, peer)
            times = timing.in_turns(functions, given.rounds, given.seconds)
            text = f"{operation.family:<28}" + "".join(f"{t * 1e6:>9.2f} us" for t in times)
            print(text + "".join(f"{t / times[0]:>12.2f}" for t in times[1:]), flush=True)


GROUPS = {"layers": measure_layers, "tensors": measure_tensors}


if __name__ == "__main__":
    main()
