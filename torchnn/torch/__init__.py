"""Torch7's package `torch`: tensors, storages, mathematics, random numbers, files and classes.

Names, argument order and defaults are Torch7's, and named functions and methods count from 1.
"""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.torch.arithmetic import add as add
from torchnn.torch.classes import class_ as class_
from torchnn.torch.classes import factory as factory
from torchnn.torch.classes import getconstructortable as getconstructortable
from torchnn.torch.classes import getmetatable as getmetatable
from torchnn.torch.classes import isequal as isequal
from torchnn.torch.classes import isStorage as isStorage
from torchnn.torch.classes import isTensor as isTensor
from torchnn.torch.classes import isTypeOf as isTypeOf
from torchnn.torch.classes import newmetatable as newmetatable
from torchnn.torch.classes import pointer as pointer
from torchnn.torch.classes import setmetatable as setmetatable
from torchnn.torch.classes import type_ as type
from torchnn.torch.classes import typename as typename
from torchnn.torch.classes import version as version
from torchnn.torch.construction import fill as fill
from torchnn.torch.construction import ones as ones
from torchnn.torch.construction import zero as zero
from torchnn.torch.construction import zeros as zeros
from torchnn.torch.conversion import from_dlpack as from_dlpack
from torchnn.torch.conversion import from_numpy as from_numpy
from torchnn.torch.conversion import totable as totable
from torchnn.torch.geometry import cat as cat
from torchnn.torch.geometry import repeatTensor as repeatTensor
from torchnn.torch.geometry import reshape as reshape
from torchnn.torch.products import addbmm as addbmm
from torchnn.torch.products import addmm as addmm
from torchnn.torch.products import addmv as addmv
from torchnn.torch.products import addr as addr
from torchnn.torch.products import baddbmm as baddbmm
from torchnn.torch.products import bmm as bmm
from torchnn.torch.products import dot as dot
from torchnn.torch.products import ger as ger
from torchnn.torch.products import mm as mm
from torchnn.torch.products import mv as mv
from torchnn.torch.queries import data as data
from torchnn.torch.queries import numel as numel
from torchnn.torch.reductions import cumprod as cumprod
from torchnn.torch.reductions import cumsum as cumsum
from torchnn.torch.reductions import max as max
from torchnn.torch.reductions import min as min
from torchnn.torch.reductions import prod as prod
from torchnn.torch.reductions import sum as sum
from torchnn.torch.serialization import deserialize as deserialize
from torchnn.torch.serialization import load as load
from torchnn.torch.statistics import bhistc as bhistc
from torchnn.torch.statistics import dist as dist
from torchnn.torch.statistics import histc as histc
from torchnn.torch.statistics import mean as mean
from torchnn.torch.statistics import norm as norm
from torchnn.torch.statistics import renorm as renorm
from torchnn.torch.statistics import std as std
from torchnn.torch.statistics import var as var
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
from torchnn.torch.views import chunk as chunk
from torchnn.torch.views import expand as expand
from torchnn.torch.views import expandAs as expandAs
from torchnn.torch.views import permute as permute
from torchnn.torch.views import split as split
from torchnn.torch.views import squeeze as squeeze
from torchnn.torch.views import view as view
from torchnn.torch.views import viewAs as viewAs


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no torch.{name}", f"torch.{name}")
