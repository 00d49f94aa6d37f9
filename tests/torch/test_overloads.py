import copy
import inspect
import pickle

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, MissingError, SizeError, TorchError
from torchnn.torch.overloads import IN_PLACE, INTO, NUMBERS, PLAIN, Form, Overloads


def given(*args):
    return args


probe = Overloads("probe", IN_PLACE, Form(given, "number=1.5", "T", "(V|F)=V"), Form(given, "index"), doc="A test.")


def test_optional_arguments_are_filled_from_the_left():
    x, y = torch.zeros(1), torch.zeros(2)
    assert probe(x, y) == (None, x, 1.5, y, "V")
    assert probe(x, 3, y) == (None, x, 3, y, "V")
    assert probe(y, x, 3, y, "F") == (y, x, 3, y, "F")
    assert probe.method(x, y) == (x, x, 1.5, y, "V")
    assert probe.method(y, x, 3, x) == (y, x, 3, x, "V")


def test_indices_are_truncated_and_text_can_be_a_number():
    x = torch.zeros(1)
    assert probe(x, 2.9) == probe(x, "2.9") == probe(x, np.float32(2.9)) == probe(x, np.int8(2)) == (None, x, 2)
    for bad in (float("nan"), float("inf")):
        with pytest.raises(SizeError, match="a whole number expected"):
            probe(x, bad)


def test_the_match_is_remembered_but_not_what_a_value_decided():
    x = torch.zeros(1)
    for _ in range(2):
        assert x.clone().add("2")[0] == 2
        with pytest.raises(ArgumentError):
            x.add("two")
        with pytest.raises(ArgumentError):
            probe(x, x, "W")
        assert probe(x, x, "F")[4] == "F"


def test_the_default_type_counts_at_every_call():
    zeros = Overloads(
        "zeros", INTO, Form(lambda r, n: torch.getdefaulttensortype(), "index"), of=(torch.DoubleTensor.element,)
    )
    assert zeros(1) == zeros(2) == "torch.DoubleTensor"
    torch.setdefaulttensortype("torch.IntTensor")
    with pytest.raises(MissingError):
        zeros(1)


def test_arrays_and_lists_stand_for_tensors():
    x = torch.zeros(2)
    for _ in range(2):
        assert torch.add(x, np.ones(2)).totable() == [1, 1]
        assert torch.add(x, [1, 2]).totable() == [1, 2]
        assert torch.add(np.ones(2), 1).totable() == [2, 2]
        assert type(torch.add(np.ones(2, np.float32), 1)) is torch.FloatTensor
        assert x.clone().cmul(np.arange(2)).totable() == [0, 0]
    with pytest.raises(ArgumentError):
        torch.add(np.zeros(2), x, 1)


def test_a_method_needs_its_tensor():
    for args in ((), (3,), (None, 1)):
        with pytest.raises(ArgumentError, match="a tensor expected"):
            torch.DoubleTensor.add(*args)


def test_functions_are_copied_and_pickled_by_name():
    assert copy.deepcopy([torch.add])[0] is torch.add
    assert pickle.loads(pickle.dumps(torch.sigmoid)) is torch.sigmoid


def test_help_shows_what_is_known_of_the_arguments():
    assert str(inspect.signature(torch.add)) == "(*args)"
    assert str(inspect.signature(torch.Tensor.add)) == "(self, /, *args)"
    assert torch.Tensor.add.__module__ == torch.add.__module__ == "torchnn.torch.arithmetic"


def test_errors_list_what_was_given_and_what_was_expected():
    x = torch.zeros(2)
    with pytest.raises(ArgumentError) as caught:
        torch.add(x, {})
    assert str(caught.value) == (
        "invalid arguments: DoubleTensor table \n"
        "expected arguments: [*DoubleTensor*] DoubleTensor double | [*DoubleTensor*] DoubleTensor [double] DoubleTensor"
    )
    with pytest.raises(ArgumentError, match="DoubleTensor HalfTensor"):
        x.add(x.half())
    with pytest.raises(ArgumentError, match="no arguments provided"):
        torch.add()
    for bad in (None, True, np.True_, object(), 1j):
        with pytest.raises(ArgumentError, match="invalid arguments"):
            x.add(bad)


def test_functions_of_numbers_have_no_method():
    both = Overloads("both", PLAIN, Form(given), Form(given, "number", pattern=NUMBERS), doc="A test.")
    x = torch.zeros(1)
    assert both(2) == (2,)
    assert both(x) == both.method(x) == (x,)
    with pytest.raises(ArgumentError):
        both.method(x, 2)


WITH_TEXT = {
    "add": (lambda: torch.Tensor([1]).add("2"), [3]),
    "eye": (lambda: torch.eye("1"), [[1]]),
    "range": (lambda: torch.range("1", "5", "2"), [1, 3, 5]),
    "range of whole numbers": (lambda: torch.IntTensor().range("1.9", "3"), [1, 2, 3]),
    "linspace": (lambda: torch.linspace("0", "1", "3"), [0, 0.5, 1]),
    "logspace": (lambda: torch.logspace("0", 1, "2"), [1, 10]),
    "cat": (lambda: torch.cat(torch.ones(1), torch.ones(1), "2"), [[1, 1]]),
    "cat of a table": (lambda: torch.cat([torch.ones(1), torch.ones(1)], "1"), [1, 1]),
    "narrow": (lambda: torch.range(1, 3).narrow("1", "2", "1"), [2]),
    "+": (lambda: torch.Tensor([3]) + "2", [5]),
    "+ before": (lambda: "2" + torch.Tensor([3]), [5]),
    "-": (lambda: torch.Tensor([3]) - "2", [1]),
    "- before": (lambda: "2" - torch.Tensor([3]), [-1]),
    "*": (lambda: torch.IntTensor([3]) * "0x10", [48]),
    "* before": (lambda: "2" * torch.Tensor([3]), [6]),
    "/": (lambda: torch.Tensor([3]) / "2", [1.5]),
    "%": (lambda: torch.Tensor([3]) % "2", [1]),
}


@pytest.mark.parametrize("name", WITH_TEXT)
def test_text_that_is_a_number_counts_as_one(name):
    call, expected = WITH_TEXT[name]
    assert call().totable() == expected


NO_NUMBERS = {
    "range": (lambda: torch.range("a", 3), "invalid arguments: string number"),
    "range of a truth value": (lambda: torch.range(True, 3), "invalid arguments: boolean number"),
    "cat": (
        lambda: torch.cat(torch.ones(1), torch.ones(1), "x"),
        "invalid arguments: DoubleTensor DoubleTensor string",
    ),
    "+": (lambda: torch.ones(1) + "x", "number expected, got string"),
}


@pytest.mark.parametrize("name", NO_NUMBERS)
def test_other_text_is_no_number(name):
    call, said = NO_NUMBERS[name]
    with pytest.raises(TorchError, match=said):
        call()
