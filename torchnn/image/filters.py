"""Convolution of images, and the kernels for it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from torchnn import torch, xlua
from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.image import planes
from torchnn.image.cropping import hflip, vflip
from torchnn.image.scaling import scale
from torchnn.kernels.silence import silently
from torchnn.torch import types
from torchnn.torch.conversion import as_tensor
from torchnn.torch.core import Core
from torchnn.torch.sizes import integer


def convolve(*args: Any) -> Any:
    """`image.convolve([dst,] src, kernel [, mode])`: `torch.conv2`, one kernel for all planes.

    Modes: 'valid' (the default), where the kernel lies within the image; 'full', where they overlap; 'same', the
    middle of that, of the image's size.

    Input: src H x W or C x H x W; kernel h x w or C x h x w, of the same type. Output: of src's rank.
    """
    mode = args[-1] if args and isinstance(args[-1], str) else None
    tensors = args if mode is None else args[:-1]
    if len(tensors) not in (2, 3):
        raise planes.incorrect("convolve")
    if mode not in (None, "valid", "full", "same"):
        raise ArgumentError(f"image.convolve: mode has to be one of: full | valid | same, got {mode}")
    x, kernel = as_tensor(tensors[-2]), as_tensor(tensors[-1])
    if kernel.dim() == 2 and x.dim() == 3:
        kernel = kernel.contiguous().view(1, *kernel._size).expand(x._size[0], *kernel._size)
    into = tensors[:1] if len(tensors) == 3 else ()
    y = torch.conv2(*into, x, kernel, "F" if mode in ("full", "same") else "V")
    if mode == "same":
        for dimension in (y.dim() - 1, y.dim()):
            first = (kernel._size[dimension - 1] + 1) // 2
            y = y.narrow(dimension, first, x._size[dimension - 1])
    return y


_KERNEL = (
    {"arg": "size", "type": "number", "help": "kernel size (size x size)", "default": 3},
    {"arg": "sigma", "type": "number", "help": "sigma (horizontal and vertical)", "default": 0.25},
    {"arg": "amplitude", "type": "number", "help": "largest value", "default": 1},
    {"arg": "normalize", "type": "boolean", "help": "whether the sum is 1", "default": False},
)
_PLANE = (
    {"arg": "width", "type": "number", "help": "kernel width", "defaulta": "size"},
    {"arg": "height", "type": "number", "help": "kernel height", "defaulta": "size"},
    {"arg": "sigma_horz", "type": "number", "help": "horizontal sigma", "defaulta": "sigma"},
    {"arg": "sigma_vert", "type": "number", "help": "vertical sigma", "defaulta": "sigma"},
    {"arg": "mean_horz", "type": "number", "help": "horizontal mean", "default": 0.5},
    {"arg": "mean_vert", "type": "number", "help": "vertical mean", "default": 0.5},
)
_RESULT = {"arg": "tensor", "type": "torch.Tensor", "help": "result tensor (its size is taken)"}


def gaussian(*args: Any, **named: Any) -> Any:
    """A bell: `image.gaussian(size, sigma, amplitude, normalize, width, height, sigma_horz, sigma_vert, mean_horz,
    mean_vert, tensor)`, by position, by name or as one dict.

    amplitude * exp(-(u*u + v*v) / 2), u the distance from the mean in units of sigma_horz * width, v likewise; with
    `normalize` divided by the sum. Defaults: size 3, sigma 0.25, amplitude 1, means 0.5. Means and sigmas are
    shares of the size; the middle of the first pixel lies at 0.5 pixels.

    Output: height x width of the default type, or `tensor`, whose size is taken.
    """
    _, _, _, amplitude, normalize, width, height, sigma_u, sigma_v, mean_u, mean_v, r = _unpacked(
        args, named, "gaussian", "returns a 2D gaussian kernel", *_KERNEL, *_PLANE, _RESULT
    )
    r = _kernel(r, (height, width), "gaussian")
    silently(_fill_with_bell, r, amplitude, normalize, (sigma_v, sigma_u), (mean_v, mean_u))
    return r


def _fill_with_bell(r: Core, amplitude: float, normalize: bool, sigmas: Any, means: Any) -> None:
    precision = np.float64 if r.element is types.DOUBLE else np.float32
    v, u = (_distances(*given, precision) for given in zip(r._size, means, sigmas, strict=True))
    value = precision(amplitude) * np.exp(-0.5 * (u * u + (v * v)[:, None]).astype(np.float64))
    r.array[...] = planes.rounded(value.astype(precision), r.element)
    if normalize:
        # One after the other and in this precision, as Torch7 sums them.
        total = np.cumsum(r.array.astype(precision).reshape(-1))[-1]
        r.array[...] = (r.array.astype(precision) * precision(np.float64(1) / total)).astype(r.dtype)


def _distances(n: int, mean: float, sigma: float, precision: Any) -> np.ndarray:
    """Of pixels from the mean, in units of sigma."""
    centre = precision(precision(mean) * precision(n) + 0.5)
    return (np.arange(1, n + 1).astype(precision) - centre) * precision(
        np.float64(1) / (precision(sigma) * precision(n))
    )


def gaussian1D(*args: Any, **named: Any) -> Any:
    """A bell: `image.gaussian1D(size, sigma, amplitude, normalize, mean, tensor)`, by position, by name or as a dict.

    Defaults: size 3, sigma 0.25, amplitude 1, mean 0.5, both shares of the size.

    Output: a vector of the default type, or `tensor`, whose size is taken.
    """
    mean = {"arg": "mean", "type": "number", "help": "mean", "default": 0.5}
    _, size, sigma, amplitude, normalize, mean, r = _unpacked(
        args, named, "gaussian1D", "returns a 1D gaussian kernel", *_KERNEL, mean, _RESULT
    )
    r = _kernel(r, (size,), "gaussian1D")
    n = r._size[0]
    distance = silently(_in_sigmas, n, mean, sigma)
    r.copy(torch.DoubleTensor(silently(_bell, distance, amplitude)))
    return r.div(r.sum()) if normalize else r


def laplacian(*args: Any, **named: Any) -> Any:
    """A Mexican hat: `image.laplacian(size, sigma, amplitude, normalize, width, height, sigma_horz, sigma_vert,
    mean_horz, mean_vert)`, by position, by name or as one dict.

    (1 - q) * amplitude * exp(-q), q the half squared distance as for `gaussian`, but counting rows with the
    horizontal mean and sigma, and columns with the vertical ones, as Torch7 does. Defaults: size 3, sigma 0.1.

    Output: height x width of the default type.
    """
    kernel = (_KERNEL[0], {**_KERNEL[1], "default": 0.1}, *_KERNEL[2:])
    _, _, _, amplitude, normalize, width, height, sigma_x, sigma_y, mean_x, mean_y = _unpacked(
        args, named, "laplacian", "returns a 2D Laplacian kernel", *kernel, *_PLANE
    )
    r = _kernel(None, (height, width), "laplacian")
    rows = silently(_in_sigmas, r._size[0], mean_x, sigma_x, width)
    columns = silently(_in_sigmas, r._size[1], mean_y, sigma_y, height)
    r.copy(torch.DoubleTensor(silently(_hat, rows[:, None], columns, amplitude)))
    return r.div(r.sum()) if normalize else r


def _in_sigmas(n: int, mean: float, sigma: float, unit: float | None = None) -> np.ndarray:
    """Distances of n pixels from the mean, in sigmas; both are shares of `unit`, by default of n."""
    unit = n if unit is None else unit
    return (np.arange(1, n + 1) - (mean * unit + 0.5)) / np.float64(sigma * unit)


def _bell(distance: np.ndarray, amplitude: float) -> np.ndarray:
    return amplitude * np.exp(-(distance**2) / 2)


def _hat(rows: np.ndarray, columns: np.ndarray, amplitude: float) -> np.ndarray:
    q = rows**2 / 2 + columns**2 / 2
    return (1 - q) * amplitude * np.exp(-q)


def _unpacked(args: Any, named: Any, function: str, description: str, *definitions: Any) -> tuple[Any, ...]:
    return xlua.unpack((named,) if named else args, f"image.{function}", description, *definitions)


def _kernel(r: Any, size: tuple[float, ...], function: str) -> Any:
    """The result: given, or new and of the default type."""
    if r is not None:
        return planes.image(r, function, (len(size),), "tensor")
    size = tuple(integer(n) for n in size)
    if min(size) < 1:
        raise SizeError(f"image.{function}: sizes of at least 1 expected, got {sizes(size)}")
    return torch.Tensor(*size)


def gaussianpyramid(*args: Any) -> Any:
    """`image.gaussianpyramid([dst,] src, scales)`: an image in several sizes, each made of the one before, blurred.

    Input: H x W or C x H x W; `scales` a list of shares of the size of src. Output: a list of images, in `dst` where
    it is given (a list, maybe of tensors to be resized).
    """
    if len(args) not in (2, 3):
        raise planes.incorrect("gaussianpyramid")
    x, scales = planes.image(args[-2], "gaussianpyramid"), args[-1]
    dst = args[0] if len(args) == 3 else []
    blur = gaussian(width=3, normalize=True).typeAs(x)
    previous = x
    for i, share in enumerate(scales):
        if i >= len(dst) or dst[i] is None:
            dst[i : i + 1] = [type(x)()]
        level = dst[i].resize(*x._size[:-2], *(integer(n * share) for n in x._size[-2:]))
        if share == 1:
            level.copy(previous)
        else:
            scale(level, previous, "simple")
        previous = convolve(level, blur, "same")
    return dst


def lcn(im: Any, ker: Any = None) -> Any:
    """Local contrast normalization: an image minus its local mean, over its local standard deviation where above 1.

    Before that its mean is taken off and it is divided by its standard deviation. The kernel is by default a
    Gaussian of 9 x 9 with sigma 1.591.

    Input: H x W or 1 x H x W. Output: a DoubleTensor of what `conv2` gives.
    """
    ker = gaussian(size=9, sigma=1.591 / 9, normalize=True) if ker is None else as_tensor(ker)
    x = planes.image(im, "lcn")
    if x.dim() == 3 and x._size[0] != 1:
        raise SizeError(f"grayscale image expected, got {sizes(x._size)}")
    x = x.clone().double().view(*x._size[-2:])
    x.add(-x.mean()).div(x.std())
    kernel = ker.double()
    mean = torch.conv2(x, kernel)
    variance = torch.conv2(x.clone().cmul(x), kernel).add(-1, mean.clone().cmul(mean))
    deviation = variance.clamp(0, math.inf).sqrt().clamp(1, math.inf)
    rows, columns = mean._size
    top, left = (n // 2 for n in kernel._size)
    return x[top : top + rows, left : left + columns].clone().add(-1, mean).cdiv(deviation)


def erode(im: Any, kern: Any = None, pad: float | None = None) -> Any:
    """Morphological erosion: 1 where all pixels under the kernel's ones are 1.

    Input: im H x W of 0 and 1; kern of odd size (3 x 3 ones); `pad` (1) is what lies beyond the edges. Output: H x W.
    """
    x, kernel = _binary(im, kern, "erode")
    covered = _padded(x, kernel, 1 if pad is None else pad).conv2(kernel)
    return covered.eq(kernel.sum()).typeAs(x)


def dilate(im: Any, kern: Any = None, pad: float | None = None) -> Any:
    """Morphological dilation: 1 where any pixel under the kernel's ones is 1.

    Input: im H x W of 0 and 1; kern of odd size (3 x 3 ones); `pad` (0) is what lies beyond the edges. Output: H x W.
    """
    x, kernel = _binary(im, kern, "dilate")
    kernel = hflip(vflip(kernel))
    return _padded(x, kernel, 0 if pad is None else pad).conv2(kernel).gt(0).typeAs(x)


def _binary(im: Any, kern: Any, function: str) -> tuple[Any, Any]:
    x = planes.image(im, function, (2,), "im")
    kernel = torch.ones(3, 3).typeAs(x) if kern is None else as_tensor(kern)
    if kernel.dim() != 2 or not all(n % 2 for n in kernel._size):
        raise SizeError(f"image.{function}: kern: two odd sizes expected, got {sizes(kernel._size)}")
    return x, kernel


def _padded(x: Core, kernel: Core, pad: float) -> Any:
    margins = [(n // 2, n // 2) for n in kernel._size]
    return type(x).wrap(np.pad(x.array, margins, constant_values=x.element.number(pad)))
