from tests.cases.case import ModuleCase, normal, table
from torchnn import nn

CASES = [
    ModuleCase("Euclidean", lambda: nn.Euclidean(4, 3), single=(4,)),
    ModuleCase("WeightedEuclidean", lambda: nn.WeightedEuclidean(4, 3), single=(4,)),
    ModuleCase("Cosine", lambda: nn.Cosine(4, 3), single=(4,)),
    ModuleCase("PairwiseDistance", lambda: nn.PairwiseDistance(3), table(normal(3, 4), normal(3, 4))),
    ModuleCase("PixelShuffle", lambda: nn.PixelShuffle(2), single=(8, 2, 3)),
    ModuleCase("Maxout", lambda: nn.Maxout(4, 3, 2), single=(4,), prints="nn.Sequential {"),
]
