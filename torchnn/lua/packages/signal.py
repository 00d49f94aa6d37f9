"""What the package `signal` of Lua needs of Python: Fourier's transforms, by numpy.

Complex numbers are pairs, along a last dimension of 2.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from torchnn.errors import ArgumentError, SizeError, sizes
from torchnn.torch import conversion, types
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import integer

COMPLEX = {types.FLOAT: np.complex64, types.DOUBLE: np.complex128}

# What the elements of a window are multiplied with: at i of the positions 0 to m.
WINDOWS = {
    "rect": lambda i, m: np.ones_like(i),
    "hamming": lambda i, m: 0.53836 - 0.46164 * np.cos(2 * np.pi * i / m),
    "hann": lambda i, m: 0.5 - 0.5 * np.cos(2 * np.pi * i / m),
    "bartlett": lambda i, m: 2 / m * (m / 2 - abs(i - m / 2)),
}


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions of the package that are written here."""
    functions: dict[str, Callable[..., Any]] = {"rfft": partial(real, 1), "rfft2": partial(real, 2)}
    functions |= {"irfft": partial(inverse_real, 1), "irfft2": partial(inverse_real, 2), "stft": stft, "rstft": rstft}
    for rank, suffix in enumerate(("", "2", "3"), 1):
        functions[f"fft{suffix}"] = partial(transform, rank, np.fft.fftn)
        functions[f"ifft{suffix}"] = partial(transform, rank, np.fft.ifftn)
        functions[f"dct{suffix}"] = partial(cosines, rank, _cosines)
        functions[f"idct{suffix}"] = partial(cosines, rank, _inverse_cosines)
    return functions


def transform(rank: int, function: Callable[..., np.ndarray], input: Any) -> Any:
    """Fourier's transform or its inverse, along all dimensions of real or complex numbers."""
    array = _array(input)
    if array.ndim == rank + 1 and array.shape[-1] == 2:
        array = _joined(array, input)
    elif array.ndim != rank:
        raise SizeError(f"Input has to be {rank}D Tensor, or {rank + 1}D with a last size of 2, got {_size(input)}")
    return pairs(function(array), input)


def real(rank: int, input: Any) -> Any:
    """The transform of real numbers, whose second half of frequencies is left out."""
    return pairs(np.fft.rfftn(_ranked(rank, input)), input)


def inverse_real(rank: int, input: Any, size: int | None = None) -> Any:
    """The real numbers, `size` along the last dimension, that have such a transform."""
    array = _ranked(rank + 1, input)
    if array.shape[-1] != 2:
        raise SizeError(f"Input has to be complex, with a last size of 2, got {_size(input)}")
    last = (array.shape[-2] - 1) * 2 if size is None else integer(size)
    if last < 1:
        raise SizeError(f"size should be positive, got {last}")
    found = np.fft.irfftn(_joined(array, input), (*array.shape[:-2], last), range(rank))
    return conversion.from_numpy(found.astype(array.dtype))


def stft(input: Any, window_size: int, window_stride: int, window_type: str | None = None) -> Any:
    """The transforms of windows of a signal, which are weighted: windows x frequencies x 2."""
    windows, weights = windowed(input, window_size, window_stride, window_type)
    return pairs(np.fft.fft(windows * weights), input)


def rstft(input: Any, window_size: int, window_stride: int, window_type: str | None = None) -> Any:
    """The same without the second half of frequencies.

    As in Torch7's package the signal itself is weighted, so that where windows overlap all those before count too.
    """
    windows, weights = windowed(input, window_size, window_stride, window_type)
    seen = np.empty(windows.shape, windows.dtype)
    for window, row in zip(windows, seen, strict=True):
        window *= weights
        row[...] = window
    return pairs(np.fft.rfft(seen), input)


def cosines(rank: int, function: Callable[[np.ndarray], np.ndarray], input: Any) -> Any:
    """A transform along each dimension."""
    found = _ranked(rank, input)
    for axis in range(rank):
        found = np.moveaxis(function(np.moveaxis(found, axis, -1)), -1, axis)
    return conversion.from_numpy(np.ascontiguousarray(found, input.array.dtype))


def _cosines(x: np.ndarray) -> np.ndarray:
    """y(k) = 2 sum of x(n) cos(pi (n + 1/2) k / N), which FFTW calls REDFT10."""
    n = x.shape[-1]
    mirrored = np.fft.rfft(np.concatenate((x, x[..., ::-1]), -1))[..., :n]
    return (mirrored * np.exp(-0.5j * np.pi * np.arange(n) / n)).real


def _inverse_cosines(y: np.ndarray) -> np.ndarray:
    """What has these cosines: REDFT01 divided by 2 N."""
    n = y.shape[-1]
    turned = y * np.exp(0.5j * np.pi * np.arange(n) / n)
    return np.fft.irfft(np.concatenate((turned, np.zeros_like(turned[..., :1])), -1), 2 * n)[..., :n]


def windowed(input: Any, size: int, stride: int, kind: str | None) -> tuple[np.ndarray, np.ndarray]:
    """The windows of a signal, which share its memory, and their weights."""
    signal, size, stride = _ranked(1, input), integer(size), integer(stride)
    if kind is not None and kind not in WINDOWS:
        raise ArgumentError(f"unknown window {kind!r}, one of {', '.join(WINDOWS)} expected")
    if stride < 1 or not 1 <= size <= len(signal):
        raise SizeError(f"windows of {size} elements, {stride} apart, in a signal of {len(signal)}")
    step = signal.strides[0]
    count = (len(signal) - size) // stride + 1
    windows = np.lib.stride_tricks.as_strided(signal, (count, size), (step * stride, step))
    with np.errstate(divide="ignore", invalid="ignore"):
        return windows, WINDOWS[kind or "rect"](np.arange(size, dtype=float), np.float64(size - 1)).astype(signal.dtype)


def _array(input: Any) -> np.ndarray:
    if not isinstance(input, Core) or input.element not in COMPLEX:
        given = input.element.tensor_name if isinstance(input, Core) else type_word(input)
        raise ArgumentError(f"Unsupported precision of input tensor: {given}. Supported precision is Float/Double.")
    if not input.nElement():
        raise SizeError("a tensor with elements expected")
    return input.array


def _ranked(rank: int, input: Any) -> np.ndarray:
    array = _array(input)
    if array.ndim != rank:
        raise SizeError(f"Input has to be {rank}D Tensor, got {_size(input)}")
    return array


def _size(input: Any) -> str:
    return sizes(input._size)


def _joined(array: np.ndarray, input: Any) -> np.ndarray:
    return np.ascontiguousarray(array).view(COMPLEX[input.element])[..., 0]


def pairs(values: np.ndarray, input: Any) -> Any:
    """Complex numbers as a tensor of the input's type."""
    found = np.ascontiguousarray(values, COMPLEX[input.element])
    return conversion.from_numpy(found[..., None].view(input.array.dtype))
