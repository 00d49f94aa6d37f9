"""Files that a `manifest.json` beside them describes: what they hold, or how they are damaged."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from torchnn import registry, t7, torch
from torchnn.errors import FormatError
from torchnn.regression import failures
from torchnn.regression.compare import Comparison, as_table
from torchnn.regression.records import Record, Unsupported
from torchnn.regression.scope import Language


def replay(record: Record, comparison: Comparison, language: Language) -> None:
    """Read the file, in Python whatever the language, and compare what it holds with its description."""
    fields = record.fields
    if "torch7" in fields:
        _damaged(record, comparison)
    elif "class" in fields:
        _class(record, comparison)
    else:
        reader = _reader(record)
        for i, expected in enumerate(fields.get("objects", [fields.get("content")]), 1):
            got = Description().of(reader.read_object())
            if "referenced false" in fields["mode"]:
                got, expected = _unshared(got, {}), _unshared(expected, {})
            comparison.check(f"object {i}", got == expected, got, expected)


def _reader(record: Record) -> t7.Reader:
    mode = record.fields["mode"]
    source = t7.make_source(Path(record.file).read_bytes(), mode.split(",")[0], "big endian" in mode)
    return t7.Reader(source, "referenced false" not in mode)


def _damaged(record: Record, comparison: Comparison) -> None:
    """A reader may refuse what Torch7 loads, and load objects of classes that it does not know."""
    raised: FormatError | None = None
    value: Any = None
    try:
        value = _reader(record).read_object()
    except FormatError as error:
        raised = error
    message = record.fields["message"]
    allowed = record.fields["torch7"] == "loads" or "unknown Torch class" in message
    comparison.check("error", raised is not None or allowed, f"no error but {type(value).__name__}", message)


def _class(record: Record, comparison: Comparison) -> None:
    """Of an object with a format of its own only the class is described, and what it computes."""
    fields = record.fields
    name = fields["class"]
    if registry.find(name) is None:
        if "input" in fields:
            raise Unsupported(name)
        failures.must_fail(lambda: _reader(record).read_object(), fields, comparison)
        return
    value = _reader(record).read_object()
    comparison.same("class", torch.typename(value), name)
    if "input" in fields:
        output = value.forward(torch.DoubleTensor(fields["input"]))
        comparison.same("output", output, torch.DoubleTensor(fields["output"]), 1e-10)


def _unshared(description: Any, known: dict[int, Any]) -> Any:
    """A description in which each object is described wherever it occurs, and has no number."""
    if isinstance(description, list):
        return [_unshared(part, known) for part in description]
    if not isinstance(description, dict):
        return description
    if description["t"] == "ref":
        return known[description["id"]]
    plain = {key: _unshared(part, known) for key, part in description.items() if key != "id"}
    if "id" in description:
        known[description["id"]] = plain
    return plain


class Description:
    """Describes values as a manifest does; objects are numbered in the order in which they are met, keys sorted."""

    def __init__(self) -> None:
        self._ids: dict[int, int] = {}
        self._described: list[Any] = []  # keeps the ids of Python from being given to other objects

    def of(self, value: Any) -> dict[str, Any]:
        """The description of a value."""
        if value is None:
            return {"t": "nil"}
        if isinstance(value, bool):
            return {"t": "boolean", "v": value}
        if isinstance(value, (int, float)):
            return {"t": "number", "v": _number(value)}
        if isinstance(value, (str, bytes)):
            return _string(value)
        if isinstance(value, t7.Function):
            return {"t": "function"}
        if id(value) in self._ids:
            return {"t": "ref", "id": self._ids[id(value)]}
        self._described.append(value)
        number = self._ids[id(value)] = len(self._ids) + 1
        return self._object(value, number)

    def _object(self, value: Any, number: int) -> dict[str, Any]:
        table = None if registry.typename(value) else as_table(value)
        if table is not None and not isinstance(value, t7.UnknownObject):
            return {"t": "table", "id": number, "items": self._items(table)}
        name = value.typename if isinstance(value, t7.UnknownObject) else registry.typename(value)
        head = {"id": number, "class": name}
        if isinstance(value, torch.Storage):
            return {"t": "storage", **head, "data": [_number(element) for element in value.totable()]}
        if isinstance(value, torch.Tensor):
            size, stride = list(value._size), list(value._stride)
            geometry = {"size": size, "stride": stride, "offset": value._offset + 1}
            return {"t": "tensor", **head, **geometry, "storage": self.of(value._storage)}
        if hasattr(type(value), "read"):
            return {"t": "userdata", **head}
        fields = value.fields if isinstance(value, t7.UnknownObject) else vars(value)
        return {"t": "object", **head, "fields": self._items(fields)}

    def _items(self, table: dict[Any, Any]) -> list[list[dict[str, Any]]]:
        keys = [(key.value if isinstance(key, t7.Key) else key, value) for key, value in table.items()]
        return [[self.of(key), self.of(value)] for key, value in sorted(keys, key=lambda item: _order(item[0]))]


def _order(key: Any) -> tuple[int, Any]:
    """Numbers, strings, booleans, others."""
    if isinstance(key, bool):
        return 2, key
    if isinstance(key, (int, float)):
        return 0, key
    return (1, key if isinstance(key, bytes) else key.encode()) if isinstance(key, (str, bytes)) else (3, 0)


def _number(value: float) -> Any:
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def _string(value: str | bytes) -> dict[str, Any]:
    raw = value if isinstance(value, bytes) else value.encode()
    plain = all(32 <= byte < 127 or byte == 10 for byte in raw)
    return {"t": "string", "v": raw.decode()} if plain else {"t": "string", "hex": raw.hex()}
