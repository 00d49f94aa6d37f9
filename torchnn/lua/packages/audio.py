"""The package `audio` for Lua: sounds in WAV files, and their spectra."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from torchnn.errors import ArgumentError, SizeError, TorchError, sizes
from torchnn.lua.packages import signal
from torchnn.lua.text import from_bytes_text
from torchnn.torch import conversion, types
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word

ONLY_WAV = "only WAV files are read and written; convert others to it before"


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions of the package."""
    return {"load": load, "save": save, "stft": stft, "spectrogram": spectrogram, "samplevoice": samplevoice}


def load(filename: str) -> tuple[Any, int]:
    """A sound as samples x channels, scaled to whole numbers of 32 bits, and its samples in a second."""
    path = from_bytes_text(filename)
    try:
        with wave.open(path) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            data = np.frombuffer(file.readframes(file.getnframes()), np.uint8)
    except (wave.Error, EOFError) as error:
        raise TorchError(f"audio.load: {path}: {error}; {ONLY_WAV}") from None
    except OSError as error:
        raise TorchError(f"audio.load: cannot read {path}: {error.strerror}") from None
    data = data[: len(data) // (width * channels) * width * channels]
    if not data.size:
        raise TorchError(f"audio.load: {path} has no samples")
    # The bytes of a sample are the highest of a number of 32 bits; where there is one, it counts from 128.
    wide = np.zeros((data.size // width, 4), np.uint8)
    wide[:, 4 - width :] = (data ^ (128 if width == 1 else 0)).reshape(-1, width)
    samples = wide.view("<i4").reshape(-1, channels).astype(types.default().dtype)
    return conversion.from_numpy(samples), rate


def save(filename: str, src: Any, sample_rate: float) -> None:
    """Write samples x channels, whole numbers of 32 bits."""
    path = from_bytes_text(filename)
    if Path(path).suffix.lower() != ".wav":
        raise ArgumentError(f"audio.save: {path}: {ONLY_WAV}")
    if not isinstance(src, Core) or src.dim() != 2:
        given = sizes(src._size) if isinstance(src, Core) else type_word(src)
        raise ArgumentError(f"audio.save: a tensor of samples x channels expected, got {given}")
    bounds = np.iinfo(np.int32)
    samples = np.clip(np.nan_to_num(np.trunc(src.array.astype(float))), bounds.min, bounds.max)
    try:
        with open(path, "wb") as raw, wave.open(raw) as file:
            file.setparams((src.size(2), 4, int(sample_rate), 0, "NONE", "not compressed"))
            file.writeframes(samples.astype("<i4").tobytes())
    except wave.Error as error:
        raise SizeError(f"audio.save: {error}") from None
    except OSError as error:
        raise TorchError(f"audio.save: cannot write {path}: {error.strerror}") from None


def stft(input: Any, window_size: int, window_type: str, stride: int) -> Any:
    """The transforms of windows of a sound of one channel, the highest frequency first: windows x frequencies x 2."""
    if not isinstance(input, Core) or input.dim() not in (1, 2) or min(input._size) != 1 and input.dim() == 2:
        given = sizes(input._size) if isinstance(input, Core) else type_word(input)
        raise ArgumentError(f"audio.stft: a sound of one channel expected, got {given}")
    sound = conversion.from_numpy(input.contiguous().array.reshape(-1).copy())
    windows, weights = signal.windowed(sound, window_size, stride, window_type)
    return signal.pairs(np.fft.rfft(windows * weights)[:, ::-1], sound)


def spectrogram(input: Any, window_size: int, window_type: str, stride: int) -> Any:
    """Ten times the logarithm of the energy: frequencies x windows, the highest frequency first."""
    transforms = stft(input, window_size, window_type, stride).array
    energy = np.square(transforms).sum(2) + transforms.dtype.type(0.01)
    return conversion.from_numpy((np.log(energy) * 10).T)


def samplevoice() -> Any:
    """The recording that comes with Torch7's package is not here."""
    raise TorchError("audio.samplevoice: the recording is not part of torchnn; load one of your own with audio.load")
