from tests.cases.case import CriterionCase, labels, normal, signs, table
from torchnn import nn, torch


def probabilities(*size):
    return lambda: torch.rand(*size).mul(0.8).add(0.1)


CASES = [
    CriterionCase("Criterion", nn.Criterion, normal(3), normal(3), gradient=False, note="computes nothing"),
    CriterionCase("MSECriterion", nn.MSECriterion, normal(3, 4), normal(3, 4)),
    CriterionCase("AbsCriterion", nn.AbsCriterion, normal(3, 4), normal(3, 4)),
    CriterionCase("SmoothL1Criterion", nn.SmoothL1Criterion, normal(3, 4), normal(3, 4)),
    CriterionCase("MarginCriterion", nn.MarginCriterion, normal(3, 4), signs(3, 4)),
    CriterionCase("SoftMarginCriterion", nn.SoftMarginCriterion, normal(3, 4), signs(3, 4)),
    CriterionCase("HingeEmbeddingCriterion", nn.HingeEmbeddingCriterion, normal(6), signs(6)),
    CriterionCase("MarginRankingCriterion", nn.MarginRankingCriterion, table(normal(6), normal(6)), signs(6)),
    CriterionCase("DistKLDivCriterion", nn.DistKLDivCriterion, normal(3, 4), probabilities(3, 4)),
    CriterionCase("MultiMarginCriterion", lambda: nn.MultiMarginCriterion(2), normal(3, 4), labels(4, 3)),
    CriterionCase("L1Cost", nn.L1Cost, normal(3, 4)),
    CriterionCase("BCECriterion", lambda: nn.BCECriterion(torch.rand(4)), probabilities(3, 4), probabilities(3, 4)),
    CriterionCase("ClassNLLCriterion", lambda: nn.ClassNLLCriterion(torch.rand(4)), normal(3, 4), labels(4, 3)),
    CriterionCase("CrossEntropyCriterion", nn.CrossEntropyCriterion, normal(3, 4), labels(4, 3)),
    CriterionCase(
        "SpatialClassNLLCriterion",
        lambda: nn.SpatialClassNLLCriterion(torch.rand(4)),
        normal(2, 4, 3, 2),
        labels(4, 2, 3, 2),
    ),
    CriterionCase("WeightedMSECriterion", lambda: nn.WeightedMSECriterion(torch.rand(4)), normal(3, 4), normal(3, 4)),
    CriterionCase("SpatialAutoCropMSECriterion", nn.SpatialAutoCropMSECriterion, normal(2, 3, 4), normal(2, 3, 4)),
    CriterionCase("ClassSimplexCriterion", lambda: nn.ClassSimplexCriterion(4), normal(3, 4), labels(4, 3)),
    CriterionCase(
        "MultiLabelMarginCriterion",
        nn.MultiLabelMarginCriterion,
        normal(3, 4),
        lambda: torch.LongTensor([[2, 4, 0, 1], [1, 0, 0, 0], [3, 1, 2, 3]]),
    ),
    CriterionCase(
        "MultiLabelSoftMarginCriterion",
        lambda: nn.MultiLabelSoftMarginCriterion(torch.rand(4)),
        normal(3, 4),
        probabilities(3, 4),
    ),
    CriterionCase(
        "CosineEmbeddingCriterion",
        lambda: nn.CosineEmbeddingCriterion(-0.5),
        table(normal(5, 3), normal(5, 3)),
        signs(5),
    ),
    CriterionCase(
        "L1HingeEmbeddingCriterion",
        lambda: nn.L1HingeEmbeddingCriterion(20),
        table(normal(4), normal(4)),
        lambda: torch.Tensor([-1]),
    ),
    CriterionCase("DistanceRatioCriterion", nn.DistanceRatioCriterion, table(normal(4), normal(4))),
    CriterionCase(
        "ModuleCriterion",
        lambda: nn.ModuleCriterion(nn.MSECriterion(), nn.Tanh(), nn.Sigmoid()),
        normal(3, 4),
        normal(3, 4),
    ),
    CriterionCase(
        "MultiCriterion",
        lambda: nn.MultiCriterion().add(nn.MSECriterion()).add(nn.AbsCriterion(), 0.5),
        normal(3, 4),
        normal(3, 4),
    ),
    CriterionCase(
        "ParallelCriterion",
        lambda: nn.ParallelCriterion().add(nn.MSECriterion()).add(nn.ClassNLLCriterion(), 0.5),
        table(normal(3, 4), normal(2, 3)),
        table(normal(3, 4), labels(3, 2)),
    ),
]
