"""The Python side of compiled calls: their class, its objects, and what these know."""

from __future__ import annotations

import ctypes
import functools
import pathlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from torchnn import kernels
from torchnn.kernels import cache, machine, recording
from torchnn.kernels.assembler import INT64
from torchnn.kernels.translation import Translator
from torchnn.torch import generator
from torchnn.torch.native import calls, layouts, library
from torchnn.torch.native.actions import (
    along,
    brackets,
    by_kernels,
    callbacks,
    copying,
    drawing,
    elementwise,
    factorisations,
    generators,
    given,
    histograms,
    joining,
    launching,
    loops,
    making,
    masks,
    matrices,
    matrix_parts,
    norms,
    picking,
    placing,
    products,
    questions,
    reductions,
    reflectors,
    replaying,
    results,
    rows,
    sampling,
    selection,
    sorting,
    statistics,
    storages,
    tensors,
    totals,
    views,
)
from torchnn.torch.native.layouts import WORD, Member

# Families of actions, and all that the compiled code is made of.
FAMILIES: tuple[Any, ...] = (
    along,
    brackets,
    by_kernels,
    callbacks,
    copying,
    drawing,
    elementwise,
    factorisations,
    generators,
    given,
    histograms,
    joining,
    making,
    masks,
    matrix_parts,
    norms,
    picking,
    placing,
    products,
    questions,
    reductions,
    reflectors,
    replaying,
    sampling,
    selection,
    sorting,
    statistics,
    storages,
    views,
)
MODULES = (
    *(*FAMILIES, calls, generator, launching, layouts, library, loops, matrices, recording, results, rows, tensors),
    totals,
)

# What is compiled, and how many arguments it has.
ENTRY_POINTS: dict[Callable[..., int], int] = {
    calls.call: 4,
    calls.bind: 3,
    **{action: 3 for family in FAMILIES for action in family.ACTIONS},
    **dict.fromkeys(loops.LOOPS, 4),
}

# Functions of more instructions are not copied to all places that call them: then all compile in half of the time.
MOST_COPIED = 20

# Of Python's headers: slots of types (typeslots.h), flags (object.h), and kinds of members (structmember.h).
SLOT_CALL, SLOT_BIND, SLOT_MEMBERS = 50, 54, 72
FLAGS = 1 << 18 | layouts.VECTORCALL | 1 << 17  # the usual ones; and a method, which needs no bound one to be called
MEMBER_SIZE, READ_ONLY = 19, 1

# Numbers of functions of numpy's interface (__multiarray_api.h), the same since numpy 1: PyArray_CopyInto,
# PyArray_NewFromDescr, PyArray_MatrixProduct2, PyArray_SetBaseObject.
COPY_INTO, NEW_FROM_DESCR, MATRIX_PRODUCT, SET_BASE_OBJECT = 50, 94, 280, 282


@functools.cache
def _place() -> pathlib.Path:
    """The file of the compiled code."""
    texts = [pathlib.Path(str(module.__file__)).read_text() for module in MODULES]
    facts = (
        layouts.TENSOR.fields,
        layouts.STORAGE.fields,
        layouts.SIZES.fields,
        layouts.GENERATOR.fields,
        machine.processor(),
    )
    return cache.path("translation.calls", *texts, *facts)


def are_on_disk() -> bool:
    """Whether the code need not be compiled."""
    return _place().exists()


@functools.cache
def _addresses() -> dict[str, int]:
    """Where the compiled functions are, by name."""
    code = cache.read(_place())
    if code is None:
        code = machine.compiled(_module(), (), compact=True)
        cache.write(_place(), code)
    return machine.addresses(code, [function.__name__ for function in ENTRY_POINTS])


def address(action: Callable[..., int]) -> int:
    """Where a compiled function is, which is the first word of programs."""
    return _addresses()[action.__name__]


def _module() -> ir.Module:
    module = ir.Module("calls")
    others: dict[Any, ir.Function] = {}
    for function, count in ENTRY_POINTS.items():
        compiled = ir.Function(module, ir.FunctionType(INT64, [INT64] * count), function.__name__)
        Translator(function, compiled, WORD, others).fill(compiled.args)
    code = [instruction for each in module.functions for block in each.blocks for instruction in block.instructions]
    calls_of = Counter(id(instruction.callee) for instruction in code if isinstance(instruction, ir.CallInstr))
    for called in others.values():
        length = sum([len(block.instructions) for block in called.blocks])
        if calls_of[id(called)] > 1 and length > MOST_COPIED:
            called.attributes.add("noinline")
    return module


