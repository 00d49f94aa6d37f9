"""Torch7's package `image`: reading, writing and transforming pictures.

An image is a tensor H x W or C x H x W; C is 1 (grey) or 3 (red, green, blue). ByteTensors hold 0 to 255, FloatTensors
and DoubleTensors 0 to 1.
"""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.image.colormaps import colormap as colormap
from torchnn.image.colormaps import jetColormap as jetColormap
from torchnn.image.colormaps import y2jet as y2jet
from torchnn.image.colours import hsl2rgb as hsl2rgb
from torchnn.image.colours import hsv2rgb as hsv2rgb
from torchnn.image.colours import lab2rgb as lab2rgb
from torchnn.image.colours import rgb2hsl as rgb2hsl
from torchnn.image.colours import rgb2hsv as rgb2hsv
from torchnn.image.colours import rgb2lab as rgb2lab
from torchnn.image.colours import rgb2nrgb as rgb2nrgb
from torchnn.image.colours import rgb2y as rgb2y
from torchnn.image.colours import rgb2yuv as rgb2yuv
from torchnn.image.colours import yuv2rgb as yuv2rgb
from torchnn.image.cropping import crop as crop
from torchnn.image.cropping import flip as flip
from torchnn.image.cropping import hflip as hflip
from torchnn.image.cropping import translate as translate
from torchnn.image.cropping import vflip as vflip
from torchnn.image.display import display as display
from torchnn.image.display import minmax as minmax
from torchnn.image.display import toDisplayTensor as toDisplayTensor
from torchnn.image.drawing import drawRect as drawRect
from torchnn.image.drawing import drawText as drawText
from torchnn.image.filters import convolve as convolve
from torchnn.image.filters import dilate as dilate
from torchnn.image.filters import erode as erode
from torchnn.image.filters import gaussian as gaussian
from torchnn.image.filters import gaussian1D as gaussian1D
from torchnn.image.filters import gaussianpyramid as gaussianpyramid
from torchnn.image.filters import laplacian as laplacian
from torchnn.image.filters import lcn as lcn
from torchnn.image.formats import compressJPG as compressJPG
from torchnn.image.formats import decompress as decompress
from torchnn.image.formats import decompressJPG as decompressJPG
from torchnn.image.formats import decompressPNG as decompressPNG
from torchnn.image.formats import fabio as fabio
from torchnn.image.formats import getJPGsize as getJPGsize
from torchnn.image.formats import getPNGsize as getPNGsize
from torchnn.image.formats import getPPMsize as getPPMsize
from torchnn.image.formats import getSize as getSize
from torchnn.image.formats import is_supported as is_supported
from torchnn.image.formats import lena as lena
from torchnn.image.formats import load as load
from torchnn.image.formats import loadJPG as loadJPG
from torchnn.image.formats import loadPNG as loadPNG
from torchnn.image.formats import loadPPM as loadPPM
from torchnn.image.formats import save as save
from torchnn.image.formats import saveJPG as saveJPG
from torchnn.image.formats import savePGM as savePGM
from torchnn.image.formats import savePNG as savePNG
from torchnn.image.formats import savePPM as savePPM
from torchnn.image.rotation import logpolar as logpolar
from torchnn.image.rotation import polar as polar
from torchnn.image.rotation import rotate as rotate
from torchnn.image.scaling import scale as scale
from torchnn.image.warping import affinetransform as affinetransform
from torchnn.image.warping import warp as warp


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no image.{name}", f"image.{name}")
