"""The functions that recorded optimizers minimise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn.regression.scope import PYTHON, Language


class Problem:
    """A function of x and its gradient; `x` is the start, and `calls` and `gradient` are those of the last evaluation.

    The gradient is always the same tensor unless `fresh` is set: then every evaluation returns a new one.
    """

    def __init__(self, data: dict[str, Any], typename: str, fresh: bool, language: Language = PYTHON) -> None:
        self.calls = 0
        self.gradient: Any = None
        self._fresh = fresh
        self.x = data["x0"].type(typename).clone()
        self._buffer = self.x.clone().zero()
        self._compute: Callable[[Any], float]
        if data["kind"] == "rosenbrock":
            self._compute = self._rosenbrock
        elif data["kind"] in ("quadratic", "quartic"):
            self._matrix, self._vector = (data[key].type(typename).array for key in "Ab")
            self._quartic = data["kind"] == "quartic"
            self._compute = self._polynomial
        else:
            self._compute = self._network(data, typename, language)

    def __call__(self, x: Any, *_: Any) -> tuple[float, Any]:
        """The value and the gradient."""
        self.calls += 1
        value = self._compute(x)
        self.gradient = self._buffer.clone() if self._fresh else self._buffer
        return value, self.gradient

    def _rosenbrock(self, x: Any) -> float:
        v = x.array.astype(np.float64)
        a, b = v[1:] - v[:-1] ** 2, 1 - v[:-1]
        g = np.zeros_like(v)
        g[:-1] -= 400 * a * v[:-1] + 2 * b
        g[1:] += 200 * a
        self._buffer.array[...] = g
        return float((100 * a * a + b * b).sum())

    def _polynomial(self, x: Any) -> float:
        flat = x.array.reshape(-1)
        product = self._matrix @ flat
        value = 0.5 * float(flat @ product) - float(self._vector @ flat)
        gradient = product - self._vector
        if self._quartic:
            value += 0.25 * float((flat**4).sum())
            # As Torch7 has it: the last bit of a power decides where a search on a minimum ends.
            gradient += flat * flat * flat
        self._buffer.array.reshape(-1)[...] = gradient
        return value

    def _network(self, data: dict[str, Any], typename: str, language: Language) -> Callable[[Any], float]:
        program = language.program()
        net = program.evaluate(language.text(data)).type(typename)
        criterion = program.evaluate(data["criterion"]).type(typename)
        sample, target = data["input"].type(typename), data["target"].type(typename)
        parameters, self._buffer = net.getParameters()
        parameters.copy(self.x)
        self.x = parameters

        def compute(x: Any) -> float:
            if x is not parameters:
                parameters.copy(x)
            self._buffer.zero()
            output = net.forward(sample)
            value = criterion.forward(output, target)
            net.backward(sample, criterion.backward(output, target))
            return float(value)

        return compute


class Lasso:
    """|Ax - b|^2 / 2, the smooth part, and lambda |x|_1; `x` is the start."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.x = data["x0"].clone()
        self._matrix, self._vector, self._lambda = data["A"].array, data["b"].array, data["lambda"]

    def smooth(self, x: Any, mode: str | None = None) -> Any:
        """The smooth part; with mode 'dx' also its gradient."""
        rest = self._matrix @ x.array - self._vector
        value = 0.5 * float(rest @ rest)
        return (value, type(x).wrap(self._matrix.T @ rest)) if mode == "dx" else value

    def norm(self, x: Any) -> float:
        """The other part."""
        return float(self._lambda * np.abs(x.array).sum())

    def shrink(self, x: Any, L: float) -> None:
        """Move the elements of x towards zero by lambda / L, but not beyond."""
        size = np.abs(x.array)
        x.array[...] *= np.maximum(size - self._lambda / L, 0) / (size + 1e-300)
