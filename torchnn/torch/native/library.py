"""What compiled functions call: functions of Python's and numpy's interfaces of C, and single instructions.

Addresses are integers here, and so are the bits of floating-point numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from torchnn.kernels import pool
from torchnn.kernels.assembler import INT32, INT64
from torchnn.kernels.kinds import Inline
from torchnn.torch.generator import STATE_BYTES
from torchnn.torch.native.layouts import OBJECT, TYPE

DOUBLE, SINGLE, NOTHING = ir.DoubleType(), ir.FloatType(), ir.VoidType()


def _of_python(name: str, arguments: int, result: Any = INT64) -> Inline:
    """A function of Python's interface of C."""

    def emit(builder: Any, *values: Any) -> Any:
        kind = ir.FunctionType(result, [INT64] * arguments)
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), values)

    return Inline(emit)


def _character(builder: Any, text: Any, position: Any) -> Any:
    """A character of a string, as a number, which has to be there."""
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(INT32, [INT64] * 2), "PyUnicode_ReadChar")
    return builder.zext(builder.call(function, [text, position]), INT64)


take = _of_python("Py_IncRef", 1, NOTHING)
release = _of_python("Py_DecRef", 1, NOTHING)
hide = _of_python("PyObject_GC_UnTrack", 1, NOTHING)
allocate = _of_python("PyType_GenericAlloc", 2)
new_method = _of_python("PyMethod_New", 2)
failure = _of_python("PyErr_Occurred", 0)
forget_failure = _of_python("PyErr_Clear", 0, NOTHING)
whole_number = _of_python("PyLong_AsLongLong", 1)
new_whole = _of_python("PyLong_FromLongLong", 1)
truth = _of_python("PyBool_FromLong", 1)
new_tuple = _of_python("PyTuple_New", 1)
new_list = _of_python("PyList_New", 1)
list_of = _of_python("PySequence_List", 1)
iterator = _of_python("PyObject_GetIter", 1)
compare_texts = _of_python("PyUnicode_Compare", 2, INT32)
set_item = _of_python("PyTuple_SetItem", 3, INT32)  # takes the reference
length_of_text, character = _of_python("PyUnicode_GetLength", 1), Inline(_character)
thread = _of_python("PyThread_get_thread_ident", 0)
let_others_run = _of_python("PyEval_SaveThread", 0)
go_on = _of_python("PyEval_RestoreThread", 1, NOTHING)
enter = _of_python("PyContext_Enter", 1, INT32)
leave = _of_python("PyContext_Exit", 1, INT32)


def _vectorcall(builder: Any, function: Any, *arguments: Any) -> Any:
    def word(thing: Any, offset: Any) -> Any:
        return builder.load(builder.inttoptr(builder.add(thing, offset), INT64.as_pointer()))

    kind = word(function, ir.Constant(INT64, OBJECT.fields["kind"][1]))
    entry = word(function, word(kind, ir.Constant(INT64, TYPE.fields["entry"][1])))
    signature = ir.FunctionType(INT64, [INT64] * 4).as_pointer()
    return builder.call(builder.inttoptr(entry, signature), [function, *arguments])


def _run_loop(builder: Any, loop: Any, addresses: Any, count: Any, strides: Any, data: Any) -> None:
    kind = ir.FunctionType(NOTHING, [INT64] * 4)
    builder.call(builder.inttoptr(loop, kind.as_pointer()), [addresses, count, strides, data])


def _new_array(builder: Any, function: Any, kind: Any, element: Any, dimensions: Any, *values: Any) -> Any:
    sizes, strides, data, flags = values
    signature = ir.FunctionType(INT64, [INT64, INT64, INT32, INT64, INT64, INT64, INT32, INT64])
    dimensions, flags = (builder.trunc(value, INT32) for value in (dimensions, flags))
    arguments = [kind, element, dimensions, sizes, strides, data, flags, ir.Constant(INT64, 0)]
    return builder.call(builder.inttoptr(function, signature.as_pointer()), arguments)


def _of_two(builder: Any, function: Any, *objects: Any) -> Any:
    """Call a function of two objects, which gives 0, or -1 where it failed."""
    signature = ir.FunctionType(INT32, [INT64] * 2).as_pointer()
    return builder.sext(builder.call(builder.inttoptr(function, signature), objects), INT64)


def _run(builder: Any, program: Any, arguments: Any, context: Any) -> Any:
    kind = ir.FunctionType(INT64, [INT64] * 3).as_pointer()
    action = builder.load(builder.inttoptr(program, kind.as_pointer()))
    return builder.call(action, [program, arguments, context])


