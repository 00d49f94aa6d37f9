"""Torch7's package `nn`: modules, criterions and `nn.utils`."""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.nn import utils as utils
from torchnn.nn.convolution import SpatialConvolution as SpatialConvolution
from torchnn.nn.convolution import SpatialConvolutionMM as SpatialConvolutionMM
from torchnn.nn.convolution import SpatialDilatedConvolution as SpatialDilatedConvolution
from torchnn.nn.convolution import VolumetricConvolution as VolumetricConvolution
from torchnn.nn.convolution import VolumetricDilatedConvolution as VolumetricDilatedConvolution
from torchnn.nn.full_convolution import SpatialFullConvolution as SpatialFullConvolution
from torchnn.nn.full_convolution import VolumetricFullConvolution as VolumetricFullConvolution
from torchnn.nn.module import Module as Module


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no nn.{name}", f"nn.{name}")
