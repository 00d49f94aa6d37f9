"""`inn.SpatialSameResponseNormalization`."""

from __future__ import annotations

from torchnn import nn, registry
from torchnn.nn.sequential import Sequential


@registry.register("inn.SpatialSameResponseNormalization")
class SpatialSameResponseNormalization(Sequential):
    """x / (1 + alpha m)^beta, where m is the mean of the squares of a `size` x `size` window around x in its plane.

    Input: [N x] C x H x W. Output: the same. `size` is 3, `alpha` 5e-5 and `beta` 0.75 unless given.
    """

    def __init__(self, size: int | None = None, alpha: float | None = None, beta: float | None = None) -> None:
        super().__init__()
        self.size = 3 if size is None else size
        self.alpha = 5e-5 if alpha is None else alpha
        self.beta = 0.75 if beta is None else beta
        margin = int(self.size) // 2
        means = nn.SpatialAveragePooling(self.size, self.size, 1, 1, margin, margin)
        divisor = nn.Sequential().add(nn.Square()).add(means).add(nn.MulConstant(self.alpha, True))
        divisor.add(nn.AddConstant(1, True)).add(nn.Power(self.beta))
        self.add(nn.ConcatTable().add(nn.Identity()).add(divisor)).add(nn.CDivTable())
