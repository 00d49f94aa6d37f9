"""Every function and method with arguments of all kinds: it returns, or raises an error of this package."""

import itertools
import re

import numpy as np
import pytest

from tests.conftest import ROOT
from torchnn import torch
from torchnn.errors import TorchError

PAGES = """construction queries views geometry selection callbacks pointwise arithmetic bits comparison reductions
statistics sorting matrix_parts products factorisations convolution random conversion""".split()
LINES = re.findall(r"^(\w+): (.+)$", (ROOT / "tests/docs/inventory.txt").read_text(), re.MULTILINE)
CALLED = [name for page, line in LINES if page in PAGES for name in line.split()]

MAKE = {
    "empty": lambda: torch.Tensor(),
    "element": lambda: torch.Tensor([2]),
    "vector": lambda: torch.range(1, 3),
    "matrix": lambda: torch.range(1, 9).view(3, 3).t(),
    "volume": lambda: torch.range(1, 8).view(2, 2, 2),
    "expanded": lambda: torch.Tensor([[1], [2]]).expand(2, 3),
    "overlapping": lambda: torch.range(1, 5).unfold(1, 3, 1),
    "longs": lambda: torch.LongTensor([1, 2]),
    "mask": lambda: torch.ByteTensor([1, 0, 1]),
    "halves": lambda: torch.HalfTensor([1, 2]),
    "array": lambda: np.arange(3.0),
    "sizes": lambda: torch.LongStorage([2, 2]),
    "one": lambda: 1,
    "zero": lambda: 0,
    "negative": lambda: -1,
    "fraction": lambda: 2.5,
    "nan": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "text": lambda: "V",
    "true": lambda: True,
    "none": lambda: None,
    "list": lambda: [1, 2],
    "table": lambda: [torch.ones(2), torch.ones(2)],
    "dict": lambda: {"a": 1},
    "function": lambda: float,
}
PAIRS = [*itertools.product(MAKE, repeat=2)]
SOME = [*itertools.product(["empty", "vector", "matrix", "overlapping", "longs", "one", "nan"], repeat=3)]


def call(name, arguments):
    owner, _, attribute = name.partition(".")
    values = [MAKE[argument]() for argument in arguments]
    if owner == "Tensor":
        return getattr(values[0], attribute)(*values[1:])
    return getattr(torch, attribute)(*values)


STORAGES = {
    "doubles": lambda: torch.DoubleStorage([1, 2, 3]),
    "chars": lambda: torch.CharStorage([1, 2]),
    "nothing": lambda: torch.LongStorage(),
    "part": lambda: torch.DoubleStorage(torch.DoubleStorage([1, 2, 3, 4, 5]), 2, 2),
}


@pytest.mark.parametrize("kind", STORAGES)
@pytest.mark.parametrize("name", "size elementSize fill copy resize totable string __getitem__ __setitem__".split())
def test_methods_of_storages_return_or_raise_a_clear_error(name, kind):
    for arguments in [(), *((argument,) for argument in MAKE), *PAIRS]:
        storage = STORAGES[kind]()
        before = storage.totable()
        try:
            getattr(storage, name)(*(MAKE[argument]() for argument in arguments))
        except TorchError as error:
            assert str(error) and storage.totable() == before, f"{name}{arguments} changed the storage, then: {error}"
        except TypeError as error:
            assert is_arity(error), f"{name}{arguments}: {error!r}"


def is_arity(error):
    """Whether Python itself says that there are too few or too many arguments, or that there is no such method."""
    return re.search(r"positional argument|takes no arguments|unexpected keyword", str(error)) is not None


@pytest.mark.parametrize("name", CALLED)
def test_calls_return_or_raise_a_clear_error(name):
    tensors = [argument for argument, make in MAKE.items() if torch.isTensor(make())]
    for arguments in [(), *((argument,) for argument in MAKE), *PAIRS, *SOME]:
        if name.startswith("Tensor.") and (not arguments or arguments[0] not in tensors):
            continue
        try:
            call(name, arguments)
        except TorchError as error:
            assert str(error), f"{name}{arguments}: an error without words"
        except TypeError as error:
            assert is_arity(error), f"{name}{arguments}: {error!r}"


COMPUTING = """pointwise arithmetic bits comparison reductions statistics sorting matrix_parts products factorisations
convolution""".split()
COMPUTED = [name for page, line in LINES if page in COMPUTING for name in line.split() if name.startswith("torch.")]


OPERANDS = {
    "vector": lambda: torch.range(1, 3),
    "square": lambda: torch.Tensor([[3, 1, 0], [1, 3, 1], [0, 1, 3]]),
    "volume": lambda: torch.range(1, 27).view(3, 3, 3),
    "whole": lambda: torch.IntTensor([1, 2, 3]),
    "mask": lambda: torch.ByteTensor([1, 0, 1]),
    "number": lambda: 1,
}

COMBINATIONS = [kinds for n in (1, 2, 3) for kinds in itertools.product(OPERANDS, repeat=n)]
COMBINATIONS += [(kind, "number", "number", "number") for kind in OPERANDS]


@pytest.mark.parametrize("name", COMPUTED)
def test_results_never_alias_the_arguments(name):
    function, computed = getattr(torch, name.removeprefix("torch.")), 0
    for kinds in COMBINATIONS:
        arguments = [OPERANDS[kind]() for kind in kinds]
        tensors = [argument for argument in arguments if torch.isTensor(argument)]
        before = [tensor.totable() for tensor in tensors]
        try:
            results = function(*arguments)
        except TorchError:
            continue
        results = [
            result for result in (results if isinstance(results, tuple) else (results,)) if torch.isTensor(result)
        ]
        if any(result is tensor for result in results for tensor in tensors):
            continue  # given to be filled
        computed += 1
        assert [tensor.totable() for tensor in tensors] == before, f"{name}{kinds} changes its arguments"
        for result, tensor in itertools.product(results, tensors):
            assert not np.shares_memory(result.array, tensor.array), f"{name}{kinds} shares memory with an argument"
    assert computed, f"{name} never computed anything"
