import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import TorchError
from torchnn.torch import types

# name: sizes of the operands, sizes of the result, the same by einsum
PRODUCTS = {
    "mv": ((3, 4), (4,), (3,), "ij,j->i"),
    "mm": ((3, 4), (4, 2), (3, 2), "ij,jk->ik"),
    "bmm": ((5, 3, 4), (5, 4, 2), (5, 3, 2), "bij,bjk->bik"),
    "ger": ((3,), (4,), (3, 4), "i,j->ij"),
}
ACCUMULATING = {
    "addmv": PRODUCTS["mv"],
    "addmm": PRODUCTS["mm"],
    "baddbmm": PRODUCTS["bmm"],
    "addr": PRODUCTS["ger"],
    "addbmm": ((5, 3, 4), (5, 4, 2), (3, 2), "bij,bjk->ik"),
}


def operand(random, size, element=types.DOUBLE):
    return (random.randn(*size) * 10).astype(element.dtype)


def layouts(array):
    """Tensors of the same elements: row-major, column-major and spread out."""
    kind = types.TENSORS[types.of_dtype(array.dtype)]
    spread = np.zeros([2 * n for n in array.shape], array.dtype)[tuple(slice(None, None, 2) for _ in array.shape)]
    spread[...] = array
    for a in (array.copy(), array.copy(order="F"), spread):
        yield kind.wrap(a)


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("element", types.ALL[:-1], ids=lambda e: e.name)
def test_products_of_all_layouts(name, element):
    random = np.random.RandomState(1)
    size_a, size_b, size, formula = PRODUCTS[name]
    a, b = operand(random, size_a, element), operand(random, size_b, element)
    expected = np.einsum(formula, a, b, dtype=element.dtype, casting="unsafe")
    for x in layouts(a):
        for y in layouts(b):
            got = getattr(torch, name)(x, y)
            assert got.isContiguous() and np.allclose(got.array, expected, rtol=1e-5), (name, element.name)
            for r in layouts(np.full(size, 7, element.dtype)):
                assert getattr(torch, name)(r, x, y) is r
                assert np.allclose(r.array, expected, rtol=1e-5), (name, element.name)


@pytest.mark.parametrize("name", ACCUMULATING)
@pytest.mark.parametrize("element", [types.DOUBLE, types.CHAR], ids=lambda e: e.name)
@pytest.mark.parametrize("beta", [0, 1, 3])
@pytest.mark.parametrize("alpha", [1, -2])
def test_accumulating_forms(name, element, beta, alpha):
    random = np.random.RandomState(1)
    size_a, size_b, size, formula = ACCUMULATING[name]
    a, b, m = (operand(random, s, element) for s in (size_a, size_b, size))
    kind = types.TENSORS[element]
    product = np.einsum(formula, a, b, dtype=element.dtype, casting="unsafe")
    expected = m * element.dtype.type(beta) + product * element.dtype.type(alpha)
    x, y = kind.wrap(a), kind.wrap(b)
    f = getattr(torch, name)
    results = [f(beta, kind.wrap(m), alpha, x, y), f(kind.empty(), beta, kind.wrap(m), alpha, x, y)]
    for z in layouts(m):
        results.append(getattr(z, name)(beta, alpha, x, y))
        assert results[-1] is z
    r = kind.wrap(np.zeros_like(m))
    results.append(getattr(r, name)(beta, kind.wrap(m), alpha, x, y))
    for got in results:
        assert np.allclose(got.array, expected, rtol=1e-10), (name, element.name)


def test_operands_may_be_the_result():
    a, b = np.random.RandomState(0).randn(2, 4, 4)
    x = torch.from_numpy(a.copy())
    assert np.allclose(torch.mm(x, x, x).array, a @ a)
    x = torch.from_numpy(a.copy())
    assert np.allclose(torch.mm(x.t(), x, torch.from_numpy(b)).array, a @ b)
    x = torch.from_numpy(a.copy())
    assert np.allclose(x.addmm(0.5, x.t(), 2, x, x).array, 0.5 * a.T + 2 * a @ a)


def test_nan_does_not_spread_from_what_counts_nothing():
    x = torch.Tensor(2, 2).fill(float("nan"))
    assert x.addmm(0, 1, torch.ones(2, 3), torch.ones(3, 2)).totable() == [[3, 3], [3, 3]]


def test_dot_takes_any_shapes_and_wraps():
    x = torch.randn(6)
    assert torch.dot(x.view(2, 3).t(), x.view(3, 2)) == pytest.approx(np.dot(x.array.reshape(2, 3).T.ravel(), x.array))
    assert torch.ByteTensor(4).fill(200).dot(torch.ByteTensor(4).fill(3)) == 4 * 600 % 256


@pytest.mark.parametrize("element", types.ALL[:-1], ids=lambda e: e.name)
@pytest.mark.parametrize(
    "size, axis", [((3,), 0), ((30_000, 3), 1), ((3, 30_000), 0), ((40, 3, 700), 1), ((1, 3, 1), 1)]
)
def test_cross_of_all_types(size, axis, element):
    a, b = np.random.default_rng(0).integers(0, 256, (2, *size)).astype(element.dtype)
    want = np.cross(a, b, axis=axis)
    for x, y in ((a, b), (np.asfortranarray(a), b)):
        found = torch.cross(torch.from_numpy(x), torch.from_numpy(y), axis + 1)
        assert found.element is element and np.array_equal(found.array, want)
    x = torch.from_numpy(a)
    assert x.cross(x, torch.from_numpy(b), axis + 1) is x and np.array_equal(a, want)


def test_cross():
    a, b = np.random.RandomState(0).randn(2, 2, 3, 3)
    x, y = torch.from_numpy(a), torch.from_numpy(b)
    assert np.allclose(torch.cross(x, y).array, np.cross(a, b, axis=1))
    assert np.allclose(x.cross(y, 3).array, np.cross(a, b, axis=2))


def test_a_result_of_the_wrong_size_is_not_touched():
    a, b = torch.ones(3, 4), torch.ones(4, 2)
    for r in (torch.zeros(3, 3), torch.zeros(6), torch.zeros(2, 3)):
        with pytest.raises(TorchError):
            torch.mm(r, a, b)
        assert r.sum() == 0
    with pytest.raises(TorchError):
        torch.mm(torch.Tensor(), a, b)
    for call in (lambda: torch.addmm(torch.ones(3, 3), a, b), lambda: torch.mv(a, torch.ones(3)), lambda: a.mm(b)):
        with pytest.raises(TorchError):
            call()
