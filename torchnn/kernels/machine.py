"""From LLVM's language to machine code in this process.

Everything of a worker is one module, which is optimized once. Numba optimizes each function by itself, three times
over, and makes machine code of it that is never called: its way takes three times as long.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Collection, Sequence
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir

ARITHMETIC = {"fadd", "fsub", "fmul", "fdiv"}

_lock = threading.Lock()


@functools.cache
def _features() -> str:
    return str(llvm.get_host_cpu_features().flatten())


@functools.cache
def _target() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_features(), opt=3, reloc="static", jit=True
    )


@functools.cache
def _engine() -> Any:
    """What holds machine code."""
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target())


def processor() -> str:
    """What machine code depends on."""
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {_features()} {llvm.llvm_version_info}"


def compiled(module: ir.Module, fast_math: Collection[str], compact: bool = False) -> bytes:
    """The machine code of a module, all of whose arithmetic gets some flags.

    Compact code has loops as they are written and no costly optimizations, which takes half of the time to compile.
    """
    for function in module.functions:
        for block in function.blocks:
            for instruction in block.instructions:
                if instruction.opname in ARITHMETIC:
                    instruction.flags.extend(fast_math)
    with _lock:
        parsed = llvm.parse_assembly(str(module))
        parsed.triple = _target().triple
        parsed.data_layout = str(_target().target_data)
        options = llvm.create_pipeline_tuning_options(speed_level=1 if compact else 3)
        # Microkernels say themselves what runs on vectors, and what lies side by side.
        options.loop_vectorization = options.slp_vectorization = options.loop_interleaving = False
        options.loop_unrolling = not compact
        passes = llvm.create_pass_builder(_target(), options)
        passes.getModulePassManager().run(parsed, passes)
        return bytes(_target().emit_object(parsed))


def address(code: bytes, name: str) -> int:
    """Where the function of that name begins, once its machine code is in this process; each name is loaded once."""
    return addresses(code, [name])[name]


def addresses(code: bytes, names: Sequence[str]) -> dict[str, int]:
    """Where functions begin; see `address`."""
    with _lock:
        engine = _engine()
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        return {name: int(engine.get_function_address(name)) for name in names}
