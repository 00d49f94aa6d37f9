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
