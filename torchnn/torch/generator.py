"""Random generators: their seeds and their states. The distributions are in filling.py.

All functions take an optional `torch.Generator` first; without one they are about the global generator, which is
seeded from the operating system.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from torchnn import errors, kernels, registry
from torchnn.errors import ArgumentError, TorchError, bad_argument
from torchnn.torch import types
from torchnn.torch.core import Core
from torchnn.torch.overloads import NUMBERS, WITHOUT_TYPE, Form, Overloads, type_word
from torchnn.torch.replacements import Replacement
from torchnn.torch.sizes import integer

if TYPE_CHECKING:
    from torchnn.t7 import Reader, Writer

STATE_BYTES = 5048

# The first fields of a state: the seed, `left`, `seeded` and `next` (see `kernels.random.STATE`). numpy takes longer
# for each of them.
HEAD = struct.Struct("=qiiQ")


def is_possible(left: int, seeded: int, following: int, table: int) -> bool:
    """Whether a generator with a table of so many words can have a state that begins so; it is compiled, too."""
    is_within = 0 < left <= table and 0 <= following <= table and (left == 1 or following + left <= table + 1)
    return is_within and seeded == 1


@registry.register("torch.Generator")
class Generator:
    """A Mersenne Twister with a stream of its own, seeded from the operating system.

    `state` is an array of one record, `kernels.random.STATE`: the bytes that Torch7 saves. `number` is where kernels
    put a single number.
    """

    __slots__ = ("_word", "number", "state")

    state: np.ndarray
    number: np.ndarray
    _word: np.ndarray

    def __new__(cls) -> Generator:
        """A generator without a seed, which `read` can fill."""
        generator = object.__new__(cls)
        generator.state = np.zeros(1, kernels.random.STATE)
        generator.number = np.empty(1)
        generator._word = np.empty(1, np.uint64)
        return generator

    def __init__(self) -> None:
        self.seed(_operating_system_seed())

    def __repr__(self) -> str:
        return "torch.Generator"

    def seed(self, value: int) -> None:
        """Start anew from the low 32 bits of a whole number; a waiting normal number is dropped."""
        kernels.random.seed(self.state, np.uint64(value % 2**64))

    def word(self) -> int:
        """The next 32 bits."""
        kernels.random.words(self.state, 0, 0, self._word)
        return self._word.item()

    def units(self, count: int) -> np.ndarray:
        """The next words divided by 2^32, as a vector of doubles."""
        out = np.empty(count)
        kernels.random.fill(self.state, kernels.random.UNIFORM, 0.0, 1.0, out)
        return out

    @property
    def bytes(self) -> np.ndarray:
        """The state as bytes, sharing the memory."""
        return self.state.view(np.uint8)

    def restore(self, saved: np.ndarray) -> None:
        """Take over a saved state; errors: not 5048 bytes, or not a state that a generator can have."""
        if saved.size != STATE_BYTES:
            why = f"RNG state is wrong size: {STATE_BYTES} bytes expected, got {saved.size}"
            raise TorchError(bad_argument(1, "setRNGState", why))
        _, left, seeded, following = HEAD.unpack_from(saved.tobytes())
        if not is_possible(left, seeded, following, kernels.random.N):
            raise TorchError(bad_argument(1, "setRNGState", "Invalid RNG state"))
        self.bytes[:] = saved.reshape(-1)

    def write(self, writer: Writer) -> None:
        """Write the bytes of the state to a file."""
        writer.write_array(self.bytes)

    def read(self, reader: Reader, version: int) -> None:
        """Read the bytes of the state from a file."""
        saved = reader.read_array(types.BYTE.dtype, STATE_BYTES)
        try:
            self.restore(saved)
        except TorchError as error:
            raise reader.error(str(error)) from None


WITHOUT_TYPE.add(Generator)


def _operating_system_seed() -> int:
    """A seed that a double can hold."""
    return int.from_bytes(os.urandom(8), "little") >> 11


_shared: list[Generator] = []


def default() -> Generator:
    """The global generator, made when it is first asked for: drawing needs numba, importing must not."""
    if not _shared:
        _shared.append(Generator())
    return _shared[0]


def chosen(generator: Generator | None) -> Generator:
    """The generator that was given, or the global one."""
    if generator is None:
        return _shared[0] if _shared else default()
    if not isinstance(generator, Generator):
        raise ArgumentError(f"torch.Generator expected, got {type_word(generator)}")
    return generator


@dataclass(frozen=True)
class FewOfState(Replacement):
    """What compiled calls do in place of an implementation (gen, state): give a state, or take over a saved one."""

    takes: bool


@FewOfState(False).of
def _get_state(generator: Generator | None, r: Core | None) -> Core:
    state = chosen(generator).bytes
    if r is None:
        return types.TENSORS[types.BYTE].wrap(state.copy())
    r._resize((STATE_BYTES,)).array[...] = state
    return r


@FewOfState(True).of
def _set_state(generator: Generator | None, state: Core) -> Core:
    chosen(generator).restore(state.array)
    return state


getRNGState = Overloads(
    "getRNGState",
    NUMBERS,
    Form(_get_state, "Generator?", "*ByteTensor*?"),
    of=types.ALL,
    doc="""`torch.getRNGState([gen,] [r])` is the state as a ByteTensor of 5048 bytes.""",
)

setRNGState = Overloads(
    "setRNGState",
    NUMBERS,
    Form(_set_state, "Generator?", "ByteTensor"),
    of=types.ALL,
    doc="""`torch.setRNGState([gen,] state)` takes over a saved state and returns its argument.

    Errors: a wrong size, an invalid state.
    """,
)


def manualSeed(*args: Any) -> None:
    """`torch.manualSeed([gen,] s)` starts a generator from the low 32 bits of a number, truncated."""
    if not 1 <= len(args) <= 2:
        raise errors.invalid_arguments([type_word(value) for value in args], ["[Generator] long"])
    value = integer(args[-1])
    chosen(args[0] if len(args) == 2 else None).seed(value)


def seed(generator: Generator | None = None) -> int:
    """Start a generator from a new seed of the operating system and return that seed."""
    value = _operating_system_seed()
    chosen(generator).seed(value)
    return value


def initialSeed(generator: Generator | None = None) -> int:
    """The seed that a generator was started from."""
    return HEAD.unpack_from(chosen(generator).state)[0]
