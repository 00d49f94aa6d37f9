"""Criterions of a pair of inputs that should be alike or apart, or in order."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import SizeError, different_number, sizes
from torchnn.nn import checks, utils
from torchnn.nn.criterion import Criterion
from torchnn.nn.pointwise import quietly
from torchnn.torch.core import Core, count
from torchnn.torch.tensor import LongTensor, Tensor


def _pair(criterion: Criterion, input: Any, gradients: bool = True) -> tuple[Any, Any]:
    """The two tensors of an input, of one floating type and with the same number of elements."""
    if not utils.is_table(input) or len(input) != 2:
        raise SizeError("Invalid number of inputs: a table of two tensors expected")
    a, b = utils.tensors_of(input)
    buffers = dict(zip(("gradInput 1", "gradInput 2"), criterion.gradInput, strict=True)) if gradients else {}
    checks.same_type(a, **{"element 2": b}, **buffers)
    if count(a._size) != count(b._size):
        raise different_number("element 1", a._size, "element 2", b._size)
    if not a._size:
        raise SizeError("non-empty input expected")
    return a, b


@registry.register("nn.L1HingeEmbeddingCriterion")
class L1HingeEmbeddingCriterion(Criterion):
    """The L1 distance d of two vectors where the target is 1, max(0, margin - d) where it is -1.

    Input: {a, b}, tensors with the same number of elements. Target: 1 or -1. The gradient where a = b is 1 or -1, drawn
    at random.
    """

    def __init__(self, margin: float | None = None) -> None:
        super().__init__()
        self.margin = 1 if margin is None else margin
        self.gradInput = [Tensor(), Tensor()]

    @quietly
    def updateOutput(self, input: Any, y: Any, *_: Any) -> Any:
        """The loss."""
        distance = self._distance(self._difference(input))
        self.output = max(0.0, self.margin - distance) if checks.number("target", y) == -1 else distance
        return self.output

    @quietly
    def updateGradInput(self, input: Any, y: Any, *_: Any) -> Any:
        """The signs of a - b and their opposites, by the sign of the target; 0 beyond the margin."""
        y, difference = checks.number("target", y), self._difference(input)
        sign = np.sign(difference)
        nowhere = ~((difference > 0) | (difference < 0))
        drawn = np.count_nonzero(nowhere)
        if drawn:
            sign[nowhere] = 2 * LongTensor(drawn).random(2).array - 3
        if y == -1:
            sign = np.zeros_like(sign) if self._distance(difference) > self.margin else -sign
        for buffer, element, gradient in zip(self.gradInput, input, (sign, -sign), strict=True):
            checks.refilled(buffer, element._size)[...] = gradient.reshape(element._size)
        return self.gradInput

    def _difference(self, input: Any) -> np.ndarray:
        a, b = _pair(self, input)
        return np.subtract(a.array, b.array.reshape(a._size))

    @staticmethod
    def _distance(difference: np.ndarray) -> float:
        return float(np.sum(np.abs(difference), dtype=np.float64))


@registry.register("nn.CosineEmbeddingCriterion")
class CosineEmbeddingCriterion(Criterion):
    """1 - cos(a, b) where the target is 1, max(0, cos(a, b) - margin) where it is -1; the mean over the batch.

    Input: {a, b}, both n or N x n. Target: a number, or N of 1 and -1. cos(a, b) = a b / sqrt((a a + e) (b b + e)),
    e = 1e-12. The sum where the field `sizeAverage` is False. Torch7 quirk: there is no gradient where the *loss* is
    not positive.
    """

    def __init__(self, margin: float | None = None) -> None:
        super().__init__()
        self.margin = 0 if margin is None else margin
        self.gradInput = [Tensor(), Tensor()]
        self.sizeAverage = True

    @quietly
    def updateOutput(self, input: Any, y: Any, *_: Any) -> Any:
        """The loss."""
        a, b, y, norm = self._read(input, y)
        self.output = float(norm * np.sum(self._losses(_cosines(a, b)[0], y)))
        return self.output

    @quietly
    def updateGradInput(self, input: Any, y: Any, *_: Any) -> Any:
        """The derivative with respect to a and to b."""
        a, b, y, norm = self._read(input, y)
        cosine, per_a, per_b = _cosines(a, b)
        sign = np.where(y == 1, -norm, norm) * (self._losses(cosine, y) > 0)
        scale = np.sqrt(per_a * per_b)
        for i, (x, other, per_x) in enumerate(((a, b, per_a), (b, a, per_b))):
            gradient = checks.refilled(self.gradInput[i], input[0]._size).reshape(a.shape)
            np.multiply(other * scale - x * (cosine * per_x), sign, out=gradient)
        return self.gradInput

    def _losses(self, cosine: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.where(y == 1, 1 - cosine, np.where(y == -1, np.fmax(cosine - self.margin, 0), cosine))

    def _read(self, input: Any, y: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """Both inputs as matrices, the targets as a column, and the factor of both results."""
        a, b = _pair(self, input)
        if a._size != b._size or a.dim() > 2:
            raise SizeError(f"two vectors or two matrices expected, got {sizes(a._size)} and {sizes(b._size)}")
        rows = a.array.reshape(-1, a._size[-1])
        targets = (y.array if isinstance(y, Core) else np.array(checks.number("target", y))).reshape(-1, 1)
        if len(targets) != len(rows):
            raise SizeError(f"{len(rows)} targets expected, got {len(targets)}")
        return rows, b.array.reshape(rows.shape), targets, 1 / len(targets) if self.sizeAverage else 1


def _cosines(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns: the cosine of each pair of rows, and one over the squared norm of each row of a and of b."""
    per_a, per_b = (1 / (_row_products(x, x) + 1e-12) for x in (a, b))
    return _row_products(a, b) * np.sqrt(per_a * per_b), per_a, per_b


