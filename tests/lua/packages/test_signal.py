"""Fourier's transforms, and sounds."""

import wave

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import TorchError


@pytest.fixture(autouse=True)
def signal(runtime):
    runtime.execute(
        "signal = require 'signal'; complex = require 'signal.complex'; require 'audio'; torch.manualSeed(1)"
    )


def call(runtime, code, *values):
    return runtime.execute(f"return {code}", *values)


def joined(tensor):
    return tensor.array[..., 0] + 1j * tensor.array[..., 1]


@pytest.mark.parametrize("rank, suffix", [(1, ""), (2, "2"), (3, "3")])
@pytest.mark.parametrize("n", [4, 5])
def test_transforms_by_their_definition(runtime, rank, suffix, n):
    x = torch.randn(*(n - i for i in range(rank)), 2)
    found = joined(call(runtime, f"signal.fft{suffix}(...)", x))
    expected = joined(x)
    for axis in range(rank):
        k = np.arange(expected.shape[axis])
        matrix = np.exp(-2j * np.pi * np.outer(k, k) / len(k))
        expected = np.moveaxis(np.tensordot(matrix, expected, (1, axis)), 0, axis)
    np.testing.assert_allclose(found, expected, atol=1e-13)
    back = call(runtime, f"signal.ifft{suffix}(signal.fft{suffix}(...))", x)
    np.testing.assert_allclose(back.array, x.array, atol=1e-14)
    real = call(runtime, f"signal.fft{suffix}((...):select({rank + 1}, 1))", x)
    np.testing.assert_allclose(joined(real), np.fft.fftn(x.array[..., 0]), atol=1e-13)


@pytest.mark.parametrize("rank, suffix", [(1, ""), (2, "2"), (3, "3")])
def test_cosines_by_their_definition(runtime, rank, suffix):
    x = torch.randn(*(3 + i for i in range(rank)))
    expected = x.array
    for axis in range(rank):
        n = expected.shape[axis]
        matrix = 2 * np.cos(np.pi * np.outer(np.arange(n), np.arange(n) + 0.5) / n)
        expected = np.moveaxis(np.tensordot(matrix, expected, (1, axis)), 0, axis)
    found = call(runtime, f"signal.dct{suffix}(...)", x)
    np.testing.assert_allclose(found.array, expected, atol=1e-13)
    np.testing.assert_allclose(call(runtime, f"signal.idct{suffix}(...)", found).array, x.array, atol=1e-14)


@pytest.mark.parametrize("size", [(6,), (7,), (4, 6), (3, 5)])
def test_transforms_of_real_numbers(runtime, size):
    x, suffix = torch.randn(*size), "2" if len(size) == 2 else ""
    half = call(runtime, f"signal.rfft{suffix}(...)", x)
    whole = joined(call(runtime, f"signal.fft{suffix}(...)", x))
    np.testing.assert_allclose(joined(half), whole[..., : size[-1] // 2 + 1], atol=1e-13)
    back = call(runtime, f"signal.irfft{suffix}(...)", half, size[-1])
    np.testing.assert_allclose(back.array, x.array, atol=1e-14)
    assert call(runtime, f"signal.irfft{suffix}(...)", half).size().totable()[-1] == size[-1] // 2 * 2


def test_floats_stay_floats(runtime):
    x = torch.randn(6).float()
    for name in ("fft", "rfft", "dct", "idct", "hilbert"):
        assert call(runtime, f"signal.{name}(...)", x).type() == "torch.FloatTensor", name
    assert call(runtime, "signal.irfft(signal.rfft(...))", x).type() == "torch.FloatTensor"


def test_windows_of_a_signal(runtime):
    x = torch.randn(10)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(4) / 3)
    expected = [np.fft.fft(x.array[i : i + 4] * hann) for i in (0, 3, 6)]
    np.testing.assert_allclose(joined(call(runtime, "signal.stft(..., 4, 3, 'hann')", x)), expected, atol=1e-14)
    before, seen = x.clone(), x.array.copy()
    found = call(runtime, "signal.rstft(..., 4, 2, 'hann')", x)
    for i, row in zip((0, 2, 4, 6), joined(found), strict=True):  # windows weigh what the ones before have weighed
        seen[i : i + 4] *= hann
        np.testing.assert_allclose(row, np.fft.rfft(seen[i : i + 4]), atol=1e-14)
    np.testing.assert_array_equal(x.array, seen)
    found = call(runtime, "signal.spectrogram(..., 4, 3)", before)
    energy = [np.abs(np.fft.rfft(before.array[i : i + 4])) ** 2 for i in (0, 3, 6)]
    np.testing.assert_allclose(found.array, 10 * np.log(np.array(energy) + 0.01).T)


def test_weights_by_hand(runtime):
    np.testing.assert_allclose(call(runtime, "signal.hann(5)").array, [0, 0.5, 1, 0.5, 0], atol=1e-15)
    np.testing.assert_allclose(call(runtime, "signal.hann(4, 'periodic')").array, [0, 0.5, 1, 0.5], atol=1e-15)
    np.testing.assert_allclose(call(runtime, "signal.blackman(5)").array, [0, 0.34, 1, 0.34, 0], atol=1e-15)
    np.testing.assert_allclose(call(runtime, "signal.blackmanharris(3)").array, [6e-5, 1, 6e-5], atol=1e-15)
    assert call(runtime, "signal.blackman(1)").totable() == [1]
    x = torch.ones(5)
    middle = {"hamming": 0.53836 - 0.46164 * np.cos(np.pi / 2), "bartlett": 0.5, "rect": 1}
    for name, weight in middle.items():
        found = call(runtime, f"signal.ifft(signal.stft(..., 5, 1, '{name}')[1])", x)
        assert abs(found.array[1, 0] - weight) < 1e-15, name


def test_phases(runtime):
    line = np.arange(9) * 2.5
    wrapped = torch.from_numpy(np.angle(np.exp(1j * line)))
    np.testing.assert_allclose(call(runtime, "signal.unwrap(...)", wrapped).array, line, atol=1e-13)
    found, nd = call(runtime, "signal.rcunwrap(...)", wrapped)
    assert nd == round(line[5] / np.pi)
    np.testing.assert_allclose(found.array, line - np.pi * nd * np.arange(9) / 5, atol=1e-13)
    np.testing.assert_allclose(call(runtime, "signal.rcwrap(...)", found, nd).array, line, atol=1e-13)


def test_cepstra(runtime):
    x = torch.rand(8)
    cepstrum, nd = call(runtime, "signal.cceps(...)", x)
    np.testing.assert_allclose(call(runtime, "signal.icceps(...)", cepstrum, nd).array, x.array, atol=1e-13)
    expected = np.fft.ifft(np.log(np.abs(np.fft.fft(x.array)))).real
    np.testing.assert_allclose(call(runtime, "signal.rceps(...)", x).array, expected, atol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 6, 7])
