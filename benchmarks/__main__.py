"""Compare with PyTorch, where it is installed, numpy, and a Torch7 that is named.

python -m benchmarks [layers] [networks] [tensors] [optimizers] [startup] [--only TEXT] [--threads N]
                     [--rounds N] [--seconds S] [--torch7 COMMAND] [--json FILE] [--chart FILE.png]
"""

from __future__ import annotations

import argparse
import importlib.util
import os
from typing import Any

# What decides how many threads BLAS, OpenMP and Numba start with: read when they are first imported.
VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
GROUPS = ("layers", "networks", "tensors", "optimizers", "startup")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"what to measure: {', '.join(GROUPS)}; default all")
    parser.add_argument("--only", default="", metavar="TEXT", help="only what has this in its name")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of both, default all cores")
    parser.add_argument("--rounds", type=int, default=7, help="blocks of calls for each median")
    parser.add_argument("--seconds", type=float, default=0.05, help="length of a block")
    parser.add_argument("--torch7", metavar="COMMAND", help="also run the layers in this Torch7, for instance th")
    parser.add_argument("--json", metavar="FILE", help="also write all times to this file")
    parser.add_argument("--chart", metavar="FILE.png", help="also draw the ratios")
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
    from torchnn.torch import compiled

    compiled.open_calls()
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
    from benchmarks import groups, results

    print(
        f"Medians of {given.rounds} blocks of {given.seconds:g} s after a warm-up, in turns, {given.threads} threads."
    )
    print("A ratio is the time of the other divided by that of torchnn: above 1 torchnn is faster.")
    if peer is None:
        print("PyTorch is not installed (pip install torch), so that there is nothing to compare with but numpy.")
    if os.getloadavg()[0] > 1:
        print(f"The machine is busy (load {os.getloadavg()[0]:.1f}): do not trust these numbers.")
    found = results.Results(given.threads, given.rounds)
    for group in given.groups or GROUPS:
        groups.GROUPS[group](given, peer, found)
    if given.json is not None:
        found.save(given.json)
    if given.chart is not None:
        found.draw(given.chart)


if __name__ == "__main__":
    main()
