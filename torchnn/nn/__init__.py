"""Torch7's package `nn`: modules, criterions and `nn.utils`."""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.nn import utils as utils
from torchnn.nn.class_nll_criterion import ClassNLLCriterion as ClassNLLCriterion
from torchnn.nn.concat import Concat as Concat
from torchnn.nn.concat import DepthConcat as DepthConcat
from torchnn.nn.container import Container as Container
from torchnn.nn.convolution import SpatialConvolution as SpatialConvolution
from torchnn.nn.convolution import SpatialConvolutionMM as SpatialConvolutionMM
from torchnn.nn.convolution import SpatialDilatedConvolution as SpatialDilatedConvolution
from torchnn.nn.convolution import VolumetricConvolution as VolumetricConvolution
from torchnn.nn.convolution import VolumetricDilatedConvolution as VolumetricDilatedConvolution
from torchnn.nn.criterion import Criterion as Criterion
from torchnn.nn.cross_entropy_criterion import CrossEntropyCriterion as CrossEntropyCriterion
from torchnn.nn.distance_criterions import AbsCriterion as AbsCriterion
from torchnn.nn.distance_criterions import MSECriterion as MSECriterion
from torchnn.nn.distance_criterions import SmoothL1Criterion as SmoothL1Criterion
from torchnn.nn.full_convolution import SpatialFullConvolution as SpatialFullConvolution
from torchnn.nn.full_convolution import VolumetricFullConvolution as VolumetricFullConvolution
from torchnn.nn.identity import Identity as Identity
from torchnn.nn.linear import Linear as Linear
from torchnn.nn.module import Module as Module
from torchnn.nn.parallel import Parallel as Parallel
from torchnn.nn.reshape import Reshape as Reshape
from torchnn.nn.reshape import View as View
from torchnn.nn.sequential import Sequential as Sequential
from torchnn.nn.table_arithmetic import CAddTable as CAddTable
from torchnn.nn.table_arithmetic import CDivTable as CDivTable
from torchnn.nn.table_arithmetic import CMaxTable as CMaxTable
from torchnn.nn.table_arithmetic import CMinTable as CMinTable
from torchnn.nn.table_arithmetic import CMulTable as CMulTable
from torchnn.nn.table_arithmetic import CSubTable as CSubTable
from torchnn.nn.table_containers import ConcatTable as ConcatTable
from torchnn.nn.table_containers import MapTable as MapTable
from torchnn.nn.table_containers import ParallelTable as ParallelTable
from torchnn.nn.table_layers import FlattenTable as FlattenTable
from torchnn.nn.table_layers import JoinTable as JoinTable
from torchnn.nn.table_layers import NarrowTable as NarrowTable
from torchnn.nn.table_layers import SelectTable as SelectTable
from torchnn.nn.table_layers import SplitTable as SplitTable
from torchnn.nn.table_layers import ZipTable as ZipTable


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no nn.{name}", f"nn.{name}")
