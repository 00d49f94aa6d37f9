"""Translates workers, and the functions they call, from Python's syntax tree to LLVM's language.

Workers compute addresses and call microkernels, nothing else. So they are written in a small part of Python: whole
numbers of 64 bits, truth values, tuples of these, and the records that are their jobs. There is `for` over a range,
`while`, `if`, and calls of microkernels and of plain functions, whose annotation says what they return. Numbers known
here, such as constants of the file, are computed here. A division by 0 ends the process.

For such a text this is ten times as fast as Numba, which has to find out types, and compiles each function by itself.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import operator
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from torchnn.kernels.assembler import INT1, INT64, Microkernel
from torchnn.kernels.kinds import (
    Inline,
    Kind,
    Layout,
    Record,
    Value,
    emitted,
    gathered,
    kind_of,
    parts_of,
    result_of,
    types_of,
)

OPERATIONS = {ast.Add: ("add", operator.add), ast.Sub: ("sub", operator.sub), ast.Mult: ("mul", operator.mul)}
COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


def module_of(worker: Callable[..., None], job: np.dtype[Any], item_bytes: int, name: str) -> ir.Module:
    """A module with a function `name` of three integers: the address of jobs, a task, and a thread."""
    module = ir.Module(name)
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INT64] * 3), name)
    jobs, task, thread = function.args
    Translator(worker, function, item_bytes, {}).fill([Record(jobs, job), task, thread])
    return module


@functools.cache
def _syntax(function: Callable[..., Any]) -> ast.FunctionDef:
    """The syntax tree of a function."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return tree


