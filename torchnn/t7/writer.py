"""Writes objects: tags, references and classes."""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import TorchError
from torchnn.t7 import values
from torchnn.t7.reader import DEPTH
from torchnn.t7.sink import Sink
from torchnn.t7.values import Function, Key, UnknownObject

_EXACT = 2**53

# The parts of a value that are still to be written, each with the step to it: the key or name of the part, or None.
_Parts = Iterator[tuple[Any, Any]]


class Writer:
    """Writes objects to a sink; what a class's `write(writer)` is given.

    `referenced`: whether an object that was written before is written as its index alone. `adapt` gets each value that
    the format does not know, and returns one to write in its place, or None. `whole`: whether a tensor is written with
    its whole storage, as Torch7 does, rather than with its own elements.
    """

    def __init__(
        self,
        sink: Sink,
        referenced: bool = True,
        adapt: Callable[[Any], Any] = lambda value: None,
        whole: bool = True,
    ) -> None:
        self.attach(sink)
        self.referenced = referenced
        self.whole = whole
        self._adapt = adapt
        self._hook: Callable[[Any], Any] | None = None
        self._depth = 0
        self._count = 0
        self._indices: dict[int, int] = {}
        self._alive: list[Any] = []  # keeps the ids in _indices from being given to new objects

    def attach(self, sink: Sink) -> None:
        """Write to another sink from now on; what was written is remembered."""
        self.write_int = self.writeInt = sink.write_int
        self.write_long = self.writeLong = sink.write_long
        self.write_longs = sink.write_longs
        self.write_double = self.writeDouble = sink.write_double
        self.write_bytes = sink.write_bytes
        self.write_string = sink.write_string
        self.write_array = sink.write_array
        self._number = sink.write_number
        self._text = sink.write_text

    def accepts(self, value: Any) -> bool:
        """Whether a value can be written, its parts apart."""
        return _is_simple(value) or _is_writable(value) or self._adapt(value) is not None

    def write_object(self, value: Any, name: str = "<?>", hook: Callable[[Any], Any] | None = None) -> None:
        """One object with all that it refers to.

        `name` is what errors call it. `hook` is given every table and object before its contents are written, and
        returns what to write in its place. An object that could not be written is not remembered either.
        """
        if self._depth == DEPTH:
            raise TorchError(f"objects nested more than {DEPTH} deep")
        before, outer = self._count, self._hook
        self._depth += 1
        self._hook = hook
        try:
            self._write(value, name)
        except BaseException:
            self._forget(before)
            raise
        finally:
            self._depth -= 1
            self._hook = outer

    writeObject = write_object  # as classes call it whose `write` was ported from Lua

    def _forget(self, count: int) -> None:
        """Remember only so many objects, the first ones."""
        self._count = count
        self._indices = {key: index for key, index in self._indices.items() if index <= count}

    def _write(self, value: Any, name: str) -> None:
        path: list[Any] = [name]
        stack: list[_Parts] = [iter(((None, value),))]
        while stack:
            part = next(stack[-1], None)
            if part is None:
                stack.pop()
                path.pop()
                continue
            step, item = part
            path.append(step)
            parts = self._begin(item, path)
            if parts is None:
                path.pop()
            else:
                stack.append(parts)

    def _begin(self, value: Any, path: list[Any]) -> _Parts | None:
        """Write what comes before the parts of a value, and return the parts."""
        if isinstance(value, Key):
            value = value.value
        if value is None:
            self.write_int(values.NIL)
        elif isinstance(value, (bool, np.bool_)):
            self.write_int(values.BOOLEAN)
            self.write_int(int(value))
        elif isinstance(value, (str, bytes)):
            self._text(value.encode("utf-8") if isinstance(value, str) else value)
        elif isinstance(value, (int, float, numbers.Real)):
            self._number(_double(value))
        else:
            return self._composite(value, path)
        return None

    def _composite(self, value: Any, path: list[Any]) -> _Parts | None:
        original = value
        if not _is_writable(value):
            value = self._adapt(value)
            if value is None:
                raise TorchError(f"Unwritable object <{type(original).__name__}> at {_where(path)}")
        name, tag = _class_name(value), _tag(value)
        self.write_int(tag)
        if tag != values.OLDEST_FUNCTION and not self._new_index(original):
            return None
        if self._hook is not None:
            value = self._hook(value)
            if not self.accepts(value) or _tag(value) != tag:
                raise TorchError(f"the hook's value <{type(value).__name__}> cannot replace {_where(path)}")
            name = _class_name(value)
        if isinstance(value, Function):
            self.write_string(value.code)
            return iter((("upvalues", value.upvalues),))
        if name is not None:
            return self._object(value, name, path)
        return self._table(value)

    def _new_index(self, original: Any) -> bool:
        """Write the index of an object; returns whether it is new, so that its contents have to follow."""
        index = self._indices.get(id(original)) if self.referenced else None
        if index is not None:
            self.write_int(index)
            return False
        self._count += 1
        if self.referenced:
            self._indices[id(original)] = self._count
            self._alive.append(original)
        self.write_int(self._count)
        return True

    def _table(self, table: Any) -> _Parts:
        items = table.items() if hasattr(table, "items") else enumerate(table, 1)
        present = [(key, value) for key, value in items if value is not None]
        self.write_int(len(present))
        for key, value in present:
            if not self._scalar(key):
                yield "<key>", key
            if not self._scalar(value):
                yield key, value

    def _scalar(self, value: Any) -> bool:
        """Write a value if it is a number or a string, and tell whether it is. Large tables hold little else."""
        kind = type(value)
        if kind is str:
            self._text(value.encode())
        elif kind is float or (kind is int and -_EXACT <= value <= _EXACT):
            self._number(value)
        else:
            return False
        return True

    def _object(self, value: Any, name: str, path: list[Any]) -> _Parts:
        unknown = isinstance(value, UnknownObject)
        version = value.version if unknown else registry.version_of(type(value))
        self.write_string(b"V %d" % version)
        self.write_string(name.encode("latin-1"))
        write: Callable[[Any, Writer], None] | None = getattr(type(value), "write", None)
        if write is not None:
            write(value, self)
            return iter(())
        store: Callable[[Any], None] | None = getattr(type(value), "_store", None)
        if store is not None:
            store(value)
        fields = dict(value.fields if unknown else value.__dict__)
        for key, field in list(fields.items()):
            if not self.accepts(field):
                warnings.warn(f"cannot write object field <{_where(path)}.{key}>", stacklevel=2)
                del fields[key]
        return iter(((None, fields),))


def _where(path: list[Any]) -> str:
    """The way to a part, such as `<?>.modules.1`, for error messages."""
    steps = (step if isinstance(step, (str, int, float)) else f"<{type(step).__name__}>" for step in path[1:] if step)
    return ".".join(map(str, (path[0], *steps)))


def _is_simple(value: Any) -> bool:
    return value is None or isinstance(value, (bool, np.bool_, numbers.Real, str, bytes))


def _is_writable(value: Any) -> bool:
    """Whether a value is a table, a function that was read, or an object of a class with a Torch7 name."""
    if isinstance(value, (Function, UnknownObject, Mapping)) or registry.name_of(type(value)) is not None:
        return True
    return isinstance(value, Sequence) and not isinstance(value, range)


def _tag(value: Any) -> int:
    """The tag of a value that has parts."""
    if isinstance(value, Function):
        return value.tag
    return values.TABLE if _class_name(value) is None else values.OBJECT


def _class_name(value: Any) -> str | None:
    return value.typename if isinstance(value, UnknownObject) else registry.name_of(type(value))


def _double(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        raise TorchError(f"a number that is too large for a double: {str(value)[:20]}...") from None
