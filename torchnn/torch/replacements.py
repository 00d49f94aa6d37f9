"""What compiled calls do in place of an implementation where there are few elements; see `torch/native`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Replacement:
    """What is done in place of an implementation, which has it as its `few`."""

    def of(self, implementation: Any) -> Any:
        """The implementation, in place of which this is done; also its decorator."""
        implementation.few = self
        return implementation


@dataclass(frozen=True)
class NamedReplacement(Replacement):
    """A replacement that has a name, and the letters of the operands of the implementation."""

    way: str
    operands: str = "x"


@dataclass(frozen=True)
class FewFactored(Replacement):
    """What is done in place of a factorisation: its name, how many results are given, and the words of its parameters.

    These are tensors, `T`, and options of two letters, `(N|V)=N`.
    """

    way: str
    results: int
    words: tuple[str, ...]

    @property
    def matrices(self) -> int:
        """How many tensors there are, which come first."""
        return self.words.count("T")

    @property
    def options(self) -> list[str]:
        """The letters of each option, of which the usual one comes first."""
        found = [(word[-1], word[1], word[3]) for word in self.words if word.startswith("(")]
        return [usual + (second if usual == first else first) for usual, first, second in found]