class Translator:
    """Writes the code of one function. Variables are memory, of which LLVM makes registers."""

    def __init__(
        self, source: Callable[..., Any], function: ir.Function, item_bytes: int, others: dict[Any, ir.Function]
    ) -> None:
        self._source, self._function, self._item_bytes, self._others = source, function, item_bytes, others
        self._start = function.append_basic_block("variables")
        self._builder = ir.IRBuilder(function.append_basic_block("code"))
        self._variables: dict[str, tuple[Kind, list[Any]]] = {}
        self._loops: list[tuple[Any, Any]] = []  # where `continue` and `break` lead
        cells = (cell.cell_contents for cell in source.__closure__ or ())
        self._names = {
            **vars(builtins),
            **source.__globals__,
            **dict(zip(source.__code__.co_freevars, cells, strict=True)),
        }

    def fill(self, arguments: Sequence[Value]) -> None:
        """Write the code for arguments of the function."""
        tree, code = _syntax(self._source), self._builder.block
        for parameter, value in zip(tree.args.args, arguments, strict=True):
            self._assign(parameter.arg, value)
        self._run(tree.body)
        if not self._builder.block.is_terminated:
            self._builder.ret_void()
        ir.IRBuilder(self._start).branch(code)

    # ------------------------------------------------------------------ statements

    def _run(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            if self._builder.block.is_terminated:
                return
            getattr(self, f"_{type(statement).__name__}", self._unknown)(statement)

    def _unknown(self, node: ast.AST) -> Any:
        name = f"{type(node).__name__} of {self._source.__qualname__}"
        raise NotImplementedError(f"workers do not know the {name}: {ast.unparse(node)}")

    def _Assign(self, node: ast.Assign) -> None:
        value = self._value(node.value)
        for target in node.targets:
            self._store(target, value)

    def _AnnAssign(self, node: ast.AnnAssign) -> None:
        self._store(node.target, self._value(node.value))

    def _AugAssign(self, node: ast.AugAssign) -> None:
        self._store(node.target, self._combined(node, self._value(node.target), self._value(node.value)))

    def _Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self._value(node.value)

    def _Pass(self, node: ast.Pass) -> None:
        pass

    def _Return(self, node: ast.Return) -> None:
        parts = [] if node.value is None else parts_of(self._value(node.value))
        if len(parts) == 1:
            self._builder.ret(parts[0])
        elif parts:
            together: Any = ir.Constant(self._function.function_type.return_type, ir.Undefined)
            for i, part in enumerate(parts):
                together = self._builder.insert_value(together, part, i)
            self._builder.ret(together)
        else:
            self._builder.ret_void()

    def _Continue(self, node: ast.Continue) -> None:
        self._builder.branch(self._loops[-1][0])

    def _Break(self, node: ast.Break) -> None:
        self._builder.branch(self._loops[-1][1])

    def _If(self, node: ast.If) -> None:
        condition = self._truth(node.test)
        if isinstance(condition, bool):
            self._run(node.body if condition else node.orelse)
        else:
            self._branch(condition, lambda: self._run(node.body), lambda: self._run(node.orelse))

    def _branch(self, condition: Any, then: Callable[[], None], otherwise: Callable[[], None]) -> None:
        builder = self._builder
        first, second, after = (self._function.append_basic_block() for _ in range(3))
        builder.cbranch(condition, first, second)
        for block, write in ((first, then), (second, otherwise)):
            builder.position_at_end(block)
            write()
            if not builder.block.is_terminated:
                builder.branch(after)
        builder.position_at_end(after)

    def _While(self, node: ast.While) -> None:
        self._loop(lambda: self._truth(node.test), node.body, lambda: None)

    def _For(self, node: ast.For) -> None:
        """A loop over range(...), whose step may be a negative number where it is known here."""
        assert isinstance(node.iter, ast.Call) and isinstance(node.target, ast.Name)
        numbers = [self._value(argument) for argument in node.iter.args]
        start, stop, step = [0, *numbers, 1] if len(numbers) == 1 else [*numbers, 1][:3]
        sign = ">" if isinstance(step, int) and step < 0 else "<"
        counter, builder, name = self._memory(INT64), self._builder, node.target.id
        builder.store(emitted(start), counter)

        def go_on() -> Any:
            number = builder.load(counter, typ=INT64)
            more = builder.icmp_signed(sign, number, emitted(stop))
            self._assign(name, number)
            return more

        def advance() -> None:
            builder.store(builder.add(builder.load(counter, typ=INT64), emitted(step)), counter)

        self._loop(go_on, node.body, advance)

    def _loop(self, go_on: Callable[[], Any], body: Sequence[ast.stmt], advance: Callable[[], None]) -> None:
        builder = self._builder
        head, inside, latch, after = (self._function.append_basic_block() for _ in range(4))
        builder.branch(head)
        builder.position_at_end(head)
        builder.cbranch(emitted(go_on()), inside, after)
        builder.position_at_end(inside)
        self._loops.append((latch, after))
        self._run(body)
        self._loops.pop()
        if not builder.block.is_terminated:
            builder.branch(latch)
        builder.position_at_end(latch)
        advance()
        builder.branch(head)
        builder.position_at_end(after)

    # ------------------------------------------------------------------ variables

    def _memory(self, kind: Any) -> Any:
        return ir.IRBuilder(self._start).alloca(kind)

    def _store(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Tuple):
            for part, each in zip(target.elts, value, strict=True):
                self._store(part, each)
        elif isinstance(target, ast.Name):
            self._assign(target.id, value)
        elif isinstance(target, ast.Attribute):
            self._set(target, emitted(value))
        else:
            self._unknown(target)

    def _set(self, target: ast.Attribute, value: Any) -> None:
        """Write a field of a record that may change, of whose length the value is."""
        record = self._value(target.value)
        assert isinstance(record.kind, Layout)
        self._builder.store(value, self._builder.inttoptr(self._place(record, target.attr), value.type.as_pointer()))

    def _place(self, record: Record, name: str) -> Any:
        """The address of a field of a record."""
        fields: Any = record.kind.fields
        return self._builder.add(emitted(record.address), ir.Constant(INT64, fields[name][1]))

    def _assign(self, name: str, value: Value) -> None:
        kind = kind_of(value)
        if name not in self._variables:
            self._variables[name] = kind, [self._memory(each) for each in types_of(kind)]
        before, places = self._variables[name]
        if kind != before:
            raise TypeError(f"{name} of {self._source.__qualname__} is {before} here, {kind} there")
        for place, part in zip(places, parts_of(value), strict=True):
            self._builder.store(part, place)

    # ------------------------------------------------------------------ values

    def _value(self, node: Any) -> Value:
        return getattr(self, f"_{type(node).__name__}_value", self._unknown)(node)

    def _truth(self, node: ast.expr) -> Any:
        value = self._value(node)
        if isinstance(value, int):
            return bool(value)
        return value if value.type == INT1 else self._builder.icmp_signed("!=", value, ir.Constant(INT64, 0))

    def _Constant_value(self, node: ast.Constant) -> Value:
        return node.value

    def _Name_value(self, node: ast.Name) -> Value:
        if node.id in self._variables:
            kind, places = self._variables[node.id]
            loads = (self._builder.load(place, typ=each) for place, each in zip(places, types_of(kind), strict=True))
            return gathered(kind, loads)
        return self._names[node.id]

    def _Tuple_value(self, node: ast.Tuple) -> Value:
        return tuple(self._values(node.elts))

    def _values(self, nodes: Sequence[ast.expr]) -> list[Value]:
        found: list[Value] = []
        for node in nodes:
            found += self._value(node.value) if isinstance(node, ast.Starred) else [self._value(node)]
        return found

    def _Attribute_value(self, node: ast.Attribute) -> Value:
        """A field of a record, or a name of a module. No field of a job changes: LLVM may read it once.

        The type of a job tells, as metadata, which fields are known.
        """
        record = self._value(node.value)
        if not isinstance(record, Record):
            return getattr(record, node.attr)
        known: Any = record.kind.metadata or {}
        if node.attr in known:
            return known[node.attr]
        fields: Any = record.kind.fields
        field = fields[node.attr][0]
        bits = ir.IntType(8 * field.itemsize)
        place = self._builder.inttoptr(self._place(record, node.attr), bits.as_pointer())
        value = self._builder.load(place, typ=bits)
        if isinstance(record.kind, Layout):
            return self._builder.sext(value, INT64) if field.kind == "i" and field.itemsize < 8 else value
        value.set_metadata("invariant.load", self._function.module.add_metadata([]))
        return self._builder.icmp_signed("!=", value, ir.Constant(bits, 0)) if field == np.bool_ else value

    def _Subscript_value(self, node: ast.Subscript) -> Value:
        """A part of a tuple, or the record that lies so many records further on."""
        value, index = self._value(node.value), self._value(node.slice)
        if isinstance(value, Record):
            distance = self._builder.mul(emitted(index), ir.Constant(INT64, value.kind.itemsize))
            return Record(self._builder.add(value.address, distance), value.kind)
        return value[index]

    def _BinOp_value(self, node: ast.BinOp) -> Value:
        return self._combined(node, self._value(node.left), self._value(node.right))

    def _combined(self, node: ast.BinOp | ast.AugAssign, a: Value, b: Value) -> Value:
        if isinstance(node.op, (ast.FloorDiv, ast.Mod)):
            return self._divided(isinstance(node.op, ast.Mod), a, b)
        if type(node.op) not in OPERATIONS:
            self._unknown(node)
        name, function = OPERATIONS[type(node.op)]
        if isinstance(a, int) and isinstance(b, int):
            return function(a, b)
        return getattr(self._builder, name)(emitted(a), emitted(b))

    def _divided(self, rest: bool, a: Value, b: Value) -> Value:
        """a // b or a % b, rounded down as Python does; LLVM rounds towards 0."""
        if isinstance(a, int) and isinstance(b, int):
            return a % b if rest else a // b
        builder = self._builder
        if isinstance(b, int) and b > 0 and b & (b - 1) == 0:
            if rest:
                return builder.and_(a, ir.Constant(INT64, b - 1))
            return builder.ashr(a, ir.Constant(INT64, b.bit_length() - 1))
        a, b, zero = emitted(a), emitted(b), ir.Constant(INT64, 0)
        quotient, left = builder.sdiv(a, b), builder.srem(a, b)
        apart = builder.icmp_signed("<", builder.xor(left, b), zero)
        wrong = builder.and_(builder.icmp_signed("!=", left, zero), apart)
        if rest:
            return builder.add(left, builder.select(wrong, b, zero))
        return builder.sub(quotient, builder.zext(wrong, INT64))

    def _UnaryOp_value(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            value = self._truth(node.operand)
            return not value if isinstance(value, bool) else self._builder.not_(value)
        value = self._value(node.operand)
        return -value if isinstance(value, int) else self._builder.neg(value)

    def _Compare_value(self, node: ast.Compare) -> Value:
        values = self._values([node.left, *node.comparators])
        tests = [
            self._compared(COMPARISONS[type(sign)], a, b)
            for sign, a, b in zip(node.ops, values, values[1:], strict=False)
        ]
        return functools.reduce(lambda a, b: self._builder.and_(emitted(a), emitted(b)), tests)

    def _compared(self, sign: str, a: Value, b: Value) -> Value:
        if isinstance(a, int) and isinstance(b, int):
            return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[sign]
        kind = kind_of(b if isinstance(a, int) else a)
        a, b = (ir.Constant(kind, int(value)) if isinstance(value, int) else value for value in (a, b))
        return self._builder.icmp_signed(sign, a, b)

    def _BoolOp_value(self, node: ast.BoolOp) -> Value:
        """Conditions joined by `and` or `or`: the next one is only asked where the answer is still open."""
        first, *others = node.values
        value = self._truth(first)
        for other in others:
            value = self._joined(isinstance(node.op, ast.And), value, other)
        return value

    def _joined(self, both: bool, value: Value, other: ast.expr) -> Value:
        if isinstance(value, bool):
            return self._truth(other) if value == both else value
        if both:
            return self._either(value, lambda: self._truth(other), lambda: False)
        return self._either(value, lambda: True, lambda: self._truth(other))

    def _IfExp_value(self, node: ast.IfExp) -> Value:
        condition = self._truth(node.test)
        if isinstance(condition, bool):
            return self._value(node.body if condition else node.orelse)
        return self._either(condition, lambda: self._value(node.body), lambda: self._value(node.orelse))

    def _either(self, condition: Any, then: Callable[[], Value], otherwise: Callable[[], Value]) -> Value:
        """One of two values, of which only one is computed."""
        ways: list[tuple[Kind, list[Any], Any]] = []

        def written(way: Callable[[], Value]) -> Callable[[], None]:
            def write() -> None:
                value = way()
                ways.append((kind_of(value), parts_of(value), self._builder.block))

            return write

        self._branch(condition, written(then), written(otherwise))
        (kind, firsts, first), (other, seconds, second) = ways
        if kind != other:
            raise TypeError(f"one way of a condition in {self._source.__qualname__} is {kind}, the other {other}")
        merged = []
        for a, b in zip(firsts, seconds, strict=True):
            phi = self._builder.phi(a.type)
            phi.add_incoming(a, first)
            phi.add_incoming(b, second)
            merged.append(phi)
        return gathered(kind, iter(merged))

    # ------------------------------------------------------------------ calls

    def _Call_value(self, node: ast.Call) -> Value:
        function, arguments = self._value(node.func), self._values(node.args)
        if function in (min, max):
            return functools.reduce(functools.partial(self._extreme, "<" if function is min else ">"), arguments)
        if isinstance(function, Inline):
            return function.emit(self._builder, *map(emitted, arguments))
        if isinstance(function, Layout):
            return Record(arguments[0], function)
        if isinstance(function, Microkernel):
            numbers = [self._number(value) for value in parts_of(tuple(arguments))]
            return function.emit(self._builder, self._item_bytes, numbers)
        return self._called(function, arguments)

    def _extreme(self, sign: str, a: Value, b: Value) -> Value:
        first = self._compared(sign, a, b)
        if isinstance(first, bool):
            return a if first else b
        return self._builder.select(first, emitted(a), emitted(b))

    def _number(self, value: Value) -> Any:
        """A value as an integer of 64 bits."""
        value = emitted(value)
        return self._builder.zext(value, INT64) if value.type == INT1 else value

    def _called(self, source: Callable[..., Any], arguments: Sequence[Value]) -> Value:
        """Call a function, which is written for each combination of kinds of arguments."""
        result, kinds = result_of(source), tuple(map(kind_of, arguments))
        types = types_of(result)
        returned = ir.VoidType() if not types else types[0] if len(types) == 1 else ir.LiteralStructType(types)
        function = self._others.get((source, kinds))
        if function is None:
            name = f"{source.__module__}.{source.__qualname__}.{len(self._others)}"
            function = ir.Function(self._function.module, ir.FunctionType(returned, types_of(kinds)), name)
            function.linkage = "internal"
            self._others[source, kinds] = function
            values = gathered(kinds, iter(function.args))
            Translator(source, function, self._item_bytes, self._others).fill(values)
        value = self._builder.call(function, parts_of(tuple(arguments)))
        if len(types) <= 1:
            return gathered(result, iter([value])) if types else None
        return gathered(result, (self._builder.extract_value(value, i) for i in range(len(types))))
