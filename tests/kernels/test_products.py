"""Products of matrices: every way, at all kinds of sizes and strides, within their arrays."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.beside import runs_with_shorter_vectors
from tests.kernels.guarded import Arena
from tests.kernels.threads import threads
from torchnn.kernels import gemm, products, thin

ELEMENTS = [np.float32, np.float64]
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-13}


def operand(random, element, rows, columns, transposed, batch=()):
    size = (*batch, columns, rows) if transposed else (*batch, rows, columns)
    x = random.standard_normal(size).astype(element)
    return x.swapaxes(-1, -2) if transposed else x


def assert_product(out, a, b, alpha, before, message):
    exact = alpha * np.matmul(a.astype(np.float64), b.astype(np.float64))
    if before is not None:
        exact = exact + before
    scale = np.matmul(abs(a.astype(np.float64)), abs(b.astype(np.float64))).max() + 1
    wrong = abs(out - exact).max() / scale
    assert wrong <= TOLERANCE[out.dtype.type], f"{message}: {wrong}"


def guarded_product(compute, element, size, transposed, adding, alpha, last, batch=()):
    """Compute a product of operands that lie next to forbidden memory."""
    rows, depth, columns = size
    random = np.random.default_rng(rows * depth + columns)
    a = operand(random, element, rows, depth, transposed[0], batch)
    b = operand(random, element, depth, columns, transposed[1], batch)
    with Arena(last) as arena:
        a, b = (
            arena.copy(np.swapaxes(x, -1, -2)).swapaxes(-1, -2) if turned else arena.copy(x)
            for x, turned in zip((a, b), transposed, strict=True)
        )
        out = arena.empty((*batch, rows, columns), element)
        before = None
        if adding:
            out[...] = random.standard_normal(out.shape)
            before = out.astype(np.float64)
        compute(a, b, out, alpha, adding)
        assert_product(out, a, b, alpha, before, f"{element.__name__} {size} {transposed} {adding} {alpha}")


# Around the sizes of tiles, slices of the depth, and blocks.
SIZES = [
    (1, 1, 1),
    (1, 3, 17),
    (5, 1, 33),
    (12, 512, 64),
    (13, 513, 63),
    (140, 131, 513),
    (8, 64, 300),
    (25, 100, 16),
    (100, 300, 15),
    (257, 65, 3),
    (3, 2500, 5),
    (250, 15, 260),
    (5, 128, 1070),
]
options = pytest.mark.parametrize("adding, alpha, last", [(False, 1, True), (True, 1, False), (True, 0.5, True)])
types = pytest.mark.parametrize("element", ELEMENTS)


@types
@options
def test_packed(element, adding, alpha, last):
    def compute(a, b, out, alpha, adding):
        parallel = a.size > 300
        three = [x if x.ndim == 3 else x[None] for x in (a, b, out)]
        gemm.multiply(*three, alpha, adding, parallel)

    for size, transposed in itertools.product(SIZES, itertools.product([False, True], repeat=2)):
        guarded_product(compute, element, size, transposed, adding, alpha, last)
    guarded_product(compute, element, (13, 65, 40), (False, True), adding, alpha, last, (3,))


@types
@options
def test_turned_around(element, adding, alpha, last, monkeypatch):
    """Products whose right operand, of columns along the depth, is read as it lies."""
    monkeypatch.setattr(gemm, "UNCACHED", 0)
    gemm._plan.cache_clear()

    def compute(a, b, out, alpha, adding):
        gemm.multiply(a[None], b[None], out[None], alpha, adding, True)
        strides = (a[None].strides, b[None].shape, b[None].strides, out[None].strides)
        assert gemm._plan(a[None].shape, *strides, a.itemsize).turned

    for size, transposed in itertools.product([(32, 530, 256), (37, 131, 301)], [False, True]):
        guarded_product(compute, element, size, (transposed, True), adding, alpha, last)


@types
@options
def test_few_rows(element, adding, alpha, last):
    for rows, (_, depth, columns) in itertools.product((1, 2, 4, 5, 16), SIZES):
        size = rows, depth, columns

        def dots(a, b, out, alpha, adding):
            thin.dots(a, b, out, alpha, adding, True)

        def by_rows(a, b, out, alpha, adding):
            thin.rows(a, b, out, alpha, adding, True)

        guarded_product(dots, element, size, (False, True), adding, alpha, last)
        for transposed in (False, True):
            guarded_product(by_rows, element, size, (transposed, False), adding, alpha, last)


@types
@options
def test_few_rows_of_an_operand_that_comes_from_memory(element, adding, alpha, last, monkeypatch):
    monkeypatch.setattr(thin, "CACHED", 0)
    monkeypatch.setattr(thin, "LONGEST", 96)
    test_few_rows(element, adding, alpha, last)


@runs_with_shorter_vectors("""
from tests.kernels import test_products as t
t.test_packed({dtype}, True, 0.5, True)
t.test_few_rows({dtype}, False, 1, False)
t.test_turned_around({dtype}, True, 0.5, True, t.pytest.MonkeyPatch())
""")
def test_shorter_vectors(output):
    assert not output


@pytest.fixture
def all_ours(monkeypatch):
    """Small products go where large ones do."""
    for name in ("SMALL", "SMALL_VECTOR", "SMALL_DOT"):
        monkeypatch.setattr(products, name, 0)
    for name in ("PARALLEL", "PARALLEL_FEW"):
        monkeypatch.setattr(products, name, 5000)


sides = st.integers(1, 60)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(ELEMENTS),
    st.tuples(sides, st.integers(1, 300), sides),
    st.lists(st.sampled_from(["rows", "columns", "steps", "backwards", "broadcast"]), min_size=3, max_size=3),
    st.booleans(),
    st.sampled_from([1.0, -0.5, 0.0]),
    st.sampled_from([0, 1, 3]),
)
def test_any_strides(element, size, layouts, adding, alpha, batch):
    random = np.random.default_rng(1)
    rows, depth, columns = size

    def made(rows, columns, layout, is_result=False):
        lead = (batch,) if batch else ()
        if layout == "columns":
            return operand(random, element, rows, columns, True, lead)
        if layout == "steps":
            return random.standard_normal((*lead, 2 * rows, 3 * columns)).astype(element)[..., ::2, ::3]
        if layout == "backwards":
            return random.standard_normal((*lead, rows, columns)).astype(element)[..., ::-1, :]
        if layout == "broadcast" and not is_result:
            return random.standard_normal((rows, columns)).astype(element)
        return operand(random, element, rows, columns, False, lead)

    a, b = made(rows, depth, layouts[0]), made(depth, columns, layouts[1])
    out = made(rows, columns, layouts[2], True)
    before = out.astype(np.float64) if adding else None
    if not adding:
        out[...] = np.nan
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SMALL", "SMALL_VECTOR"):
            patch.setattr(products, name, 0)
        for name in ("PARALLEL", "PARALLEL_FEW"):
            patch.setattr(products, name, 5000)
        products.multiply(a, b, out, alpha, adding)
    assert_product(out, a, b, alpha, before, "any strides")


@types
def test_vectors(element, all_ours):
    random = np.random.default_rng(1)
    matrix, x, y = (random.standard_normal(size).astype(element) for size in ((50, 70), 70, 50))
    out = np.empty(50, element)
    products.vector(matrix, x, out)
    assert_product(out, matrix, x, 1, None, "matrix times vector")
    before = x.astype(np.float64)
    products.vector(matrix.T, y, x, 2, True)
    assert_product(x, matrix.T, y, 2, before, "transposed matrix times vector")
    assert abs(products.dot(x, x) - float((x.astype(np.float64) ** 2).sum())) < 1e-3
    assert abs(products.dot(x[::2], x[1::2]) - float(np.dot(x[::2], x[1::2]))) < 1e-3


@types
@pytest.mark.parametrize("alpha, adding", [(1, False), (1, True), (2, False), (-0.5, True)])
def test_few_numbers_of_vectors(element, alpha, adding):
    random = np.random.default_rng(2)
    matrix, x = random.standard_normal((4, 3)).astype(element), random.standard_normal(3).astype(element)
    for out in (np.ones(4, element), np.ones(8, element)[::2]):
        before = out.astype(np.float64)
        products.vector(matrix, x, out, alpha, adding)
        assert_product(out, matrix, x, alpha, before if adding else None, f"strides {out.strides}")
    square = matrix[:3].copy()
    products.vector(square, x, square[1], alpha, adding)
    before = matrix[1, :3].astype(np.float64)
    assert_product(square[1], matrix[:3], x, alpha, before if adding else None, "a result within the matrix")


def test_integers():
    a = np.arange(6, dtype=np.int64).reshape(2, 3)
    out = np.empty((2, 2), np.int64)
    products.multiply(a, a.T, out)
    assert out.tolist() == [[5, 14], [14, 50]] and products.dot(a[0], a[1]) == 14


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_vectors_of_many_integers(dtype):
    info, draw = np.iinfo(dtype), np.random.default_rng(0)
    a = draw.integers(info.min, info.max, (300, 251), dtype, endpoint=True)
    for matrix in (a, a.T, a[::2, ::-1].repeat(2, 1)):
        for out in (np.zeros(len(matrix), dtype), np.zeros((len(matrix), 2), dtype)[:, 1]):
            products.vector(matrix, matrix[7], out)
            np.testing.assert_array_equal(out, matrix @ matrix[7])
    want = a[:, :250] @ a[0, :250]
    products.vector(a[:, :250], a[0, :250], a[:, 0])
    np.testing.assert_array_equal(a[:, 0], want, "the result may be part of the matrix")
    flat = a.reshape(-1)
    assert products.dot(flat, flat[::-1]) == int((flat * flat[::-1]).sum(dtype=dtype))


@types
def test_results_may_overlap_operands(element, all_ours):
    a = np.random.default_rng(1).standard_normal((40, 40)).astype(element)
    exact = a @ a
    products.multiply(a, a, a)
    assert np.allclose(a, exact, atol=1e-4)


@types
def test_nan_and_infinity_pass(element, all_ours):
    """They reach the elements they belong to and no other: nothing is multiplied with what padding holds."""
    for rows in (2, 30):
        a, b = np.ones((rows, 300), element), np.ones((300, 37), element)
        a[1, 299], b[299, 36] = np.nan, np.inf
        for right in (b, np.asfortranarray(b)):
            out = np.full((rows, 37), np.nan, element)
            products.multiply(a, right, out)
            assert np.isnan(out[1]).all() and np.isposinf(out[[0, *range(2, rows)], 36]).all()
            assert (out[[0, *range(2, rows)], :36] == 300).all()


def test_results_do_not_depend_on_threads(all_ours):
    random = np.random.default_rng(1)
    for rows, depth, columns in ((300, 600, 500), (20, 30000, 20), (3, 3000, 2000)):
        a, b = random.standard_normal((rows, depth)), random.standard_normal((depth, columns))
        for right in (b, np.asfortranarray(b)):
            results = []
            for count in (1, 2):
                out = np.empty((rows, columns))
                with threads(count):
                    products.multiply(a, right, out)
                results.append(out)
            assert (results[0] == results[1]).all()


@pytest.mark.parametrize("alpha", [1, 2])
def test_what_is_not_finite_makes_no_warnings(alpha):
    out = np.empty((2, 2))
    products.multiply(np.array([[np.inf, -np.inf], [1e300, 0]]), np.array([[1.0, 1e300], [1, 0]]), out, alpha)
    np.testing.assert_array_equal(out, [[np.nan, np.nan], [alpha * 1e300, np.inf]])


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("size", [(100_000, 3, 3, 3), (300_000, 4, 4, 1), (40_000, 1, 8, 8), (20, 90, 100, 110)])
@pytest.mark.parametrize("element", ELEMENTS)
def test_long_batches_of_small_matrices(element, size, step):
    """Packed for vectors, those of the first sizes would take 400 MB and more."""
    batch, rows, depth, columns = size
    random = np.random.default_rng(0)
    a = random.standard_normal((batch, rows * step, depth * step)).astype(element)[:, ::step, ::step]
    b = random.standard_normal((batch, depth, columns)).astype(element)
    assert_product(products.product(a, b), a, b, 1, None, f"{size}, {step}")


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("size", [(13, 70, 65), (7, 129, 100), (1, 40, 80), (65, 600, 33), (30, 200, 300)])
@pytest.mark.parametrize("element", ELEMENTS)
def test_batches_whose_tasks_have_columns(element, size, last):
    def compute(a, b, out, alpha, adding):
        gemm.multiply(a, b, out, alpha, adding, True)

    for transposed in itertools.product([False, True], repeat=2):
        guarded_product(compute, element, size, transposed, transposed[0], 0.5, last, (gemm.LONG_BATCH + 1,))


@pytest.mark.parametrize("size", [(2, 4, 20_000, 5), (3, 7, 40_000, 7), (2, 1, 300_000, 1)])
@pytest.mark.parametrize("element", ELEMENTS)
def test_batches_of_few_matrices_through_a_great_depth(element, size):
    batch, rows, depth, columns = size
    random = np.random.default_rng(0)
    a, b = (
        operand(random, element, rows, depth, False, (batch,)),
        operand(random, element, depth, columns, True, (batch,)),
    )
    assert_product(products.product(a, b), a, b, 1, None, f"{size}")
