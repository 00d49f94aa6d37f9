"""Batches of matrices that are multiplied as they lie: next to packed panels, which give the same bits."""

import itertools

import numpy as np
import pytest

from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.test_products import ELEMENTS, guarded_product, operand
from torchnn.kernels import batches, gemm, launch, products
from torchnn.kernels.host import lanes


def multiply(*call):
    batches.multiply(*call, True)


@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize("adding", [False, True])
@pytest.mark.parametrize("alpha", [1, 0.5])
@pytest.mark.parametrize("last", [False, True])
def test_nothing_outside_is_touched(element, adding, alpha, last):
    wide = lanes(np.dtype(element).itemsize)
    for size in itertools.product((1, 4, 5, 6, 7, 13), (1, 2, 65), (1, wide - 1, wide, 2 * wide + 1, 4 * wide + 3)):
        for turned in (False, True):
            guarded_product(multiply, element, size, (turned, False), adding, alpha, last, (3,))


@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("alpha, adding", [(1, False), (1.7, True)])
def test_results_are_those_of_packed_panels(element, turned, alpha, adding):
    random = np.random.default_rng(3)
    for rows, depth, columns in ((100, 100, 100), (65, 300, 65), (67, 512, 33), (300, 65, 70)):
        a, b = (
            operand(random, element, rows, depth, turned, (13,)),
            operand(random, element, depth, columns, False, (13,)),
        )
        ours = random.standard_normal((13, rows, columns)).astype(element)
        packed = ours.copy()
        multiply(a, b, ours, alpha, adding)
        gemm.multiply(a, b, packed, alpha, adding, False)
        np.testing.assert_array_equal(ours, packed, err_msg=f"{rows} x {depth} x {columns}")


def test_who_computes_batches(monkeypatch):
    called = []
    monkeypatch.setattr(launch, "threads", lambda: 2)
    for who in (batches, gemm):
        monkeypatch.setattr(who, "multiply", lambda *_, who=who: called.append(who))
    for count, size, turned, chosen in (
        (100, (100, 100, 100), False, batches),
        (1, (100, 100, 100), False, gemm),  # too few for the threads
        (100, (100, 100, 100), True, gemm),  # rows of the right operand are not contiguous
        (20, (224, 224, 224), False, gemm),
        (20, (80, 600, 80), False, gemm),  # packed panels make several sums
        (20, (500, 64, 500), False, gemm),
        (1000, (32, 32, 32), False, batches),
        (1000, (32, 32, 32), True, batches),  # turned around before
        (3, (60, 60, 60), False, gemm),
    ):
        rows, depth, columns = size
        a = np.zeros((count, rows, depth), np.float32)
        products.product(a, operand(np.random.default_rng(0), np.float32, depth, columns, turned, (count,)))
        assert called.pop() is chosen, f"{count} of {size}"


@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize("turned", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("alpha, adding", [(1, False), (0.5, False), (1.7, True)])
def test_small_matrices(element, turned, alpha, adding):
    random = np.random.default_rng(5)
    for count, rows, depth, columns in ((700, 20, 20, 20), (1200, 7, 33, 5), (90, 63, 64, 62), (5000, 1, 64, 2)):
        a = operand(random, element, rows, depth, turned[0], (count,))
        b = operand(random, element, depth, columns, turned[1], (count,))
        out = random.standard_normal((count, rows, columns)).astype(element)
        want = alpha * (a.astype(float) @ b) + (out if adding else 0)
        products.multiply(a, b, out, alpha, adding)
        error = np.finfo(element).eps * (depth + 3) * (np.abs(a).astype(float) @ np.abs(b) * abs(alpha) + 2)
        assert (np.abs(out - want) <= error).all(), f"{count} of {rows} x {depth} x {columns}"


@pytest.mark.parametrize("element", ELEMENTS)
def test_small_matrices_may_overlap_their_products(element):
    random = np.random.default_rng(6)
    a, b = (random.standard_normal((900, 20, 20)).astype(element) for _ in range(2))
    want, whole = a.astype(float) @ b, np.concatenate([a[:1], a])
    products.multiply(whole[1:], b, whole[:-1])
    np.testing.assert_allclose(whole[:-1], want, atol=1e-4 if element is np.float32 else 1e-13)
    products.multiply(a, b, b)
    np.testing.assert_allclose(b, want, atol=1e-4 if element is np.float32 else 1e-13)


@runs_with_shorter_vectors("""
from tests.kernels import test_batches as t
t.test_nothing_outside_is_touched({dtype}, True, 0.5, True)
t.test_results_are_those_of_packed_panels({dtype}, False, 1, False)
""")
def test_shorter_vectors(output):
    assert not output
