"""The package `inn` (imagine-nn) of Torch7: modules that networks for detecting objects use.

Those that nn has too, `inn.SpatialMaxPooling`, `SpatialAveragePooling` and `SpatialCrossResponseNormalization`, are
nn's here, also in files.
"""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.inn.fixed import ConstAffine as ConstAffine
from torchnn.inn.fixed import MeanSubtraction as MeanSubtraction
from torchnn.inn.fixed import SpatialConstAffine as SpatialConstAffine
from torchnn.inn.normalization import SpatialSameResponseNormalization as SpatialSameResponseNormalization
from torchnn.inn.pyramid import SpatialPyramidPooling as SpatialPyramidPooling
from torchnn.inn.roi_pooling import ROIPooling as ROIPooling


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no inn.{name}", f"inn.{name}")
