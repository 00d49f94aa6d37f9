"""Compare the layers with PyTorch's, where it is installed.

python -m benchmarks [--only TEXT] [--threads N] [--rounds N] [--seconds S]
"""

from __future__ import annotations

import argparse
import importlib.util
import os

# What decides how many threads BLAS, OpenMP and Numba start with: read when they are first imported.
VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="layers whose name contains this")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of both, default all cores")
    parser.add_argument("--rounds", type=int, default=7, help="blocks of calls for each median")
    parser.add_argument("--seconds", type=float, default=0.05, help="length of a block")
    return parser.parse_args()


def set_threads(threads: int, with_peer: bool) -> None:
    """Give all the same number of threads, and verify it.

    PyTorch comes first, so that its OpenMP does not read the environment that kernels/jit.py sets for ours; then
    Numba's pool, whose start resets PyTorch's number of threads.
    """
    if with_peer:
        import torch as peer
    import numba
    import numpy as np

    from torchnn import kernels

    planes = np.zeros((64, 64, 1, 32, 32))
    kernels.unfold.fold(planes, np.zeros((64, 1, 1, 1, 64, 1, 32, 32)), (1, 1, 1), (0, 0, 0), (1, 1, 1))
    counts = {"numba": numba.get_num_threads()}
    if with_peer:
        peer.set_num_threads(threads)
        counts["PyTorch"] = peer.get_num_threads()
    if set(counts.values()) != {threads}:
        raise SystemExit(f"{threads} threads wanted, but there are {counts}")


def main() -> None:
    given = arguments()
    for variable in VARIABLES:
        os.environ[variable] = str(given.threads)
    with_peer = importlib.util.find_spec("torch") is not None
    set_threads(given.threads, with_peer)

    from benchmarks import layers, timing

    print(f"Medians of {given.rounds} blocks of {given.seconds:g} s, after a warm-up, float32, {given.threads} threads")
    if with_peer:
        import torch as peer

        from benchmarks import peer as peer_layers

        print(f"each, blocks of torchnn and PyTorch {peer.__version__} in turns; ratio = PyTorch / torchnn, above 1")
        print("torchnn is faster. Both compute the same: results are compared first.")
    else:
        print("each. PyTorch is not installed (pip install torch), so that there is nothing to compare with.")
    if os.getloadavg()[0] > 1:
        print(f"The machine is busy (load {os.getloadavg()[0]:.1f}): do not trust these numbers.")
    print(f"\n{'layer':<58}{'pass':<12}{'torchnn':>12}" + (f"{'PyTorch':>12}{'ratio':>8}" if with_peer else ""))
    for layer in layers.LAYERS:
        if given.only not in layer.name:
            continue
        state, ours = layers.our_passes(layer)
        theirs = peer_layers.passes(layer, *state) if with_peer else {}
        for name in ours:
            functions = [ours[name]] + ([theirs[name]] if with_peer else [])
            times = timing.in_turns(functions, given.rounds, given.seconds)
            text = f"{layer.name:<58}{name:<12}" + "".join(f"{t * 1e3:>9.3f} ms" for t in times)
            print(text + (f"{times[1] / times[0]:>8.2f}" if with_peer else ""), flush=True)


if __name__ == "__main__":
    main()
