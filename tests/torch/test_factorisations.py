import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import MissingError, TorchError

# Around and beyond the size of a block.
SIZES = [1, 5, 32, 33, 100]


@pytest.fixture
def random():
    return np.random.RandomState(4)


def tensor(array):
    return torch.from_numpy(np.ascontiguousarray(array))


def positive(random, n):
    a = random.randn(n, n)
    return a @ a.T + n * np.eye(n)


@pytest.mark.parametrize("n", SIZES)
def test_linear_systems(random, n):
    a, b = random.randn(n, n), random.randn(n, 3)
    x, lu = torch.gesv(tensor(b), tensor(a))
    assert np.allclose(a @ x.array, b)
    lower = np.tril(lu.array, -1) + np.eye(n)
    assert np.abs(lower).max() <= 1, "partial pivoting bounds the factors"
    rebuilt = lower @ np.triu(lu.array)
    assert np.allclose(rebuilt[np.lexsort(rebuilt.T)], a[np.lexsort(a.T)]), "the rows of A in another order"
    assert np.allclose(torch.inverse(tensor(a)).array @ a, np.eye(n))
    assert list(x.stride()) == [1, n], "columns are contiguous"


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("triangle", ["U", "L"])
@pytest.mark.parametrize("transpose", ["N", "T"])
@pytest.mark.parametrize("diagonal", ["N", "U"])
def test_triangular_systems(random, n, triangle, transpose, diagonal):
    a, b = random.randn(n, n) / n + np.eye(n), random.randn(n, 2)
    t = np.triu(a) if triangle == "U" else np.tril(a)
    if diagonal == "U":
        np.fill_diagonal(t, 1)
    x, copy = torch.trtrs(tensor(b), tensor(a), triangle, transpose, diagonal)
    assert np.allclose((t.T if transpose == "T" else t) @ x.array, b)
    assert np.array_equal(copy.array, a)


@pytest.mark.parametrize("shape", [(7, 7), (90, 70), (70, 90), (5, 1), (1, 5)])
def test_least_squares(random, shape):
    a, b = random.randn(*shape), random.randn(shape[0], 2)
    x, _ = torch.gels(tensor(b), tensor(a))
    assert np.allclose(x.array, np.linalg.lstsq(a, b, rcond=None)[0])


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("triangle", ["U", "L"])
def test_cholesky(random, n, triangle):
    a, b = positive(random, n), random.randn(n, 2)
    read = np.triu(a) if triangle == "U" else np.tril(a)
    factor = torch.potrf(tensor(read), triangle)
    f = factor.array if triangle == "L" else factor.array.T
    assert np.allclose(f @ f.T, a) and np.array_equal(f, np.tril(f))
    assert np.allclose(a @ torch.potrs(tensor(b), factor, triangle).array, b)
    assert np.allclose(a @ torch.potri(factor, triangle).array, np.eye(n))
    pivoted, order = torch.pstrf(tensor(read), triangle)
    f = pivoted.array if triangle == "L" else pivoted.array.T
    order = order.array - 1
    assert np.allclose(f @ f.T, a[np.ix_(order, order)]) and np.array_equal(f, np.tril(f))
    assert (np.diff(np.diag(f)) <= 0).all()


@pytest.mark.parametrize("order", [1, 2, 17, 40])
def test_cholesky_names_the_first_bad_minor(random, order):
    a = positive(random, 40)
    a[order - 1, order - 1] = -1
    with pytest.raises(TorchError, match=f"order {order} is"):
        torch.potrf(tensor(a))


@pytest.mark.parametrize("shape", [(6, 6), (90, 70), (70, 90), (4, 1), (1, 4)])
def test_qr_and_its_reflectors(random, shape):
    a = random.randn(*shape)
    k = min(shape)
    q, r = (t.array for t in torch.qr(tensor(a)))
    assert np.allclose(q @ r, a) and np.allclose(q.T @ q, np.eye(k)) and np.array_equal(r, np.triu(r))
    m, tau = torch.geqrf(tensor(a))
    assert np.allclose(torch.orgqr(m, tau).array[:, :k], q)
    rows, c = shape[0], random.randn(shape[0], 3)
    whole = torch.ormqr(m, tau, torch.eye(rows)).array
    assert np.allclose(whole[:, :k], q) and np.allclose(whole.T @ whole, np.eye(rows))
    assert np.allclose(torch.ormqr(m, tau, tensor(c)).array, whole @ c)
    assert np.allclose(torch.ormqr(m, tau, tensor(c), "L", "T").array, whole.T @ c)
    assert np.allclose(torch.ormqr(m, tau, tensor(c.T), "R").array, c.T @ whole)
    assert np.allclose(torch.ormqr(m, tau, tensor(c.T), "R", "T").array, c.T @ whole.T)


