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
)
from torchnn import kernels
from torchnn.kernels import direct, volumes

# samples, channels, outputs, plane, (taps along time, across), padding: frames beside the planes or not, one frame
CASES = [
    (2, 3, 5, (4, 9, 10), (3, 3), (1, 1, 1)),
    (1, 2, 33, (3, 7, 5), (2, 5), (0, 2, 1)),
    (1, 17, 3, (5, 6, 17), (1, 3), (0, 0, 2)),
    (2, 2, 2, (1, 8, 6), (3, 4), (3, 1, 1)),
    (1, 1, 1, (2, 3, 3), (2, 3), (0, 0, 0)),
]


def prepared(case, dtype=np.float64):
    samples, channels, outputs, plane, (along, across), pad = case
    window = (along, across, across), (1, 1, 1), pad, (1, 1, 1)
    return arrays(plane, window, samples, channels, outputs, dtype), window


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-13), (np.float32, 1e-5)])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_passes_equal_the_naive_ones(case, dtype, tolerance):
    given, window = prepared(case, dtype)
    assert_passes(given, window, tolerance, module=volumes)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_nothing_outside_the_arrays_is_touched(case, last):
    given, window = prepared(case, np.float32)
    assert_nothing_outside_is_touched(given, window, last, volumes, guarded_scratch)


def test_results_do_not_depend_on_the_number_of_threads():
    given, window = prepared((3, 16, 33, (5, 14, 13), (3, 3), (1, 1, 1)), np.float32)
    assert_threads_make_no_difference(given, window, volumes)


@pytest.mark.parametrize("number", [np.nan, -np.inf])
def test_what_is_not_finite_does_not_spread(number):
    (x, weight, bias, shift, gradient), window = prepared(CASES[0])
    x[1, 2, 3, 4, 5] = gradient[1, 2, 3, 4, 5] = number
    given = x, weight, bias, shift, gradient
    values = computed(direct, window, *given)
    assert_finite_where_expected(computed(volumes, window, *given), values)


def test_it_is_chosen_for_many_planes(monkeypatch):
    module = kernels.convolution
    monkeypatch.setattr(module, "wanted", "auto")

    def chosen(task, channels, outputs, stride=1):
        window = tuple((n, n, n) for n in (3, stride, 1, 1))
        return module.algorithm(task, (2, channels, 8, 28, 28), (2, outputs, 8, 28, 28), window, 4)

    for task in (module.FORWARD, module.GRAD_INPUT, module.GRAD_WEIGHT):
        assert chosen(task, 32, 64) == "volumes"
        assert chosen(task, 3, 64) != "volumes"
        assert chosen(task, 32, 64, 2) != "volumes"
    assert chosen(module.FORWARD, 16, 32) == "volumes"
    assert chosen(module.GRAD_INPUT, 16, 32) != "volumes"


@runs_with_shorter_vectors("""
from tests.kernels import test_volumes as t
for case in t.CASES:
    given, window = t.prepared(case, {dtype})
    t.assert_passes(given, window, 100 * t.np.finfo({dtype}).eps, module=t.volumes)
""")
def test_shorter_vectors(output):
    assert not output
