"""Instructions that AVX-512 alone has, for its longest vectors; elsewhere formulas do without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from torchnn.kernels import host
from torchnn.kernels.assembler import INT32, Assembler, Vector

# Mantissas from 3/4 to 3/2, NaN for numbers below zero; and how results are rounded: as always.
_AROUND_ONE, _AS_SET = 0b1011, 4


def serves(asm: Assembler) -> bool:
    """Whether there are these instructions for the vectors of an assembler."""
    return asm.vector_bytes == host.AVX512_BYTES


def _call(asm: Assembler, name: str, x: Vector, *arguments: Any) -> Vector:
    """An instruction for a vector and further arguments; it also takes what no element is replaced by."""
    letter, mask = ("s", ir.IntType(16)) if asm.item_bytes == 4 else ("d", ir.IntType(8))
    values = [x.value, *arguments, x.value, ir.Constant(mask, -1)]
    if name.startswith("mask"):
        values.append(ir.Constant(INT32, _AS_SET))
    kinds = [value.type for value in values]
    function = asm.function(f"llvm.x86.avx512.{name}.p{letter}.512", asm.vector_type, kinds)
    return Vector(asm, asm.builder.call(function, values))


def scaled(asm: Assembler, x: Vector, exponent: Vector) -> Vector:
    """x times 2 to the power of whole numbers, which may be larger than an exponent."""
    return _call(asm, "mask.scalef", x, exponent.value)


def exponent(asm: Assembler, x: Vector) -> Vector:
    """The largest n with 2^n <= |x|; minus infinity for zero."""
    return _call(asm, "mask.getexp", x)


def mantissa(asm: Assembler, x: Vector) -> Vector:
    """x divided by the power of two that leaves a number from 3/4 to 3/2; 1 of 0 and infinity, -1 of -0, NaN below."""
    return _call(asm, "mask.getmant", x, ir.Constant(INT32, _AROUND_ONE))


def reciprocal_root(asm: Assembler, x: Vector) -> Vector:
    """About 1 / sqrt(x), to 2^-14."""
    return _call(asm, "rsqrt14", x)


def reciprocal(asm: Assembler, x: Vector) -> Vector:
    """About 1 / x, to 2^-14."""
    return _call(asm, "rcp14", x)


def looked_up(asm: Assembler, table: Sequence[float], index: Any) -> Vector:
    """Elements of a table of 16 by the last four bits of integers."""
    if asm.item_bytes == 4:
        values, name = [ir.Constant(asm.vector_type, list(table)), index], "permvar.sf"
    else:
        low, high = (ir.Constant(asm.vector_type, list(half)) for half in (table[:8], table[8:]))
        values, name = [low, index, high], "vpermi2var.pd"
    function = asm.function(f"llvm.x86.avx512.{name}.512", asm.vector_type, [value.type for value in values])
    return Vector(asm, asm.builder.call(function, values))
