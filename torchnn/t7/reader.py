"""Reads objects: tags, references and classes."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import Any

from torchnn import registry
from torchnn.errors import FormatError, MissingError, TorchError
from torchnn.t7 import values
from torchnn.t7.kinds import HEAD, kind_of
from torchnn.t7.source import COMPOSITE, Source, is_big_endian, mode_of, number_of, text
from torchnn.t7.values import Function, Key, UnknownObject

# How deep objects with a `read` of their own may be nested; all others may be nested without limit.
DEPTH = 100

_VERSION = re.compile(rb"V (\d{1,9})")
_Builder = Generator[None, Any, Any]


class Reader:
    """Reads objects from a source; what a class's `read(reader, version)` is given.

    `referenced`: whether an index that was seen before means the same object again.
    """

    def __init__(self, source: Source, referenced: bool = True) -> None:
        self.attach(source)
        self.referenced = referenced
        self._depth = 0
        self._remembered: dict[int, Any] = {}
        self._known = self._remembered
        # A table is read into a dict and may turn out to be a list. Whoever held the dict before that is corrected.
        self._open: set[int] = set()
        self._held: set[int] = set()
        self._replaced: dict[int, tuple[dict[Any, Any], list[Any]]] = {}

    def attach(self, source: Source) -> None:
        """Read from another source from now on; what was read is remembered."""
        self.source = source
        self.error = source.error
        self.read_int = self.readInt = source.read_int
        self.read_long = self.readLong = source.read_long
        self.read_longs = source.read_longs
        self.read_double = self.readDouble = source.read_double
        self.read_bytes = source.read_bytes
        self.read_string = source.read_string
        self.read_array = source.read_array

    def read_object(self) -> Any:
        """The next object."""
        if self._depth == DEPTH:
            raise self.error(f"objects nested more than {DEPTH} deep")
        if not self._depth:
            self._known = self._remembered if self.referenced else {}
        before = len(self._known)
        self._depth += 1
        try:
            value = self._read()
        except BaseException:
            self._forget(before)
            raise
        finally:
            self._depth -= 1
        if self._replaced and not self._depth:
            self._correct()
        return value

    readObject = read_object  # as classes call it whose `read` was ported from Lua

    def _forget(self, count: int) -> None:
        """Know only so many objects, the first ones: the others were read in part."""
        while len(self._known) > count:
            self._known.popitem()
        self._open.clear()
        self._held.clear()
        self._replaced.clear()

    def _read(self) -> Any:
        # Tables in tables are builders on a list, not calls in calls: no file can exhaust Python's stack.
        builders: list[_Builder] = []
        value = self._begin(builders)
        while builders:
            try:
                builders[-1].send(value)
            except StopIteration as finished:
                builders.pop()
                value = finished.value
            else:
                value = self._begin(builders)
        return value

    def _begin(self, builders: list[_Builder]) -> Any:
        """Read a tag and the value; for a value of parts, put its builder on the list and return None."""
        at = self.source.position
        tag = self.read_int()
        if tag == values.NUMBER:
            return number_of(self.read_double())
        if tag == values.STRING:
            return text(self.read_string())
        if tag == values.NIL:
            return None
        if tag == values.BOOLEAN:
            return self.read_int() == 1
        if tag == values.OLDEST_FUNCTION:
            builders.append(self._function(Function(self.read_string(), tag=tag)))
            return None
        if tag not in (values.TABLE, values.OBJECT, values.OLDER_FUNCTION, values.FUNCTION):
            raise self._unknown(tag, at)
        index = self.read_int()
        if self.referenced and index in self._known:
            if index in self._open:
                self._held.add(index)
            return self._known[index]
        if tag == values.TABLE:
            builders.append(self._table(index))
        elif tag == values.OBJECT:
            builders.append(self._object(index))
        else:
            function = self._known[index] = Function(self.read_string(), tag=tag)
            builders.append(self._function(function))
        return None

    def _unknown(self, tag: int, at: int) -> FormatError:
        """The error for a tag that does not exist; for the first tag, with a guess at the reason."""
        hint = ""
        if at + self.source.origin == 0:
            head = self.source.data[:HEAD]
            if mode_of(head) == "ascii":
                hint = "; this looks like the ascii format"
            elif is_big_endian(head):
                hint = "; this looks like the big-endian format"
            else:
                hint = f"; this is {kind_of(head) or 'no .t7 file'}"
        return self.error(f"unknown object: a tag from 0 to 8 expected, found {tag}{hint}", at)

    # ------------------------------------------------------------------ builders: each `yield` is the next object

    def _table(self, index: int) -> _Builder:
        count = self.read_int()
        table: dict[Any, Any] = {}
        self._known[index] = table
        self._open.add(index)
        scalar = self.source.read_scalar
        for _ in range(count):
            at = self.source.position
            key = scalar()
            if key is COMPOSITE:
                key = yield
            if key is None or key != key:
                raise self.error(f"table index is {'nil' if key is None else 'NaN'}", at)
            value = scalar()
            if value is COMPOSITE:
                value = yield
            if value is not None:
                table[Key(key) if isinstance(key, (bool, list, dict)) else key] = value
        self._open.discard(index)
        size = len(table)
        if not all(type(key) is int and 1 <= key <= size for key in table):
            return table
        as_list = self._known[index] = [table[i] for i in range(1, size + 1)]
        if index in self._held:
            self._replaced[id(table)] = table, as_list
        return as_list

    def _object(self, index: int) -> _Builder:
        at = self.source.position
        version, name = self._class()
        cls = registry.find(name)
        other = registry.find_stand_in(name) if cls is None else None
        if other is not None:
            cls = registry.find(other.name)
        if cls is None and name in values.OWN_FORMAT:
            raise MissingError(f"byte {at}: there is no {name}, whose objects have a format of their own", name)
        try:
            value = UnknownObject(name, version) if cls is None else _made(cls)
        except TypeError as error:
            raise self.error(f"unknown Torch class <{name}>, or one whose objects cannot be read", at) from error
        self._known[index] = value
        read = getattr(cls, "read", None) if other is None or other.read is None else other.read
        if read is not None:
            self._let(read, value, name, at, self, version)
            return value
        begin = self.source.position
        fields = yield
        if not isinstance(fields, (list, dict)):
            known = f"unknown Torch class <{name}>" if cls is None else f"object of class {name}"
            raise self.error(f"{known} at byte {at}: the table of its fields expected", begin)
        named = fields if isinstance(fields, dict) else dict(enumerate(fields, 1))
        if cls is None:
            value.fields.update(named)
        else:
            value.__dict__.update(_on_cpu(named))
        upgrade = getattr(cls, "_upgrade", None) if other is None else other.translate
        if upgrade is not None:
            self._let(upgrade, value, name, at, version)
        return value

    def _let(self, method: Callable[..., None], value: Any, name: str, at: int, *arguments: Any) -> None:
        """Call a method of a class; what it raises on unexpected data becomes a `FormatError`."""
        try:
            method(value, *arguments)
        except FormatError:
            raise
        except (TorchError, TypeError, ValueError, LookupError, AttributeError) as error:
            raise self.error(f"object of class {name}: {error}", at) from error

    def _class(self) -> tuple[int, str]:
        """Version and class name; files from before versions have the name alone."""
        word = self.read_string()
        found = _VERSION.fullmatch(word)
        name = word if found is None else self.read_string()
        return 0 if found is None else int(found.group(1)), name.decode("latin-1")

    def _function(self, function: Function) -> _Builder:
        at = self.source.position
        function.upvalues = yield
        if not isinstance(function.upvalues, (list, dict)):
            raise self.error("the table of a function's upvalues expected", at)
        return function

    # ------------------------------------------------------------------ tables that became lists while they were held

    def _correct(self) -> None:
        for holder in list(self._known.values()):
            if isinstance(holder, list):
                holder[:] = map(self._corrected, holder)
            elif isinstance(holder, dict):
                self._correct_dict(holder)
            elif isinstance(holder, UnknownObject):
                self._correct_dict(holder.fields)
            elif isinstance(holder, Function):
                holder.upvalues = self._corrected(holder.upvalues)
            elif hasattr(holder, "__dict__"):
                self._correct_dict(holder.__dict__)
        self._replaced.clear()

    def _correct_dict(self, table: dict[Any, Any]) -> None:
        items = [
            (Key(self._corrected(key.value)) if isinstance(key, Key) else key, self._corrected(value))
            for key, value in table.items()
        ]
        table.clear()
        table.update(items)

    def _corrected(self, value: Any) -> Any:
        replaced = self._replaced.get(id(value))
        return value if replaced is None else replaced[1]


def _made(cls: Any) -> Any:
    """An object of a class without the work of `__init__`."""
    return cls.__new__(cls)


def _on_cpu(fields: dict[Any, Any]) -> dict[Any, Any]:
    """The fields of an object, with the names of CUDA's tensor types replaced by those that are read instead."""
    for key, value in fields.items():
        if isinstance(value, str) and value.startswith("torch.Cuda"):
            other = registry.find_stand_in(value)
            fields[key] = value if other is None else other.name
    return fields
