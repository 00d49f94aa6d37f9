import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import RangeError, SizeError, TorchError

INDICES = [[1, 3, 6], [2, 3], [6]]


def dense(samples, n=6):
    x = np.zeros((len(samples), n))
    for row, sample in zip(x, samples, strict=True):
        np.add.at(row, sample.array[:, 0].astype(int) - 1, sample.array[:, 1])
    return x


def sparse_samples():
    return [torch.cat(torch.Tensor(indices), torch.randn(len(indices)), 2) for indices in INDICES]


def test_sparse_linear_is_linear():
    module, samples = nn.SparseLinear(6, 3), sparse_samples()
    x, g = dense(samples), torch.randn(3, 3)
    module.zeroGradParameters()
    np.testing.assert_allclose(module.forward(samples).array, x @ module.weight.array.T + module.bias.array, rtol=1e-13)
    module.backward(samples, g, 0.5)
    np.testing.assert_allclose(module.gradWeight.array, 0.5 * g.array.T @ x, atol=1e-14)
    np.testing.assert_allclose(module.gradBias.array, 0.5 * g.array.sum(axis=0), rtol=1e-13)


def test_sparse_linear_updates_the_columns_that_it_saw():
    module, samples = nn.SparseLinear(6, 3), sparse_samples()
    module.zeroGradParameters()
    module.forward(samples)
    module.backward(samples, torch.randn(3, 3))
    module.gradWeight.select(2, 4).fill(7)
    before = module.weight.clone()
    module.updateParameters(0.1)
    changed = (module.weight.array != before.array).all(axis=0)
    assert changed.tolist() == [True, True, True, False, False, True]
    module.zeroGradParameters()
    assert module.gradWeight.sum() == 7 * 3
    module.zeroGradParameters()
    assert module.gradWeight.sum() == 0


@pytest.mark.parametrize("index", [0, 7, -1, 2.0**60, float("nan")])
def test_sparse_linear_refuses_indices_out_of_range(index):
    module = nn.SparseLinear(6, 3)
    for wrong in (torch.Tensor([[1, 1], [index, 2]]), torch.Tensor([[[1, 1], [index, 2]]])):
        with pytest.raises(RangeError, match="index out of bound"):
            module.forward(wrong)
    assert module.output.nElement() == 3
    padded = torch.Tensor([[[1, 1], [index, 0]]])
    module.forward(padded)
    module.backward(padded, torch.randn(1, 3))


def test_sparse_linear_cannot_be_cleared():
    with pytest.raises(TorchError, match="attempt to index global 'input'"):
        nn.SparseLinear(6, 3).clearState()


def keys_and_values():
    return [[torch.LongTensor(indices) for indices in INDICES], [torch.randn(len(indices)) for indices in INDICES]]


def as_dense(input, n=6):
    return dense([torch.cat(key.double(), value, 2) for key, value in zip(*input, strict=True)], n)


def test_index_linear_is_linear_and_descends():
    module, input = nn.IndexLinear(6, 3), keys_and_values()
    module.reset()
    x, g = as_dense(input), torch.randn(3, 3)
    weight, bias = module.weight.array.copy(), module.bias.array.copy()
    np.testing.assert_allclose(module.forward(input).array, x @ weight + bias, rtol=1e-12)
    module.backward(input, g)
    module.forward(input)
    module.backward(input, g, 0.5)
    module.updateParameters(0.1)
    np.testing.assert_allclose(module.weight.array, weight - 0.15 * x.T @ g.array, rtol=1e-12)
    np.testing.assert_allclose(module.bias.array, bias - 0.15 * g.array.sum(axis=0), rtol=1e-12)


def test_index_linear_descends_at_once():
    module, input = nn.IndexLinear(6, 3), keys_and_values()
    module.reset()
    expected = module.clone()
    g = torch.randn(3, 3)
    for each in (module, expected):
        each.forward(input)
    expected.backward(input, g)
    expected.updateParameters(0.1)
    module.backwardUpdate(input, g, 0.1)
    np.testing.assert_allclose(module.weight.array, expected.weight.array, rtol=1e-13)
    np.testing.assert_allclose(module.bias.array, expected.bias.array, rtol=1e-13)


def test_index_linear_in_all_forms():
    module, (keys, values) = nn.IndexLinear(6, 3, True), keys_and_values()
    module.reset()
    expected = module.forward([keys, values]).clone()
    flat = [torch.cat(keys, 1), torch.cat(values, 1), torch.LongTensor([3, 2, 1])]
    np.testing.assert_array_equal(module.forward(flat).array, expected.array)
    for i in range(3):
        np.testing.assert_array_equal(module.forward([keys[i], values[i]]).array, expected[i].array)
    # The gradient of a single sample may be a vector too, whatever form the sample had.
    single = module.forward([keys[0], values[0], keys[0].size(1)])
    gradients = [g.clone() for g in module.backward([keys[0], values[0], 3], torch.ones(3))]
    assert single.size().totable() == [1, 3] and gradients[1].size().totable() == [1, 6]
    np.testing.assert_allclose(gradients[1].array, module.weight.array.sum(1)[None], rtol=1e-13)
    loaded = torch.deserialize(torch.serialize(module)).float()
    output = loaded.forward([keys, [value.float() for value in values]])
    np.testing.assert_allclose(output.array, expected.array, atol=1e-6)


@pytest.mark.parametrize("offset", [None, 11])
def test_index_linear_refuses_keys_without_rows(offset):
    module = nn.IndexLinear(6, 3, False, offset)
    first = 1 - (offset or 0)
    for wrong in (first - 1, first + 6, 2**62):
        with pytest.raises(RangeError, match="out of range"):
            module.forward([torch.LongTensor([first, wrong]), torch.Tensor([1, 2])])
    assert module.keys is None
    assert module.forward([torch.LongTensor([first, first + 5]), torch.Tensor([1, 2])]).size(1) == 3


def test_index_linear_refuses_lengths_that_do_not_add_up():
    keys, values = torch.LongTensor([1, 2, 3]), torch.randn(3)
    for lengths in ([2, 2], [4, -1], [1]):
        with pytest.raises(SizeError, match="add up"):
            nn.IndexLinear(6, 3).forward([keys, values, torch.LongTensor(lengths)])


def test_index_linear_normalizes_by_the_largest_value():
    module = nn.IndexLinear(3, 1, False, None, None, None, True)
    module.weight.select(2, 5).fill(1)
    module.training()
    module.forward([torch.LongTensor([1]), torch.Tensor([4])])
    module.evaluate()
    outputs = [module.forward([torch.LongTensor([1]), torch.Tensor([v])])[0] for v in (2, -4, 9, -9)]
    assert outputs == [0.5, -1, 1, -1]