def test_the_analytic_signal(runtime, n):
    x = torch.randn(n)
    found = joined(call(runtime, "signal.hilbert(...)", x))
    np.testing.assert_allclose(found.real, x.array, atol=1e-14)
    frequencies = np.fft.fft(found)
    assert np.abs(frequencies[n // 2 + 1 :]).max(initial=0) < 1e-13


def test_complex_numbers(runtime):
    a, b = torch.randn(4, 2), torch.randn(4, 2)
    for code, expected in (
        ("exp(a)", np.exp(joined(a))),
        ("conj(a)", joined(a).conj()),
        ("cmul(a, b)", joined(a) * joined(b)),
        ("cmul(a, b:select(2, 1))", joined(a) * b.array[:, 0]),
        ("prod(a)", joined(a).prod(keepdims=True)),
        ("dot(a, b)", (joined(a) * joined(b)).sum(keepdims=True)),
    ):
        found = call(runtime, f"(function(a, b) return complex.{code} end)(...)", a, b)
        np.testing.assert_allclose(joined(found), expected, atol=1e-14, err_msg=code)
    np.testing.assert_allclose(call(runtime, "complex.abs(...)", a).array, abs(joined(a)))
    np.testing.assert_allclose(call(runtime, "complex.angle(...)", a).array, np.angle(joined(a)))


@pytest.mark.parametrize("width, values", [(1, [128, 255, 0]), (2, [0, 32767, -32768]), (4, [0, 2**31 - 1, -(2**31)])])
def test_sounds(runtime, tmp_path, width, values):
    path = str(tmp_path / "a.wav")
    with wave.open(path, "wb") as file:
        file.setparams((1, width, 8000, 0, "NONE", ""))
        file.writeframes(np.array(values, "u1" if width == 1 else f"<i{width}").tobytes())
    sound, rate = call(runtime, "audio.load(...)", path)
    scale = 2 ** (32 - 8 * width)
    assert rate == 8000 and sound.totable() == [[(v - 128 * (width == 1)) * scale] for v in values]
    copy = str(tmp_path / "b.wav")
    runtime.execute("local x, path = ...; audio.save(path, torch.cat(x, -x, 2), 16000)", sound, copy)
    both, rate = call(runtime, "audio.load(...)", copy)
    assert rate == 16000 and both.select(2, 1).totable() == sound.select(2, 1).totable()


def test_spectra_of_sounds(runtime):
    x = torch.randn(10, 1)
    found = call(runtime, "audio.stft(..., 4, 'rect', 3)", x)
    expected = np.array([np.fft.rfft(x.array[i : i + 4, 0])[::-1] for i in (0, 3, 6)])
    np.testing.assert_allclose(joined(found), expected, atol=1e-14)
    energy = call(runtime, "audio.spectrogram((...):t(), 4, 'rect', 3)", x)
    np.testing.assert_allclose(energy.array, 10 * np.log(np.abs(expected) ** 2 + 0.01).T)


@pytest.mark.parametrize(
    "code, words",
    [
        ("signal.fft(torch.zeros(2, 3))", "has to be 1D"),
        ("signal.fft(torch.zeros(2):long())", "Unsupported precision"),
        ("signal.fft(torch.Tensor())", "with elements"),
        ("signal.irfft(torch.zeros(3, 3))", "last size of 2"),
        ("signal.irfft(torch.zeros(3, 2), 0)", "should be positive"),
        ("signal.stft(torch.zeros(3), 4, 1)", "windows of 4 elements"),
        ("signal.stft(torch.zeros(3), 2, 0)", "0 apart"),
        ("signal.stft(torch.zeros(3), 2, 1, 'hat')", "unknown window"),
        ("signal.unwrap(torch.zeros(2, 2))", "1D tensor"),
        ("complex.exp(torch.zeros(2))", "Nx2"),
        ("audio.stft(torch.zeros(9, 2), 4, 'rect', 1)", "one channel"),
        ("audio.load('/none.wav')", "cannot read"),
        ("audio.save('/none.mp3', torch.zeros(2, 1), 8000)", "only WAV"),
        ("audio.save('/none/a.wav', torch.zeros(2, 1), 8000)", "cannot write"),
        ("audio.samplevoice()", "not part"),
    ],
)
def test_what_does_not_fit(runtime, code, words):
    with pytest.raises(TorchError, match=words):
        call(runtime, code)


def test_what_is_no_sound(runtime, tmp_path):
    (tmp_path / "a.wav").write_bytes(b"no sound at all")
    with pytest.raises(TorchError, match="only WAV"):
        call(runtime, "audio.load(...)", str(tmp_path / "a.wav"))
