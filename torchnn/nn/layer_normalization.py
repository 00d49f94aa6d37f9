"""`nn.LayerNormalization`."""

from __future__ import annotations

import math

from torchnn import registry
from torchnn.nn import utils
from torchnn.nn.constants import MulConstant
from torchnn.nn.dimensions import Replicate
from torchnn.nn.elementwise import Add, CMul
from torchnn.nn.identity import Identity
from torchnn.nn.normalize import Normalize
from torchnn.nn.reductions import Mean
from torchnn.nn.sequential import Sequential
from torchnn.nn.table_arithmetic import CSubTable
from torchnn.nn.table_containers import ConcatTable


@registry.register("nn.LayerNormalization")
class LayerNormalization(Sequential):
    """x - mean(x), divided by sqrt(sum of its squares + eps) and times sqrt(n); then, if affine, times g, plus b.

    Input: n. Output: n. Weights: g, which starts with ones, and b, which starts with `bias`. Torch7 quirk: of a batch
    N x n, element k of all N n elements in a row loses the mean of sample k mod N, so that only vectors are right.
    Source: Ba, Kiros, Hinton, Layer normalization.
    """

    def __init__(
        self, nOutput: int, bias: float | None = None, eps: float | None = None, affine: bool | None = None
    ) -> None:
        super().__init__()
        (nOutput,) = utils.positive(nOutput=nOutput)
        mean = Sequential().add(Mean(1, 1)).add(Replicate(nOutput, 1, 1))
        self.add(ConcatTable().add(Identity()).add(mean))
        self.add(CSubTable())
        self.add(Normalize(2, 1e-10 if eps is None else eps))
        self.add(MulConstant(math.sqrt(nOutput)))
        if affine is None or affine:
            shift, gain = Add(nOutput, False), CMul(nOutput)
            shift.bias.fill(0 if bias is None else bias)
            gain.weight.fill(1)
            self.add(gain).add(shift)
