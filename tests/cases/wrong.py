"""Values that are wrong, or at least odd, where a good one is expected; and what may not change when one is refused."""

import copy

from torchnn import torch


def tensors(good):
    """Named tensors of other sizes and types than a good one."""
    size = tuple(good.size().totable()) if good.dim() else ()

    def of(*sizes):
        return good.new(torch.LongStorage(list(sizes))).fill(1)

    yield "an empty tensor", good.new()
    for dimensions in range(1, 7):
        yield f"{dimensions} dimensions of 1", of(*[1] * dimensions)
        yield f"{dimensions} dimensions of 2 to 4", of(*[2, 3, 4, 3, 2, 3][:dimensions])
    yield "a dimension more", of(2, *size)
    yield "a dimension more at the end", of(*size, 2)
    if len(size) > 1:
        yield "a dimension less", of(*size[1:])
        yield "a dimension less at the end", of(*size[:-1])
        yield "the sizes in reverse", of(*size[::-1])
    for axis, n in enumerate(size):
        for other in {1, n - 1, n + 1, 3 * n + 2} - {0, n}:
            yield f"size {other} of dimension {axis + 1}", of(*size[:axis], other, *size[axis + 1 :])
    for kind in ("ByteTensor", "CharTensor", "ShortTensor", "IntTensor", "LongTensor", "FloatTensor", "HalfTensor"):
        cls = getattr(torch, kind)
        if type(good) is not cls and size:
            yield f"a {kind}", cls(good.array.astype(cls.element.dtype))
    if not good.element.floating:
        for number in (-(2**40), -1, 0, 97, 2**40):
            yield f"values {number}", torch.LongTensor(torch.LongStorage(list(size))).fill(number)
    else:
        yield "values NaN", good.clone().fill(float("nan"))
        yield "values -1e30", good.clone().fill(-1e30)
        yield "values 1e30", good.clone().fill(1e30)


def instead(good):
    """Named values of other kinds than a good one: what is no tensor, or no table."""
    yield "nil", None
    yield "a string", "input"
    yield "a number", 3.0
    yield "an empty table", []
    yield "a table of nothing", [None]
    yield "a ragged list", [[1.0, 2.0], [3.0]]
    yield "a deeply ragged list", [[[1.0]], [2.0, [3.0]]]
    yield "a table of strings", ["a", "b"]
    yield "a keyed table", {"a": torch.ones(2)}
    if torch.isTensor(good):
        yield "a table of itself", [good.clone()]
        yield "a table of itself twice", [good.clone(), good.clone()]
    else:
        yield "a tensor", torch.ones(3, 4)
        yield "a small tensor", torch.ones(1)
        yield "a tensor of five dimensions", torch.ones(2, 2, 2, 2, 2)


def values(good):
    """Named values unlike a good one in one place: in a tensor of it, or as a whole."""
    yield from instead(good)
    if torch.isTensor(good):
        yield from tensors(good)
    elif isinstance(good, list):
        yield "a table less the last", copy.deepcopy(good[:-1])
        yield "a table with the first again", copy.deepcopy([*good, good[0]])
        for i, item in enumerate(good):
            for name, value in values(item):
                yield f"[{i + 1}]: {name}", [*copy.deepcopy(good[:i]), value, *copy.deepcopy(good[i + 1 :])]


def alike(a, b):
    """Whether two values, nested or not, are equal, NaN being equal to itself."""
    if torch.isTensor(a):
        return type(a) is type(b) and a._size == b._size and a.array.tobytes() == b.array.tobytes()
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(alike(a[key], b[key]) for key in a)
    return a is b or a == b
