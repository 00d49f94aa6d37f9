"""Kernels of Numba whose loop is shared out among threads.

The `prange` of such a kernel runs over a share of its numbers. It is compiled once, serial, with the share as two more
arguments: small work is share 0 of 1, large work some shares that `launch.run` gives to threads. Numba's own way, to
compile the kernel again as `parallel`, takes two to four times as long as the serial one: 2.3 instead of 0.6 s for
`normalization.cross_map_forward`.

Threads call what Numba compiled by its address, as Numba would. Its arguments, an array taken to pieces, are written
into memory; a few lines of machine code, which differ with the types of these pieces only, read them and call.
"""

from __future__ import annotations

import ast
import inspect
import struct
import textwrap
from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from torchnn import kernels
from torchnn.kernels import cache, machine
from torchnn.kernels.assembler import INT64

# More than there are threads, so that none waits for another for long. Their number is always the same: then results
# that are sums over the shares do not depend on threads.
SHARES = 32

WORD = 8
RESULT_WORDS = 8  # what a share may return at most

# What is written before the arguments: whom to call, how many shares there are, where results go, whether one failed.
CALLED, COUNT, RESULTS, FAILED, HEAD_WORDS = range(5)


@intrinsic  # type: ignore[untyped-decorator]
def first_of_share(typing_context: Any, count: Any, share: Any, shares: Any) -> Any:
    """Where a share of `count` numbers begins. LLVM sees that it is not negative, without which no loop vectorizes."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        count, share, shares = values
        begin = builder.udiv(builder.mul(count, share), shares)
        return builder.and_(begin, ir.Constant(INT64, (1 << 62) - 1))

    return types.intp(*[types.intp] * 3), generate


class _Sharing(ast.NodeTransformer):
    """Makes `range(first, last)` of a share of `prange(count)`."""

    def visit_Call(self, node: ast.Call) -> ast.Call:  # noqa: D102
        if not ast.unparse(node.func).endswith("prange"):
            return node
        count = ast.unparse(node.args[0])
        ends = [f"_first_of_share({count}, {share}, _shares)" for share in ("_share", "_share + 1")]
        return ast.copy_location(ast.parse(f"range({', '.join(ends)})", mode="eval").body, node)  # type: ignore[return-value]


def shared(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with two arguments more: which share of its loop to run, and how many shares there are."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list, definition.returns = [], None
    definition.args.args[:0] = [ast.arg("_share"), ast.arg("_shares")]
    for argument in definition.args.args:
        argument.annotation = None
    _Sharing().visit(tree)
    ast.increment_lineno(tree, function.__code__.co_firstlineno - 1)
    module = compile(ast.fix_missing_locations(tree), function.__code__.co_filename, "exec")
    code = next(constant for constant in module.co_consts if inspect.iscode(constant))
    # A name in the kernel's file, as Numba looks for names only when it compiles.
    function.__globals__["_first_of_share"] = first_of_share
    twin = FunctionType(code, function.__globals__, function.__name__)
    twin.__module__, twin.__qualname__ = function.__module__, function.__qualname__
    return twin


class Form(NamedTuple):
    """A kernel compiled for some types: where it is, who calls it, how a job is written, and what it returns where."""

    address: int
    caller: int
    record: struct.Struct
    results: int
    kinds: list[Any]

    def total(self, memory: np.ndarray) -> Any:
        """The sum of what the shares have returned."""
        rows = memory[self.results : self.record.size].reshape(SHARES, RESULT_WORDS * WORD)
        places = [rows[:, i * WORD :][:, : np.dtype(kind).itemsize] for i, kind in enumerate(self.kinds)]
        totals = [place.copy().view(kind).sum().item() for place, kind in zip(places, self.kinds, strict=True)]
        return tuple(totals) if len(totals) > 1 else totals[0]


class Sharer:
    """Runs a compiled kernel, which takes a share and the number of shares first, on all threads."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self._forms: dict[Any, Form] = {}

    def __call__(self, *arguments: Any) -> Any:
        """All shares of the kernel; what it returns is added up."""
        form, words = self._known(arguments)
        memory, job = kernels.scratch.reserve("sharing", form.record.size)
        form.record.pack_into(memory.data, 0, form.address, SHARES, job + form.results, 0, *words)
        kernels.launch.run(form.caller, job, SHARES, apart=True)
        return self._returned(form, memory)

    def recorded(self, parallel: bool, *arguments: Any) -> Any:
        """The same by a job of its own, which is written down (see `recording.py`); one share where not parallel."""
        form, words = self._known(arguments)
        memory, shares = np.zeros(-(-form.record.size // WORD), np.intp), SHARES if parallel else 1
        results = kernels.launch.address(memory) + form.results
        form.record.pack_into(memory.data, 0, form.address, shares, results, 0, *words)
        kernels.launch.run(form.caller, kernels.recording.kept(memory), shares, parallel, apart=True)
        returned = self._returned(form, memory.view(np.uint8))
        if form.kinds:  # the caller does the same again as long as nothing comes out again
            results = memory.view(np.uint8)[form.results :]
            kernels.recording.spoil() if results.any() else kernels.recording.finite(results)
        kernels.recording.complete("loop")
        return returned

    def _known(self, arguments: tuple[Any, ...]) -> tuple[Form, list[Any]]:
        """The form for arguments, and the numbers that they are passed as."""
        kinds: list[Any] = []
        words: list[Any] = []
        for argument in arguments:
            _take_to_pieces(argument, kinds, words)
        key = tuple(kinds)
        form = self._forms.get(key)
        if form is None:
            form = self._forms[key] = self._form(arguments, words)
        return form, words

    def _returned(self, form: Form, memory: np.ndarray) -> Any:
        if memory[FAILED * WORD]:
            raise RuntimeError(f"{self._compiled.py_func.__qualname__} failed on one of the threads")
        return form.total(memory) if form.kinds else None

    def _form(self, arguments: tuple[Any, ...], words: list[Any]) -> Form:
        signature = types.intp, types.intp, *map(numba.typeof, arguments)
        self._compiled.compile(signature)
        compiled = self._compiled.overloads[signature]
        returned = compiled.signature.return_type
        parts = (
            [] if returned == types.none else list(returned) if isinstance(returned, types.BaseTuple) else [returned]
        )
        convention = compiled.target_context.call_conv
        kind = convention.get_function_type(returned, compiled.signature.args)
        pieces = kind.args[4:]
        kinds = [np.dtype(part.name).type for part in parts]
        short = len(kinds) > 1 and any(np.dtype(kind).itemsize != WORD for kind in kinds)
        assert len(pieces) == len(words) and len(parts) <= RESULT_WORDS and not short
        codes = {"float": "f4x", "double": "d"}  # short integers are the first bytes of long ones
        written = "@4n" + "".join(codes.get(str(piece), "n") for piece in pieces)
        results = struct.calcsize(written)
        record = struct.Struct(f"{written}{SHARES * RESULT_WORDS * WORD}x")
        address = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
        return Form(address, _caller(tuple(map(str, kind.args)), kind), record, results, kinds)


def _take_to_pieces(value: Any, kinds: list[Any], words: list[Any]) -> None:
    """Append what Numba's type of a value depends on, and the numbers that it is passed as."""
    if isinstance(value, np.ndarray):
        kinds += value.dtype, value.ndim, value.flags.num
        words += 0, 0, value.size, value.itemsize, kernels.launch.address(value), *value.shape, *value.strides
    elif isinstance(value, tuple):
        kinds.append(len(value))
        for part in value:
            _take_to_pieces(part, kinds, words)
    else:
        kinds.append(type(value))
        words.append(value)


_callers: dict[tuple[str, ...], int] = {}


def _caller(key: tuple[str, ...], kind: ir.FunctionType) -> int:
    """Where the code is that reads arguments of such types from a job and calls what it names with them."""
    if key not in _callers:
        place = cache.path("sharing.caller", key, machine.processor())
        code = cache.read(place)
        if code is None:
            code = machine.compiled(_calling(kind, place.stem), ())
            cache.write(place, code)
        _callers[key] = machine.address(code, place.stem)
    return _callers[key]


def _calling(kind: ir.FunctionType, name: str) -> ir.Module:
    """A function (job, share, thread) that calls a kernel of Numba's: (result, error, share, shares, pieces...)."""
    module = ir.Module(name)
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INT64] * 3), name)
    builder = ir.IRBuilder(function.append_basic_block("code"))
    job, share, _ = function.args

    def word(number: int, of: Any) -> Any:
        place = builder.add(job, ir.Constant(INT64, number * WORD))
        return builder.load(builder.inttoptr(place, of.as_pointer()), typ=of)

    shares, results = word(COUNT, INT64), word(RESULTS, INT64)
    result = builder.add(results, builder.mul(share, ir.Constant(INT64, RESULT_WORDS * WORD)))
    error = builder.alloca(kind.args[1].pointee)
    pieces = [word(HEAD_WORDS + i, piece) for i, piece in enumerate(kind.args[4:])]
    target = builder.inttoptr(word(CALLED, INT64), kind.as_pointer())
    status = builder.call(target, [builder.inttoptr(result, kind.args[0]), error, share, shares, *pieces])
    with builder.if_then(builder.icmp_signed("!=", status, ir.Constant(status.type, 0))):
        failed = builder.add(job, ir.Constant(INT64, FAILED * WORD))
        builder.store(ir.Constant(INT64, 1), builder.inttoptr(failed, INT64.as_pointer()))
    builder.ret_void()
    return module
