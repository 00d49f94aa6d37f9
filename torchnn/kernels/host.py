"""What the host's processor offers: how long its vectors are.

Explicit vectors longer than the host's run slowly (16 floats on AVX2: a third of the speed of 8), so the assembler
asks here. Any other processor (ARM, old x86) gets 128-bit vectors, which LLVM has everywhere.

The environment variable TORCHNN_VECTOR_BYTES (16, 32 or 64) asks for shorter ones, as tests do.
"""

import os

import llvmlite.binding as llvm

_FEATURES = llvm.get_host_cpu_features()

_LONGEST = 64 if _FEATURES.get("avx512f") else 32 if _FEATURES.get("avx2") and _FEATURES.get("fma") else 16


def _vector_bytes() -> int:
    wanted = os.environ.get("TORCHNN_VECTOR_BYTES", str(_LONGEST))
    if wanted not in ("16", "32", "64"):
        raise ValueError(f"TORCHNN_VECTOR_BYTES: 16, 32 or 64 expected, got {wanted}")
    return min(int(wanted), _LONGEST)


VECTOR_BYTES = _vector_bytes()

# How many vectors the processor can name: what a register tile may hold.
VECTOR_REGISTERS = 32 if VECTOR_BYTES == 64 or _FEATURES.get("neon") else 16

# Bytes of the vectors that AVX-512 has instructions of its own for; 0 elsewhere.
AVX512_BYTES = 64 if _FEATURES.get("avx512f") else 0


def lanes(item_bytes: int) -> int:
    """How many elements of that size a vector holds."""
    return VECTOR_BYTES // item_bytes
