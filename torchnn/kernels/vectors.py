"""What formulas of vectors are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from torchnn.kernels.assembler import INT32, INT64, Assembler, Integer, Vector


def polynomial(asm: Assembler, x: Vector, coefficients: Sequence[float]) -> Vector:
    """The sum of coefficients, that of the lowest power first, times powers of x."""
    *others, highest = coefficients
    found = asm.constant(highest)
    for coefficient in reversed(others):
        found = asm.multiply_add(found, x, asm.constant(coefficient))
    return found


def every(asm: Assembler, conditions: Any) -> Integer:
    """1 where a condition holds for all elements, else 0."""
    kind = ir.IntType(asm.lanes)
    bits = asm.builder.bitcast(conditions, kind)
    return Integer(asm, asm.builder.zext(asm.builder.icmp_unsigned("==", bits, ir.Constant(kind, -1)), INT64))


def element(vector: Vector) -> Any:
    """The first element of a vector, as `store_item` takes it."""
    return vector.asm.builder.extract_element(vector.value, ir.Constant(INT32, 0))
