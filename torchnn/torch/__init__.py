"""Torch7's package `torch`: tensors, storages, mathematics, random numbers, files and classes.

Names, argument order and defaults are Torch7's, and named functions and methods count from 1.
"""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.torch.arithmetic import add as add
from torchnn.torch.serialization import deserialize as deserialize
from torchnn.torch.serialization import load as load
from torchnn.torch.storage import ByteStorage as ByteStorage
from torchnn.torch.storage import CharStorage as CharStorage
from torchnn.torch.storage import DoubleStorage as DoubleStorage
from torchnn.torch.storage import FloatStorage as FloatStorage
from torchnn.torch.storage import HalfStorage as HalfStorage
from torchnn.torch.storage import IntStorage as IntStorage
from torchnn.torch.storage import LongStorage as LongStorage
from torchnn.torch.storage import ShortStorage as ShortStorage
from torchnn.torch.storage import Storage as Storage
from torchnn.torch.tensor import ByteTensor as ByteTensor
from torchnn.torch.tensor import CharTensor as CharTensor
from torchnn.torch.tensor import DoubleTensor as DoubleTensor
from torchnn.torch.tensor import FloatTensor as FloatTensor
from torchnn.torch.tensor import HalfTensor as HalfTensor
from torchnn.torch.tensor import IntTensor as IntTensor
from torchnn.torch.tensor import LongTensor as LongTensor
from torchnn.torch.tensor import ShortTensor as ShortTensor
from torchnn.torch.tensor import Tensor as Tensor
from torchnn.torch.types import getdefaulttensortype as getdefaulttensortype
from torchnn.torch.types import setdefaulttensortype as setdefaulttensortype


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no torch.{name}", f"torch.{name}")
