from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torchnn import torch


def normal(*size):
    """A maker of standard normal tensors."""
    return lambda: torch.randn(*size)


def uniform(*size):
    """A maker of tensors in 0.1..1.1, for functions that want positive numbers."""
    return lambda: torch.rand(*size).add(0.1)


def table(*makers):
    """A maker of tables."""
    return lambda: [make() for make in makers]


def labels(classes, *size):
    """A maker of class labels from 1."""
    return lambda: torch.rand(*size).mul(classes).ceil().long()


def signs(*size):
    """A maker of tensors of 1 and -1."""
    return lambda: torch.randn(*size).sign()


@dataclass(frozen=True)
class ModuleCase:
    """How to try a module; `single` is the size of one sample where a batch of them may be given instead."""

    name: str
    make: Callable[[], Any]
    input: Callable[[], Any] = normal()
    single: tuple[int, ...] | None = None
    contiguous: bool = False  # a tensor that is not contiguous is refused
    gradient: bool = True  # backward gives the derivative of forward
    parameter_gradient: bool = True  # and accumulates that of the parameters
    clears: bool = True  # clearState works
    keeps: bool = False  # as in Torch7, clearState leaves output and gradInput
    note: str = ""  # why not
    prints: str | None = None  # the text begins so, where it is not with `nn.` and the name

    def inputs(self):
        """An input: a batch of three where there are single samples."""
        return torch.randn(3, *self.single) if self.single else self.input()


@dataclass(frozen=True)
class CriterionCase:
    """How to try a criterion."""

    name: str
    make: Callable[[], Any]
    input: Callable[[], Any]
    target: Callable[[], Any] = lambda: None
    gradient: bool = True  # backward gives the derivative of forward
    note: str = ""  # why not


def case_id(case):
    return case.name
