"""The package `stn` of Torch7 (stnbhwd): spatial transformers, modules that turn, scale and move what they look at.

The modules are part of Torch7's `nn` there, once `stn` is loaded, and so are called `nn.BilinearSamplerBHWD`, ... in
files. Source: Jaderberg et al. 2015, Spatial Transformer Networks.
"""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.stn.affine import AffineGridGeneratorBHWD as AffineGridGeneratorBHWD
from torchnn.stn.affine import AffineTransformMatrixGenerator as AffineTransformMatrixGenerator
from torchnn.stn.sampler import BilinearSamplerBHWD as BilinearSamplerBHWD


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no stn.{name}", f"stn.{name}")
