"""Records of `graph` and `nngraph`: graphs of modules, their failures and methods, and graphs of names."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

from torchnn import nn, torch
from torchnn.errors import TorchError
from torchnn.regression import failures, modules, scope
from torchnn.regression.compare import Comparison
from torchnn.regression.records import Record
from torchnn.regression.scope import Language

Same = Callable[..., None]

# Where in a file of Lua an error was raised.
_POSITION = re.compile(r"^\S+\.lua:\d+: ")


def build(fields: dict[str, Any], language: Language) -> Any:
    """The graph that a record's text makes, None where it makes none."""
    language.start(fields, fields.get("type"))
    program = language.program(graph=language.member("graph"), nngraph=language.member("nngraph"))
    made = program.execute(language.text(fields))
    if made is not None:
        program.set("g", made)
    setup = language.text(fields, "setup")
    if setup is not None:
        program.execute(setup)
    return program.get("g")


# ---------------------------------------------------------------------- graphs of modules


def replay(record: Record, comparison: Comparison, language: Language) -> None:
    """Replay a graph as its text makes it, clones of it in both precisions, then the one that was saved."""
    fields = record.fields
    with language.connecting():
        g = build(fields, language)
        fresh = g.clone()
        for prefix, one in (("", g), ("saved: ", language.copy(fields.get("module")))):
            if one is not None:
                _structure(prefix, one, fields, comparison)
                modules.run_module(prefix, one, record, comparison, language)
                _twin(prefix, one, fields, comparison, language)
                _flat(prefix, one, fields, comparison)
        _single(fresh, fields, comparison, language)


def _structure(prefix: str, g: Any, fields: dict[str, Any], comparison: Comparison) -> None:
    comparison.same(f"{prefix}modules", [torch.typename(module) for module in g.modules], fields["modules"])
    if "nodes" in fields:
        place = {node.data["forwardNodeId"]: i for i, node in enumerate(g.forwardnodes, 1)}
        backward = [place[node.data["forwardNodeId"]] for node in g.backwardnodes]
        comparison.same(f"{prefix}nodes", [_kind(g, node.data) for node in g.forwardnodes], fields["nodes"])
        comparison.same(f"{prefix}backward", backward, fields["backward"])
        comparison.same(f"{prefix}nInputs", g.nInputs, fields["nInputs"])
        comparison.same(f"{prefix}name", g.name, fields.get("name_"))


def _kind(g: Any, data: Mapping[str, Any]) -> str:
    if data["forwardNodeId"] == g.innode.data["forwardNodeId"]:
        return "input"
    if data["forwardNodeId"] == g.outnode.data["forwardNodeId"]:
        return "output"
    if data.get("module") is not None:
        return str(torch.typename(data["module"]))
    if "nSplitOutputs" in data:
        return f"split {data['nSplitOutputs']}"
    return f"select {data['selectindex']}"


def _twin(prefix: str, g: Any, fields: dict[str, Any], comparison: Comparison, language: Language) -> None:
    """A clone of what has run computes the same, and has parameters of its own."""
    twin = g.clone()
    twin.evaluate()
    torch.manualSeed(fields["steps"][2]["seed"])
    tolerances = modules.Tolerances.of_record(fields)
    output = twin.forward(language.copy(fields["steps"][2]["input"]))
    comparison.same(f"{prefix}cloneOutput", output, fields["cloneOutput"], tolerances.gradient)
    if "cloneIsIndependent" in fields:
        weight = modules.parameters(twin)[0][0].add(1)
        independent = not modules.parameters(g)[0][0].equal(weight)
        comparison.same(f"{prefix}cloneIsIndependent", independent, fields["cloneIsIndependent"])


def _flat(prefix: str, g: Any, fields: dict[str, Any], comparison: Comparison) -> None:
    if "flat" in fields:
        flat, gradient = g.getParameters()
        tolerance = modules.Tolerances.of_record(fields).gradient
        comparison.same(f"{prefix}flat", flat, fields["flat"], tolerance)
        comparison.same(f"{prefix}gradFlat", gradient, fields["gradFlat"], tolerance)


def _single(g: Any, fields: dict[str, Any], comparison: Comparison, language: Language) -> None:
    """The first step in single precision."""
    recorded = fields["float"]
    g.float()
    g.zeroGradParameters()
    tolerances = modules.Tolerances.of("torch.FloatTensor")
    modules.run_step("float: ", g, recorded[1], comparison, tolerances, language, updated=False)
    comparison.same("float: type", g.type(), recorded["typename"])


