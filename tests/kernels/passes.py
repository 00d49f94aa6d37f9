"""The three passes of an algorithm of convolution, and what all algorithms have to do."""

import contextlib
from unittest import mock

import numpy as np

from tests.kernels.guarded import Arena
from tests.kernels.threads import threads
from tests.naive import convolution as naive
from torchnn.kernels import convolution, implicit_gemm, launch, scratch

PASSES = ("forward", "grad_input", "grad_weight")


def arrays(plane, window, samples, channels, outputs, dtype):
    """Planes, weight, bias of outputs and of planes, gradient of the output."""
    rng = np.random.default_rng(0)
    sizes = (
        (samples, channels, *plane),
        (outputs, channels, *window[0]),
        (outputs,),
        (channels,),
        (samples, outputs, *naive.positions_of(plane, window)),
    )
    return [rng.standard_normal(size).astype(dtype) for size in sizes]


def computed(module, window, x, weight, bias, shift, gradient):
    """What the three passes give; `grad_weight` adds to ones."""
    y, dx, dw = np.full_like(gradient, np.nan), np.full_like(x, np.nan), np.ones_like(weight)
    module.forward(x, weight, bias, y, window)
    module.grad_input(gradient, weight, shift, dx, window)
    module.grad_weight(x, gradient, dw, 0.5, window)
    return y, dx, dw


def expected(window, x, weight, bias, shift, gradient):
    """The same, naively."""
    dx = naive.grad_input(gradient, weight, x.shape[2:], window) + shift.reshape(-1, *(1,) * (x.ndim - 2))
    return naive.forward(x, weight, bias, window), dx, 1 + 0.5 * naive.grad_weight(x, gradient, window)


def assert_passes(given, window, tolerance, note="", module=implicit_gemm):
    results = computed(module, window, *given), expected(window, *given)
    for name, ours, theirs in zip(PASSES, *results, strict=True):
        scale = np.abs(theirs).max()
        np.testing.assert_allclose(ours / scale, theirs / scale, 0, 10 * tolerance, err_msg=f"{name} {note}")


def assert_nothing_outside_is_touched(given, window, last, module, guarded=lambda arena: contextlib.nullcontext()):
    """`guarded` puts scratch memory between guards too."""
    with Arena(last) as arena, guarded(arena):
        x, weight, bias, shift, gradient = (arena.copy(array) for array in given)
        y, dx, dw = arena.empty(gradient.shape), arena.empty(x.shape), arena.empty(weight.shape, fill=0)
        module.forward(x, weight, bias, y, window)
        module.grad_input(gradient, weight, shift, dx, window)
        module.grad_weight(x, gradient, dw, 1, window)
        assert np.isfinite(y).all() and np.isfinite(dx).all() and np.isfinite(dw).all()


def assert_threads_make_no_difference(given, window, module):
    with mock.patch.object(launch, "SERIAL_WORK", 0):
        many = computed(module, window, *given)
    with threads(1):
        alone = computed(module, window, *given)
    for name, a, b in zip(PASSES, many, alone, strict=True):
        assert (a == b).all(), name


def assert_scratch_makes_no_difference(given, window, module):
    """What scratch memory holds when a pass begins, NaN even, changes no bit."""
    before = computed(module, window, *given)
    for held in vars(scratch._kept).values():
        if isinstance(held, tuple):
            held[0][:] = 255
    for name, a, b in zip(PASSES, before, computed(module, window, *given), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)


def assert_finite_where_expected(results, values):
    """The same numbers, and none that is not finite in another place."""
    for name, result, value in zip(PASSES, results, values, strict=True):
        assert (np.isfinite(result) == np.isfinite(value)).all(), name
        np.testing.assert_allclose(result, value, 1e-10, 1e-10, err_msg=name)


def chosen(task, samples, channels, outputs, plane, taps, stride=1, pad=0):
    """The algorithm for square planes and filters of floats."""
    positions = (plane + 2 * pad - taps) // stride + 1
    window = tuple((n, n) for n in (taps, stride, pad, 1))
    sizes = (samples, channels, plane, plane), (samples, outputs, positions, positions)
    return convolution.algorithm(task, *sizes, window, 4)
