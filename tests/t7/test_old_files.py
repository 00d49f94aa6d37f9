"""What old versions of nn wrote is read as they meant it."""

import io

import numpy as np
import pytest

from torchnn import nn, t7, torch


def old(m, version=1, **changes):
    """A module as read from a file of another version, with some fields changed or (None) missing."""
    fields = {**vars(m), **changes}
    fields = {key: value for key, value in fields.items() if value is not None}
    return torch.load(torch.serialize(t7.UnknownObject(torch.typename(m), version, fields)))


def same(m, n, *size, indices=False):
    """Whether two modules compute the same, also backward and after another round trip."""
    torch.manualSeed(3)
    x = torch.rand(*size).mul(2).add(-0.5)
    y = m.forward(x)
    g = torch.randn(*y.shape) if y.dim() else torch.randn(1)
    for other in (n, torch.load(torch.serialize(n))):
        assert np.allclose(other.forward(x).array, y.array, 1e-12, 1e-12)
        assert np.allclose(other.backward(x, g).array, m.backward(x, g).array, 1e-12, 1e-12)


# A module, the version of the file, the fields in which that differs, and the size of an input.
OLD = {
    "GradientReversal": (lambda: nn.GradientReversal(1), 1, {"lambda": None}, (2, 3)),
    "VolumetricMaxPooling": (lambda: nn.VolumetricMaxPooling(2, 2, 2), 1, {"ceil_mode": None}, (1, 3, 5, 5)),
    "VolumetricDilatedMaxPooling": (
        lambda: nn.VolumetricDilatedMaxPooling(2, 2, 2), 1, {"ceil_mode": None}, (1, 3, 5, 5)),
    "SpatialConvolution, padding": (
        lambda: nn.SpatialConvolution(2, 3, 3, 3, 1, 1, 1), 1,
        {"padW": None, "padH": None, "padding": 1, "finput": None, "fgradInput": None}, (2, 2, 5, 5)),
    "SpatialConvolution, no padding": (
        lambda: nn.SpatialConvolution(2, 3, 3, 3), 1, {"padW": None, "padH": None}, (2, 5, 5)),
    "SpatialDilatedConvolution": (
        lambda: nn.SpatialDilatedConvolution(2, 3, 3, 3), 1, {"finput": None, "fgradInput": None}, (2, 5, 5)),
    "SpatialConvolutionMM": (
        lambda: nn.SpatialConvolutionMM(2, 3, 3, 3, 1, 1, 1), 1, {"padW": None, "padH": None, "padding": 1}, (2, 5, 5)),
    "SpatialDepthWiseConvolution": (
        lambda: nn.SpatialDepthWiseConvolution(2, 3, 3, 3, 1, 1, 1), 1, {"padW": None, "padH": None, "padding": 1},
        (2, 5, 5)),
    "SpatialFullConvolution": (
        lambda: nn.SpatialFullConvolution(2, 3, 3, 3, 2, 2), 1, {"adjW": None, "adjH": None}, (2, 4, 4)),
    "VolumetricConvolution": (
        lambda: nn.VolumetricConvolution(2, 3, 2, 2, 2), 1,
        {"padT": None, "padW": None, "padH": None, "finput": None, "fgradInput": None}, (2, 4, 4, 4)),
    "SpatialMaxPooling": (
        lambda: nn.SpatialMaxPooling(2, 2, 2, 2), 1, {"ceil_mode": None, "padW": None, "padH": None}, (2, 5, 5)),
    "SpatialAveragePooling": (
        lambda: nn.SpatialAveragePooling(2, 2, 2, 2), 1,
        {"ceil_mode": None, "padW": None, "padH": None, "count_include_pad": None}, (2, 5, 5)),
    "Threshold": (lambda: nn.Threshold(0.1, 0.2), 1, {"inplace": None}, (2, 3)),
    "HardTanh": (lambda: nn.HardTanh(), 1, {"inplace": None, "min_val": None, "max_val": None}, (2, 3)),
    "ELU": (lambda: nn.ELU(), 1, {"inplace": None}, (2, 3)),
    "Replicate": (lambda: nn.Replicate(3), 1, {"dim": None}, (2, 3)),
    "Sum": (lambda: nn.Sum(2), 1, {"nInputDims": None, "squeeze": None}, (2, 3)),
    "Mean": (lambda: nn.Mean(2), 1, {"nInputDims": None, "squeeze": None}, (2, 3)),
    "Max": (lambda: nn.Max(2), 1, {"nInputDims": None, "squeeze": None}, (2, 3)),
    "Min": (lambda: nn.Min(2), 1, {"nInputDims": None, "squeeze": None}, (2, 3)),
    "Concat": (lambda: nn.Concat(2).add(nn.Identity()).add(nn.Tanh()), 1, {"size": None}, (2, 3)),
    "DepthConcat": (
        lambda: nn.DepthConcat(1).add(nn.Identity()).add(nn.SpatialMaxPooling(2, 2)), 1, {"size": None}, (2, 4, 4)),
    "Parallel": (lambda: nn.Parallel(1, 1).add(nn.Identity()).add(nn.Tanh()), 1, {"size": None}, (2, 3)),
    "Linear, no train": (lambda: nn.Linear(3, 2), 1, {"train": None}, (2, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", OLD)
def test_old_layouts(name):
    make, version, changes, size = OLD[name]
    m = make()
    same(m, old(m, version, **changes), *size)


def test_the_square_root_had_no_eps():
    m = nn.Sqrt()
    x = torch.DoubleTensor([1, 4])
    n = old(m, eps=None)
    assert n.forward(x).totable() == [1, 2]
    assert n.backward(x, x).totable() == [0.5, 1]


@pytest.mark.parametrize("kind", [nn.BatchNormalization, nn.SpatialBatchNormalization, nn.VolumetricBatchNormalization])
def test_running_standard_deviations_become_variances(kind):
    m = kind(2)
    m.evaluate()
    m.running_var = torch.DoubleTensor([2, 5])
    m.running_mean = torch.DoubleTensor([1, -1])
    leftovers = dict.fromkeys(("buffer", "buffer2", "centered", "std", "normalized"), torch.DoubleTensor([1]))
    deviation = torch.DoubleTensor((m.running_var.array + m.eps) ** -0.5)
    n = old(m, 1, running_var=None, running_std=deviation, **leftovers)
    assert n.running_std is None
    x = torch.rand(*(3, 2, 2, 2, 2)[: m.nDim])
    assert np.allclose(n.forward(x).array, m.forward(x).array, 1e-12)
    kept = old(m, 1)
    assert np.array_equal(kept.running_var.array, m.running_var.array)


def test_lookup_tables_get_what_they_count_with():
    m = nn.LookupTable(5, 2)
    n = old(m, 1, _count=None, _input=None, shouldScaleGradByFreq=None)
    x = torch.LongTensor([1, 5, 1])
    assert np.array_equal(n.forward(x).array, m.forward(x).array)
    for module in (m, n):
        module.zeroGradParameters()
        module.backward(x, module.output)
    assert np.array_equal(n.gradWeight.array, m.gradWeight.array)


def test_flat_weights_of_convolutions():
    m = nn.SpatialConvolution(2, 3, 3, 2)
    flat = {"weight": m.weight.view(3, 12), "gradWeight": m.gradWeight.view(3, 12)}
    n = old(m, **flat)
    same(m, n, 2, 5, 5)
    assert n.weight.shape == (3, 2, 2, 3)


def test_the_order_of_weights_in_full_convolutions_of_volumes():
    m = nn.VolumetricFullConvolution(2, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1)
    fields = {
        **dict.fromkeys(("adjT", "adjW", "adjH", "padT", "padW", "padH")), "pT": 1, "pW": 1, "pH": 1,
        "weight": m.weight.transpose(1, 2).clone(), "gradWeight": m.gradWeight.transpose(1, 2).clone(),
    }  # fmt: skip
    same(m, old(m, **fields), 2, 4, 4, 4)


@pytest.mark.parametrize("kind", [torch.DoubleTensor, torch.FloatTensor])
def test_positions_of_maxima_in_other_types(kind):
    m = nn.SpatialMaxPooling(2, 2)
    x = torch.rand(2, 4, 4)
    y = m.forward(x)
    n = old(m, indices=kind(m.indices.array.astype(np.float64)))
    assert np.array_equal(n.updateGradInput(x, y).array, m.updateGradInput(x, y).array)
    same(m, n, 2, 4, 4)


def test_sums_where_means_did_not_divide():
    m = nn.SpatialAveragePooling(2, 2)
    n = old(m, divide=None)
    x = torch.rand(1, 4, 4)
    assert np.allclose(n.forward(x).array, 4 * m.forward(x).array)


def test_tables_of_before_their_buffers():
    gate, experts = torch.rand(3, 2), [torch.rand(3, 4), torch.rand(3, 4)]
    rows = [torch.rand(3, 4), torch.rand(3, 4)]
    for m, x, lacking in (
        (nn.MixtureTable(), [gate, experts], {"size2": None, "dim": None, "table": None}),
        (nn.PairwiseDistance(1), rows, {"diff": None}),
    ):
        n = old(m, **lacking)
        y = m.forward(x)
        assert np.array_equal(n.forward(x).array, y.array)
        for a, b in zip(nn.utils.leaves(n.backward(x, y)), nn.utils.leaves(m.backward(x, y)), strict=True):
            assert np.array_equal(a.array, b.array)


def test_the_first_dropout_scaled_in_evaluation():
    n = old(nn.Dropout(0.25), v2=None)
    n.evaluate()
    assert n.forward(torch.DoubleTensor([4, 8])).totable() == [3, 6]
    n.training()
    assert set(n.forward(torch.ones(50)).totable()) == {0, 1}


def test_shared_parameters_of_mapped_tables():
    m = nn.MapTable(nn.Linear(3, 2))
    n = old(m, sharedparams=None)
    x = [torch.rand(3), torch.rand(3)]
    for a, b in zip(n.forward(x), m.forward(x), strict=True):
        assert np.array_equal(a.array, b.array)
    assert n.modules[0].weight.storage() is n.modules[1].weight.storage()


@pytest.mark.parametrize(
    ("criterion", "fields", "target"),
    [
        (nn.MultiMarginCriterion(), ["p"], torch.DoubleTensor([2, 1])),
        (nn.MultiMarginCriterion(), ["margin"], torch.DoubleTensor([2, 1])),
        (nn.HingeEmbeddingCriterion(), ["sizeAverage"], torch.DoubleTensor([[1, -1, 1], [1, 1, -1]])),
        (nn.ClassNLLCriterion(), ["ignoreIndex"], torch.DoubleTensor([3, 1])),
        (
            nn.ClassNLLCriterion(),
            ["ignoreIndex", "output_tensor", "total_weight_tensor", "target"],
            torch.DoubleTensor([3, 1]),
        ),
        (nn.MultiLabelMarginCriterion(), ["isTarget", "output_tensor"], torch.DoubleTensor([[3, 1, 0], [2, 0, 0]])),
    ],
)
def test_criterions(criterion, fields, target):
    n = old(criterion, **dict.fromkeys(fields))
    x = torch.rand(2, 3)
    assert n.forward(x, target) == criterion.forward(x, target)
    assert np.array_equal(n.backward(x, target).array, criterion.backward(x, target).array)


@pytest.mark.parametrize("name", ["nn.Linear", "torch.DoubleTensor"])
def test_files_from_before_there_were_versions(name):
    value = nn.Linear(3, 2) if name == "nn.Linear" else torch.rand(2)
    buffer = io.BytesIO()
    t7.Writer(t7.make_sink(buffer)).write_object(value)
    plain = buffer.getvalue().replace(b"\3\0\0\0V 1", b"")
    read = torch.load(plain)
    assert torch.serialize(read) == buffer.getvalue()