def failure(record: Record, comparison: Comparison, language: Language) -> None:
    """What must fail when it is built, or when it runs forward or back."""
    fields = record.fields

    def run() -> None:
        g = build(fields, language)
        if fields["stage"] != "build":
            g.forward(language.copy(fields["input"]))
        if fields["stage"] == "backward":
            g.backward(language.copy(fields["input"]), language.copy(fields["gradOutput"]))

    with language.connecting():
        failures.must_fail(run, fields, comparison)


def used(record: Record, comparison: Comparison, language: Language) -> None:
    """A graph that was saved after a run: it computes the same again."""
    fields = record.fields
    with language.connecting():
        g = language.copy(fields["module"])
    gradOutput = fields["module"].outnode.data["gradOutput"][0]
    tolerance = modules.Tolerances.of(g.type()).gradient
    comparison.same("output", g.forward(language.copy(fields["input"])), fields["output"], tolerance)
    gradInput = g.backward(language.copy(fields["input"]), language.copy(gradOutput))
    comparison.same("gradInput", gradInput, fields["gradInput"], tolerance)


# ---------------------------------------------------------------------- methods


def _node_names(g: Any, fields: dict[str, Any], same: Same, language: Language) -> None:
    same("plain", [node.graphNodeName() for node in g.forwardnodes], fields["plain"])
    second = g.forwardnodes[1]
    second.annotate(language.table(fields["annotations"]))
    same("annotated", [node.graphNodeName() for node in g.forwardnodes], fields["annotated"])
    same("label", second.label(), fields["label"])
    for name, value in fields["annotations"].items():
        same(name, second.data["annotations"][name], value)


def _variable_names(g: Any, fields: dict[str, Any], same: Same, language: Language) -> None:
    same("names", [node.data["annotations"].get("name", "") for node in g.forwardnodes], fields["names"])
    same("nodes", [_kind(g, node.data) for node in g.forwardnodes], fields["nodes"])


def _dot(g: Any, fields: dict[str, Any], same: Same, language: Language) -> None:
    g.forward(torch.ones(3))
    g.name = fields["tostring"]
    chunk = f"[{fields['chunk']}]"
    same("fg", g.fg.todot("title").replace(f"[{scope.FILE}]", chunk), fields["fg"])
    same("bg", g.bg.todot().replace(f"[{scope.FILE}]", chunk), fields["bg"])
    same("simple", language.member("nngraph").simple_print.todot(g.fg, "simple"), fields["simple"])
    same("tostring", str(g), fields["tostring"])


def _clear(g: Any, fields: dict[str, Any], same: Same, language: Language) -> None:
    # The parameters are not recorded.
    output = g.forward(language.copy(fields["input"])).clone()
    g.backward(language.copy(fields["input"]), output)
    same("inputsBefore", [len(node.data.get("input") or ()) for node in g.forwardnodes], fields["inputsBefore"])
    g.clearState()
    same("inputsAfter", [len(node.data.get("input") or ()) for node in g.forwardnodes], fields["inputsAfter"])
    same("outputElements", [module.output.nElement() for module in g.modules], fields["outputElements"])
    same("output", output, fields["output"], loose=True)
    same("outputAgain", g.forward(language.copy(fields["input"])), output)


def _replace(g: Any, fields: dict[str, Any], same: Same, language: Language) -> None:
    _set_parameters(g, fields)
    same("before", g.forward(language.copy(fields["input"])), fields["before"], 1e-10)
    g.replace(lambda module: nn.Sigmoid() if torch.typename(module) == "nn.Tanh" else module)
    same("after", g.forward(language.copy(fields["input"])), fields["after"], 1e-10)
    same("modules", [torch.typename(module) for module in g.modules], fields["modules"])


def _walk(g: Any, fields: dict[str, Any], same: Same, language: Language) -> None:
    visited: list[Any] = []
    g.apply(lambda module: visited.append(torch.typename(module)))
    same("visited", visited, fields["visited"])
    same("listed", [torch.typename(module) for module in g.listModules()], fields["listed"])
    same("linears", len(g.findModules("nn.Linear")[0]), fields["linears"])
    same("size", g.size(), fields["size"])
    same("third", torch.typename(g.get(3)), fields["third"])


