"""A step of each optimizer here and in PyTorch, fused into one kernel where PyTorch can and as it is by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torchnn import optim, torch

SIZES = (10**6, 10**7)


@dataclass(frozen=True)
class Method:
    """An optimizer of ours with its settings, and the class and settings of PyTorch's."""

    name: str
    ours: Callable[..., Any]
    theirs: str
    config: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    fused: bool = False


METHODS = [
    Method("sgd", optim.sgd, "SGD", settings={"lr": 1e-3}, fused=True),
    Method("sgd, momentum", optim.sgd, "SGD", {"momentum": 0.9}, {"lr": 1e-3, "momentum": 0.9}, fused=True),
    Method("nag", optim.nag, "SGD", settings={"lr": 1e-3, "momentum": 0.9, "nesterov": True}),
    Method("adam", optim.adam, "Adam", fused=True),
    Method("adagrad", optim.adagrad, "Adagrad", fused=True),
    Method("adadelta", optim.adadelta, "Adadelta"),
    Method("rmsprop", optim.rmsprop, "RMSprop"),
]


def steps(method: Method, count: int, peer: Any = None) -> dict[str, Callable[[], Any]]:
    """A step on so many parameters: ours, and PyTorch's fused (or else foreach) and default one."""
    x, gradient = torch.FloatTensor(count).uniform(), torch.FloatTensor(count).uniform()
    state: dict[str, Any] = {}
    config = dict(method.config)
    found = {"torchnn": lambda: method.ours(lambda x: (0.0, gradient), x, config, state)}
    if peer is not None:
        best = {"fused": True} if method.fused else {"foreach": True}
        for name, chosen in (("PyTorch's best", best), ("PyTorch", {})):
            parameter = peer.nn.Parameter(peer.rand(count))
            parameter.grad = peer.rand(count)
            found[name] = getattr(peer.optim, method.theirs)([parameter], **method.settings, **chosen).step
    return found