def _multiplied(builder: Any, function: Any, a: Any, b: Any, out: Any) -> Any:
    kind = ir.FunctionType(INT64, [INT64] * 3).as_pointer()
    return builder.call(builder.inttoptr(function, kind), [a, b, out])


def _of_numba(builder: Any, function: Any, *arguments: Any) -> Any:
    """Call a kernel of Numba's that returns nothing, with integers, and vectors as lists of them; not 0: it failed."""
    given = [part for argument in arguments for part in (argument if isinstance(argument, list) else [argument])]
    signature = ir.FunctionType(INT32, [INT64] * 2 + [part.type for part in given]).as_pointer()
    nothing = builder.ptrtoint(cgutils.alloca_once(builder, INT64, size=2), INT64)
    status = builder.call(
        builder.inttoptr(function, signature), [nothing, builder.add(nothing, ir.Constant(INT64, 8)), *given]
    )
    return builder.sext(status, INT64)


def _vector(count: Any, item: Any, data: Any) -> list[Any]:
    """A contiguous vector that somebody else owns, as Numba passes it."""
    nobody = ir.Constant(INT64, 0)
    return [nobody, nobody, count, item, data, count, item]


def _draw_numbers(
    builder: Any, kernel: Any, state: Any, distribution: Any, a: Any, b: Any, data: Any, count: Any, item: Any
) -> Any:
    one = _vector(ir.Constant(INT64, 1), ir.Constant(INT64, STATE_BYTES), state)
    a, b = (builder.bitcast(bits, DOUBLE) for bits in (a, b))
    return _of_numba(builder, kernel, one, distribution, a, b, _vector(count, item, data))


def _draw_words(builder: Any, kernel: Any, state: Any, low: Any, span: Any, data: Any, count: Any, item: Any) -> Any:
    one = _vector(ir.Constant(INT64, 1), ir.Constant(INT64, STATE_BYTES), state)
    return _of_numba(builder, kernel, one, low, span, _vector(count, item, data))


def _permute(builder: Any, kernel: Any, state: Any, data: Any, count: Any) -> Any:
    one = _vector(ir.Constant(INT64, 1), ir.Constant(INT64, STATE_BYTES), state)
    return _of_numba(builder, kernel, one, _vector(count, ir.Constant(INT64, 8), data))


def _matrix(rows: Any, columns: Any, data: Any, builder: Any) -> list[Any]:
    """A contiguous matrix of words that somebody else owns, as Numba passes it."""
    nobody, item = ir.Constant(INT64, 0), ir.Constant(INT64, 8)
    count, step = builder.mul(rows, columns), builder.mul(columns, item)
    return [nobody, nobody, count, item, data, rows, columns, step, item]


def _eliminate(builder: Any, kernel: Any, a: Any, order: Any, n: Any) -> None:
    whole = _vector(n, ir.Constant(INT64, 8), order)
    _of_numba(builder, kernel, _matrix(n, n, a, builder), whole, ir.Constant(INT64, 0), n)


def _solve_triangular(builder: Any, kernel: Any, t: Any, x: Any, n: Any, columns: Any, lower: Any, unit: Any) -> None:
    truths = [builder.trunc(truth, ir.IntType(8)) for truth in (lower, unit)]
    operands = _matrix(n, n, t, builder), _matrix(n, columns, x, builder)
    _of_numba(builder, kernel, *operands, ir.Constant(INT64, 0), n, *truths)


def _draw_categories(
    builder: Any, kernel: Any, shares: Any, units: Any, replaces: Any, out: Any, rows: Any, columns: Any, count: Any
) -> Any:
    weights, drawn = _matrix(rows, columns, shares, builder), _matrix(rows, count, out, builder)
    truth = builder.zext(replaces, ir.IntType(8))
    return _of_numba(builder, kernel, weights, _matrix(rows, count, units, builder), truth, drawn)


def _described(builder: Any, place: Any, axes: int) -> list[Any]:
    """An array that somebody else owns, as Numba passes it: its words are in memory, see `ARRAY_HEAD`."""
    nobody = ir.Constant(INT64, 0)
    places = [builder.add(place, ir.Constant(INT64, 8 * i)) for i in range(ARRAY_HEAD + 2 * axes)]
    return [nobody, nobody, *[builder.load(builder.inttoptr(each, INT64.as_pointer())) for each in places]]


