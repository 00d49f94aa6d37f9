import numpy as np
import pytest

from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.guarded import guarded_scratch
from tests.kernels.passes import (
    arrays,
    assert_finite_where_expected,
    assert_nothing_outside_is_touched,
    assert_passes,
    assert_threads_make_no_difference,
    computed,
    expected,
)
from torchnn import kernels
from torchnn.kernels import phases

# samples, channels, outputs, plane, (kernel, stride, padding): strides with and without shuffles, taps missing in
# the last phase or not, rows and columns that no position sees, one position, padding beyond the filter
CASES = [
    (2, 3, 5, (20, 21), (11, 4, 2)),
    (1, 2, 33, (17, 40), (5, 2, 2)),
    (3, 17, 3, (9, 8), (6, 2, 0)),
    (2, 2, 3, (30, 22), (7, 3, 1)),
    (2, 2, 3, (19, 30), (7, 2, 3)),
    (1, 1, 1, (5, 5), (5, 2, 0)),
    (2, 3, 4, (13, 70), (9, 2, 5)),
    (2, 1, 2, (14, 15), (11, 5, 0)),
    (1, 2, 2, (1, 2), (5, 2, 7)),
]


def prepared(case, dtype=np.float64):
    samples, channels, outputs, plane, (kernel, stride, pad) = case
    window = tuple((n, n) for n in (kernel, stride, pad, 1))
    return arrays(plane, window, samples, channels, outputs, dtype), window


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-13), (np.float32, 1e-5)])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_passes_equal_the_naive_ones(case, dtype, tolerance):
    given, window = prepared(case, dtype)
    assert_passes(given, window, tolerance, module=phases)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_nothing_outside_the_arrays_is_touched(case, last):
    given, window = prepared(case, np.float32)
    assert_nothing_outside_is_touched(given, window, last, phases, guarded_scratch)


def test_results_do_not_depend_on_the_number_of_threads():
    given, window = prepared((4, 3, 40, (60, 61), (11, 4, 2)), np.float32)
    assert_threads_make_no_difference(given, window, phases)


@pytest.mark.parametrize("number", [np.nan, -np.inf])
def test_what_is_not_finite_does_not_spread(number):
    (x, weight, bias, shift, gradient), window = prepared((2, 3, 5, (20, 21), (5, 2, 1)))
    x[1, 2, 3, 4] = gradient[1, 2, 3, 4] = number
    given = x, weight, bias, shift, gradient
    with np.errstate(invalid="ignore"):
        values = expected(window, *given)
    assert_finite_where_expected(computed(phases, window, *given), values)


def test_it_is_chosen_for_large_strided_filters(monkeypatch):
    module = kernels.convolution
    monkeypatch.setattr(module, "wanted", "auto")

    def chosen(task, samples, plane, channels, outputs, positions, *window):
        window = tuple((n, n) for n in (*window, 1))
        shapes = (samples, channels, plane, plane), (samples, outputs, positions, positions)
        return module.algorithm(task, *shapes, window, 4)

    for task in (module.FORWARD, module.GRAD_INPUT, module.GRAD_WEIGHT):
        assert chosen(task, 16, 224, 3, 64, 55, 11, 4, 2) == "phases"
        assert chosen(task, 16, 56, 64, 128, 28, 5, 2, 2) == "phases"
        assert chosen(task, 8, 28, 128, 128, 14, 5, 2, 2) != "phases", "few tiles"
        assert chosen(task, 8, 224, 3, 64, 112, 5, 2, 2) != "phases", "12 phases"
        assert chosen(task, 16, 56, 64, 64, 28, 7, 2, 3) == "phases"
        assert chosen(task, 8, 224, 3, 64, 112, 7, 2, 3) == "phases", "12 phases, 4 taps each"
        assert chosen(task, 16, 56, 64, 128, 28, 3, 2, 1) != "phases", "2 taps a phase"


@runs_with_shorter_vectors("""
from tests.kernels import test_phases as t
for case in t.CASES:
    given, window = t.prepared(case, {dtype})
    t.assert_passes(given, window, 100 * t.np.finfo({dtype}).eps, module=t.phases)
""")
def test_shorter_vectors(output):
    assert not output
