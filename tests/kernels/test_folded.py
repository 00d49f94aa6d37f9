import numpy as np
import pytest

from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.passes import (
    arrays,
    assert_nothing_outside_is_touched,
    assert_passes,
    assert_threads_make_no_difference,
    chosen,
    computed,
    expected,
)
from tests.kernels.test_convolution import CASES
from tests.kernels.test_implicit_gemm import MORE_CASES
from torchnn import kernels
from torchnn.kernels import folded

LENET = (12, 12), ((5, 5), (1, 1), (0, 0), (1, 1))

# Those of all algorithms that it is able to do.
ABLE = [(plane, window) for plane, window in CASES + MORE_CASES if len(plane) <= 2 and {*window[1]} == {1}]


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-13), (np.float32, 1e-5)])
@pytest.mark.parametrize("samples, channels, outputs", [(1, 1, 1), (2, 17, 13), (1, 3, 200)])
@pytest.mark.parametrize("plane, window", [LENET, *ABLE], ids=str)
def test_passes_equal_the_naive_ones(plane, window, samples, channels, outputs, dtype, tolerance):
    assert_passes(arrays(plane, window, samples, channels, outputs, dtype), window, tolerance, module=folded)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("plane, window", [LENET, *ABLE], ids=str)
def test_nothing_outside_the_arrays_is_touched(plane, window, last):
    assert_nothing_outside_is_touched(arrays(plane, window, 2, 3, 5, np.float32), window, last, folded)


def test_strips_of_some_channels(monkeypatch):
    plane, window = LENET
    monkeypatch.setattr(folded, "STRIP_BYTES", 1 << 16)
    folded._plan.cache_clear()
    assert_passes(arrays(plane, window, 2, 20, 5, np.float64), window, 1e-13, module=folded)
    folded._plan.cache_clear()


def test_results_do_not_depend_on_the_number_of_threads():
    plane, window = LENET
    assert_threads_make_no_difference(arrays(plane, window, 33, 20, 50, np.float32), window, folded)


@pytest.mark.parametrize("number", [np.nan, np.inf])
@pytest.mark.parametrize("which", ["weight", "gradient"])
def test_what_is_not_finite_does_not_spread(which, number):
    plane, window = LENET
    given = _, weight, _, _, gradient = arrays(plane, window, 2, 2, 3, np.float64)
    (weight if which == "weight" else gradient)[1, 1, 2, 3] = number
    with np.errstate(invalid="ignore"):
        theirs = expected(window, *given)[1]
        np.testing.assert_allclose(computed(folded, window, *given)[1], theirs, 1e-12, 1e-12)


def test_it_is_chosen_for_few_planes_that_are_larger_than_the_output(monkeypatch):
    module = kernels.convolution
    monkeypatch.setattr(module, "wanted", "auto")

    assert chosen(module.GRAD_INPUT, 64, 1, 20, 28, 5) == chosen(module.GRAD_INPUT, 64, 3, 16, 32, 5) == "folded"
    assert chosen(module.FORWARD, 64, 20, 50, 12, 5) == chosen(module.GRAD_INPUT, 64, 20, 50, 24, 5) == "winograd"
    assert chosen(module.GRAD_INPUT, 64, 3, 16, 32, 3) == "implicit_gemm"
    assert chosen(module.GRAD_INPUT, 2, 1, 20, 28, 5) != "folded", "samples are tasks"


@runs_with_shorter_vectors("""
from tests.kernels import test_folded as t
dtype = {dtype}
for plane, window in (t.LENET, *t.ABLE[:3]):
    t.assert_passes(t.arrays(plane, window, 2, 3, 13, dtype), window, 100 * np.finfo(dtype).eps, module=t.folded)
""")
def test_shorter_vectors(output):
    assert not output