def _row_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The dot product of each pair of rows, as a column."""
    return np.einsum("ij,ij->i", a, b)[:, None]


@registry.register("nn.MarginRankingCriterion")
class MarginRankingCriterion(Criterion):
    """The sum of max(0, -y (a - b) + margin), divided by the first dimension of y.

    Input: {a, b}, tensors of one element and a number 1 or -1 as target, or tensors of the sizes of the target. It is
    not divided where the field `sizeAverage` is False. The gradient at exactly the margin is that inside it.
    """

    def __init__(self, margin: float | None = None) -> None:
        super().__init__()
        self.margin = 1 if margin is None else margin
        self.gradInput = [utils.zeros(1), utils.zeros(1)]
        self.sizeAverage = True

    @quietly
    def updateOutput(self, input: Any, y: Any, *_: Any) -> Any:
        """The loss."""
        missing, _, norm = self._read(input, y)
        self.output = float(np.sum(np.fmax(missing, 0)) * norm)
        return self.output

    @quietly
    def updateGradInput(self, input: Any, y: Any, *_: Any) -> Any:
        """-y for a and y for b where the order is not kept by the margin, else 0."""
        missing, y, norm = self._read(input, y)
        gradient = np.where(missing >= 0, y, 0) * norm
        np.negative(gradient, out=checks.refilled(self.gradInput[0], missing.shape))
        np.copyto(checks.refilled(self.gradInput[1], missing.shape), gradient)
        return self.gradInput

    def _read(self, input: Any, y: Any) -> tuple[np.ndarray, Any, float]:
        """By how much the order of each pair misses the margin, the targets and the factor of both results."""
        a, b = _pair(self, input)
        if not isinstance(y, Core):
            y = checks.number("target", y)
            return -y * (a.array.reshape(-1)[:1] - b.array.reshape(-1)[:1]) + self.margin, y, 1
        checks.same_type(a, target=y)
        if count(y._size) != count(a._size):
            raise different_number("input", a._size, "target", y._size)
        targets = y.array.reshape(a._size)
        missing = -(a.array - b.array.reshape(a._size)) * targets + self.margin
        return missing, targets, 1 / y._size[0] if self.sizeAverage else 1


@registry.register("nn.DistanceRatioCriterion")
class DistanceRatioCriterion(Criterion):
    """The mean of -log(exp(-X) / (exp(-X) + exp(-Y))) of distances X of alike and Y of different samples.

    Input: {X, Y}, of the same sizes; there is no target. It is divided by the first dimension, unless `sizeAverage` is
    False. Torch7 quirk: the loss is not kept in `output`, and it is computed through exp(-X) and exp(-Y), which
    underflow for large distances. Source: Hoffer, Ailon, Deep metric learning using triplet network.
    """

    def __init__(self, sizeAverage: bool | None = None) -> None:
        super().__init__()
        self.sizeAverage = True if sizeAverage is None else sizeAverage

    @quietly
    def updateOutput(self, input: Any, target: Any = None, *_: Any) -> Any:
        """The loss; the field `loss` has the one of each pair."""
        x, y, norm = self._read(input)
        self.loss = type(input[0]).empty() if self.loss is None else self.loss
        loss = checks.refilled(self.loss, x.shape)
        np.add(x, np.log(np.exp(-x) + np.exp(-y)), out=loss)
        return float(norm * np.sum(loss))

    @quietly
    def updateGradInput(self, input: Any, target: Any = None, *_: Any) -> Any:
        """{dX, dY}, which are fields too: 1 - exp(-X) / s and -exp(-Y) / s where s = exp(-X) + exp(-Y)."""
        x, y, norm = self._read(input)
        if self.dX is None:
            self.dX, self.dY = type(input[0]).empty(), type(input[0]).empty()
        near, far = np.exp(-x), np.exp(-y)
        total = near + far
        np.multiply(1 - near / total, norm, out=checks.refilled(self.dX, x.shape))
        np.multiply(-far / total, norm, out=checks.refilled(self.dY, x.shape))
        return [self.dX, self.dY]

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert to the type of that name; the buffers are made anew."""
        if type is not None:
            self.loss = self.dX = self.dY = None
        return super().type(type, tensorCache)

    def _read(self, input: Any) -> tuple[np.ndarray, np.ndarray, float]:
        a, b = _pair(self, input, gradients=False)
        if a._size[0] != b._size[0]:
            raise SizeError(f"Invalid distances' size: {sizes(a._size)} and {sizes(b._size)}")
        return a.array, b.array.reshape(a._size), 1 / a._size[0] if self.sizeAverage else 1
