import numpy as np
import pytest

from tests.kernels import test_winograd
from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.guarded import Arena
from tests.kernels.test_implicit_gemm import PASSES, arrays, assert_passes, computed
from tests.kernels.threads import threads
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
    with Arena(last) as arena, test_winograd.guarded_scratch(arena):
        x, weight, bias, shift, gradient = (arena.copy(array) for array in given)
        y, dx, dw = arena.empty(gradient.shape), arena.empty(x.shape), arena.empty(weight.shape, fill=0)
        volumes.forward(x, weight, bias, y, window)
        volumes.grad_input(gradient, weight, shift, dx, window)
        volumes.grad_weight(x, gradient, dw, 1, window)
        assert np.isfinite(y).all() and np.isfinite(dx).all() and np.isfinite(dw).all()


def test_results_do_not_depend_on_the_number_of_threads():
    given, window = prepared((3, 16, 33, (5, 14, 13), (3, 3), (1, 1, 1)), np.float32)
    many = computed(volumes, window, *given)
    with threads(1):
        alone = computed(volumes, window, *given)
    for name, a, b in zip(PASSES, many, alone, strict=True):
        assert (a == b).all(), name


@pytest.mark.parametrize("number", [np.nan, -np.inf])
def test_what_is_not_finite_does_not_spread(number):
    (x, weight, bias, shift, gradient), window = prepared(CASES[0])
    x[1, 2, 3, 4, 5] = gradient[1, 2, 3, 4, 5] = number
    given = x, weight, bias, shift, gradient
    values = computed(direct, window, *given)
    for name, result, value in zip(PASSES, computed(volumes, window, *given), values, strict=True):
        assert (np.isfinite(result) == np.isfinite(value)).all(), name
        np.testing.assert_allclose(result, value, 1e-10, 1e-10, err_msg=name)


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
