import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.guarded import guarded_scratch
from tests.kernels.passes import (
    arrays,
    assert_finite_where_expected,
    assert_nothing_outside_is_touched,
    assert_passes,
    assert_threads_make_no_difference,
    chosen,
    computed,
)
from tests.kernels.test_convolution import CASES
from tests.kernels.test_implicit_gemm import MORE_CASES
from tests.naive import convolution as naive
from torchnn import kernels
from torchnn.kernels import batched

LENET = (12, 12), ((5, 5), (1, 1), (0, 0), (1, 1))
PADDED = (4, 4), ((3, 3), (1, 1), (1, 1), (1, 1))


def able(plane, window):
    positions = naive.positions_of(plane, window)
    return kernels.convolution._meets(kernels.convolution.Sizes(1, 1, 1, plane, positions, *window, 4))


ABLE = [case for case in CASES + MORE_CASES if able(*case)]


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-13), (np.float32, 1e-5)])
@pytest.mark.parametrize("samples, channels, outputs", [(1, 1, 1), (33, 3, 13)])
@pytest.mark.parametrize("plane, window", [LENET, PADDED, *ABLE], ids=str)
def test_passes_equal_the_naive_ones(plane, window, samples, channels, outputs, dtype, tolerance):
    assert_passes(arrays(plane, window, samples, channels, outputs, dtype), window, tolerance, module=batched)


@st.composite
def windows(draw):
    """A plane and a window that sees some element of it at each position."""
    axes = []
    for _ in range(draw(st.integers(1, 2))):
        kernel, dilation, stride = draw(st.integers(1, 4)), draw(st.integers(1, 2)), draw(st.integers(1, 3))
        pad = draw(st.integers(0, (kernel - 1) * dilation))
        size = draw(st.integers(max(dilation, (kernel - 1) * dilation + 1 - 2 * pad, 1), 9))
        axes.append((size, kernel, stride, pad, dilation))
    plane, *window = zip(*axes, strict=True)
    return plane, tuple(window)


@settings(max_examples=15, deadline=None)
@given(windows(), st.sampled_from([1, 7, 8, 9, 40]), st.sampled_from([1, 3]), st.sampled_from([1, 17]))
def test_any_sizes(case, samples, channels, outputs):
    plane, window = case
    assert_passes(arrays(plane, window, samples, channels, outputs, np.float64), window, 1e-13, module=batched)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("plane, window", [LENET, PADDED, *ABLE[::3]], ids=str)
def test_nothing_outside_the_arrays_and_the_scratch_is_touched(plane, window, last):
    given_arrays = arrays(plane, window, 35, 3, 7, np.float32)
    assert_nothing_outside_is_touched(given_arrays, window, last, batched, guarded_scratch)


def test_samples_are_taken_in_parts(monkeypatch):
    monkeypatch.setattr(batched, "PART_BYTES", 1)
    batched._slices.cache_clear()
    assert_passes(arrays(*LENET, 150, 2, 3, np.float64), LENET[1], 1e-13, module=batched)
    batched._slices.cache_clear()


def test_results_do_not_depend_on_the_number_of_threads():
    plane, window = LENET
    assert_threads_make_no_difference(arrays(plane, window, 65, 20, 50, np.float32), window, batched)


@pytest.mark.parametrize("number", [np.nan, np.inf])
@pytest.mark.parametrize("which", range(3), ids=["planes", "weight", "gradient"])
@pytest.mark.parametrize("plane, window", [LENET, PADDED], ids=str)
def test_what_is_not_finite_shows_where_torch7_has_it(plane, window, which, number):
    given_arrays = arrays(plane, window, 9, 2, 3, np.float64)
    given_arrays[(0, 1, 4)[which]][1, 1, 2, 1] = number
    with np.errstate(invalid="ignore"):
        results = (computed(module, window, *given_arrays) for module in (batched, kernels.direct))
        assert_finite_where_expected(*results)


def test_it_is_chosen_for_many_samples_of_small_planes(monkeypatch):
    module = kernels.convolution
    monkeypatch.setattr(module, "wanted", "auto")

    lenet = 20, 50, 12, 5
    assert chosen(module.GRAD_INPUT, 64, 24, 32, 6, 5) == chosen(module.GRAD_WEIGHT, 64, 16, 16, 12, 5) == "batched"
    for task in (module.FORWARD, module.GRAD_INPUT, module.GRAD_WEIGHT):
        assert chosen(task, 64, *lenet) == "winograd", "it multiplies less"
    assert chosen(module.GRAD_INPUT, 1, 24, 32, 6, 5) != "batched", "a sample fills no vector"
    assert (
        chosen(module.FORWARD, 32, 64, 128, 14, 3, 2, 1) == chosen(module.FORWARD, 32, 16, 32, 4, 3, 1, 1) == "batched"
    )
    assert chosen(module.GRAD_INPUT, 64, 64, 64, 8, 7) == "batched"
    assert chosen(module.GRAD_INPUT, 32, 384, 384, 13, 3) == "winograd", "it saves more than padding costs"
    assert chosen(module.FORWARD, 32, 64, 128, 28, 3, 2, 1) != "batched", "planes are large"


@runs_with_shorter_vectors("""
from tests.kernels import test_batched as t
dtype = {dtype}
for plane, window in (t.LENET, *t.ABLE[:2]):
    t.assert_passes(t.arrays(plane, window, 21, 3, 13, dtype), window, 100 * np.finfo(dtype).eps, module=t.batched)
""")
def test_shorter_vectors(output):
    assert not output
