"""Torch7's package `graph`: directed graphs, their orders and their pictures."""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.graph.drawing import dot as dot
from torchnn.graph.drawing import graphvizFile as graphvizFile
from torchnn.graph.drawing import graphvizLayout as graphvizLayout
from torchnn.graph.graph import Edge as Edge
from torchnn.graph.graph import Graph as Graph
from torchnn.graph.node import Node as Node


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no graph.{name}", f"graph.{name}")
