"""What is computed on all threads, or by loops on vectors, for many elements is what numpy computes for few."""

import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import RangeError

ROWS, COLUMNS, PARTS = 1056, 256, 4
LABELS = torch.LongTensor(ROWS).random(COLUMNS)
SIGNS = torch.rand(ROWS, COLUMNS).gt(0.5).double().mul(2).add(-1)

MODULES = {
    "Abs": lambda: nn.Abs(),
    "Add": lambda: nn.Add(COLUMNS),
    "AddConstant": lambda: nn.AddConstant(torch.rand(COLUMNS)),
    "CAdd": lambda: nn.CAdd(COLUMNS),
    "CMul": lambda: nn.CMul(COLUMNS),
    "CMul of rows": lambda: nn.CMul(1, 8, 1),
    "Cosine": lambda: nn.Cosine(COLUMNS, 300),
    "ELU": lambda: nn.ELU(),
    "Euclidean": lambda: nn.Euclidean(COLUMNS, 300),
    "GatedLinearUnit": lambda: nn.GatedLinearUnit(),
    "L1Penalty": lambda: nn.L1Penalty(0.3),
    "LogSigmoid": lambda: nn.LogSigmoid(),
    "Max": lambda: nn.Max(2),
    "Max over planes": lambda: nn.Max(1, 2),
    "Mul": lambda: nn.Mul(),
    "Normalize": lambda: nn.Normalize(2),
    "Normalize, 3": lambda: nn.Normalize(3),
    "Normalize, infinity": lambda: nn.Normalize(float("inf")),
    "Power": lambda: nn.Sequential().add(nn.Abs()).add(nn.Power(1.5)),
    "SoftSign": lambda: nn.SoftSign(),
    "Sigmoid": lambda: nn.Sigmoid(),
    "Sum": lambda: nn.Sum(2),
    "Sum over planes": lambda: nn.Sum(1, 2),
    "TanhShrink": lambda: nn.TanhShrink(),
    "WeightedEuclidean": lambda: nn.WeightedEuclidean(COLUMNS, 300),
}
TABLES = {
    "Bilinear": lambda: nn.Bilinear(COLUMNS, COLUMNS, 3),
    "CAddTable": lambda: nn.CAddTable(),
    "CDivTable": lambda: nn.CDivTable(),
    "CMaxTable": lambda: nn.CMaxTable(),
    "CMinTable": lambda: nn.CMinTable(),
    "CMulTable": lambda: nn.CMulTable(),
    "CosineDistance": lambda: nn.CosineDistance(),
    "CSubTable": lambda: nn.CSubTable(),
    "DotProduct": lambda: nn.DotProduct(),
    "PairwiseDistance": lambda: nn.PairwiseDistance(2),
    "PairwiseDistance, 3": lambda: nn.PairwiseDistance(3),
}
CRITERIONS = {
    "AbsCriterion": lambda: (nn.AbsCriterion(), torch.rand(ROWS, COLUMNS)),
    "BCECriterion": lambda: (nn.BCECriterion(), torch.rand(ROWS, COLUMNS)),
    "BCECriterion, weights": lambda: (nn.BCECriterion(torch.rand(COLUMNS)), torch.rand(ROWS, COLUMNS)),
    "ClassNLLCriterion": lambda: (nn.ClassNLLCriterion(), LABELS),
    "CrossEntropyCriterion": lambda: (nn.CrossEntropyCriterion(), LABELS),
    "DistKLDivCriterion": lambda: (nn.DistKLDivCriterion(), torch.randn(ROWS, COLUMNS)),
    "HingeEmbeddingCriterion": lambda: (nn.HingeEmbeddingCriterion(0.5), SIGNS),
    "MarginCriterion": lambda: (nn.MarginCriterion(0.5), SIGNS),
    "MSECriterion": lambda: (nn.MSECriterion(), torch.rand(ROWS, COLUMNS)),
    "MultiLabelSoftMarginCriterion": lambda: (nn.MultiLabelSoftMarginCriterion(), torch.rand(ROWS, COLUMNS)),
    "MultiMarginCriterion": lambda: (nn.MultiMarginCriterion(2), LABELS),
    "SmoothL1Criterion": lambda: (nn.SmoothL1Criterion(), torch.rand(ROWS, COLUMNS).mul(3)),
    "SoftMarginCriterion": lambda: (nn.SoftMarginCriterion(), SIGNS),
    "WeightedMSECriterion": lambda: (nn.WeightedMSECriterion(torch.rand(COLUMNS)), torch.rand(ROWS, COLUMNS)),
}
PAIRS = {
    "CosineEmbeddingCriterion": lambda: (nn.CosineEmbeddingCriterion(0.5), SIGNS.select(2, 1)),
    "DistanceRatioCriterion": lambda: (nn.DistanceRatioCriterion(), torch.zeros(ROWS)),
    "MarginRankingCriterion": lambda: (nn.MarginRankingCriterion(0.5), SIGNS),
}


