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
