"""Fields that Torch7 makes when a module runs are there, as programs and saved files know them."""

import numpy as np
import pytest

from tests.cases import criterions, layers, linear, planes, transfers
from torchnn import nn, torch
from torchnn.errors import RangeError

FIELDS = {
    "Bilinear": "buff1 buff2",
    "CMaxTable": "maskByteTensor",
    "CMinTable": "maskByteTensor",
    "CosineDistance": "buffer w1 w22 w32 w ones",
    "CosineEmbeddingCriterion": "buffer w1 w22 w32 w _outputs _idx",
    "DotProduct": "buffer",
    "HingeEmbeddingCriterion": "buffer",
    "Linear": "addBuffer",
    "MarginRankingCriterion": "_output dist mask",
    "MixtureTable": "dimG _gaterView _expert _expertView _sum _expert2 _expertView2",
    "MultiLabelSoftMarginCriterion": "_buffer1 _buffer2",
    "Normalize": "norm normp _output _gradInput buffer buffer2 cross",
    "PReLU": "gradWeightBuf gradWeightBuf2",
    "PairwiseDistance": "outExpand grad ones",
    "PartialLinear": "addBuffer buffer",
    "PixelShuffle": "_intermediateShape _outShape _shuffleOut _shuffleIn",
    "SoftSign": "temp tempgrad",
    "SpatialCrossMapLRN": "scale paddedRatio accumRatio",
}
CASES = {
    case.name: case
    for room in (criterions, layers, linear, planes, transfers)
    for cases in vars(room).values()
    if isinstance(cases, (list, tuple))
    for case in cases
    if hasattr(case, "make")
}


def run(case):
    """What the case makes, after a forward and a backward."""
    made = case.make()
    if hasattr(case, "target"):
        input, target = case.input(), case.target()
        made.forward(input, target)
        made.backward(input, target)
    else:
        input = case.inputs()
        made.backward(input, made.forward(input).clone())
    return made


# Of these some buffers outlast `clearState`.
KEPT = {
    "CMaxTable": {"maxIdx"},
    "CMinTable": {"minIdx"},
    "WeightedEuclidean": {"_weight"},
    "PartialLinear": {"addBuffer", "buffer"},
}


def filled(module):
    """The names of fields that are tensors with elements."""
    return {name for name, value in vars(module).items() if isinstance(value, torch.Tensor) and value.dim()}


@pytest.mark.parametrize("name", ["MaskedSelect", "Euclidean", "RReLU", "SpatialMaxPooling", "Normalize", *KEPT])
def test_what_outlasts_clearing_the_state(name):
    made = run(CASES[name])
    made.clearState()
    assert filled(made) - filled(CASES[name].make()) == KEPT.get(name, set())


@pytest.mark.parametrize("name", FIELDS)
def test_fields(name):
    made = run(CASES[name])
    missing = [field for field in FIELDS[name].split() if getattr(made, field) is None]
    assert not missing, f"{name} lacks {missing}"
    assert set(FIELDS[name].split()) <= set(vars(torch.deserialize(torch.serialize(made))))


def test_numbers_that_are_kept():
    a, b = torch.randn(3, 4), torch.randn(3, 4)
    cosine = nn.CosineDistance()
    cosine.forward([a, b])
    np.testing.assert_allclose(cosine.w22.array[:, 0], 1 / np.square(a.array).sum(1), rtol=1e-9)
    np.testing.assert_allclose(cosine.w1.array[:, 0], (a.array * b.array).sum(1), rtol=1e-9)
    normalize = nn.Normalize(float("inf"))
    normalize.forward(a)
    assert normalize._indices.array[:, 0].tolist() == (np.abs(a.array).argmax(1) + 1).tolist()
    np.testing.assert_allclose(normalize.norm.array[:, 0], np.abs(a.array).max(1), rtol=1e-9)
    criterion = nn.MultiMarginCriterion()
    criterion.forward(a.select(1, 1), 2)
    assert criterion.target_tensor.totable() == [2]


@pytest.mark.parametrize("size, maps", [(2, 1), (4, 1), (4, 2), (6, 3)])
def test_even_neighbourhoods_that_hold_all_maps(size, maps):
    x, gradient = torch.randn(2, maps, 3, 2), torch.randn(2, maps, 3, 2)
    even, odd = nn.SpatialCrossMapLRN(size, 0.1 * size), nn.SpatialCrossMapLRN(size + 1, 0.1 * (size + 1))
    np.testing.assert_allclose(even.forward(x).array, odd.forward(x).array, rtol=1e-12)
    np.testing.assert_allclose(even.backward(x, gradient).array, odd.backward(x, gradient).array, rtol=1e-12)
    with pytest.raises(RangeError, match="out of range"):
        even.forward(torch.randn(size // 2 + 1, 3, 2))
