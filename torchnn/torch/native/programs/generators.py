"""Programs of compiled calls about states of generators; see `actions/generators.py` for what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from torchnn import kernels
from torchnn.torch import generator, types
from torchnn.torch.generator import FewOfState, Generator
from torchnn.torch.known import Plan, Source
from torchnn.torch.native.actions import generators as compiled
from torchnn.torch.native.callables import address
from torchnn.torch.native.programs.given import into


def argument_of(given: Source, kinds: Sequence[Any]) -> int | None:
    """The argument that is a generator, -1 where the global one is meant; None where Python has to be asked."""
    if isinstance(given, tuple):
        return -1
    return given if kinds[given] is Generator else None


def program_of_state(few: FewOfState, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program that gives a state or takes one; None where there is none for arguments of these types."""
    given, saved = plan.sources
    argument, own = argument_of(given, kinds), types.TENSORS[types.BYTE]
    if argument is None or (isinstance(saved, int) and kinds[saved] is not own):
        return None
    action = compiled.set_state if few.takes else compiled.get_state
    head = [address(action), generator.default().state.ctypes.data, argument, saved if isinstance(saved, int) else -1]
    program = np.array([*head, id(own), id(types.BYTE.dtype), kernels.random.N], np.int64)
    return into(program, [(saved, False, 0)]) if isinstance(saved, int) and not few.takes else program
