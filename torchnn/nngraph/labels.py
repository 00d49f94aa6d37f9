"""What drawings and messages say about a node's data."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from torchnn import torch
from torchnn.nn import utils

# Not shown: the id is in the name of the node, and annotations are attributes of the drawing.
_HIDDEN = ("forwardNodeId", "annotations")


def label(data: dict[str, Any]) -> str:
    r"""The description, then the fields by name; line breaks are Graphviz's `\n` and `\l`."""
    lines = []
    for key in sorted(data):
        value = data[key]
        if key in _HIDDEN or value is None or (key == "mapindex" and len(value) < 2):
            continue
        lines.append(f"{key} = {_sources(value) if key == 'mapindex' else _described(value)}")
    description = data["annotations"].get("description")
    return ("" if description is None else f"desc = {description}\\n") + "\\l".join(lines)


def _sources(mapindex: Any) -> str:
    return "{" + ",".join(f"Node{source.get('forwardNodeId', '')}" for source in mapindex) + "}"


def _described(value: Any) -> str:
    if value is None or value is False:
        return ""
    if torch.isTensor(value):
        name = "Tensor" if value.type() == torch.getdefaulttensortype() else value.type()
        return f"{name}[{'x'.join(map(str, value.shape if value.nElement() else ()))}]{_flag(value)}"
    if utils.is_table(value):
        # Of a dict only what Lua would count, and a dict's keys here are names or nodes.
        return "{" + ("" if hasattr(value, "keys") else ",".join(map(_described, value))) + "}"
    if isinstance(value, numbers.Real):
        return f"{value:.14g}"
    return str(value).replace("\n", "\\l")


def _flag(tensor: Any) -> str:
    """Whether a tensor has elements that are no numbers, or infinite."""
    array = tensor.array
    if not array.size or array.dtype.kind != "f":
        return ""
    if np.isnan(array).any():
        return "NaN"
    if array.max() == np.inf:
        return "inf"
    return "-inf" if array.min() == -np.inf else ""
