"""Records of whole training runs, which are replayed by their ports: they hold the program in Lua alone.

A port of the run `mlp_sgd` is a file `mlp_sgd.py` that defines `train(data, run)`. As the Lua program does, it trains
on `data`, tells a `Run` what happens, and returns a dict of results, the parameters as `params` among them.
"""

from __future__ import annotations

import contextlib
import io
import re
import runpy
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torchnn
from torchnn import torch
from torchnn.errors import TorchError
from torchnn.regression import trajectories
from torchnn.regression.compare import Comparison
from torchnn.regression.records import Record, Unsupported
from torchnn.regression.scope import Language

# Where ports are looked for beside the folder of the recordings, and beside the package in a clone of its repository.
PORTS = Path("examples", "training")

# Uniform numbers are equal; normal ones go through logarithms and cosines of the C library.
DRAWN = 1e-14

# Of parameters in doubles: a bias before batch normalization has no effect and a gradient of rounding errors alone,
# about 1e-17, of which Adam makes steps of 1e-11 (gradient over its size plus 1e-8, times the learning rate).
PARAMETERS = 1e-9

# A number with digits after the point in what a program printed.
_NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")


class Run:
    """What a training program tells: where it starts, the losses, and the norm of each gradient."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.initial: Any = None
        self.losses: list[float] = []
        self.norms: list[float] = []

    def start(self, params: Any) -> None:
        """Take the parameters before the first step."""
        self.initial = params.clone()

    def move(self, params: Any) -> None:
        """Take the parameters of a further start; the recorder may shift them, here they stay."""

    def loss(self, value: float) -> None:
        """Take the loss of a step."""
        self.losses.append(value)

    def gradient(self, gradient: Any) -> None:
        """Take the gradient of an evaluation."""
        self.norms.append(gradient.norm())


def replay(record: Record, comparison: Comparison, language: Language, ports: Path | None = None) -> None:
    """Train as the port does, and compare the start, each loss and gradient, the end, the results and the text."""
    train = _port(record, ports)
    with language.connecting():
        follow(train, record, comparison, language)


def follow(
    train: Callable[[Any, Run], Mapping[str, Any]], record: Record, comparison: Comparison, language: Language
) -> None:
    """Train by that function and compare the start, each loss and gradient, the end, the results and the text."""
    fields = record.fields
    language.start(fields, None)
    run = Run(fields["seed"])
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        result = dict(train(language.copy(fields["data"]), run))
    params = result.pop("params")
    tolerance = trajectories.tolerance(fields)
    comparison.single = trajectories.SINGLE[0]
    comparison.same("initial", run.initial, fields["initial"], DRAWN)
    comparison.same("loss", torch.DoubleTensor(run.losses), fields["loss"], tolerance)
    if "gradnorm" in fields:
        comparison.same("gradnorm", torch.DoubleTensor(run.norms), fields["gradnorm"], tolerance)
    comparison.same("final", params, fields["final"], max(tolerance, PARAMETERS))
    _texts(comparison, "printed", printed.getvalue(), fields["printed"], tolerance)
    comparison.same("result", result, fields["result"], tolerance)


def _port(record: Record, ports: Path | None) -> Callable[[Any, Run], dict[str, Any]]:
    """The function `train` of the record's port."""
    name = f"{record.subject}.py"
    if not record.subject.isidentifier():
        raise Unsupported(f"port of {record.subject!r}, which is no name of a file")
    for folder in _folders(record, ports):
        path = folder / name
        if path.is_file():
            train = runpy.run_path(str(path)).get("train")
            if train is None:
                raise TorchError(f"{path} does not define train(data, run)")
            return train
    raise Unsupported(f"port {name} of the training run")


def _folders(record: Record, ports: Path | None) -> Iterator[Path]:
    """The folders that may hold the port; the one that was named, alone, where there is one."""
    if ports is not None:
        yield ports
        return
    yield Path(record.file).resolve().parent.parent.parent / PORTS
    yield Path(torchnn.__file__).resolve().parent.parent / PORTS


def _texts(comparison: Comparison, where: str, got: str, expected: str, tolerance: float) -> None:
    """Compare texts; the numbers with a point in them are those of the run, within its tolerance."""
    comparison.same(where, _NUMBER.sub("#", got), _NUMBER.sub("#", expected))
    numbers = [[float(number) for number in _NUMBER.findall(text)] for text in (got, expected)]
    comparison.same(f"{where} numbers", *numbers, tolerance)
