"""Criterions of a pair of inputs that should be alike or apart, or in order."""

from __future__ import annotations

from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import SizeError, different_number, nil_field, sizes
from torchnn.kernels.silence import silent
from torchnn.nn import checks, cosines, utils
from torchnn.nn.criterion import Criterion
from torchnn.torch import parallel
from torchnn.torch.core import Core, count
from torchnn.torch.elementwise import fill, total
from torchnn.torch.statistics import DISTANCES
from torchnn.torch.tapes import Tape, where
from torchnn.torch.tensor import ByteTensor, LongTensor, Tensor

_SIGN = Tape("ab", (np.subtract, "ab", "d"), (np.sign, "d", "r"))

# m - y (a - b): what is missed where it is positive
_MISSING = ((np.subtract, "ab", "d"), (np.negative, "d", "d"), (np.multiply, "dy", "d"), (np.add, "dm", "d"))
_MISSED = Tape("abym", *_MISSING, (np.fmax, ("d", 0), "r"))
_MISSED_SLOPE = Tape(
    "abymn", *_MISSING, (np.greater_equal, ("d", 0), "c"), (where, ("c", "y", 0), "g"), (np.multiply, "gn", "r")
)

# With e = exp(-x), f = exp(-y) and s = e + f: x + log(s), (1 - e / s) n and -f / s n
_SHARES = (
    (np.negative, "x", "u"),
    (np.negative, "y", "v"),
    (np.exp, "u", "e"),
    (np.exp, "v", "f"),
    (np.add, "ef", "s"),
)
_RATIO_LOSS = Tape("xy", *_SHARES, (np.log, "s", "l"), (np.add, "xl", "r"))
_NEAR_SLOPE = Tape("xyn", *_SHARES, (np.divide, "es", "e"), (np.subtract, (1, "e"), "e"), (np.multiply, "en", "r"))
_FAR_SLOPE = Tape("xyn", *_SHARES, (np.negative, "f", "f"), (np.divide, "fs", "f"), (np.multiply, "fn", "r"))
_SAME = Tape("x", (np.add, ("x", 0), "r"))


def _pair(criterion: Criterion, input: Any, gradients: bool = True) -> tuple[Any, Any]:
    """The two tensors of an input, of one floating type and with the same number of elements."""
    if not utils.is_table(input):
        raise SizeError("Invalid number of inputs: a table of two tensors expected")
    a, b = checks.two(input)
    buffers = dict(zip(("gradInput 1", "gradInput 2"), criterion.gradInput, strict=True)) if gradients else {}
    checks.same_type(a, **{"element 2": b}, **buffers)
    if count(a._size) != count(b._size):
        raise different_number("element 1", a._size, "element 2", b._size)
    if not a._size:
        raise SizeError("non-empty input expected")
    return a, b


def _is_apart(target: Any) -> bool:
    """Whether a target is the number -1, which a tensor never is."""
    return not isinstance(target, Core) and bool(checks.number("target", target) == -1)


