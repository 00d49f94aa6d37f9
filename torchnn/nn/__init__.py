"""Torch7's package `nn`: modules, criterions and `nn.utils`."""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.nn import utils as utils
from torchnn.nn.average_pooling import SpatialAveragePooling as SpatialAveragePooling
from torchnn.nn.average_pooling import VolumetricAveragePooling as VolumetricAveragePooling
from torchnn.nn.batch_normalization import BatchNormalization as BatchNormalization
from torchnn.nn.batch_normalization import SpatialBatchNormalization as SpatialBatchNormalization
from torchnn.nn.batch_normalization import VolumetricBatchNormalization as VolumetricBatchNormalization
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
from torchnn.nn.dropout import Dropout as Dropout
from torchnn.nn.dropout import SpatialDropout as SpatialDropout
from torchnn.nn.dropout import VolumetricDropout as VolumetricDropout
from torchnn.nn.dropout import WhiteNoise as WhiteNoise
from torchnn.nn.full_convolution import SpatialFullConvolution as SpatialFullConvolution
from torchnn.nn.full_convolution import VolumetricFullConvolution as VolumetricFullConvolution
from torchnn.nn.identity import Identity as Identity
from torchnn.nn.linear import Linear as Linear
from torchnn.nn.module import Module as Module
from torchnn.nn.parallel import Parallel as Parallel
from torchnn.nn.pointwise import Abs as Abs
from torchnn.nn.pointwise import Exp as Exp
from torchnn.nn.pointwise import Log as Log
from torchnn.nn.pointwise import Power as Power
from torchnn.nn.pointwise import Sqrt as Sqrt
from torchnn.nn.pointwise import Square as Square
from torchnn.nn.pooling import SpatialDilatedMaxPooling as SpatialDilatedMaxPooling
from torchnn.nn.pooling import SpatialMaxPooling as SpatialMaxPooling
from torchnn.nn.pooling import VolumetricDilatedMaxPooling as VolumetricDilatedMaxPooling
from torchnn.nn.pooling import VolumetricMaxPooling as VolumetricMaxPooling
from torchnn.nn.rectifiers import Clamp as Clamp
from torchnn.nn.rectifiers import HardShrink as HardShrink
from torchnn.nn.rectifiers import HardTanh as HardTanh
from torchnn.nn.rectifiers import LeakyReLU as LeakyReLU
from torchnn.nn.rectifiers import PReLU as PReLU
from torchnn.nn.rectifiers import ReLU as ReLU
from torchnn.nn.rectifiers import ReLU6 as ReLU6
from torchnn.nn.rectifiers import RReLU as RReLU
from torchnn.nn.rectifiers import SoftShrink as SoftShrink
from torchnn.nn.rectifiers import Threshold as Threshold
from torchnn.nn.reshape import Reshape as Reshape
from torchnn.nn.reshape import View as View
from torchnn.nn.sequential import Sequential as Sequential
from torchnn.nn.softmax import LogSoftMax as LogSoftMax
from torchnn.nn.softmax import SoftMax as SoftMax
from torchnn.nn.softmax import SoftMin as SoftMin
from torchnn.nn.softmax import SpatialLogSoftMax as SpatialLogSoftMax
from torchnn.nn.softmax import SpatialSoftMax as SpatialSoftMax
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
from torchnn.nn.temporal_pooling import TemporalMaxPooling as TemporalMaxPooling
from torchnn.nn.transfer import ELU as ELU
from torchnn.nn.transfer import GatedLinearUnit as GatedLinearUnit
from torchnn.nn.transfer import LogSigmoid as LogSigmoid
from torchnn.nn.transfer import Sigmoid as Sigmoid
from torchnn.nn.transfer import SoftPlus as SoftPlus
from torchnn.nn.transfer import SoftSign as SoftSign
from torchnn.nn.transfer import Tanh as Tanh
from torchnn.nn.transfer import TanhShrink as TanhShrink


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no nn.{name}", f"nn.{name}")
