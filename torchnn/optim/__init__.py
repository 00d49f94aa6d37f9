"""Torch7's package `optim`: optimization methods, and what goes with training.

A method is a function `optim.method(opfunc, x [, config [, state]])`: `opfunc(x)` returns the value and the gradient at
x; x is changed in place and returned together with the list of values. `config` and `state` are dicts with Torch7's
field names; without a state, `config` holds the state too.
"""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.optim.confusion_matrix import ConfusionMatrix as ConfusionMatrix
from torchnn.optim.sgd import sgd as sgd


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no optim.{name}", f"optim.{name}")