def parts(tensor):
    return tensor.split(ROWS // PARTS, 1)


def gradients_of(module):
    found = module.parameters()
    return found[1] if found and found[1] else []


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    module, x = MODULES[name](), torch.randn(ROWS, COLUMNS)
    x = x.view(-1, 8, 32) if "rows" in name or "planes" in name else x
    y = module.forward(x).clone()
    gradient = torch.randn(y.size())
    module.zeroGradParameters()
    together = module.backward(x, gradient).clone()
    kept = [each.clone() for each in gradients_of(module)]
    module.zeroGradParameters()
    steps = len(y.array) // PARTS
    for i in range(PARTS):
        rows = slice(i * steps, (i + 1) * steps)
        np.testing.assert_allclose(module.forward(x[rows]).array, y.array[rows], rtol=1e-12, atol=1e-13)
        apart = module.backward(x[rows], gradient[rows])
        np.testing.assert_allclose(apart.array, together.array[rows], rtol=1e-11, atol=1e-12)
    for each, whole in zip(gradients_of(module), kept, strict=True):
        np.testing.assert_allclose(each.array, whole.array, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("name", TABLES)
def test_modules_of_tables(name):
    module, pair = TABLES[name](), [torch.rand(ROWS, COLUMNS).add(0.1) for _ in range(2)]
    y = module.forward(pair).clone()
    gradient = torch.randn(y.size())
    together = [each.clone() for each in module.backward(pair, gradient)]
    for i in range(PARTS):
        rows = slice(i * ROWS // PARTS, (i + 1) * ROWS // PARTS)
        part = [each[rows] for each in pair]
        np.testing.assert_allclose(module.forward(part).array, y.array[rows], rtol=1e-12)
        for apart, whole in zip(module.backward(part, gradient[rows]), together, strict=True):
            np.testing.assert_allclose(apart.array, whole.array[rows], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", CRITERIONS)
def test_criterions(name):
    x = torch.rand(ROWS, COLUMNS)
    criterion, target = CRITERIONS[name]()
    loss, together = criterion.forward(x, target), criterion.backward(x, target).clone()
    losses, gradients = 0, []
    for a, b in zip(parts(x), parts(target), strict=True):
        losses += criterion.forward(a, b) / PARTS
        gradients.append(criterion.backward(a, b).array / PARTS)
    assert loss == pytest.approx(losses, rel=1e-12)
    np.testing.assert_allclose(together.array, np.concatenate(gradients), rtol=1e-11, atol=1e-16)


@pytest.mark.parametrize("name", PAIRS)
def test_criterions_of_pairs(name):
    pair = [torch.rand(ROWS, COLUMNS) for _ in range(2)]
    criterion, target = PAIRS[name]()
    loss, together = criterion.forward(pair, target), [each.clone() for each in criterion.backward(pair, target)]
    losses, gradients = 0, []
    for a, b, t in zip(*map(parts, pair), parts(target), strict=True):
        losses += criterion.forward([a, b], t) / PARTS
        gradients.append([each.array / PARTS for each in criterion.backward([a, b], t)])
    assert loss == pytest.approx(losses, rel=1e-12)
    for each, apart in zip(together, zip(*gradients, strict=True), strict=True):
        np.testing.assert_allclose(each.array, np.concatenate(apart), rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("table", [False, True])
def test_mixtures(table):
    gate, experts = torch.rand(ROWS, PARTS), torch.randn(ROWS, PARTS, COLUMNS)
    given = [experts.select(2, i + 1).clone() for i in range(PARTS)] if table else experts
    module, gradient = nn.MixtureTable(), torch.randn(ROWS, COLUMNS)
    mixed = np.einsum("ne,nex->nx", gate.array, experts.array)
    np.testing.assert_allclose(module.forward([gate, given]).array, mixed, rtol=1e-12, atol=1e-13)
    for_gate, found = module.backward([gate, given], gradient)
    slopes = np.einsum("nx,nex->ne", gradient.array, experts.array)
    np.testing.assert_allclose(for_gate.array, slopes, rtol=1e-11, atol=1e-12)
    found = np.stack([each.array for each in found], 1) if table else found.array
    np.testing.assert_array_equal(found, gate.array[:, :, None] * gradient.array[:, None])


@pytest.mark.parametrize("target", [1, -1])
def test_l1_hinge_embedding(target):
    a, b = torch.rand(ROWS, COLUMNS), torch.rand(ROWS, COLUMNS)
    criterion = nn.L1HingeEmbeddingCriterion(1e9)
    distance = np.abs(a.array - b.array).sum()
    assert criterion.forward([a, b], target) == pytest.approx(distance if target == 1 else 1e9 - distance, rel=1e-12)
    for_a, for_b = criterion.backward([a, b], target)
    np.testing.assert_array_equal(for_a.array, target * np.sign(a.array - b.array))
    np.testing.assert_array_equal(for_b.array, -for_a.array)


@pytest.mark.parametrize("weighted", [False, True])
def test_labels_of_many_pixels(weighted):
    x, labels = torch.randn(2, 3, 200, 200), torch.LongTensor(2, 200, 200).random(3)
    criterion = nn.SpatialClassNLLCriterion(torch.rand(3) if weighted else None)
    weights = criterion.weights.array[labels.array - 1] if weighted else np.ones(labels.array.shape)
    picked = np.take_along_axis(x.array, labels.array[:, None] - 1, 1)[:, 0]
    assert criterion.forward(x, labels) == pytest.approx(-(weights * picked).sum() / weights.sum(), rel=1e-12)
    expected = np.zeros(x.array.shape)
    np.put_along_axis(expected, labels.array[:, None] - 1, -weights[:, None] / weights.sum(), 1)
    np.testing.assert_allclose(criterion.backward(x, labels).array, expected, rtol=1e-12)
    labels.array[1, 2, 3] = 4
    with pytest.raises(RangeError, match="label 4 of 3 classes"):
        criterion.forward(x, labels)
