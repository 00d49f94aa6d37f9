"""Torch7's package `nn`: modules, criterions and `nn.utils`."""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.nn import utils as utils
from torchnn.nn.module import Module as Module


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no nn.{name}", f"nn.{name}")
