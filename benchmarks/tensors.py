"""The tensor operations that are measured, and the same in numpy and PyTorch, all on one memory.

An operation is a text in the variables of each: `x`, `y` (numbers between 0 and 1 in a square matrix), `m` (a mask of
bytes), `i` (indices of rows), `r` (a result), `t` (the other type of floating-point numbers), and the module itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn import torch

SIZES = ((10**6, np.float32), (10**6, np.float64), (9, np.float64))


@dataclass(frozen=True)
class Operation:
    """A family and an operation in three texts; `theirs` is None where PyTorch has no such thing."""

    family: str
    ours: str
    numpy: str
    theirs: str


OPERATIONS = [
    Operation("fill", "x.fill(1)", "x.fill(1)", "x.fill_(1)"),
    Operation("fill, strided", "x.t().fill(1)", "x.T.fill(1)", "x.t().fill_(1)"),
    Operation("clone", "x.clone()", "x.copy()", "x.clone()"),
    Operation("copy", "r.copy(x)", "np.copyto(r, x)", "r.copy_(x)"),
    Operation("copy, transposed", "r.copy(x.t())", "np.copyto(r, x.T)", "r.copy_(x.t())"),
    Operation("convert", "x.type(t)", "x.astype(t)", "x.to(t)"),
    Operation("select", "x.select(1, 1)", "x[0]", "x.select(0, 0)"),
    Operation("narrow", "x.narrow(1, 1, 2)", "x[0:2]", "x.narrow(0, 0, 2)"),
    Operation("transpose", "x.t()", "x.T", "x.t()"),
    Operation("view", "x.view(-1)", "x.reshape(-1)", "x.view(-1)"),
    Operation("bracket", "x[1]", "x[1]", "x[1]"),
    Operation("cat", "torch.cat(x, y, 1)", "np.concatenate((x, y))", "torch.cat((x, y))"),
    Operation("lower triangle", "x.tril()", "np.tril(x)", "x.tril()"),
    Operation("uniform numbers", "r.uniform()", "np.random.rand(*r.shape)", "r.uniform_()"),
    Operation("index rows", "x.index(1, i)", "x.take(i, 0)", "x.index_select(0, i)"),
    Operation("select by mask", "x.maskedSelect(m)", "x[m]", "x.masked_select(m)"),
    Operation("fill by mask", "x.maskedFill(m, 1)", "np.putmask(x, m, 1)", "x.masked_fill_(m, 1)"),
    Operation("add number", "x.add(1)", "np.add(x, 1, x)", "x.add_(1)"),
    Operation("add tensor", "x.add(y)", "np.add(x, y, x)", "x.add_(y)"),
    Operation("add scaled", "x.add(0.5, y)", "np.add(x, 0.5 * y, x)", "x.add_(y, alpha=0.5)"),
    Operation("multiply", "r.cmul(x, y)", "np.multiply(x, y, r)", "torch.mul(x, y, out=r)"),
    Operation("divide", "r.cdiv(x, y)", "np.divide(x, y, r)", "torch.div(x, y, out=r)"),
    Operation("multiply, transposed", "r.cmul(x.t(), y)", "np.multiply(x.T, y, r)", "torch.mul(x.t(), y, out=r)"),
    Operation("operator +", "x + y", "x + y", "x + y"),
    Operation("add row", "torch.add(x, y[0].view(1, -1).expandAs(x))", "x + y[0]", "x + y[0]"),
    Operation("addcmul", "r.addcmul(x, 2, x, y)", "np.add(x, 2 * x * y, r)", "torch.addcmul(x, x, y, value=2, out=r)"),
    Operation("clamp", "r.clamp(x, 0.2, 0.8)", "np.clip(x, 0.2, 0.8, r)", "torch.clamp(x, 0.2, 0.8, out=r)"),
    Operation("exp", "r.exp(x)", "np.exp(x, r)", "torch.exp(x, out=r)"),
    Operation("log", "r.log(x)", "np.log(x, r)", "torch.log(x, out=r)"),
    Operation("tanh", "r.tanh(x)", "np.tanh(x, r)", "torch.tanh(x, out=r)"),
    Operation("sqrt", "r.sqrt(x)", "np.sqrt(x, r)", "torch.sqrt(x, out=r)"),
    Operation("sin", "r.sin(x)", "np.sin(x, r)", "torch.sin(x, out=r)"),
    Operation("round", "r.round(x)", "np.round(x, out=r)", "torch.round(x, out=r)"),
    Operation("power", "r.pow(x, 2.5)", "np.power(x, 2.5, r)", "torch.pow(x, 2.5, out=r)"),
    Operation("compare", "x.gt(y)", "x > y", "x.gt(y)"),
    Operation("maximum", "r.cmax(x, y)", "np.maximum(x, y, r)", "torch.maximum(x, y, out=r)"),
    Operation("sum", "x.sum()", "x.sum()", "x.sum().item()"),
    Operation("sum of columns", "x.sum(1)", "x.sum(0, keepdims=True)", "x.sum(0, True)"),
    Operation("sum of rows", "x.sum(2)", "x.sum(1, keepdims=True)", "x.sum(1, True)"),
    Operation("mean", "x.mean()", "x.mean()", "x.mean().item()"),
    Operation("max", "x.max()", "x.max()", "x.max().item()"),
    Operation("max of columns", "x.max(1)", "(x.max(0), x.argmax(0))", "x.max(0)"),
    Operation("max of rows", "x.max(2)", "(x.max(1), x.argmax(1))", "x.max(1)"),
    Operation("std", "x.std()", "x.std(ddof=1)", "x.std().item()"),
    Operation("norm", "x.norm()", "np.linalg.norm(x)", "x.norm().item()"),
    Operation("distance", "x.dist(y)", "np.linalg.norm(x - y)", "x.dist(y).item()"),
    Operation("cumulative sum", "x.cumsum(2)", "x.cumsum(1)", "x.cumsum(1)"),
    Operation("sort", "x.sort()", "(np.sort(x), np.argsort(x))", "x.sort()"),
    Operation("dot", "x.dot(y)", "np.vdot(x, y)", "x.view(-1).dot(y.view(-1)).item()"),
    Operation("outer product", "torch.ger(x[0], y[0])", "np.multiply.outer(x[0], y[0])", "torch.outer(x[0], y[0])"),
    Operation("matrix product", "r.mm(x, y)", "np.matmul(x, y, r)", "torch.mm(x, y, out=r)"),
    Operation("matrix and vector", "torch.mv(x, x[0])", "x @ x[0]", "x.mv(x[0])"),
]


def functions(operation: Operation, size: int, kind: type, peer: Any = None) -> list[Callable[[], Any]]:
    """The operation here, in numpy and, where its module is given, in PyTorch, on a square matrix of a type."""
    side = round(size**0.5)
    shape = (side, side)
    generator = np.random.RandomState(1)
    drawn = {"x": generator.rand(*shape) + 0.01, "y": generator.rand(*shape) + 0.01, "r": np.zeros(shape)}
    arrays = {name: array.astype(kind) for name, array in drawn.items()}
    other = np.float64 if kind is np.float32 else np.float32
    mask = arrays["x"] > 0.5
    rows = generator.randint(0, side, side)
    ours = {name: torch.from_numpy(array) for name, array in arrays.items()}
    ours |= {"m": torch.from_numpy(mask.view(np.uint8)), "i": torch.from_numpy(rows + 1), "torch": torch}
    ours["t"] = "torch.DoubleTensor" if other is np.float64 else "torch.FloatTensor"
    names: list[tuple[str, dict[str, Any]]] = [
        (operation.ours, ours),
        (operation.numpy, {**arrays, "m": mask, "i": rows, "np": np, "t": other}),
    ]
    if peer is not None:
        theirs = {name: peer.from_numpy(array) for name, array in arrays.items()}
        theirs |= {"m": peer.from_numpy(mask), "i": peer.from_numpy(rows), "torch": peer}
        theirs["t"] = peer.float64 if other is np.float64 else peer.float32
        names.append((operation.theirs, theirs))
    return [eval(f"lambda: {text}", scope) for text, scope in names]