@registry.register("nn.L1HingeEmbeddingCriterion")
class L1HingeEmbeddingCriterion(Criterion):
    """The L1 distance d of two vectors where the target is 1, max(0, margin - d) where it is -1.

    Input: {a, b}, tensors with the same number of elements. Target: 1 or -1. The gradient where a = b is 1 or -1, drawn
    at random. Torch7 quirk: a tensor as target, which Lua never finds equal to a number, means 1 whatever it holds.
    """

    def __init__(self, margin: float | None = None) -> None:
        super().__init__()
        self.margin = 1 if margin is None else margin
        self.gradInput = [Tensor(), Tensor()]

    @silent
    def updateOutput(self, input: Any, y: Any, *_: Any) -> Any:
        """The loss."""
        distance = self._distance(input)
        self.output = max(0.0, self.margin - distance) if _is_apart(y) else distance
        return self.output

    @silent
    def updateGradInput(self, input: Any, y: Any, *_: Any) -> Any:
        """The signs of a - b and their opposites, by the sign of the target; 0 beyond the margin."""
        apart, distance, pair = _is_apart(y), self._distance(input), _pair(self, input)
        a, b = (element.array.reshape(-1) for element in pair)
        for_a, for_b = (
            checks.refilled(buffer, element._size).reshape(-1)
            for buffer, element in zip(self.gradInput, pair, strict=True)
        )
        fill(for_a, _SIGN, a, b)
        nowhere = ~(np.abs(for_a) > 0)
        drawn = np.count_nonzero(nowhere)
        if drawn:
            for_a[nowhere] = 2 * LongTensor(drawn).random(2).array - 3
        if apart and distance > self.margin:
            parallel.fill(for_a, 0)
        elif apart:
            fill(for_a, np.negative, for_a)
        fill(for_b, np.subtract, 0, for_a)
        return self.gradInput

    def _distance(self, input: Any) -> float:
        a, b = _pair(self, input)
        return total(DISTANCES[1], a.array, b.array.reshape(a._size))


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

    @silent
    def updateOutput(self, input: Any, y: Any, *_: Any) -> Any:
        """The loss."""
        a, b, y, norm = self._read(input, y)
        losses = self._losses(cosines.forward(self, input[0], a, b), y)
        utils.buffers(self, input[0], "_outputs")
        self._idx = ByteTensor() if self._idx is None else self._idx
        checks.refilled(self._outputs, (len(a),))[...] = losses[:, 0]
        self.output = float(norm * np.sum(losses))
        return self.output

    @silent
    def updateGradInput(self, input: Any, y: Any, *_: Any) -> Any:
        """The derivative with respect to a and to b."""
        a, b, y, norm = self._read(input, y)
        if self._outputs is None or self._outputs._size != (len(a),):
            raise nil_field("_outputs")
        sign = np.where(y == 1, -norm, norm) * (self._outputs.array[:, None] > 0)
        size = input[0]._size
        buffers = [checks.refilled(buffer, size).reshape(a.shape) for buffer in self.gradInput]
        cosines.backward(self, a, b, sign, *buffers)
        return self.gradInput

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors to the type of that name, but the one of bytes; returns the criterion."""
        super().type(type, tensorCache)
        self._idx = ByteTensor()
        return self

    def _losses(self, cosine: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.where(y == 1, 1 - cosine, np.where(y == -1, np.fmax(cosine - self.margin, 0), cosine))

    def _read(self, input: Any, y: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """Both inputs as matrices, the targets as a column, and the factor of both results."""
        a, b = _pair(self, input)
        if a._size != b._size or a.dim() > 2:
            raise SizeError(f"two vectors or two matrices expected, got {sizes(a._size)} and {sizes(b._size)}")
        rows = a.array.reshape(-1, a._size[-1])
        targets = y.array if isinstance(y, Core) else np.array([checks.number("target", y)], rows.dtype)
        if targets.size != len(rows):
            raise SizeError(f"{len(rows)} targets expected, got {targets.size}")
        if not isinstance(y, Core):
            self._y = type(a).wrap(targets)
        targets = targets.reshape(-1, 1)
        return rows, b.array.reshape(rows.shape), targets, 1 / len(targets) if self.sizeAverage else 1


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

    def updateOutput(self, input: Any, y: Any, *_: Any) -> Any:
        """The loss."""
        a, b, y, norm = self._read(input, y)
        if isinstance(y, np.ndarray):
            utils.buffers(self, input[0], "_output", "mask")
        self.output = total(_MISSED, a, b, y, self.margin) * norm
        return self.output

    def updateGradInput(self, input: Any, y: Any, *_: Any) -> Any:
        """-y for a and y for b where the order is not kept by the margin, else 0."""
        a, b, y, norm = self._read(input, y)
        if isinstance(y, np.ndarray):
            utils.buffers(self, input[0], "dist", "mask")
        for_a, for_b = (checks.refilled(buffer, a.shape) for buffer in self.gradInput)
        fill(for_b, _MISSED_SLOPE, a, b, y, self.margin, norm)
        fill(for_a, np.negative, for_b)
        return self.gradInput

    def _read(self, input: Any, y: Any) -> tuple[np.ndarray, np.ndarray, Any, float]:
        """Both inputs, the targets and the factor of both results; the first elements where the target is a number."""
        a, b = _pair(self, input)
        if not isinstance(y, Core):
            return a.array.reshape(-1)[:1], b.array.reshape(-1)[:1], checks.number("target", y), 1
        checks.same_type(a, target=y)
        if count(y._size) != count(a._size):
            raise different_number("input", a._size, "target", y._size)
        norm = 1 / y._size[0] if self.sizeAverage else 1
        return a.array, b.array.reshape(a._size), y.array.reshape(a._size), norm


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

    def updateOutput(self, input: Any, target: Any = None, *_: Any) -> Any:
        """The loss; the field `loss` has the one of each pair."""
        x, y, norm = self._read(input)
        self.loss = type(input[0]).empty() if self.loss is None else self.loss
        loss = checks.refilled(self.loss, x.shape)
        fill(loss, _RATIO_LOSS, x, y)
        return norm * total(_SAME, loss)

    def updateGradInput(self, input: Any, target: Any = None, *_: Any) -> Any:
        """{dX, dY}, which are fields too: 1 - exp(-X) / s and -exp(-Y) / s where s = exp(-X) + exp(-Y)."""
        x, y, norm = self._read(input)
        if self.dX is None:
            self.dX, self.dY = type(input[0]).empty(), type(input[0]).empty()
        fill(checks.refilled(self.dX, x.shape), _NEAR_SLOPE, x, y, norm)
        fill(checks.refilled(self.dY, x.shape), _FAR_SLOPE, x, y, norm)
        return [self.dX, self.dY]

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert to the type of that name; the buffers are made anew."""
        if type is not None:
            self.loss = self.dX = self.dY = None
        return super().type(type, tensorCache)

    def _read(self, input: Any) -> tuple[np.ndarray, np.ndarray, float]:
        a, b = _pair(self, input, gradients=False)
        if len(input) != 2:
            raise SizeError(f"Invalid number of inputs: two tensors expected, got {len(input)}")
        if a._size[0] != b._size[0]:
            raise SizeError(f"Invalid distances' size: {sizes(a._size)} and {sizes(b._size)}")
        return a.array, b.array.reshape(a._size), 1 / a._size[0] if self.sizeAverage else 1
