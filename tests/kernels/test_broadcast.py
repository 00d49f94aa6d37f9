import numpy as np
import pytest

from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.guarded import Arena
from tests.kernels.passes import (
    arrays,
    assert_nothing_outside_is_touched,
    assert_passes,
    assert_threads_make_no_difference,
)
from tests.kernels.test_convolution import CASES
from tests.kernels.test_implicit_gemm import MORE_CASES, cases, precisions
from torchnn import kernels
from torchnn.kernels import broadcast
from torchnn.kernels.broadcast_tiles import LONG, SHORT

SQUARES = ((3, 3), (1, 1), (1, 1), (1, 1))


@cases
@precisions
def test_passes_equal_the_naive_ones(plane, window, dtype, tolerance):
    assert_passes(arrays(plane, window, 3, 2, 5, dtype), window, tolerance, module=broadcast)


@pytest.mark.parametrize("row", [1, SHORT, SHORT + 1, LONG, LONG + 1, LONG + SHORT, 2 * LONG + SHORT + 1])
@pytest.mark.parametrize("taps", [1, 5, 9])
def test_rows_that_just_fill_or_overflow_tiles(row, taps):
    window = ((2, taps), (1, 1), (0, taps // 2), (1, 1))
    plane = (3, row + taps - 1 - 2 * (taps // 2))
    assert_passes(arrays(plane, window, 2, 2, 3, np.float64), window, 1e-12, module=broadcast)


@pytest.mark.parametrize("taps", [2, 3, 4, 5, 6, 7, 11, 13])
def test_every_shape_of_tiles_of_taps(taps):
    window = ((3, taps), (2, 1), (1, taps // 2), (1, 1))
    assert_passes(arrays((6, 15), window, 2, 3, 5, np.float32), window, 1e-5, module=broadcast)


@pytest.mark.parametrize("channels, outputs", [(1, 31), (3, 33), (16, 70)])
def test_many_outputs(channels, outputs):
    assert_passes(arrays((4, 5), SQUARES, 2, channels, outputs, np.float32), SQUARES, 1e-5, module=broadcast)


@pytest.fixture
def plans():
    """Nothing is planned before nor remembered after."""
    remembered = broadcast._forward_plan, broadcast._gradient_plan
    for plan in remembered:
        plan.cache_clear()
    yield
    for plan in remembered:
        plan.cache_clear()


@pytest.mark.parametrize("plane, window", [((9, 7), SQUARES), ((4, 5, 6), tuple((n, n, n) for n in (3, 2, 1, 1)))])
def test_bands_of_few_rows(plane, window, plans, monkeypatch):
    for name, value in (("GRID_BYTES", 4000), ("POSITIONS", 14), ("FEW_WEIGHTS", 9), ("TASKS", 3)):
        monkeypatch.setattr(broadcast, name, value)
    assert_passes(arrays(plane, window, 3, 3, 5, np.float64), window, 1e-12, module=broadcast)


POINTS = tuple((n, n) for n in (1, 1, 0, 1))
IN_PLACE = [(1, LONG), (3, 5), (4, 4), (1, LONG + SHORT + 1), (29, 31)]
TOO_SHORT = [(1, LONG - 1), (2, 449)]  # a row is a part of a plane, and of 898 elements no longer one of at most 448


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("plane", IN_PLACE + TOO_SHORT, ids=str)
def test_planes_are_read_in_place_and_copied(plane, dtype, last):
    given = arrays(plane, POINTS, 8, 5, 40, dtype)
    assert_passes(given, POINTS, 100 * np.finfo(dtype).eps, module=broadcast)
    x, weight, bias, _, gradient = given
    copies = broadcast.copies(x.shape, POINTS, x.itemsize)
    assert copies == (plane in IN_PLACE)
    alone = np.empty_like(gradient)
    broadcast.forward(x, weight, bias, alone, POINTS)
    with Arena(last) as arena:
        copied, y = arena.empty(x.shape, dtype), arena.empty(gradient.shape, dtype)
        broadcast.forward(arena.copy(x), weight, bias, y, POINTS, copied if copies else None)
        assert np.array_equal(y, alone) and np.array_equal(copied, x) == copies


def test_many_planes_and_those_of_other_windows_are_not_copied():
    assert broadcast.copies((16, 192, 28, 28), POINTS, 4)
    assert not broadcast.copies((16, 192, 28, 28), POINTS, 8)
    assert not broadcast.copies((16, 192, 28, 28), SQUARES, 4)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("plane, window", [CASES[0], CASES[6], CASES[9], *MORE_CASES[2:7]], ids=str)
def test_nothing_outside_the_arrays_is_touched(plane, window, last):
    assert_nothing_outside_is_touched(arrays(plane, window, 2, 3, 5, np.float32), window, last, broadcast)


def test_sums_do_not_depend_on_the_number_of_threads():
    window = ((5, 7), (2, 2), (1, 1), (1, 1))
    given = arrays((40, 41), window, 5, 3, 40, np.float32)
    assert_threads_make_no_difference(given, window, broadcast)


def test_it_is_chosen_where_it_fills_its_tiles(monkeypatch):
    module = kernels.convolution
    monkeypatch.setattr(module, "wanted", "auto")

    def chosen(task, plane, channels, outputs, positions, *window):
        window = tuple((n, n) for n in window)
        return module.algorithm(task, (8, channels, plane, plane), (8, outputs, positions, positions), window, 4)

    first_layer = 224, 3, 64, 112, 5, 2, 2, 1
    assert chosen(module.FORWARD, *first_layer) == chosen(module.GRAD_WEIGHT, *first_layer) == "broadcast"
    assert chosen(module.GRAD_INPUT, *first_layer) == "implicit_gemm"
    pointwise = 28, 192, 64, 28, 1, 1, 0, 1
    assert chosen(module.FORWARD, *pointwise) == chosen(module.GRAD_INPUT, *pointwise) == "broadcast"
    assert chosen(module.GRAD_WEIGHT, *pointwise) == "implicit_gemm"
    assert chosen(module.FORWARD, 28, 1, 10, 24, 5, 1, 0, 1) == "implicit_gemm", "10 of 16 or 32 outputs"


@runs_with_shorter_vectors("""
from tests.kernels import test_broadcast as t
dtype = {dtype}
for plane, window in (t.CASES[6], *t.MORE_CASES[4:8], ((1, t.LONG + t.SHORT + 1), t.POINTS)):
    t.assert_passes(t.arrays(plane, window, 2, 3, 13, dtype), window, 100 * np.finfo(dtype).eps, module=t.broadcast)
""")
def test_shorter_vectors(output):
    assert not output