def _of_shared(*axes: int) -> Inline:
    """A kernel whose loop is shared out, of arrays with so many axes and of integers: all of the loop."""

    def emit(builder: Any, kernel: Any, *values: Any) -> None:
        arrays = [_described(builder, place, count) for place, count in zip(values, axes, strict=False)]
        whole = ir.Constant(INT64, 0), ir.Constant(INT64, 1)
        _of_numba(builder, kernel, *whole, *arrays, *values[len(axes) :])

    return Inline(emit)


def _count_threads(builder: Any, function: Any) -> Any:
    return builder.sext(builder.call(builder.inttoptr(function, ir.FunctionType(INT32, []).as_pointer()), []), INT64)


def _launch_on_pool(builder: Any, function: Any, *arguments: Any) -> None:
    kind = ir.FunctionType(INT64, [INT64] * 6)
    builder.call(builder.inttoptr(function, kind.as_pointer()), arguments)


def _launch_by_numba(builder: Any, kernel: Any, worker: Any, job: Any, tasks: Any, apart: Any) -> None:
    _of_numba(builder, kernel, worker, job, tasks, builder.trunc(apart, ir.IntType(8)))


def _move(builder: Any, into: Any, source: Any, count: Any) -> None:
    kind = ir.FunctionType(INT64, [INT64] * 3)
    builder.call(cgutils.get_or_insert_function(builder.module, kind, "memmove"), [into, source, count])


def _of_double(name: str) -> Inline:
    """A function of Python's of the bits of a double, which makes a new object."""

    def emit(builder: Any, bits: Any) -> Any:
        kind = ir.FunctionType(INT64, [DOUBLE])
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, [builder.bitcast(bits, DOUBLE)])

    return Inline(emit)


def _widened(builder: Any, bits: Any) -> Any:
    single = builder.bitcast(builder.trunc(bits, INT32), SINGLE)
    return builder.bitcast(builder.fpext(single, DOUBLE), INT64)


def _root(builder: Any, bits: Any) -> Any:
    function = builder.module.declare_intrinsic("llvm.sqrt", [DOUBLE])
    return builder.bitcast(builder.call(function, [builder.bitcast(bits, DOUBLE)]), INT64)


def _single_root(builder: Any, bits: Any) -> Any:
    function = builder.module.declare_intrinsic("llvm.sqrt", [SINGLE])
    root = builder.call(function, [builder.bitcast(builder.trunc(bits, INT32), SINGLE)])
    return builder.zext(builder.bitcast(root, INT32), INT64)


def _floor_quotient(builder: Any, a: Any, b: Any) -> Any:
    a, b = (builder.bitcast(builder.trunc(bits, INT32), SINGLE) for bits in (a, b))
    function = builder.module.declare_intrinsic("llvm.floor", [SINGLE])
    return builder.zext(builder.bitcast(builder.call(function, [builder.fdiv(a, b)]), INT32), INT64)


def _divided(builder: Any, a: Any, b: Any) -> Any:
    return builder.bitcast(builder.fdiv(builder.bitcast(a, DOUBLE), builder.bitcast(b, DOUBLE)), INT64)


def _double_product(builder: Any, a: Any, b: Any) -> Any:
    return builder.bitcast(builder.fmul(builder.bitcast(a, DOUBLE), builder.bitcast(b, DOUBLE)), INT64)


def _double_difference(builder: Any, a: Any, b: Any) -> Any:
    return builder.bitcast(builder.fsub(builder.bitcast(a, DOUBLE), builder.bitcast(b, DOUBLE)), INT64)


def _double_sum(builder: Any, a: Any, b: Any) -> Any:
    return builder.bitcast(builder.fadd(builder.bitcast(a, DOUBLE), builder.bitcast(b, DOUBLE)), INT64)


def _exceeds(builder: Any, a: Any, b: Any) -> Any:
    return builder.fcmp_unordered(">", builder.bitcast(a, DOUBLE), builder.bitcast(b, DOUBLE))


def _is_nan(builder: Any, bits: Any) -> Any:
    number = builder.bitcast(bits, DOUBLE)
    return builder.fcmp_unordered("uno", number, number)


def _put_single(builder: Any, place: Any, bits: Any) -> None:
    builder.store(builder.trunc(bits, INT32), builder.inttoptr(place, INT32.as_pointer()))


def _half_word(builder: Any, place: Any) -> Any:
    return builder.zext(builder.load(builder.inttoptr(place, INT32.as_pointer())), INT64)


def _rounded(builder: Any, bits: Any) -> Any:
    single = builder.fptrunc(builder.bitcast(bits, DOUBLE), SINGLE)
    return builder.zext(builder.bitcast(single, INT32), INT64)


