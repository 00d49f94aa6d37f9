"""Outlines of what `.t7` files hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torchnn import registry, t7, torch
from torchnn.errors import TorchError
from torchnn.nn.module import Module
from torchnn.regression.compare import as_table

LONGEST = 72  # characters of a string that are shown
DEEPEST = 40  # levels that are indented

# What methods may raise on modules whose fields are not what they should be.
_WRONG_FIELDS = (TorchError, TypeError, ValueError, LookupError, AttributeError)


@dataclass(frozen=True)
class Entry:
    """A value in a file: its number from 1, the number of what holds it (0 for the first), and its key there.

    `shown` is the number of the entry that is the same object, where there is one before.
    """

    number: int
    parent: int
    depth: int
    key: Any
    value: Any
    shown: int | None = None


def entries(value: Any) -> Iterator[Entry]:
    """All values in a value, each before its parts; the parts of an object come once."""
    known: dict[int, int] = {}
    number = 0
    stack: list[tuple[int, int, Any, Any]] = [(0, 0, None, value)]
    while stack:
        parent, depth, key, item = stack.pop()
        number += 1
        parts = _parts(item)
        is_object = parts is not None or isinstance(item, (torch.Tensor, torch.Storage))
        shown = known.get(id(item)) if is_object else None
        yield Entry(number, parent, depth, key, item, shown)
        if is_object and shown is None:
            known[id(item)] = number
            stack += [(number, depth + 1, name, part) for name, part in reversed(list((parts or {}).items()))]


def outline(value: Any) -> Iterator[str]:
    """The lines of an outline: a line for each value, the parts of tables and objects indented below them.

    An object that was shown before is named by the line that shows it.
    """
    for entry in entries(value):
        deep = f"({entry.depth} deep) " if entry.depth > DEEPEST else ""
        name = "" if entry.parent == 0 else f"{_name(entry.key)}: "
        again = "" if entry.shown is None else f", as in line {entry.shown}"
        yield f"{'  ' * min(entry.depth, DEEPEST)}{deep}{name}{summary(entry.value)}{again}"


def _name(key: Any) -> str:
    return key if isinstance(key, str) else f"[{summary(key)}]"


def summary(value: Any) -> str:
    """A value in a few words."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, bytes)):
        text = repr(value)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(value)} characters)"
    if isinstance(value, t7.Key):
        return f"table of {len(value.value)}" if not isinstance(value.value, bool) else summary(value.value)
    if isinstance(value, t7.Function):
        return f"function of {len(value.code)} bytes"
    if isinstance(value, t7.UnknownObject):
        return f"{value.typename} (unknown class)"
    if isinstance(value, torch.Tensor):
        size = "x".join(map(str, value.shape))
        return f"{torch.typename(value)} of size {size}" if size else f"{torch.typename(value)} with no dimension"
    if isinstance(value, torch.Storage):
        return f"{registry.typename(value)} of size {len(value)}"
    if registry.typename(value) is not None:
        return str(registry.typename(value))
    return f"table of {len(value)}" if isinstance(value, (list, dict)) else str(value)


def _parts(value: Any) -> dict[Any, Any] | None:
    if isinstance(value, (torch.Tensor, torch.Storage)):
        return None
    if isinstance(value, t7.UnknownObject):
        return value.fields
    if isinstance(value, t7.Function):
        return as_table(value.upvalues)
    if registry.typename(value) is not None and not isinstance(value, (list, dict)):
        return getattr(value, "__dict__", None)
    return as_table(value)


@dataclass
class Totals:
    """What a file holds in all.

    `networks` are the modules that are in no other one, `parameters` how many numbers are theirs to learn (None where
    their fields do not allow to count them), `memory` the bytes of all storages, `unknown` how many objects there are
    of each class that does not exist here, `functions` the numbers of the entries that are functions.
    """

    networks: list[Module]
    parameters: int | None
    storages: int
    memory: int
    unknown: dict[str, int]
    functions: list[int]