def test_eigenvectors_of_conjugate_pairs(random):
    a = random.randn(9, 9)
    values, vectors = (t.array for t in torch.eig(tensor(a), "V"))
    assert (values[:, 1] > 0).any(), "this matrix should have a complex pair"
    for j in np.flatnonzero(values[:, 1] >= 0):
        real = values[j, 1] == 0
        v = vectors[:, j] if real else vectors[:, j] + 1j * vectors[:, j + 1]
        assert np.allclose(a @ v, (values[j, 0] + 1j * values[j, 1]) * v)


def test_symmetric_eigenvalues_and_singular_values(random):
    a = random.randn(6, 6)
    values, vectors = (t.array for t in torch.symeig(tensor(np.tril(a)), "V", "L"))
    symmetric = np.tril(a) + np.tril(a, -1).T
    assert (np.diff(values) >= 0).all() and np.allclose(symmetric @ vectors, vectors * values)
    for job, sizes in (("S", ((6, 4), (4, 4))), ("A", ((6, 6), (4, 4)))):
        u, s, v = (t.array for t in torch.svd(tensor(a[:, :4]), job))
        assert (u.shape, v.shape) == sizes and np.allclose(u[:, :4] * s @ v.T, a[:, :4])


def test_results_given_and_inputs_unchanged(random):
    a, b = random.randn(4, 4), random.randn(4, 4)
    x, y = tensor(b.copy()), tensor(a.copy())
    assert torch.gesv(x, y, x, y) == (x, y)
    assert x.isContiguous(), "an operand that is overwritten keeps its strides"
    assert np.allclose(a @ x.array, b)
    y = tensor(a.copy())
    torch.inverse(y), torch.qr(y), torch.svd(y), torch.eig(y, "V")
    assert np.array_equal(y.array, a)
    r = torch.FloatTensor(2)
    assert torch.inverse(r, torch.eye(3).float()) is r and r.totable() == np.eye(3).tolist()


def test_nan_is_an_error_or_a_number_but_never_a_crash():
    x = torch.Tensor(3, 3).fill(float("nan"))
    for f in (torch.inverse, torch.svd, torch.eig, torch.symeig, torch.qr, torch.potrf, torch.geqrf, torch.pstrf):
        try:
            f(x)
        except TorchError:
            pass
    with pytest.raises(TorchError):
        torch.eig(x)


def test_failures_change_nothing(random):
    r, s = torch.zeros(2), torch.zeros(2)
    singular, vector = torch.ones(3, 3), torch.ones(3)
    for call in [
        lambda: torch.gesv(r, s, torch.ones(3, 1), singular),
        lambda: torch.gesv(r, s, torch.ones(2, 1), torch.eye(3)),
        lambda: torch.trtrs(r, s, torch.ones(3, 1), torch.zeros(3, 3)),
        lambda: torch.gels(r, s, torch.ones(3, 1), torch.zeros(3, 2)),
        lambda: torch.inverse(r, singular),
        lambda: torch.inverse(r, torch.Tensor()),
        lambda: torch.inverse(r, vector),
        lambda: torch.potri(r, torch.zeros(3, 3)),
        lambda: torch.pstrf(r, torch.IntTensor(), singular),
        lambda: torch.orgqr(r, torch.eye(3), torch.ones(4)),
        lambda: torch.ormqr(r, torch.eye(3), vector, torch.ones(4, 4)),
        lambda: torch.qr(r, torch.ones(2, 2)),
    ]:
        with pytest.raises(TorchError):
            call()
    assert r.totable() == [0, 0] and s.totable() == [0, 0]


def test_no_methods_and_no_integers():
    with pytest.raises(AttributeError):
        torch.eye(2).svd()
    with pytest.raises(MissingError):
        torch.inverse(torch.IntTensor(2, 2).fill(1))