# The entry point of a function (see `layouts.has_entry`): with the function, the address of arguments, their number,
# and names or 0. PyObject_Vectorcall does the same, but is no symbol before Python 3.11.
vectorcall = Inline(_vectorcall)

# One of numpy's loops: its address, and those of the operands' addresses, of their number, of strides, and data.
run_loop = Inline(_run_loop)

# PyArray_NewFromDescr, whose address comes first; the reference to the element type is taken. Strides and data may
# be 0.
new_array = Inline(_new_array)

# PyArray_SetBaseObject, whose address comes first; the reference to the owner of the memory is taken.
set_owner = Inline(_of_two)

# PyArray_CopyInto, whose address comes first, then the array that it fills.
copy_into = Inline(_of_two)

# The action of a program, whose address is the program's first word, with the arguments of a call and the context.
run = Inline(_run)

# PyArray_MatrixProduct2, whose address comes first: a new reference.
multiplied = Inline(_multiplied)

# Kernels of random numbers, whose address comes first, then that of the state; see `kernels/random.py`. The vector
# comes last: its address, its elements and, where these may be of several types, their bytes. Not 0 where they failed.
draw_numbers, draw_words, permute = Inline(_draw_numbers), Inline(_draw_words), Inline(_permute)

# Kernels of `kernels/factorise.py`, whose address comes first, for matrices of doubles that are a block each. They
# cannot fail.
eliminate, solve_triangular = Inline(_eliminate), Inline(_solve_triangular)

# The kernel of categories, whose address comes first: see `kernels/random.py`; then how many rows there are, categories
# in each, and draws from it.
draw_categories = Inline(_draw_categories)

# The kernels of these names in `kernels/correlation.py` and `kernels/distances.py`, in the same way. Where an array is
# written down, its sizes and its strides come after three words: its elements, the bytes of each, and where they are.
ARRAY_HEAD = 3
correlate, find_distances = _of_shared(5, 6, 5), _of_shared(2, 2, 2)

# What `kernels/launch.py` tells of launching tasks, whose address comes first: how many threads there are; pool.py's
# `launch_tasks`; and Numba's kernel that does the same.
count_threads, launch_on_pool = Inline(_count_threads), Inline(_launch_on_pool)
launch_by_numba = Inline(_launch_by_numba)

# A worker of kernels, whose address comes first, then a job, a task and a thread.
work = pool.call

# C's memmove: where to, where from, how many bytes.
move = Inline(_move)

# A number of Python's for the bits of a double: itself, and without its fraction as an int.
new_double, new_whole_of = _of_double("PyFloat_FromDouble"), _of_double("PyLong_FromDouble")

# A double as a float, a float as a double; whether a double is at most another one, and neither is NaN; a double
# without its fraction as an integer, and an integer as a double.
rounded, widened = Inline(_rounded), Inline(_widened)

# Roots of a double and of a float; the quotient of floats, rounded down; quotients, products, differences and sums of
# doubles; whether the first of two is neither below nor equal, which nan is not, and whether one is nan.
root, single_root, divided = Inline(_root), Inline(_single_root), Inline(_divided)
floor_quotient = Inline(_floor_quotient)
double_product, double_difference = Inline(_double_product), Inline(_double_difference)
double_sum = Inline(_double_sum)
exceeds, is_nan = Inline(_exceeds), Inline(_is_nan)

# Write the low half of a word, and read one.
put_single, half_word = Inline(_put_single), Inline(_half_word)
at_most = Inline(
    lambda builder, a, b: builder.zext(
        builder.fcmp_ordered("<=", *(builder.bitcast(bits, DOUBLE) for bits in (a, b))), INT64
    )
)
truncated = Inline(lambda builder, bits: builder.fptosi(builder.bitcast(bits, DOUBLE), INT64))
as_double = Inline(lambda builder, number: builder.bitcast(builder.sitofp(number, DOUBLE), INT64))


def _writing(bits: int) -> Callable[..., None]:
    """What stores the low bits of a number at a place."""
    kind = ir.IntType(bits)
    return lambda builder, place, number: builder.store(
        builder.trunc(number, kind), builder.inttoptr(place, kind.as_pointer())
    )


write_byte, write_short, write_int = (Inline(_writing(bits)) for bits in (8, 16, 32))


def stack(words: int) -> Inline:
    """The address of so many words that last until the function returns that asks for them."""
    return Inline(lambda builder: builder.ptrtoint(cgutils.alloca_once(builder, INT64, size=words), INT64))
