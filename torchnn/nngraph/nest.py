"""`nngraph.nest`: nodes whose outputs are nested tables."""

from __future__ import annotations

from typing import Any

from torchnn import nn
from torchnn.errors import ArgumentError
from torchnn.nn import utils
from torchnn.nngraph.modules import JustTable
from torchnn.nngraph.node import Node, connect


def nest(*structure: Any) -> Node:
    """A node whose output is a table, nested like a list of nodes: `nest([a, [b], [c, a]])`.

    A node stays as it is. Raises for empty lists and for anything else.
    """
    if len(structure) > 1:
        raise ArgumentError("Use {input1, input2} to pass multiple inputs.")
    if not structure or structure[0] is None:
        raise ArgumentError("Pass an input.")
    return _nest(structure[0])


def _nest(value: Any) -> Node:
    if isinstance(value, Node):
        return value
    if not utils.is_table(value) or not len(value):
        raise ArgumentError(f"what is this in the nest input? {value}")
    parts = [_nest(part) for part in value]
    return connect(JustTable() if len(parts) == 1 else nn.Identity(), parts)
