from tests.cases.case import ModuleCase, normal, table
from torchnn import nn

CASES = [
    ModuleCase("PartialLinear", lambda: nn.PartialLinear(4, 3), normal(3, 4)),
    ModuleCase(
        "Kmeans",
        lambda: nn.Kmeans(3, 4),
        normal(5, 4),
        contiguous=True,
        gradient=False,
        note="gradients are those of a loss of its own",
    ),
    ModuleCase("Euclidean", lambda: nn.Euclidean(4, 3), single=(4,)),
    ModuleCase("WeightedEuclidean", lambda: nn.WeightedEuclidean(4, 3), single=(4,)),
    ModuleCase("Cosine", lambda: nn.Cosine(4, 3), single=(4,)),
    ModuleCase("PairwiseDistance", lambda: nn.PairwiseDistance(3), table(normal(3, 4), normal(3, 4))),
    ModuleCase("PixelShuffle", lambda: nn.PixelShuffle(2), single=(8, 2, 3)),
    ModuleCase("Maxout", lambda: nn.Maxout(4, 3, 2), single=(4,), prints="nn.Sequential {"),
]
