"""What calling a module or a criterion means.

It computes, until the package `nngraph` is imported: from then on it makes a node of a graph, as in Torch7.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError

Maker = Callable[..., Any]

# Called with the module or criterion and the arguments of the call; None: calls compute.
maker: Maker | None = None


@contextlib.contextmanager
def meaning(temporary: Maker | None) -> Iterator[None]:
    """Within the block, calling a module or a criterion runs that function; None lets calls compute."""
    global maker
    before, maker = maker, temporary
    try:
        yield
    finally:
        maker = before


def connect(module: Any, *inputs: Any) -> Any:
    """The node that an operator makes of a module and what feeds it."""
    if maker is None:
        raise ArgumentError(f"attempt to perform arithmetic on a {registry.typename(module)} without nngraph")
    return maker(module, *inputs)
