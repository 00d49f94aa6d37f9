"""Counts of predicted against true classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn import registry, torch
from torchnn.errors import ArgumentError, RangeError, SizeError
from torchnn.optim import rendering
from torchnn.torch import text
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import integer, is_number


@registry.register("optim.ConfusionMatrix")
class ConfusionMatrix:
    """`optim.ConfusionMatrix(nclasses [, classes])` or `optim.ConfusionMatrix(classes)`.

    Rows are targets, columns predictions; classes count from 1, and samples whose target is below 1 are ignored.

    mat: LongTensor of nclasses x nclasses, the counts.
    valids, unionvalids: FloatTensors of nclasses: the correct share of each row, and of each row and column together
        (intersection over union, the measure of PASCAL VOC). They and the fields below are set by `updateValids`.
    totalValid: the correct share of all samples.
    averageValid, averageUnionValid: means over the classes that have samples; the second is None at first.
    """

    mat: Any
    valids: Any
    unionvalids: Any
    averageUnionValid: float | None = None

    def __init__(self, nclasses: int | Sequence[str], classes: Sequence[str] | None = None) -> None:
        if not is_number(nclasses):
            nclasses, classes = len(_names(nclasses)), nclasses
        nclasses = integer(nclasses)
        if nclasses < 1:
            raise SizeError(f"a confusion matrix needs at least one class, got {nclasses}")
        self.mat = torch.LongTensor(nclasses, nclasses).zero()
        self.valids = torch.FloatTensor(nclasses).zero()
        self.unionvalids = torch.FloatTensor(nclasses).zero()
        self.nclasses = nclasses
        self.totalValid: float = 0
        self.averageValid: float = 0
        self.classes = [] if classes is None else _names(classes)
        # Torch7's own buffers: it needs them in a file.
        self._mat_flat = self.mat.view(-1)
        self._target = torch.FloatTensor()
        self._prediction = torch.FloatTensor()
        self._max = torch.FloatTensor()
        self._pred_idx = torch.LongTensor()
        self._targ_idx = torch.LongTensor()

    def add(self, prediction: Any, target: Any) -> None:
        """Count one sample: each argument a class, or a vector of scores whose maximum is the class."""
        self._count([self._class(prediction)], [self._class(target)])

    def batchAdd(self, predictions: Any, targets: Any) -> None:
        """Count a batch: each argument N or N x 1 classes, or N x nclasses scores."""
        predicted = self._classes(predictions, "predictions")
        true = self._classes(targets, "targets")
        if len(predicted) != len(true):
            raise SizeError(f"as many targets as predictions expected, got {len(true)} and {len(predicted)}")
        self._count(predicted, true)

    @staticmethod
    def _class(value: Any) -> int:
        if is_number(value):
            return integer(value)
        scores = _array(value)
        if scores.ndim != 1 or not scores.size:
            raise SizeError(f"a class or a vector of scores expected, got {scores.ndim} dimensions")
        return int(np.argmax(scores.astype(np.float32))) + 1

    @staticmethod
    def _classes(values: Any, name: str) -> np.ndarray:
        array = _array(values)
        if array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1):
            if not np.isfinite(array).all():
                raise SizeError(f"{name}: labels are whole numbers")
            return array.reshape(-1).astype(np.int64)
        if array.ndim != 2:
            raise SizeError(f"{name} has invalid number of dimensions")
        # Torch7 looks for the maximum in single precision, which decides between nearly equal scores.
        return np.argmax(array.astype(np.float32), axis=1) + 1

    def _count(self, predicted: Any, true: Any) -> None:
        rows, columns = np.asarray(true), np.asarray(predicted)
        kept = rows >= 1
        rows, columns = rows[kept], columns[kept]
        n = self.nclasses
        for what, labels in (("target", rows), ("prediction", columns)):
            if labels.size and not (1 <= labels.min() and labels.max() <= n):
                raise RangeError(f"{what} {labels[(labels < 1) | (labels > n)][0]} is out of range of {n} classes")
        counts = np.bincount((rows - 1) * n + columns - 1, minlength=n * n)
        self.mat.array[...] += counts.reshape(n, n).astype(self.mat.dtype)

    def zero(self) -> None:
        """Forget all counts."""
        self.mat.zero()
        self.valids.zero()
        self.unionvalids.zero()
        self.totalValid = 0
        self.averageValid = 0

    def updateValids(self) -> None:
        """Compute the shares from the counts; a class without samples has NaN."""
        mat = self.mat.array.astype(np.float64)
        right, rows, columns = mat.diagonal(), mat.sum(1), mat.sum(0)
        with np.errstate(invalid="ignore", divide="ignore"):
            self.valids.array[...] = right / rows
            self.unionvalids.array[...] = right / (rows + columns - right)
        total = mat.sum()
        self.totalValid = float(right.sum() / total) if total else math.nan
        valids, unions = self.valids.array.astype(np.float64), self.unionvalids.array.astype(np.float64)
        seen = ~np.isnan(valids)
        self.averageValid = _mean(valids[seen])
        self.averageUnionValid = _mean(unions[seen & ~np.isnan(unions)])

    def farFrr(self) -> tuple[Any, Any, Any, Any]:
        """False rejection and false acceptance rates.

        Returns four DoubleTensors: for each class the rejection rate (1 - its correct share) and the acceptance rate
        (the mean over the other classes of the share that was taken for it), -1 for a class without samples; then
        both again without those classes.
        """
        mat = self.mat.array.astype(np.float64)
        rows = mat.sum(1)
        seen = rows > 0
        shares = mat[seen] / rows[seen, None]
        own = shares[:, seen].diagonal()
        with np.errstate(invalid="ignore", divide="ignore"):
            accepted = (shares[:, seen].sum(0) - own) / (seen.sum() - 1)
        rejected = 1 - own
        full = np.full((2, self.nclasses), -1.0)
        full[0, seen], full[1, seen] = rejected, accepted
        rates = (full[0], full[1], rejected, accepted)
        return tuple(torch.from_numpy(np.ascontiguousarray(rate)) for rate in rates)  # type: ignore[return-value]

    def render(
        self,
        sortmode: str | None = None,
        display: bool | None = None,
        block: int | None = None,
        legendwidth: int | None = None,
    ) -> Any:
        """Draw the matrix: shades are shares of the rows, and a legend has the classes and how frequent they are.

        sortmode: 'score' (by the diagonal's shares, the default) or 'occurrence' (by frequency).
        display: print the accuracies, which Torch7 shows in a window's title. block: side of a cell, 25 pixels.
        legendwidth: 200 pixels.

        Returns a ByteTensor of 3 x H x W, H = nclasses block, W = H + legendwidth. Needs matplotlib
        (`pip install torchnn[plot]`). Raises SizeError for another sort mode, and for a block below 1.
        """
        names = [self.classes[i] if i < len(self.classes) else str(i + 1) for i in range(self.nclasses)]
        picture, title = rendering.render(
            self.mat.array.astype(np.float64),
            names,
            "score" if sortmode is None else sortmode,
            25 if block is None else integer(block),
            200 if legendwidth is None else integer(legendwidth),
        )
        if display:
            text.lua_print(title)
        return torch.ByteTensor.wrap(np.ascontiguousarray(np.moveaxis(picture, -1, 0)))

    def __tostring__(self) -> str:
        self.updateValids()
        mat, n = self.mat.array.astype(np.int64), self.nclasses  # in old files they are floats
        largest = int(mat.max())
        width = max(8, 1 + math.ceil(math.log10(largest))) if largest > 0 else 8
        lines = ["ConfusionMatrix:"]
        for i in range(n):
            opening = "[[" if i == 0 else " ["
            closing = "]]  " if i == n - 1 else "]   "
            name = f"\t[class: {self.classes[i] if i < len(self.classes) else ''}]" if self.classes else ""
            counts = "".join(f"{c:{width}d}" for c in mat[i].tolist())
            lines.append(f"{opening}{counts}{closing}{self.valids.array[i] * 100:2.3f}% {name}")
        lines.append(f" + average row correct: {text.number(self.averageValid * 100)}% ")
        lines.append(f" + average rowUcol correct (VOC measure): {text.number(self.averageUnionValid * 100)}% ")
        lines.append(f" + global correct: {text.number(self.totalValid * 100)}%")
        return "\n".join(lines)

    __repr__ = __str__ = __tostring__


def _names(classes: Any) -> list[Any]:
    """The names of classes as a list."""
    if isinstance(classes, (str, bytes)) or not hasattr(classes, "__len__") or not hasattr(classes, "__iter__"):
        raise ArgumentError(f"a number of classes or a table of names expected, got {type_word(classes)}")
    return list(classes)


def _array(values: Any) -> np.ndarray:
    """Labels or scores as an array, from a tensor, an array or a list."""
    return values.array if torch.isTensor(values) else torch.DoubleTensor.from_any(values).array


def _mean(values: np.ndarray) -> float:
    return float(values.sum() / values.size) if values.size else math.nan
