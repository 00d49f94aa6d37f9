"""A small assembler of vector code, for the inner parts that Numba's loops do not become by themselves.

A microkernel is a Python function that runs once, while code is generated. It works on values that stand for vectors,
integers and addresses of the machine code to come: `a * b + c` emits a multiplication and an addition. A Python loop
in it is unrolled code; `asm.repeat` is a loop of the machine.

    @microkernel
    def scaled(asm, target, source, count):     # addresses in bytes, an integer
        two = asm.constant(2)
        def step(i, _):
            at = i * asm.vector_bytes
            asm.store(target + at, two * asm.load(source + at))
            return []
        asm.repeat(count, [], step)

Workers call it, see `jit.worker`: `scaled(target, source, count)`. The same text serves float and double, and every
length of vectors: `asm.lanes` is how many elements one holds.

Nothing is checked here: who calls has verified that all addresses lie in arrays that stay alive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from torchnn.kernels import host

INT64, INT32, INT1 = ir.IntType(64), ir.IntType(32), ir.IntType(1)


class Integer:
    """A 64-bit integer, or an address in bytes, of the code to come."""

    __slots__ = ("asm", "value")

    def __init__(self, asm: Assembler, value: Any) -> None:
        self.asm, self.value = asm, value

    def __add__(self, other: Integer | int) -> Integer:
        return Integer(self.asm, self.asm.builder.add(self.value, self.asm.integer(other).value))

    def __sub__(self, other: Integer | int) -> Integer:
        return Integer(self.asm, self.asm.builder.sub(self.value, self.asm.integer(other).value))

    def __mul__(self, other: Integer | int) -> Integer:
        return Integer(self.asm, self.asm.builder.mul(self.value, self.asm.integer(other).value))

    __radd__, __rmul__ = __add__, __mul__


class Vector:
    """A vector of elements of the code to come; of integers, which wrap, where that is said."""

    __slots__ = ("asm", "value")

    def __init__(self, asm: Assembler, value: Any) -> None:
        self.asm, self.value = asm, value

    def __add__(self, other: Vector) -> Vector:
        return self._made("add", other)

    def __sub__(self, other: Vector) -> Vector:
        return self._made("sub", other)

    def __mul__(self, other: Vector) -> Vector:
        return self._made("mul", other)

    def __neg__(self) -> Vector:
        return self._made("neg")

    def __truediv__(self, other: Vector) -> Vector:
        return Vector(self.asm, self.asm.builder.fdiv(self.value, other.value))

    def _made(self, name: str, *others: Vector) -> Vector:
        whole = isinstance(self.value.type.element, ir.IntType)
        operation = getattr(self.asm.builder, name if whole else f"f{name}")
        return Vector(self.asm, operation(self.value, *[other.value for other in others]))


class Assembler:
    """Emits the instructions of one microkernel, for one element type, with as many lanes as the processor has."""

    def __init__(self, builder: Any, item_bytes: int, lanes: int | None = None) -> None:
        self.builder = builder
        self.item_bytes = item_bytes
        self.lanes = host.lanes(item_bytes) if lanes is None else lanes
        self.vector_bytes = self.lanes * item_bytes
        self.item_type = ir.FloatType() if item_bytes == 4 else ir.DoubleType()
        self.vector_type = ir.VectorType(self.item_type, self.lanes)
        self._suffix = f"v{self.lanes}{self.item_type.intrinsic_name}"

    # ------------------------------------------------------------------ values

    def integer(self, value: Integer | int) -> Integer:
        """A whole number as a value of the code."""
        return value if isinstance(value, Integer) else Integer(self, ir.Constant(INT64, value))

    def constant(self, value: float) -> Vector:
        """A vector whose elements are all that number."""
        return Vector(self, ir.Constant(self.vector_type, [float(value)] * self.lanes))

    def number(self, value: Integer) -> Vector:
        """A vector whose elements are all that integer, as numbers of the element type."""
        return Vector(self, self._splat(self.builder.sitofp(value.value, self.item_type), self.vector_type))

    def counting(self, start: Integer, step: int) -> Vector:
        """The integers start, start + step, ..., one for each element of a vector."""
        kind = ir.VectorType(INT64, self.lanes)
        steps = ir.Constant(kind, [step * i for i in range(self.lanes)])
        return Vector(self, self.builder.add(self._splat(start.value, kind), steps))

    def integers(self, vector: Vector) -> Vector:
        """The elements as 64-bit integers; they are whole numbers below 2^31."""
        short = self.builder.fptosi(vector.value, ir.VectorType(INT32, self.lanes))
        return Vector(self, self.builder.sext(short, ir.VectorType(INT64, self.lanes)))

    def minimum(self, a: Integer, b: Integer | int) -> Integer:
        """The smaller of two integers."""
        other = self.integer(b).value
        return Integer(self, self.builder.select(self.builder.icmp_signed("<", a.value, other), a.value, other))

    def quotient(self, a: Integer, b: Integer | int) -> Integer:
        """a / b of numbers that are not negative, without the rest."""
        return Integer(self, self.builder.udiv(a.value, self.integer(b).value))

    def until_aligned(self, address: Integer) -> Integer:
        """Bytes from an address to the next one that is a multiple of a vector's size."""
        return Integer(
            self, self.builder.and_(self.builder.neg(address.value), self.integer(self.vector_bytes - 1).value)
        )

    def select(self, condition: Integer, a: Integer, b: Integer) -> Integer:
        """a where the condition is not zero, else b."""
        test = self.builder.icmp_signed("!=", condition.value, ir.Constant(INT64, 0))
        return Integer(self, self.builder.select(test, a.value, b.value))

    def equal(self, a: Integer, b: Integer | int) -> Integer:
        """1 where a = b, else 0."""
        test = self.builder.icmp_signed("==", a.value, self.integer(b).value)
        return Integer(self, self.builder.zext(test, INT64))

    def reaches(self, a: Integer, b: Integer | int) -> Integer:
        """1 where a >= b, else 0."""
        test = self.builder.icmp_signed(">=", a.value, self.integer(b).value)
        return Integer(self, self.builder.zext(test, INT64))

    # ------------------------------------------------------------------ memory

    def load(self, address: Integer) -> Vector:
        """The vector at an address, which needs no more alignment than its elements."""
        value = self.builder.load(self._pointer(address, self.vector_type), typ=self.vector_type)
        value.align = self.item_bytes
        return Vector(self, value)

    def store(self, address: Integer, vector: Vector, past_caches: bool = False) -> None:
        """Write a vector, to a multiple of its size where it goes past the caches."""
        store = self.builder.store(vector.value, self._pointer(address, self.vector_type))
        store.align = self.vector_bytes if past_caches else self.item_bytes
        if past_caches:
            store.set_metadata("nontemporal", self.builder.module.add_metadata([ir.Constant(INT32, 1)]))

    def load_part(
        self, address: Integer, count: Integer | int, skipped: Integer | int | None = None, instead: float = 0
    ) -> Vector:
        """The first `count` elements at an address without the first `skipped`; a number for others, unread."""
        mask = self._mask(count)
        if skipped is not None:
            mask = self.builder.and_(mask, self.builder.not_(self._mask(skipped)))
        arguments = [self.vector_type.as_pointer(), INT32, ir.VectorType(INT1, self.lanes), self.vector_type]
        load = self.function(f"llvm.masked.load.{self._suffix}.p0", self.vector_type, arguments)
        pointer, align = self._pointer(address, self.vector_type), ir.Constant(INT32, self.item_bytes)
        return Vector(self, self.builder.call(load, [pointer, align, mask, self.constant(instead).value]))

    def store_part(
        self, address: Integer, vector: Vector, count: Integer | int, chosen: Sequence[bool] | None = None
    ) -> None:
        """Write the first `count` elements, of these only the chosen ones where that is said."""
        mask = self._mask(count)
        if chosen is not None:
            mask = self.builder.and_(mask, ir.Constant(mask.type, list(chosen)))
        kind = vector.value.type
        kinds = [kind, kind.as_pointer(), INT32, ir.VectorType(INT1, self.lanes)]
        store = self.function(f"llvm.masked.store.v{self.lanes}{kind.element.intrinsic_name}.p0", ir.VoidType(), kinds)
        pointer, align = self._pointer(address, kind), ir.Constant(INT32, self.item_bytes)
        self.builder.call(store, [vector.value, pointer, align, mask])

    def prefetch(self, address: Integer, writing: bool = False, near: bool = False) -> None:
        """Fetch the line of an address, which need not exist, to the second-level cache, the first, or for writing."""
        fetch = self.function("llvm.prefetch.p0", ir.VoidType(), [self.item_type.as_pointer(), INT32, INT32, INT32])
        purpose, level, data = (ir.Constant(INT32, n) for n in (int(writing), 3 if writing or near else 2, 1))
        self.builder.call(fetch, [self._pointer(address, self.item_type), purpose, level, data])

    def broadcast(self, address: Integer) -> Vector:
        """A vector whose elements are all the one at an address."""
        return Vector(self, self._splat(self.load_item(address), self.vector_type))

    def broadcast_number(self, address: Integer) -> Vector:
        """A vector whose elements are all the double at an address, rounded."""
        number = self.builder.load(self._pointer(address, ir.DoubleType()), typ=ir.DoubleType())
        if self.item_bytes == 4:
            number = self.builder.fptrunc(number, self.item_type)
        return Vector(self, self._splat(number, self.vector_type))

    def store_item(self, address: Integer, value: Any) -> None:
        """Write one element, such as what `total` gives."""
        self.builder.store(value, self._pointer(address, value.type))

    def load_item(self, address: Integer) -> Any:
        """One element, as `store_item` takes it."""
        return self.builder.load(self._pointer(address, self.item_type), typ=self.item_type)

    def load_integer(self, address: Integer) -> Integer:
        """The 64-bit integer at an address."""
        return Integer(self, self.builder.load(self._pointer(address, INT64), typ=INT64))

    def load_integers(self, address: Integer) -> Vector:
        """As many 64-bit integers at an address as a vector has elements."""
        kind = ir.VectorType(INT64, self.lanes)
        value = self.builder.load(self._pointer(address, kind), typ=kind)
        value.align = 8
        return Vector(self, value)

    def gather(self, addresses: Vector, count: Integer | int) -> Vector:
        """The elements at the first `count` addresses; zeros for others, unread."""
        kind = ir.VectorType(self.item_type.as_pointer(), self.lanes)
        arguments = [kind, INT32, ir.VectorType(INT1, self.lanes), self.vector_type]
        load = self.function(f"llvm.masked.gather.{self._suffix}.v{self.lanes}p0", self.vector_type, arguments)
        pointers, align = self.builder.inttoptr(addresses.value, kind), ir.Constant(INT32, self.item_bytes)
        return Vector(self, self.builder.call(load, [pointers, align, self._mask(count), self.constant(0).value]))

    # ------------------------------------------------------------------ arithmetic

    def multiply_add(self, a: Vector, b: Vector, c: Vector) -> Vector:
        """a * b + c, rounded once where the processor can."""
        return self.intrinsic("fmuladd", a, b, c)

    def function(self, name: str, result: Any, arguments: Sequence[Any]) -> Any:
        """A function of LLVM's, by its name and the types of what it gives and takes."""
        return cgutils.get_or_insert_function(self.builder.module, ir.FunctionType(result, arguments), name)

    def intrinsic(self, name: str, *vectors: Vector) -> Vector:
        """What LLVM's function of vectors of that name gives: `sqrt`, `floor`, `fabs`, ..."""
        function = self.function(f"llvm.{name}.{self._suffix}", self.vector_type, [self.vector_type] * len(vectors))
        return Vector(self, self.builder.call(function, [vector.value for vector in vectors]))

    def of_equal(self, name: str, vector: Vector) -> Vector:
        """What LLVM's function of numbers of that name (`log`, ...) gives for a vector whose elements are all equal."""
        function = self.function(f"llvm.{name}.f{8 * self.item_bytes}", self.item_type, [self.item_type])
        element = self.builder.extract_element(vector.value, ir.Constant(INT32, 0))
        return Vector(self, self._splat(self.builder.call(function, [element]), self.vector_type))

    def maximum(self, a: Vector, b: Vector) -> Vector:
        """The larger elements; the other one where one is NaN."""
        return self.intrinsic("maxnum", a, b)

    def where_larger(self, a: Vector, b: Vector, then: Vector, otherwise: Vector) -> Vector:
        """Elements of `then` where a > b, of `otherwise` elsewhere, also where one is NaN."""
        test = self.builder.fcmp_ordered(">", a.value, b.value)
        return Vector(self, self.builder.select(test, then.value, otherwise.value))

    def widened(self, vector: Vector) -> Vector:
        """The elements in double."""
        wide = ir.VectorType(ir.DoubleType(), self.lanes)
        return vector if vector.value.type == wide else Vector(self, self.builder.fpext(vector.value, wide))

    def rounded(self, vector: Vector) -> Vector:
        """Elements in double as those of this type."""
        same = vector.value.type == self.vector_type
        return vector if same else Vector(self, self.builder.fptrunc(vector.value, self.vector_type))

    def first(self, count: Integer | int, vector: Vector, others: Vector) -> Vector:
        """The first `count` elements of a vector, followed by those of others."""
        return Vector(self, self.builder.select(self._mask(count), vector.value, others.value))

    def shuffle(self, a: Vector, b: Vector, picks: Sequence[int]) -> Vector:
        """Elements of a (numbered from 0) and b (from `lanes`) in the order of `picks`."""
        mask = ir.Constant(ir.VectorType(INT32, len(picks)), list(picks))
        return Vector(self, self.builder.shuffle_vector(a.value, b.value, mask))

    def total(self, vector: Vector) -> Any:
        """The sum of a vector's elements, as `store_item` takes it."""
        kind = vector.value.type
        name = f"llvm.vector.reduce.fadd.v{kind.count}{kind.element.intrinsic_name}"
        function = self.function(name, kind.element, [kind.element, kind])
        start = ir.Constant(kind.element, 0.0)
        return self.builder.call(function, [start, vector.value], fastmath=("reassoc",))

    def everywhere(self, combine: Callable[[Vector, Vector], Vector], vector: Vector) -> Vector:
        """All elements of a vector combined (added, for instance), as every element of the result."""
        size = self.lanes // 2
        while size:
            vector = combine(vector, self.shuffle(vector, vector, [i ^ size for i in range(self.lanes)]))
            size //= 2
        return vector

    def totals(self, vectors: Sequence[Vector]) -> Vector:
        """The sums of the elements of some vectors, a power of 2 in number and at most `lanes`.

        Element i * lanes / len(vectors) is the total of vector i. Pairs of vectors are halved and added into one, until
        one is left: a third of the instructions of as many calls of `total`.
        """
        vectors, size = list(vectors), self.lanes // 2
        while size:
            low = [i if i & size == 0 else self.lanes + i - size for i in range(self.lanes)]
            high = [i + size if i & size == 0 else self.lanes + i for i in range(self.lanes)]
            half = max(len(vectors) // 2, 1)
            pairs = zip(vectors[:half], vectors[-half:], strict=True)
            vectors = [self.shuffle(a, b, low) + self.shuffle(a, b, high) for a, b in pairs]
            size //= 2
        return vectors[0]

    def transpose(self, rows: Sequence[Vector]) -> list[Vector]:
        """The columns of `lanes` rows: log2(lanes) rounds of exchanging blocks between pairs of rows."""
        rows, lanes, size = list(rows), self.lanes, 1
        while size < lanes:
            low = [i if (i // size) % 2 == 0 else lanes + i - size for i in range(lanes)]
            high = [i + size if (i // size) % 2 == 0 else lanes + i for i in range(lanes)]
            for i in range(lanes):
                if (i // size) % 2 == 0:
                    a, b = rows[i], rows[i + size]
                    rows[i], rows[i + size] = self.shuffle(a, b, low), self.shuffle(a, b, high)
            size *= 2
        return rows

    # ------------------------------------------------------------------ control

    def repeat(
        self,
        count: Integer | int,
        carried: Sequence[Any],
        step: Callable[[Integer, list[Any]], Sequence[Any]],
    ) -> list[Any]:
        """A loop of the machine, run `count` times.

        `carried` are the values (vectors, integers) that a round hands to the next; `step` gets the number of the
        round and these values and returns the next ones. Gives the last ones.
        """
        builder, before, limit = self.builder, self.builder.block, self.integer(count).value
        body, after = builder.append_basic_block("repeat"), builder.append_basic_block("after")
        builder.cbranch(builder.icmp_signed("<", ir.Constant(INT64, 0), limit), body, after)
        builder.position_at_end(body)
        number, starts = builder.phi(INT64), self._merged(carried)
        number.add_incoming(ir.Constant(INT64, 0), before)
        results = list(step(Integer(self, number), starts))
        following = builder.add(number, ir.Constant(INT64, 1))
        number.add_incoming(following, builder.block)
        end = builder.block
        builder.cbranch(builder.icmp_signed("<", following, limit), body, after)
        builder.position_at_end(after)
        lasts = self._merged(carried)
        for start, last, value, result in zip(starts, lasts, carried, results, strict=True):
            start.value.add_incoming(value.value, before)
            start.value.add_incoming(result.value, end)
            last.value.add_incoming(value.value, before)
            last.value.add_incoming(result.value, end)
        return lasts

    def _merged(self, values: Sequence[Any]) -> list[Any]:
        """Values of the same kinds that depend on where control comes from, which is still to be said."""
        return [type(value)(self, self.builder.phi(value.value.type)) for value in values]

    def either(self, condition: Integer, then: Callable[[], None], otherwise: Callable[[], None]) -> None:
        """Run one of two parts: the first where the condition is not zero."""
        test = self.builder.icmp_signed("!=", condition.value, ir.Constant(INT64, 0))
        with self.builder.if_else(test) as (yes, no):
            with yes:
                then()
            with no:
                otherwise()

    def chosen(self, condition: Integer, then: Callable[[], Vector], otherwise: Callable[[], Vector]) -> Vector:
        """What one of two parts gives; only that one runs: the first where the condition is not zero."""
        found: list[tuple[Any, Any]] = []

        def keep(part: Callable[[], Vector]) -> None:
            found.append((part().value, self.builder.block))

        self.either(condition, lambda: keep(then), lambda: keep(otherwise))
        value = self.builder.phi(found[0][0].type)
        for incoming in found:
            value.add_incoming(*incoming)
        return Vector(self, value)

    def call(self, body: Callable[..., None], *arguments: Integer | int) -> None:
        """Run another body as a function of its own, of which a file of machine code has one."""
        _emit_call(body, self.builder, self.item_bytes, [self.integer(value).value for value in arguments])

    # ------------------------------------------------------------------ below

    def _pointer(self, address: Integer, kind: Any) -> Any:
        return self.builder.inttoptr(address.value, kind.as_pointer())

    def _splat(self, element: Any, kind: Any) -> Any:
        nothing = ir.Constant(kind, ir.Undefined)
        first = self.builder.insert_element(nothing, element, ir.Constant(INT32, 0))
        return self.builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(INT32, kind.count), None))

    def _mask(self, count: Integer | int) -> Any:
        numbers = ir.VectorType(INT32, self.lanes)
        limit = self._splat(self.builder.trunc(self.integer(count).value, INT32), numbers)
        return self.builder.icmp_signed("<", ir.Constant(numbers, list(range(self.lanes))), limit)


class Microkernel:
    """A body that emits vector code, where a worker calls it with integers."""

    def __init__(self, body: Callable[..., None], inlined: bool) -> None:
        self.body, self._emit = body, _emit if inlined else _emit_call
        self.__doc__ = body.__doc__

    def __call__(self, *arguments: Any) -> None:
        """Stands in the text of workers only."""
        raise TypeError("a microkernel is no function of Python's: workers call it")

    def emit(self, builder: Any, item_bytes: int, values: Sequence[Any]) -> None:
        """Write its code for an element type and the values of its arguments."""
        self._emit(self.body, builder, item_bytes, values)


def microkernel(body: Callable[..., None]) -> Microkernel:
    """Make a microkernel of a body that emits vector code, inlined; see the head of this file."""
    return Microkernel(body, True)


def routine(body: Callable[..., None]) -> Microkernel:
    """The same, not inlined: where it is long, or called in several places, the compiler has less to do."""
    return Microkernel(body, False)


def _emit(body: Callable[..., None], builder: Any, item_bytes: int, values: Sequence[Any]) -> None:
    asm = Assembler(builder, item_bytes)
    body(asm, *(Integer(asm, value) for value in values))


def _emit_call(body: Callable[..., None], builder: Any, item_bytes: int, values: Sequence[Any]) -> None:
    name = f"{body.__module__}.{body.__qualname__}.{id(body)}.{item_bytes}"
    function = builder.module.globals.get(name)
    if function is None:
        kind = ir.FunctionType(ir.VoidType(), [INT64] * len(values))
        function = ir.Function(builder.module, kind, name)
        function.linkage = "internal"
        function.attributes.add("noinline")
        inner = ir.IRBuilder(function.append_basic_block("entry"))
        _emit(body, inner, item_bytes, function.args)
        inner.ret_void()
    builder.call(function, values)
