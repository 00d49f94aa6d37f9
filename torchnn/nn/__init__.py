"""Torch7's package `nn`: modules, criterions and `nn.utils`.

A file is imported when something of it is first asked for: scripts use few of the layers, and all of them take 0.2 s.
`exports.py` says what is where at run time; the imports here say the same to type checkers and readers.
"""

import importlib
from typing import TYPE_CHECKING, Any

from torchnn import registry
from torchnn.errors import MissingError
from torchnn.nn.algorithm import algorithm as algorithm
from torchnn.nn.exports import FILES, MODULES

if TYPE_CHECKING:
    from torchnn.nn import hessian as hessian
    from torchnn.nn import plot as plot
    from torchnn.nn import tables as tables
    from torchnn.nn import utils as utils
    from torchnn.nn.adaptive_pooling import SpatialAdaptiveAveragePooling as SpatialAdaptiveAveragePooling
    from torchnn.nn.adaptive_pooling import SpatialAdaptiveMaxPooling as SpatialAdaptiveMaxPooling
    from torchnn.nn.average_pooling import SpatialAveragePooling as SpatialAveragePooling
    from torchnn.nn.average_pooling import VolumetricAveragePooling as VolumetricAveragePooling
    from torchnn.nn.batch_normalization import BatchNormalization as BatchNormalization
    from torchnn.nn.batch_normalization import SpatialBatchNormalization as SpatialBatchNormalization
    from torchnn.nn.batch_normalization import VolumetricBatchNormalization as VolumetricBatchNormalization
    from torchnn.nn.bce_criterion import BCECriterion as BCECriterion
    from torchnn.nn.bilinear import Bilinear as Bilinear
    from torchnn.nn.class_nll_criterion import ClassNLLCriterion as ClassNLLCriterion
    from torchnn.nn.class_nll_criterion import SpatialClassNLLCriterion as SpatialClassNLLCriterion
    from torchnn.nn.collapse import Collapse as Collapse
    from torchnn.nn.concat import Concat as Concat
    from torchnn.nn.concat import DepthConcat as DepthConcat
    from torchnn.nn.constant import Constant as Constant
    from torchnn.nn.constants import AddConstant as AddConstant
    from torchnn.nn.constants import MulConstant as MulConstant
    from torchnn.nn.container import Container as Container
    from torchnn.nn.convert import Convert as Convert
    from torchnn.nn.convolution import SpatialConvolution as SpatialConvolution
    from torchnn.nn.convolution import SpatialConvolutionMM as SpatialConvolutionMM
    from torchnn.nn.convolution import SpatialDilatedConvolution as SpatialDilatedConvolution
    from torchnn.nn.convolution import VolumetricConvolution as VolumetricConvolution
    from torchnn.nn.convolution import VolumetricDilatedConvolution as VolumetricDilatedConvolution
    from torchnn.nn.convolution_map import SpatialConvolutionMap as SpatialConvolutionMap
    from torchnn.nn.convolution_map import SpatialFullConvolutionMap as SpatialFullConvolutionMap
    from torchnn.nn.copy import Copy as Copy
    from torchnn.nn.cosine import Cosine as Cosine
    from torchnn.nn.criterion import Criterion as Criterion
    from torchnn.nn.criterion_containers import MultiCriterion as MultiCriterion
    from torchnn.nn.criterion_containers import ParallelCriterion as ParallelCriterion
    from torchnn.nn.criterion_modules import CriterionTable as CriterionTable
    from torchnn.nn.criterion_modules import ModuleCriterion as ModuleCriterion
    from torchnn.nn.cross_entropy_criterion import CrossEntropyCriterion as CrossEntropyCriterion
    from torchnn.nn.decorator import Bottle as Bottle
    from torchnn.nn.decorator import Decorator as Decorator
    from torchnn.nn.depthwise_convolution import SpatialDepthWiseConvolution as SpatialDepthWiseConvolution
    from torchnn.nn.depthwise_convolution import TemporalRowConvolution as TemporalRowConvolution
    from torchnn.nn.diagnostics import NaN as NaN
    from torchnn.nn.diagnostics import PrintSize as PrintSize
    from torchnn.nn.diagnostics import Profile as Profile
    from torchnn.nn.dimensions import Replicate as Replicate
    from torchnn.nn.dimensions import Squeeze as Squeeze
    from torchnn.nn.dimensions import Transpose as Transpose
    from torchnn.nn.dimensions import Unsqueeze as Unsqueeze
    from torchnn.nn.dist_kl_div_criterion import DistKLDivCriterion as DistKLDivCriterion
    from torchnn.nn.distance_criterions import AbsCriterion as AbsCriterion
    from torchnn.nn.distance_criterions import MSECriterion as MSECriterion
    from torchnn.nn.distance_criterions import SmoothL1Criterion as SmoothL1Criterion
    from torchnn.nn.dont_cast import DontCast as DontCast
    from torchnn.nn.dropout import Dropout as Dropout
    from torchnn.nn.dropout import SpatialDropout as SpatialDropout
    from torchnn.nn.dropout import VolumetricDropout as VolumetricDropout
    from torchnn.nn.dropout import WhiteNoise as WhiteNoise
    from torchnn.nn.elementwise import Add as Add
    from torchnn.nn.elementwise import CAdd as CAdd
    from torchnn.nn.elementwise import CMul as CMul
    from torchnn.nn.elementwise import Mul as Mul
    from torchnn.nn.euclidean import Euclidean as Euclidean
    from torchnn.nn.euclidean import WeightedEuclidean as WeightedEuclidean
    from torchnn.nn.fractional_pooling import SpatialFractionalMaxPooling as SpatialFractionalMaxPooling
    from torchnn.nn.fractional_pooling import VolumetricFractionalMaxPooling as VolumetricFractionalMaxPooling
    from torchnn.nn.full_convolution import SpatialFullConvolution as SpatialFullConvolution
    from torchnn.nn.full_convolution import VolumetricFullConvolution as VolumetricFullConvolution
    from torchnn.nn.fully_convolutional import convolutionalize as convolutionalize
    from torchnn.nn.gpu import GPU as GPU
    from torchnn.nn.identity import Identity as Identity
    from torchnn.nn.index_linear import IndexLinear as IndexLinear
    from torchnn.nn.indices import Index as Index
    from torchnn.nn.indices import MaskedSelect as MaskedSelect
    from torchnn.nn.indices import OneHot as OneHot
    from torchnn.nn.jacobian import Jacobian as Jacobian
    from torchnn.nn.jacobian import SparseJacobian as SparseJacobian
    from torchnn.nn.kmeans import Kmeans as Kmeans
    from torchnn.nn.l1_cost import L1Cost as L1Cost
    from torchnn.nn.layer_normalization import LayerNormalization as LayerNormalization
    from torchnn.nn.linear import Linear as Linear
    from torchnn.nn.local_convolution import SpatialConvolutionLocal as SpatialConvolutionLocal
    from torchnn.nn.local_normalization import SpatialContrastiveNormalization as SpatialContrastiveNormalization
    from torchnn.nn.local_normalization import SpatialDivisiveNormalization as SpatialDivisiveNormalization
    from torchnn.nn.local_normalization import SpatialSubtractiveNormalization as SpatialSubtractiveNormalization
    from torchnn.nn.lookup_table import LookupTable as LookupTable
    from torchnn.nn.lp_pooling import FeatureLPPooling as FeatureLPPooling
    from torchnn.nn.lp_pooling import SpatialLPPooling as SpatialLPPooling
    from torchnn.nn.margin_criterions import HingeEmbeddingCriterion as HingeEmbeddingCriterion
    from torchnn.nn.margin_criterions import MarginCriterion as MarginCriterion
    from torchnn.nn.margin_criterions import SoftMarginCriterion as SoftMarginCriterion
    from torchnn.nn.maxout import Maxout as Maxout
    from torchnn.nn.mixture_table import MixtureTable as MixtureTable
    from torchnn.nn.module import Module as Module
    from torchnn.nn.mse_criterions import ClassSimplexCriterion as ClassSimplexCriterion
    from torchnn.nn.mse_criterions import SpatialAutoCropMSECriterion as SpatialAutoCropMSECriterion
    from torchnn.nn.mse_criterions import WeightedMSECriterion as WeightedMSECriterion
    from torchnn.nn.multi_label_criterions import MultiLabelMarginCriterion as MultiLabelMarginCriterion
    from torchnn.nn.multi_label_criterions import MultiLabelSoftMarginCriterion as MultiLabelSoftMarginCriterion
    from torchnn.nn.multi_margin_criterion import MultiMarginCriterion as MultiMarginCriterion
    from torchnn.nn.normalize import Normalize as Normalize
    from torchnn.nn.padding import SpatialReflectionPadding as SpatialReflectionPadding
    from torchnn.nn.padding import SpatialReplicationPadding as SpatialReplicationPadding
    from torchnn.nn.padding import SpatialZeroPadding as SpatialZeroPadding
    from torchnn.nn.padding import VolumetricReplicationPadding as VolumetricReplicationPadding
    from torchnn.nn.pair_criterions import CosineEmbeddingCriterion as CosineEmbeddingCriterion
    from torchnn.nn.pair_criterions import DistanceRatioCriterion as DistanceRatioCriterion
    from torchnn.nn.pair_criterions import L1HingeEmbeddingCriterion as L1HingeEmbeddingCriterion
    from torchnn.nn.pair_criterions import MarginRankingCriterion as MarginRankingCriterion
    from torchnn.nn.pairwise_distance import PairwiseDistance as PairwiseDistance
    from torchnn.nn.parallel import Parallel as Parallel
    from torchnn.nn.partial_linear import PartialLinear as PartialLinear
    from torchnn.nn.pass_through import Contiguous as Contiguous
    from torchnn.nn.pass_through import GradientReversal as GradientReversal
    from torchnn.nn.pass_through import L1Penalty as L1Penalty
    from torchnn.nn.pass_through import ZeroGrad as ZeroGrad
    from torchnn.nn.pixel_shuffle import PixelShuffle as PixelShuffle
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
    from torchnn.nn.products import MM as MM
    from torchnn.nn.products import MV as MV
    from torchnn.nn.products import CosineDistance as CosineDistance
    from torchnn.nn.products import DotProduct as DotProduct
    from torchnn.nn.rectifiers import Clamp as Clamp
    from torchnn.nn.rectifiers import CReLU as CReLU
    from torchnn.nn.rectifiers import HardShrink as HardShrink
    from torchnn.nn.rectifiers import HardTanh as HardTanh
    from torchnn.nn.rectifiers import LeakyReLU as LeakyReLU
    from torchnn.nn.rectifiers import PReLU as PReLU
    from torchnn.nn.rectifiers import ReLU as ReLU
    from torchnn.nn.rectifiers import ReLU6 as ReLU6
    from torchnn.nn.rectifiers import RReLU as RReLU
    from torchnn.nn.rectifiers import SoftShrink as SoftShrink
    from torchnn.nn.rectifiers import Threshold as Threshold
    from torchnn.nn.reductions import Max as Max
    from torchnn.nn.reductions import Mean as Mean
    from torchnn.nn.reductions import Min as Min
    from torchnn.nn.reductions import Sum as Sum
    from torchnn.nn.reshape import Reshape as Reshape
    from torchnn.nn.reshape import View as View
    from torchnn.nn.response_normalization import SpatialCrossMapLRN as SpatialCrossMapLRN
    from torchnn.nn.sequential import Sequential as Sequential
    from torchnn.nn.slices import Narrow as Narrow
    from torchnn.nn.slices import Padding as Padding
    from torchnn.nn.slices import Select as Select
    from torchnn.nn.softmax import LogSoftMax as LogSoftMax
    from torchnn.nn.softmax import SoftMax as SoftMax
    from torchnn.nn.softmax import SoftMin as SoftMin
    from torchnn.nn.softmax import SpatialLogSoftMax as SpatialLogSoftMax
    from torchnn.nn.softmax import SpatialSoftMax as SpatialSoftMax
    from torchnn.nn.sparse_linear import SparseLinear as SparseLinear
    from torchnn.nn.stochastic_gradient import StochasticGradient as StochasticGradient
    from torchnn.nn.sub_sampling import SpatialSubSampling as SpatialSubSampling
    from torchnn.nn.sub_sampling import TemporalSubSampling as TemporalSubSampling
    from torchnn.nn.table_arithmetic import CAddTable as CAddTable
    from torchnn.nn.table_arithmetic import CDivTable as CDivTable
    from torchnn.nn.table_arithmetic import CMaxTable as CMaxTable
    from torchnn.nn.table_arithmetic import CMinTable as CMinTable
    from torchnn.nn.table_arithmetic import CMulTable as CMulTable
    from torchnn.nn.table_arithmetic import CSubTable as CSubTable
    from torchnn.nn.table_containers import ConcatTable as ConcatTable
    from torchnn.nn.table_containers import MapTable as MapTable
    from torchnn.nn.table_containers import ParallelTable as ParallelTable
    from torchnn.nn.table_extras import CAddTensorTable as CAddTensorTable
    from torchnn.nn.table_extras import ZipTableOneToMany as ZipTableOneToMany
    from torchnn.nn.table_layers import FlattenTable as FlattenTable
    from torchnn.nn.table_layers import JoinTable as JoinTable
    from torchnn.nn.table_layers import NarrowTable as NarrowTable
    from torchnn.nn.table_layers import SelectTable as SelectTable
    from torchnn.nn.table_layers import SplitTable as SplitTable
    from torchnn.nn.table_layers import ZipTable as ZipTable
    from torchnn.nn.temporal_convolution import TemporalConvolution as TemporalConvolution
    from torchnn.nn.temporal_pooling import TemporalDynamicKMaxPooling as TemporalDynamicKMaxPooling
    from torchnn.nn.temporal_pooling import TemporalMaxPooling as TemporalMaxPooling
    from torchnn.nn.transfer import ELU as ELU
    from torchnn.nn.transfer import GatedLinearUnit as GatedLinearUnit
    from torchnn.nn.transfer import LogSigmoid as LogSigmoid
    from torchnn.nn.transfer import Sigmoid as Sigmoid
    from torchnn.nn.transfer import SoftPlus as SoftPlus
    from torchnn.nn.transfer import SoftSign as SoftSign
    from torchnn.nn.transfer import Tanh as Tanh
    from torchnn.nn.transfer import TanhShrink as TanhShrink
    from torchnn.nn.unpooling import SpatialMaxUnpooling as SpatialMaxUnpooling
    from torchnn.nn.unpooling import VolumetricMaxUnpooling as VolumetricMaxUnpooling
    from torchnn.nn.upsampling import SpatialUpSamplingBilinear as SpatialUpSamplingBilinear
    from torchnn.nn.upsampling import SpatialUpSamplingNearest as SpatialUpSamplingNearest
    from torchnn.nn.upsampling import UpSampling as UpSampling
    from torchnn.nn.weight_norm import LinearWeightNorm as LinearWeightNorm
    from torchnn.nn.weight_norm import WeightNorm as WeightNorm

_FILE_OF = {name: file for file, names in FILES.items() for name in names}
registry.homes({f"nn.{name}": f"torchnn.nn.{file}" for name, file in _FILE_OF.items() if name[0].isupper()})

__all__ = sorted({"algorithm", *MODULES, *_FILE_OF})


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    """What a file of nn defines, or a class of nn that another package does, such as `nn.gModule`."""
    if name in _FILE_OF:
        value = getattr(importlib.import_module(f"{__name__}.{_FILE_OF[name]}"), name)
        globals()[name] = value
        return value
    if name in MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name.startswith("__"):
        raise AttributeError(name)
    cls = registry.find(f"nn.{name}")
    if cls is not None:
        return cls
    raise MissingError(f"there is no nn.{name}", f"nn.{name}")
