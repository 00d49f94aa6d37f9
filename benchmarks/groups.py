"""What `python -m benchmarks` measures, by group."""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks import layers, networks, optimizers, startup, steps, tensors, timing, torch7
from benchmarks.results import Results, Row


def measure_layers(given: argparse.Namespace, peer: Any, results: Results) -> None:
    """Each pass of each layer; all compute the same, which is verified first."""
    if peer is not None:
        from benchmarks import peer as twin
    names = ["torchnn"] + (["PyTorch"] if peer else []) + (["Torch7"] if given.torch7 else [])
    results.head("Layers, float32 unless said", names)
    for layer in layers.LAYERS:
        if given.only not in layer.name:
            continue
        state, ours = layers.our_passes(layer)
        theirs = twin.passes(layer, *state) if peer else {}
        old = torch7.passes(given.torch7, layer, given.rounds) if given.torch7 else {}
        for what in ours:
            functions = [ours[what]] + ([theirs[what]] if peer else [])
            times = timing.in_turns(functions, given.rounds, given.seconds) + ([old[what]] if old else [])
            results.add(Row("layers", layer.name, what, dict(zip(names, times, strict=True))))


def measure_networks(given: argparse.Namespace, peer: Any, results: Results) -> None:
    """Inference of one sample and of a batch, and a training step of the batch."""
    if peer is not None:
        from benchmarks import peer as twin
    names = ["torchnn"] + (["PyTorch"] if peer else [])
    results.head("Networks, float32", names)
    for network in networks.NETWORKS:
        if given.only not in network.name:
            continue
        for batch in (1, network.batch):
            state, ours = steps.our_runs(network, batch)
            theirs = twin.runs(network, *state) if peer else {}
            for what in ours if batch > 1 else ("inference",):
                functions = [ours[what]] + ([theirs[what]] if peer else [])
                times = timing.in_turns(functions, given.rounds, given.seconds)
                text = f"{network.name}, batch {batch}"
                results.add(Row("networks", text, what, dict(zip(names, times, strict=True))))


def measure_tensors(given: argparse.Namespace, peer: Any, results: Results) -> None:
    """Each tensor operation, large and small, against numpy and PyTorch."""
    names = ["torchnn", "numpy"] + (["PyTorch"] if peer else [])
    for size, kind in tensors.SIZES:
        text = f"{size} {kind.__name__}"
        results.head(f"Tensors of {text}", names)
        for operation in tensors.OPERATIONS:
            if given.only not in f"{operation.family}, {text}":
                continue
            functions = tensors.functions(operation, size, kind, peer)
            times = timing.in_turns(functions, given.rounds, given.seconds)
            results.add(Row("tensors", operation.family, text, dict(zip(names, times, strict=True))))


def measure_optimizers(given: argparse.Namespace, peer: Any, results: Results) -> None:
    """A step of each optimizer, float32, against PyTorch's in one kernel (`fused`, else `foreach`) and its default."""
    results.head("Optimizers, float32", ["torchnn"] + (["PyTorch's best", "PyTorch"] if peer else []))
    for count in optimizers.SIZES:
        for method in optimizers.METHODS:
            if given.only not in f"{method.name}, {count}":
                continue
            found = optimizers.steps(method, count, peer)
            times = timing.in_turns(list(found.values()), given.rounds, given.seconds)
            results.add(Row("optimizers", method.name, f"{count}", dict(zip(found, times, strict=True))))


def measure_startup(given: argparse.Namespace, peer: Any, results: Results) -> None:
    """Fresh processes: imports, and first runs."""
    results.head("Fresh processes", ["torchnn"] + (["PyTorch"] if peer else []))
    for name, (ours, theirs) in startup.IMPORTS.items():
        times = {"torchnn": startup.median(ours, given.rounds)}
        if peer is not None and theirs is not None:
            times["PyTorch"] = startup.median(theirs, given.rounds)
        results.add(Row("startup", name, "import", times))
    for name, description in startup.FORWARDS.items():
        full, empty = startup.first_forwards(description, given.rounds)
        theirs = startup.median(description + startup.PEER_FORWARD, given.rounds) if peer else 0.0
        for what, taken in (("full cache", full), ("empty cache", empty)):
            results.add(Row("startup", name, what, {"torchnn": taken} | ({"PyTorch": theirs} if peer else {})))


GROUPS = {
    "layers": measure_layers,
    "networks": measure_networks,
    "tensors": measure_tensors,
    "optimizers": measure_optimizers,
    "startup": measure_startup,
}