class _Slot(ctypes.Structure):
    _fields_ = [("slot", ctypes.c_int), ("value", ctypes.c_void_p)]


class _Spec(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("size", ctypes.c_int),
        ("item", ctypes.c_int),
        ("flags", ctypes.c_uint),
        ("slots", ctypes.c_void_p),
    ]


def _offset(field: str) -> int:
    return calls.CALL.fields[field][1]


@functools.cache
def _class() -> Any:
    """The class of callable objects."""
    compiled, python = _addresses(), ctypes.pythonapi
    members = (Member * 3)(
        Member(b"__vectorcalloffset__", MEMBER_SIZE, _offset("vectorcall"), READ_ONLY, None),
        Member(b"__dictoffset__", MEMBER_SIZE, _offset("dictionary"), READ_ONLY, None),
    )
    slots = (_Slot * 4)(
        _Slot(SLOT_CALL, ctypes.cast(python.PyVectorcall_Call, ctypes.c_void_p).value),
        _Slot(SLOT_BIND, compiled["bind"]),
        _Slot(SLOT_MEMBERS, ctypes.addressof(members)),
    )
    name = f"{__name__}.CompiledCall".encode()
    spec = _Spec(name, calls.CALL.itemsize, 0, FLAGS, ctypes.addressof(slots))
    _kept.append((members, slots, name))
    make = python.PyType_FromSpec
    make.restype, make.argtypes = ctypes.py_object, [ctypes.c_void_p]
    made = make(ctypes.addressof(spec))
    made.__reduce__ = lambda call: (_original, (call.__wrapped__,))
    return made


def _original(function: Callable[..., Any]) -> Callable[..., Any]:
    """What a copy of a callable is: the function of Python that it does the work of."""
    return function


def _through_python(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function with an entry point that calls another one."""

    def call(*args: Any, **named: Any) -> Any:
        return function(*args, **named)

    return call


# What compiled code has the addresses of. None of it ever goes away.
_kept: list[Any] = []


@functools.cache
def _context() -> np.ndarray:
    """What compiled functions are told, see `tensors.CONTEXT`."""
    zero, functions = 0, map(function_of_numpy, (NEW_FROM_DESCR, SET_BASE_OBJECT))
    launcher = kernels.launch.LAUNCHER.ctypes.data
    context = np.array([id(None), id(False), id(zero), id(np.ndarray), *functions, launcher], np.int64)
    assert len(tensors.CONTEXT.fields) == len(context)
    return context


def function_of_numpy(number: int) -> int:
    """The address of a function of numpy's interface."""
    numpy: Any = np
    multiarray = (numpy.core if np.__version__ < "2" else numpy._core)._multiarray_umath
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return ctypes.c_int64.from_address(pointer(multiarray._ARRAY_API, None) + number * WORD).value


def kept(program: np.ndarray) -> int:
    """The address of a part of programs, which never goes away."""
    _kept.append(program)
    return program.ctypes.data


class Compiled:
    """A function whose calls are compiled; `callable` is what users call.

    For types of arguments that are not known it calls `find`, for others the function that is known, or first the
    program for few elements that does the same. It looks like `original`.
    """

    def __init__(self, find: Callable[..., Any], qualified: str, original: Callable[..., Any]) -> None:
        self.callable = _class()()
        self._words = (ctypes.c_int64 * 4).from_address(id(self.callable) + layouts.OBJECT.itemsize)
        self._words[:] = [_addresses()["call"], id(find), 0, _context().ctypes.data]
        _kept.append((self.callable, find))
        names = {"__name__": qualified.rpartition(".")[2], "__qualname__": qualified, "__doc__": original.__doc__}
        for name, value in {**names, "__module__": original.__module__, "__wrapped__": original}.items():
            setattr(self.callable, name, value)

    def know(self, kinds: Sequence[type], function: Callable[..., Any], program: np.ndarray | None = None) -> None:
        """Call the function, or run the program, for arguments of these types."""
        if not layouts.has_entry(function):
            function = _through_python(function)
        address = 0 if program is None else program.ctypes.data
        entry = np.array([self._words[2], len(kinds), id(function), address, *map(id, kinds)], np.int64)
        _kept.append((entry, function, program, tuple(kinds)))
        self._words[2] = entry.ctypes.data
