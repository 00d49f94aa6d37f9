"""Where Python and numpy keep what compiled functions read: the fields of their objects.

These places are part of the interfaces of C that both promise to keep (PyObject, PyTupleObject, PyFloatObject and
numpy's PyArrayObject), or are told by Python itself. `are_known` looks whether they are as they are written here.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from torchnn.kernels.kinds import Layout
from torchnn.torch.core import Core
from torchnn.torch.generator import Generator
from torchnn.torch.storage import LongStorage, Storage

WORD = 8
INTEGER, SHORT = np.dtype(np.int64), np.dtype(np.int32)


def layout(itemsize: int, /, **offsets: int) -> Layout:
    """A structure of so many bytes whose fields are words."""
    return Layout({name: (INTEGER, offset) for name, offset in offsets.items()}, itemsize)


def words(*names: str, after: int = 0) -> Layout:
    """A structure of words, behind so many bytes."""
    offsets = {name: after + i * WORD for i, name in enumerate(names)}
    return layout(after + len(names) * WORD, **offsets)


def element_of(dtype: np.dtype[Any]) -> Layout:
    """An element in memory."""
    return Layout({"element": (dtype, 0)}, dtype.itemsize)


WORDS = words("word")
OBJECT = words("references", "kind")
FLOAT = words("bits", after=OBJECT.itemsize)
TUPLE = words("count", "first", after=OBJECT.itemsize)
LIST = words("count", "items", after=OBJECT.itemsize)
TYPE = layout(416, entry=56)
SLICE = words("start", "stop", "step", after=OBJECT.itemsize)
ARRAY = Layout(
    {
        "data": (INTEGER, 16),
        "dimensions": (SHORT, 24),
        "sizes": (INTEGER, 32),
        "strides": (INTEGER, 40),
        "type": (INTEGER, 56),
        "flags": (SHORT, 64),
    },
    72,
)

# Of numpy's PyArray_Descr: the bytes of an element.
DESCRIPTION = Layout({"item": (SHORT, 32)} if np.__version__ < "2" else {"item": (INTEGER, 40)}, 88)

# Of `tp_flags`: objects of a type have entry points, where `TYPE.entry` says.
VECTORCALL = 1 << 11

# Of `ARRAY.flags`.
CONTIGUOUS, ALIGNED, WRITEABLE = 0x1, 0x100, 0x400


class Member(ctypes.Structure):
    """Python's PyMemberDef: a field of objects that Python can read."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("type", ctypes.c_int),
        ("offset", ctypes.c_ssize_t),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


# Where the descriptor of a slot has the address of its PyMemberDef: behind its type, its name and its qualified name.
_MEMBER = OBJECT.itemsize + 3 * WORD


def of_slots(owner: type, **names: str) -> Layout:
    """The layout of the objects of a class: fields, and the slots in which they are."""

    def offset(name: str) -> int:
        member = Member.from_address(_word(vars(owner)[name], _MEMBER))
        assert member.name == name.encode()
        return int(member.offset)

    return layout(owner.__basicsize__, **{field: offset(name) for field, name in names.items()})


def _word(thing: object, offset: int) -> int:
    return ctypes.c_int64.from_address(id(thing) + offset).value


def _describes(array: np.ndarray) -> bool:
    """Whether ARRAY says where the fields of an array are."""
    at = {name: offset for name, (_, offset) in ARRAY.fields.items()}
    sizes, strides = (
        (ctypes.c_int64 * array.ndim).from_address(_word(array, at[name])) for name in ("sizes", "strides")
    )
    dimensions, flags = (ctypes.c_int.from_address(id(array) + at[name]).value for name in ("dimensions", "flags"))
    found: tuple[Any, ...] = _word(array, at["data"]), dimensions, tuple(sizes), tuple(strides), flags
    item_type, offset = DESCRIPTION.fields["item"]
    item = np.ctypeslib.as_ctypes_type(item_type).from_address(id(array.dtype) + offset).value
    return (
        found == (array.ctypes.data, array.ndim, array.shape, array.strides, array.flags.num)
        and _word(array, at["type"]) == id(array.dtype)
        and item == array.itemsize
    )


def has_entry(function: Any) -> bool:
    """Whether a function has an entry point of its own (PEP 590), as those that are written in Python have."""
    kind = type(function)
    at = _word(kind, TYPE.fields["entry"][1])
    return bool(kind.__flags__ & VECTORCALL) and 0 < at < kind.__basicsize__ and _word(function, at) != 0


def are_known() -> bool:
    """Whether objects of this Python and numpy look as it is written here: compiled functions are for no others."""
    number, pair = 1.5, (object(), object())
    bounds, table = slice(None, pair, number), [number, pair]
    items = (ctypes.c_int64 * 2).from_address(_word(table, LIST.fields["items"][1]))
    places = [TUPLE.fields["first"][1] + i * WORD for i in range(2)]
    return (
        _word(pair[0], OBJECT.fields["kind"][1]) == id(object)
        and ctypes.c_double.from_address(id(number) + FLOAT.fields["bits"][1]).value == number
        and _word(pair, TUPLE.fields["count"][1]) == len(pair)
        and [_word(pair, place) for place in places] == [id(part) for part in pair]
        and (_word(table, LIST.fields["count"][1]), *items) == (len(table), id(number), id(pair))
        and [_word(bounds, SLICE.fields[name][1]) for name in SLICE.fields] == [id(None), id(pair), id(number)]
        and has_entry(are_known)
        and _describes(np.zeros((4, 3), np.float32))
        and _describes(np.zeros((4, 3)).T[1:, ::2])
    )


TENSOR = of_slots(
    Core, base="_base", offset="_offset", size="_size", stride="_stride", array="_array", memory="_memory"
)
STORAGE = of_slots(Storage, data="data", part="_part")
SIZES = of_slots(LongStorage, sizes="_sizes")
GENERATOR = of_slots(Generator, state="state")
