"""Records of modules and criterions: construction, and steps of forward and backward."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from typing import Any

from torchnn import t7, torch
from torchnn.regression.compare import Comparison
from torchnn.regression.records import Record, Unsupported
from torchnn.regression.scope import PYTHON, Language

# Classes that move, select or compare: their outputs are the same to the last bit, and so are the gradients of those
# in MOVED, while the others add gradients up.
MOVED = frozenset(
    f"nn.{name}"
    for name in (
        "Clamp Collapse Contiguous Convert Copy FlattenTable HardShrink HardTanh Identity JoinTable "
        "MaskedSelect Max Min Narrow NarrowTable Padding PixelShuffle ReLU ReLU6 Reshape Select SelectTable "
        "SpatialMaxUnpooling SpatialZeroPadding SplitTable Squeeze Threshold Transpose Unsqueeze View "
        "VolumetricMaxUnpooling ZipTable ZipTableOneToMany"
    ).split()
)
SELECTED = MOVED | frozenset(
    f"nn.{name}"
    for name in (
        "CMaxTable CMinTable CReLU Constant Index OneHot Replicate SpatialAdaptiveMaxPooling SpatialDilatedMaxPooling "
        "SpatialFractionalMaxPooling SpatialMaxPooling SpatialReflectionPadding SpatialReplicationPadding "
        "SpatialUpSamplingNearest TemporalDynamicKMaxPooling TemporalMaxPooling VolumetricDilatedMaxPooling "
        "VolumetricFractionalMaxPooling VolumetricMaxPooling VolumetricReplicationPadding"
    ).split()
)

# Parameters that go through functions of the C library, such as normal numbers, or are norms.
_NORMAL = re.compile(r"\bnn\.(LookupTable|PartialLinear|WeightNorm|LinearWeightNorm)\b|\b(normal|randn|pow|exp|log)\(")

# Text that changes to single precision.
_SINGLE = re.compile(r"\bfloat\(|FloatTensor")

# Fields that are indices or drawn noise.
_DRAWN = re.compile(r"(noise|indices|Indices|randomSamples)(\[|$)")


@dataclass(frozen=True)
class Tolerances:
    """What may differ, relative to the largest element, in records of one tensor type."""

    value: float
    gradient: float
    normal: float

    @classmethod
    def of_record(cls, fields: dict[str, Any]) -> Tolerances:
        """Those of a record's type, or of floats where its text computes some of it in floats.

        So a DoubleTensor that `nn.DontCast` got from a module of floats is compared as floats are, which the type of
        the record alone does not say: three of its records differ by a rounding of floats, 2e-7 at most. Torch7 updated
        parameters with fused multiply-adds, and took `tanhf` from the C library.
        """
        text = fields["py"] + fields.get("setup_py", "")
        return cls.of("torch.FloatTensor" if _SINGLE.search(text) else fields["type"])

    @classmethod
    def of(cls, typename: str | None) -> Tolerances:
        """Those for doubles or for floats."""
        return cls(1e-5, 1e-4, 1.2e-7) if typename == "torch.FloatTensor" else cls(1e-10, 1e-10, 1e-14)


def replay(record: Record, comparison: Comparison, language: Language) -> None:
    """Replay a record with the module that its text makes, then with the one that was saved."""
    fields = record.fields
    language.start(fields, fields["type"])
    program = language.program()
    program.set("m", program.evaluate(language.text(fields)))
    setup = language.text(fields, "setup")
    if setup is not None:
        program.execute(setup)
    run = _criterion if fields.get("criterion") else run_module
    run("", program.get("m"), record, comparison, language)
    if "module" in fields:
        missing = unknown_class(fields["module"])
        if missing is not None:
            raise Unsupported(missing)
        run("saved: ", language.copy(fields["module"]), record, comparison, language)


def unknown_class(value: Any) -> str | None:
    """The name of a class that a saved value needs and that does not exist here."""
    seen: set[int] = set()
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, t7.UnknownObject):
            return item.typename
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, dict):
            todo += item.values()
        elif isinstance(item, list):
            todo += item
        elif hasattr(item, "__dict__"):
            todo += vars(item).values()
    return None


def run_module(prefix: str, m: Any, record: Record, comparison: Comparison, language: Language) -> None:
    """Take the recorded steps with a module; `prefix` begins the names of what is compared."""
    fields = record.fields
    tolerances = Tolerances.of_record(fields)
    normal = _NORMAL.search(fields["py"] + fields.get("setup_py", "")) is not None
    comparison.same(f"{prefix}params", parameters(m)[0], fields["params"], tolerances.normal if normal else 0.0)
    if "tostring" in fields:
        comparison.same(f"{prefix}tostring", str(m), fields["tostring"])
    m.zeroGradParameters()
    for i, step in enumerate(fields["steps"], 1):
        if i == 3 and "updatedParams" in fields:
            m.updateParameters(0.1)
            comparison.same(f"{prefix}updatedParams", parameters(m)[0], fields["updatedParams"], tolerances.gradient)
        run_step(f"{prefix}step {i} ", m, step, comparison, tolerances, language, updated=i >= 3)


def run_step(
    prefix: str,
    m: Any,
    step: dict[str, Any],
    comparison: Comparison,
    tolerances: Tolerances,
    language: Language,
    updated: bool,
) -> None:
    """Run a module forward and back; `updated`: its parameters were changed by their gradients before."""
    if step["mode"] == "training":
        m.training()
    else:
        m.evaluate()
    recorded = step.get("input")
    value = language.copy(recorded)
    tolerance = tolerances.gradient if updated else tolerances.value
    tolerance = 0.0 if torch.typename(m) in SELECTED else tolerance
    of_gradient = 0.0 if torch.typename(m) in MOVED else tolerances.gradient
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        torch.manualSeed(step["seed"])
        output = m.forward(value)
        comparison.same(f"{prefix}output", output, step.get("output"), tolerance)
        if "gradOutput" in step:
            torch.manualSeed(step["seed"] + 1)
            gradInput = m.backward(value, language.copy(step["gradOutput"]), step["scale"])
            if "gradInput" in step:
                comparison.same(f"{prefix}gradInput", gradInput, step["gradInput"], of_gradient)
            if "gradParams" in step:
                comparison.same(f"{prefix}gradParams", parameters(m)[1], step["gradParams"], tolerances.gradient)
    if "inputAfter" in step:
        comparison.same(f"{prefix}input", value, step["inputAfter"], tolerances.value)
    else:
        comparison.same(f"{prefix}input", value, recorded)
    _fields(prefix, m, step, comparison, tolerances)
    if "printed" in step:
        comparison.same(f"{prefix}printed", printed.getvalue().removesuffix("\n"), step["printed"])


def _fields(prefix: str, m: Any, step: dict[str, Any], comparison: Comparison, tolerances: Tolerances) -> None:
    for expression, expected in as_fields(step.get("fields")).items():
        got = PYTHON.program(m=m).evaluate(expression)
        exact = _DRAWN.search(expression) is not None
        comparison.same(f"{prefix}{expression}", got, expected, 0.0 if exact else tolerances.gradient)


def _criterion(prefix: str, c: Any, record: Record, comparison: Comparison, language: Language) -> None:
    fields = record.fields
    tolerances = Tolerances.of_record(fields)
    if "tostring" in fields:
        comparison.same(f"{prefix}tostring", str(c), fields["tostring"])
    for i, step in enumerate(fields["steps"], 1):
        where = f"{prefix}step {i} "
        value, target = language.copy(step.get("input")), language.copy(step.get("target"))
        torch.manualSeed(step["seed"])
        loss = c.forward(value, target)
        comparison.same(
            f"{where}loss", loss[0] if isinstance(loss, tuple) else loss, step.get("loss"), tolerances.value
        )
        if "gradInput" in step:
            comparison.same(f"{where}gradInput", c.backward(value, target), step["gradInput"], tolerances.gradient)
        _fields(where, c, step, comparison, tolerances)


def parameters(m: Any) -> tuple[Any, Any]:
    """Parameters and gradients; a module without any has empty lists."""
    found = m.parameters()
    if not isinstance(found, tuple):
        return ([] if found is None else found), []
    return found[0] or [], found[1] or []


def as_fields(value: Any) -> dict[str, Any]:
    """A table with names as keys, which reads as a list where it is empty."""
    return value if isinstance(value, dict) else {}
