"""Torch7's package `torch`: tensors, storages, mathematics, random numbers, files and classes.

Names, argument order and defaults are Torch7's, and named functions and methods count from 1.
"""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.torch.arithmetic import add as add
from torchnn.torch.arithmetic import addcdiv as addcdiv
from torchnn.torch.arithmetic import addcmul as addcmul
from torchnn.torch.arithmetic import cdiv as cdiv
from torchnn.torch.arithmetic import cfmod as cfmod
from torchnn.torch.arithmetic import clamp as clamp
from torchnn.torch.arithmetic import cmax as cmax
from torchnn.torch.arithmetic import cmin as cmin
from torchnn.torch.arithmetic import cmod as cmod
from torchnn.torch.arithmetic import cmul as cmul
from torchnn.torch.arithmetic import cremainder as cremainder
from torchnn.torch.arithmetic import csub as csub
from torchnn.torch.arithmetic import div as div
from torchnn.torch.arithmetic import fmod as fmod
from torchnn.torch.arithmetic import match as match
from torchnn.torch.arithmetic import mod as mod
from torchnn.torch.arithmetic import mul as mul
from torchnn.torch.arithmetic import remainder as remainder
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
from torchnn.torch.matrix_parts import diag as diag
from torchnn.torch.matrix_parts import trace as trace
from torchnn.torch.matrix_parts import tril as tril
from torchnn.torch.matrix_parts import triu as triu
from torchnn.torch.products import addbmm as addbmm
from torchnn.torch.products import addmm as addmm
from torchnn.torch.products import addmv as addmv
from torchnn.torch.products import addr as addr
from torchnn.torch.products import baddbmm as baddbmm
from torchnn.torch.products import bmm as bmm
from torchnn.torch.products import cross as cross
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
from torchnn.torch.serialization import deserializeFromStorage as deserializeFromStorage
from torchnn.torch.serialization import load as load
from torchnn.torch.serialization import loadobj as loadobj
from torchnn.torch.serialization import save as save
from torchnn.torch.serialization import saveobj as saveobj
from torchnn.torch.serialization import serialize as serialize
from torchnn.torch.serialization import serializeToStorage as serializeToStorage
from torchnn.torch.sorting import kthvalue as kthvalue
from torchnn.torch.sorting import median as median
from torchnn.torch.sorting import mode as mode
from torchnn.torch.sorting import sort as sort
from torchnn.torch.sorting import topk as topk
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
