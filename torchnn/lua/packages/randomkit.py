"""What the package `randomkit` of Lua needs of Python: numpy's first generator, which came from the same C code.

Torch7's package draws words from torch's own generator. So numpy's is given the state of that before it draws, and the
state it has then is given back; only a normal number that waits belongs to randomkit. Source: Roy, RandomKit 1.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from torchnn.errors import ArgumentError, SizeError, TorchError
from torchnn.torch import generator, types
from torchnn.torch.core import Core
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import is_number

WORDS = 624
Draw = Callable[..., Any]

# Numpy's names where they differ, and how many parameters a function takes, of which the first may be whole numbers.
NAMES = {"gauss": "standard_normal", "double": "random_sample"}
PARAMETERS = {
    0: "gauss double random_sample standard_normal standard_exponential standard_cauchy".split(),
    1: "exponential standard_gamma chisquare poisson standard_t pareto weibull power rayleigh zipf geometric".split()
    + ["logseries"],
    2: "normal uniform gamma beta noncentral_chisquare f binomial negative_binomial vonmises laplace gumbel".split()
    + ["logistic", "lognormal", "wald"],
    3: "noncentral_f hypergeometric triangular".split(),
}
WHOLE = {"binomial": 1, "hypergeometric": 3}

# Where the results, of tensors, are whole: a mistake of Torch7's package in the case of `uniform`.
OF_INTEGERS = frozenset(("randint", "uniform"))


def members(runtime: Any) -> dict[str, Any]:
    """The functions that randomkit.lua is given."""
    kit = Kit()
    functions = {
        name: kit.function(name, kit.drawing(NAMES.get(name, name), WHOLE.get(name, 0)), count)
        for count, names in PARAMETERS.items()
        for name in names
    }
    functions["interval"] = kit.function("interval", kit.interval, 1)
    functions["randint"] = kit.function("randint", kit.randint, 2)
    functions["random"] = kit.function("random", lambda size: kit.below(2**32, size), 0)
    return {
        "functions": functions,
        "bytes": kit.bytes,
        "forget": kit.forget,
        "state": kit.state,
        "restore": kit.restore,
    }


class Kit:
    """Numpy's generator, on the state of torch's."""

    def __init__(self) -> None:
        self._numpy = np.random.RandomState(0)
        self._waiting = (0, 0.0)

    # ------------------------------------------------------------------ the state

    def forget(self) -> None:
        """Drop the normal number that waits, as seeding does."""
        self._waiting = (0, 0.0)

    def state(self) -> dict[str, float]:
        """The normal number that waits, if one does."""
        return {"waits": self._waiting[0], "number": self._waiting[1]}

    def restore(self, state: Mapping[str, float]) -> None:
        """Take over such a state."""
        self._waiting = (int(state["waits"]), float(state["number"]))

    def drawn(self, draw: Draw, *parameters: Any) -> Any:
        """What a function of numpy's generator draws from torch's."""
        state = generator.default().state[0]
        # Right after seeding no words are there yet: the next one is the first of new ones.
        position = WORDS if state["left"] == 1 else int(state["next"])
        self._numpy.set_state(("MT19937", state["words"].astype(np.uint32), position, *self._waiting))
        try:
            found = draw(*parameters)
        except (ValueError, OverflowError) as error:
            raise SizeError(f"randomkit: {error}") from None
        _, words, after, *waiting = self._numpy.get_state()
        self._waiting = (int(waiting[0]), float(waiting[1]))
        if after != position or (words != state["words"]).any():
            state["words"], state["next"], state["left"] = words, after, WORDS + 1 - after
        return found

    # ------------------------------------------------------------------ what is drawn

    def drawing(self, name: str, whole: int) -> Draw:
        """A function (parameters, size) of numpy's, whose first parameters are whole numbers."""
        draw = getattr(self._numpy, name)

        def drawn(*arguments: Any) -> Any:
            *parameters, size = arguments
            for i in range(whole):
                parameters[i] = np.trunc(parameters[i]).astype(np.int64)
            return draw(*parameters, size)

        return drawn

    def below(self, count: int, size: int | None) -> Any:
        """Whole numbers from 0 to count - 1, as doubles have them."""
        return self._numpy.randint(0, count, size, np.int64)

    def interval(self, largest: Any, size: int | None) -> Any:
        """Whole numbers from 0 to the largest one."""
        return self.randint(0, largest, size)

    def randint(self, low: Any, high: Any, size: int | None) -> Any:
        """Whole numbers from `low` to `high`, both included."""
        low, high = (np.trunc(value).astype(np.int64) for value in (low, high))
        return low + self._numpy.randint(0, high - low + 1, size, np.int64)

    def bytes(self, result: Any) -> Any:
        """Fill a ByteTensor with bytes."""
        if not isinstance(result, Core) or result.element is not types.BYTE:
            raise ArgumentError("randomkit.bytes() can only store into a ByteTensor!")
        drawn = np.frombuffer(self.drawn(self._numpy.bytes, result.nElement()), np.uint8)
        result.array[...] = drawn.reshape(result.array.shape)
        return result

    def function(self, name: str, draw: Draw, count: int) -> Callable[..., Any]:
        """The function of the package: `f([result,] parameters)`, whose parameters are numbers or tensors.

        Numbers alone give a number.
        """

        @np.errstate(invalid="ignore")
        def called(*arguments: Any) -> Any:
            if len(arguments) not in (count, count + 1):
                raise ArgumentError(
                    f"randomkit.{name}: need {count} arguments and optionally, one result tensor, "
                    f"instead got {len(arguments)} arguments"
                )
            parameters = arguments[len(arguments) - count :]
            result = arguments[0] if len(arguments) > count else None
            if result is None and not any(isinstance(value, Core) for value in parameters):
                return self.drawn(draw, *map(_number, parameters), None)
            return self._filled(name, draw, result, parameters)

        return called

    def _filled(self, name: str, draw: Draw, result: Any, parameters: tuple[Any, ...]) -> Any:
        if result is not None and not isinstance(result, Core):
            raise ArgumentError(f"randomkit.{name}: Invalid type {type_word(result)} for result")
        if result is not None and not result.isContiguous():
            raise TorchError(f"randomkit.{name}: only contiguous tensors can be filled")
        values = [v.contiguous().array.ravel() if isinstance(v, Core) else _number(v) for v in parameters]
        counts = {value.size for value in values if value.size != 1}
        size = result.nElement() if result is not None else max(counts, default=1)
        if counts - {size}:
            raise SizeError(f"randomkit.{name}: Parameter size ({counts.pop()}) does not match result size ({size})")
        if result is None:
            result = types.TENSORS[types.INT if name in OF_INTEGERS else types.DOUBLE].empty((size,))
        drawn = np.asarray(self.drawn(draw, *values, size)).astype(result.array.dtype)
        result.array[...] = drawn.reshape(result.array.shape)
        return result


def _number(value: Any) -> Any:
    if not is_number(value):
        raise ArgumentError(f"randomkit: number or tensor expected, got {type_word(value)}")
    return np.float64(value)