def _clones(g: Any, fields: dict[str, Any], same: Same, language: Language) -> None:
    _set_parameters(g, fields)
    other = build(fields, language)
    _set_parameters(other, fields)
    plain, sharing = g.clone(), g.clone("weight", "bias", "gradWeight", "gradBias")
    other.share(g, "weight")
    for weight in modules.parameters(g)[0]:
        weight.add(1)
    for name, one in (("plus", g), ("plainClone", plain), ("sharingClone", sharing), ("sharesWeight", other)):
        same(name, modules.parameters(one)[0], fields[name], 1e-14)


def _modes(g: Any, fields: dict[str, Any], same: Same, language: Language) -> None:
    g.evaluate()
    same("evaluate", [g.train, g.modules[1].train], fields["evaluate"])
    g.training()
    same("training", [g.train, g.modules[1].train], fields["training"])


def _zero(g: Any, fields: dict[str, Any], same: Same, language: Language) -> None:
    x = torch.randn(2, 3)
    g.backward(x, g.forward(x))
    g.zeroGradParameters()
    same("sum", sum(abs(gradient.array).sum() for gradient in modules.parameters(g)[1]), fields["sum"])


def _verbose(g: Any, fields: dict[str, Any], same: Same, language: Language) -> None:
    g.verbose = True
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        g.forward(torch.ones(3))
    same("printed", printed.getvalue(), fields["printed"])


def _set_parameters(g: Any, fields: dict[str, Any]) -> None:
    for weight, recorded in zip(modules.parameters(g)[0], fields["params"], strict=True):
        weight.copy(recorded)


# What is recorded of a group of methods, by a field that no other group has.
_METHODS: dict[str, Callable[[Any, dict[str, Any], Same, Language], None]] = {
    "annotated": _node_names,
    "names": _variable_names,
    "simple": _dot,
    "inputsBefore": _clear,
    "after": _replace,
    "visited": _walk,
    "plainClone": _clones,
    "evaluate": _modes,
    "sum": _zero,
    "printed": _verbose,
}


def methods(record: Record, comparison: Comparison, language: Language) -> None:
    """Call a group of methods on a graph and compare what they show."""
    fields = record.fields
    with language.connecting():
        g = build(fields, language)
        for field, look in _METHODS.items():
            if field in fields:
                look(g, fields, comparison.same, language)


# ---------------------------------------------------------------------- graphs of names


def digraph(record: Record, comparison: Comparison, language: Language) -> None:
    """Build a graph of named nodes from its edges and compare what its methods give."""
    fields = record.fields
    made: dict[str, Any] = {}
    graph = language.member("graph")
    g = graph.Graph()
    for ends in fields["edges"]:
        g.add(graph.Edge(*(made.setdefault(name, graph.Node(name)) for name in ends)))
    start = made[fields["start"]]
    comparison.same("nodes", _data(g.nodes), fields["nodes"])
    comparison.same("ids", {name: node.id for name, node in made.items()}, fields["ids"])
    comparison.same("roots", _data(g.roots()), fields["roots"])
    comparison.same("leaves", _data(g.leaves()), fields["leaves"])
    comparison.same("hasCycle", g.hasCycle(), fields["hasCycle"])
    _sorted(g, fields, comparison)
    turned = _first(g.reverse())
    reversed_edges = [_data([getattr(edge, "from"), edge.to]) for edge in turned.edges]
    comparison.same("reversed", reversed_edges, fields["reversed"])
    comparison.same("reversedNodes", _data(turned.nodes), fields["reversedNodes"])
    for name, walk in (("dfs", start.dfs), ("bfs", start.bfs)):
        visited: list[Any] = []
        if name != "dfs" or not fields["hasCycle"]:
            walk(visited.append)
        comparison.same(name, _data(visited), fields[name])
    comparison.same("children", {name: _data(node.children) for name, node in made.items()}, fields["children"])
    comparison.same("todot", g.todot(fields["name"]), fields["todot"])
    comparison.same("graphOfStart", _data(start.graph().nodes), fields["graphOfStart"])


def _sorted(g: Any, fields: dict[str, Any], comparison: Comparison) -> None:
    try:
        comparison.same("topsort", _data(_first(g.topsort())), fields.get("topsort"))
    except TorchError as error:
        comparison.same("topsort", _POSITION.sub("", str(error)), fields.get("topsortFails"))


def _first(results: Any) -> Any:
    """The first of several results: in Lua there are more."""
    return results[0] if isinstance(results, tuple) else results


def _data(nodes: Any) -> list[Any]:
    return [node.data for node in nodes]
