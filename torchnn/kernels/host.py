"""What the host's processor offers: how long its vectors are.

Explicit vectors longer than the host's run slowly (16 floats on AVX2: a third of the speed of 8), so the assembler
asks here. Any other processor (ARM, old x86) gets 128-bit vectors, which LLVM has everywhere.
"""

import llvmlite.binding as llvm

_FEATURES = llvm.get_host_cpu_features()

VECTOR_BYTES = 64 if _FEATURES.get("avx512f") else 32 if _FEATURES.get("avx2") and _FEATURES.get("fma") else 16

# How many vectors the processor can name: what a register tile may hold.
VECTOR_REGISTERS = 32 if VECTOR_BYTES == 64 or _FEATURES.get("neon") else 16


def lanes(item_bytes: int) -> int:
    """How many elements of that size a vector holds."""
    return VECTOR_BYTES // item_bytes
