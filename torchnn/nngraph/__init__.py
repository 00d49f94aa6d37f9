"""Torch7's package `nngraph`: modules connected as a graph.

    x = nn.Identity()()
    h = nn.Tanh()(nn.Linear(3, 4)(x))
    g = nn.gModule([x], [h, nn.Linear(4, 2)(h)])

Once it is imported, which reading a graph from a file does too, calling a module makes a node, as in Torch7:
`module()` an input, `module(node)` and `module([node, ...])` one that they feed; `-module`, `node - module` and
`[node, ...] - module` are the same. `forward` computes.
"""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.nn import calls
from torchnn.nngraph import simple_print as simple_print
from torchnn.nngraph.gmodule import gModule as gModule
from torchnn.nngraph.inspecting import annotateNodes as annotateNodes
from torchnn.nngraph.inspecting import display as display
from torchnn.nngraph.inspecting import setDebug as setDebug
from torchnn.nngraph.modules import JustElement as JustElement
from torchnn.nngraph.modules import JustTable as JustTable
from torchnn.nngraph.modules import ModuleFromCriterion as ModuleFromCriterion
from torchnn.nngraph.nest import nest as nest
from torchnn.nngraph.node import Node as Node
from torchnn.nngraph.node import connect as connect

calls.maker = connect


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no nngraph.{name}", f"nngraph.{name}")
