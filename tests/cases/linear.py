from tests.cases.case import ModuleCase, normal, table
from torchnn import nn, torch


def entries(*indices):
    """A maker of sparse samples: rows {index, value}."""
    return lambda: torch.cat(torch.Tensor(list(indices)), torch.randn(len(indices)), 2)


def keys(*numbers):
    """A maker of keys."""
    return lambda: torch.LongTensor(list(numbers))


CASES = [
    ModuleCase("LinearWeightNorm", lambda: nn.LinearWeightNorm(4, 3), single=(4,)),
    ModuleCase("WeightNorm", lambda: nn.WeightNorm(nn.SpatialFullConvolution(2, 3, 2, 2), 2), single=(2, 3, 4)),
    ModuleCase("PartialLinear", lambda: nn.PartialLinear(4, 3), normal(3, 4)),
    ModuleCase(
        "SparseLinear",
        lambda: nn.SparseLinear(6, 3),
        table(entries(1, 3, 6), entries(2, 3)),
        gradient=False,
        clears=False,
        note="indices have no derivative; clearing fails in Torch7 too",
    ),
    ModuleCase(
        "IndexLinear",
        lambda: nn.IndexLinear(6, 3),
        table(table(keys(1, 3, 6), keys(2, 3)), table(normal(3), normal(2))),
        gradient=False,
        note="keys have no derivative",
    ),
    ModuleCase(
        "Kmeans",
        lambda: nn.Kmeans(3, 4),
        normal(5, 4),
        contiguous=True,
        gradient=False,
        keeps=True,
        note="gradients are those of a loss of its own",
    ),
    ModuleCase("Euclidean", lambda: nn.Euclidean(4, 3), single=(4,)),
    ModuleCase("WeightedEuclidean", lambda: nn.WeightedEuclidean(4, 3), single=(4,)),
    ModuleCase("Cosine", lambda: nn.Cosine(4, 3), single=(4,)),
    ModuleCase("PairwiseDistance", lambda: nn.PairwiseDistance(3), table(normal(3, 4), normal(3, 4))),
    ModuleCase("PixelShuffle", lambda: nn.PixelShuffle(2), single=(8, 2, 3)),
    ModuleCase("Maxout", lambda: nn.Maxout(4, 3, 2), single=(4,), prints="nn.Sequential {"),
]