def totals(value: Any) -> Totals:
    """What a value holds in all."""
    storages: dict[int, int] = {}
    unknown: dict[str, int] = {}
    functions, networks = [], []
    inside: set[int] = set()  # entries that are modules or in one
    for entry in entries(value):
        item = entry.value
        if entry.parent in inside:
            inside.add(entry.number)
        if isinstance(item, Module) and entry.shown is None and entry.number not in inside:
            inside.add(entry.number)
            networks.append(item)
        storage = item._storage if isinstance(item, torch.Tensor) else item
        if isinstance(storage, torch.Storage):
            storages[id(storage)] = storage.data.nbytes
        elif isinstance(item, t7.UnknownObject) and entry.shown is None:
            unknown[item.typename] = unknown.get(item.typename, 0) + 1
        elif isinstance(item, t7.Function):
            functions.append(entry.number)
    try:
        parameters: int | None = sum(map(_parameters, networks))
    except _WRONG_FIELDS:
        parameters = None
    return Totals(networks, parameters, len(storages), sum(storages.values()), unknown, functions)


def _parameters(network: Module) -> int:
    """How many numbers are to learn; parameters that are shared count once."""
    result = network.parameters()
    parameters = [] if result is None else result[0]
    return sum({(id(x._storage), x._offset, x.shape): x.nElement() for x in parameters}.values())


def _text(network: Module) -> str:
    """A network as Torch7 prints it. Its fields may be anything, so that this may fail."""
    try:
        return str(network)
    except _WRONG_FIELDS as error:
        return f"{registry.typename(network)}, which cannot be printed: {error}"


def report(value: Any, found: t7.Found, size: int) -> Iterator[str]:
    """The lines about a file: the outline of what it holds, its networks, and what it is in all."""
    yield from outline(value)
    whole = totals(value)
    for network in whole.networks:
        yield ""
        yield from _text(network).splitlines()
    yield ""
    yield f"file: {size:,} bytes, {encoding(found)}"
    if found.length < size:
        yield f"after this object: {size - found.length:,} bytes"
    yield f"memory: {whole.memory:,} bytes, storages: {whole.storages}"
    if whole.networks:
        yield "parameters: " + ("cannot be counted" if whole.parameters is None else f"{whole.parameters:,}")
    for name, count in sorted(whole.unknown.items()):
        yield f"unknown class: {name}, objects: {count}"
    if whole.functions:
        yield f"functions, which are never run, in lines: {', '.join(map(str, whole.functions))}"


def encoding(found: t7.Found) -> str:
    """How a file is encoded."""
    if found.mode == "ascii":
        return "ascii"
    order = "big-endian" if found.big_endian else "little-endian"
    return f"binary, longs of {4 if found.mode == 'b32' else 8} bytes, {order}"


def as_json(value: Any, found: t7.Found, size: int) -> dict[str, Any]:
    """The same for programs: a flat list of entries, each with the number of the one that holds it."""
    whole = totals(value)
    return {
        "bytes": size,
        "encoding": encoding(found),
        "trailing": size - found.length,
        "networks": [_text(network) for network in whole.networks],
        "parameters": whole.parameters,
        "storages": whole.storages,
        "memory": whole.memory,
        "unknown": whole.unknown,
        "functions": whole.functions,
        "entries": [_entry_json(entry) for entry in entries(value)],
    }


def _entry_json(entry: Entry) -> dict[str, Any]:
    value = entry.value
    about: dict[str, Any] = {"number": entry.number, "parent": entry.parent, "summary": summary(value)}
    about["key"] = entry.key if isinstance(entry.key, (str, int, float)) else summary(entry.key)
    if entry.shown is not None:
        about["same"] = entry.shown
    if isinstance(value, torch.Tensor):
        geometry = {"size": list(value._size), "stride": list(value._stride), "offset": value._offset + 1}
        about |= {"class": torch.typename(value), **geometry}
    elif isinstance(value, t7.UnknownObject):
        about |= {"class": value.typename, "version": value.version}
    elif registry.typename(value) is not None:
        about["class"] = registry.typename(value)
    elif isinstance(value, (str, bool, int, float)):
        about["value"] = value if value == value and abs(_finite(value)) != float("inf") else str(value)
    return about


def _finite(value: Any) -> float:
    return value if isinstance(value, float) else 0.0
