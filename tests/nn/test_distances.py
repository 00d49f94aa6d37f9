import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import SizeError, TorchError


def distances(module, x):
    weight = module.weight.array.T
    factors = np.ones_like(weight) if module.diagCov is None else module.diagCov.array.T
    return np.sqrt(((factors[None] * (x[:, None] - weight[None])) ** 2).sum(axis=2))


@pytest.mark.parametrize("make", [nn.Euclidean, nn.WeightedEuclidean])
def test_distances_to_templates(make):
    module, x = make(4, 3), torch.randn(5, 4)
    if module.diagCov is not None:
        module.diagCov.uniform(0.5, 2)
    np.testing.assert_allclose(module.forward(x).array, distances(module, x.array), rtol=1e-13)


@pytest.mark.parametrize("make", [nn.Euclidean, nn.WeightedEuclidean, nn.Cosine])
def test_a_field_gradInput_of_none_is_not_computed(make):
    module, x, g = make(4, 3), torch.randn(5, 4), torch.randn(5, 3)
    module.zeroGradParameters()
    module.forward(x)
    module.backward(x, g)
    expected = module.gradWeight.clone()
    module.gradInput = None
    module.zeroGradParameters()
    module.forward(x)
    assert module.backward(x, g) is None
    np.testing.assert_array_equal(module.gradWeight.array, expected.array)


@pytest.mark.parametrize("make", [nn.Euclidean, nn.WeightedEuclidean, nn.Cosine, nn.Kmeans])
def test_wrong_inputs_change_nothing(make):
    module, x = make(4, 4), torch.randn(3, 4)
    module.forward(x)
    before = module.output.clone()
    for wrong in (torch.randn(3, 5), torch.randn(2, 3, 4), torch.FloatTensor(3, 4).zero(), torch.Tensor()):
        with pytest.raises(TorchError):
            module.forward(wrong)
    np.testing.assert_array_equal(module.output.array, before.array)


@pytest.mark.parametrize("p", [1, 2, 3, 2.5])
def test_pairwise_distance(p):
    a, b = torch.randn(4, 6), torch.randn(4, 6)
    expected = np.linalg.norm(a.array - b.array, ord=p, axis=1)
    np.testing.assert_allclose(nn.PairwiseDistance(p).forward([a, b]).array, expected, rtol=1e-13)


def test_kmeans_moves_centers_to_the_means():
    torch.manualSeed(3)
    module, x = nn.Kmeans(2, 3), torch.randn(9, 3)
    module.initKmeansPlus(x)
    for _ in range(20):
        module.zeroGradParameters()
        module.forward(x)
        module.backward(x, module.output)
        module.updateParameters(1)
    found = module.forward(x).array
    assert module.clusterSampleCount.sum() == 9
    for k in (1, 2):
        np.testing.assert_allclose(module.weight.array[k - 1], x.array[found == k].mean(axis=0), atol=1e-5)


def test_kmeans_takes_its_own_scale():
    with pytest.raises(SizeError, match="positive"):
        module, x = nn.Kmeans(2, 3, -1), torch.randn(4, 3)
        module.forward(x)
        module.backward(x, module.output)


def test_maxout_keeps_a_batch_of_one():
    module, x = nn.Maxout(3, 2, 4), torch.randn(1, 3)
    batch = module.forward(x).clone()
    assert batch.size().totable() == [1, 2]
    assert batch.totable() == [module.forward(x[0]).totable()]
    assert module.backward(x, module.forward(x)).size().totable() == [1, 3]


def test_maxout_takes_the_largest():
    module, x = nn.Maxout(4, 3, 2), torch.randn(5, 4)
    linear = module.get(1).forward(x).array.reshape(5, 2, 3)
    np.testing.assert_array_equal(module.forward(x).array, linear.max(axis=1))
