"""What constructors and methods say of arguments of the wrong kind."""

import re

import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, SizeError, TorchError
from torchnn.nn import arguments, exports

NAMES = [name for names in exports.FILES.values() for name in names if isinstance(getattr(nn, name), type)]

MAKE = {
    "nil": lambda: None,
    "minus one": lambda: -1,
    "zero": lambda: 0,
    "two": lambda: 2,
    "a fraction": lambda: 1.5,
    "NaN": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "2^62": lambda: 2**62,
    "10^30": lambda: 10**30,
    "text": lambda: "x",
    "a number in text": lambda: "2",
    "true": lambda: True,
    "an empty table": lambda: [],
    "a ragged list": lambda: [[1.0, 2.0], [3.0]],
    "a list": lambda: [1, 2],
    "a dict": lambda: {"a": 1},
    "an empty tensor": lambda: torch.Tensor(),
    "a vector": lambda: torch.ones(3),
    "planes": lambda: torch.ones(2, 3, 4, 4),
    "longs": lambda: torch.LongTensor([1, 2, 3]),
    "an array": lambda: np.zeros((2, 3)),
    "an empty array": lambda: np.zeros((0, 3)),
    "an array of objects": lambda: np.array([None, 1], dtype=object),
    "numpy's number": lambda: np.float64(2),
    "sizes": lambda: torch.LongStorage([2, 2]),
    "a module": lambda: nn.Tanh(),
    "a criterion": lambda: nn.MSECriterion(),
    "a function": lambda: len,
    "a class": lambda: nn.Linear,
    "tensors": lambda: [torch.ones(2, 3), torch.ones(2, 3)],
    "a generator": lambda: torch.Generator(),
    "a set": lambda: {1, 2},
    "bytes": lambda: b"ab",
    "an imaginary number": lambda: 1j,
}
INPUTS = ("an empty tensor", "planes", "tensors", "text")
LISTS = [(kind,) for kind in MAKE] + [("two", kind) for kind in MAKE] + [("two", "two", kind) for kind in MAKE]


def attempt(what, call, *kinds):
    """What a call gives; None where it is refused in our words, or for the number of its arguments."""
    try:
        return call(*(MAKE[kind]() for kind in kinds))
    except TorchError as error:
        assert str(error), f"{what}: an error without words"
    except TypeError as error:
        assert re.search("positional argument|no arguments", str(error)), f"{what}: {error!r}"
    except Exception as error:
        pytest.fail(f"{what}: {type(error).__name__}: {error}")
    return None


@pytest.mark.parametrize("name", NAMES)
def test_constructors_refuse_in_our_words_or_make_what_refuses_so(name, capsys):
    for kinds in LISTS:
        made = attempt(f"nn.{name}{kinds}", getattr(nn, name), *kinds)
        if isinstance(made, (nn.Module, nn.Criterion)):
            assert str(made).startswith(("nn.", "CReLU")) or name == "FeatureLPPooling", f"nn.{name}{kinds}"
            for kind in INPUTS[: 4 if len(kinds) == 1 else 1]:
                attempt(f"nn.{name}{kinds}, {kind}", made.forward, *[kind] * (1 + isinstance(made, nn.Criterion)))


def test_every_annotation_of_a_constructor_says_what_is_read():
    known = {*arguments.READERS, "Any"}
    for name in NAMES:
        annotated = getattr(getattr(nn, name).__init__, "__annotations__", {})
        named = {key: kind for key, kind in annotated.items() if key not in ("return", "_")}
        assert set(named.values()) <= known, f"nn.{name}: {named}"


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: nn.Linear([], 3), ArgumentError, "inputSize: number expected, got table"),
        (lambda: nn.Linear(2, outputSize="x"), ArgumentError, "outputSize: number expected, got string"),
        (lambda: nn.SpatialMaxPooling(float("nan"), 2), SizeError, "kW: a whole number expected, got nan"),
        (lambda: nn.Dropout("0.5"), ArgumentError, "p: number expected, got string"),
        (lambda: nn.MultiMarginCriterion(1, 5), ArgumentError, "Tensor expected, got number"),
        (lambda: nn.Sequential().add(nn.Linear), ArgumentError, "got the class Linear; call it to make one"),
        (lambda: nn.Sequential().add(None), ArgumentError, "nn.Module expected, got nil"),
        (lambda: nn.ConcatTable().add(nn.MSECriterion()), ArgumentError, "got nn.MSECriterion"),
        (lambda: nn.MultiCriterion().add(nn.MSECriterion), ArgumentError, "got the class MSECriterion"),
        (lambda: nn.ParallelCriterion().add(nn.MSECriterion(), "x"), ArgumentError, "weight: number expected"),
        (lambda: nn.StochasticGradient(nn.Linear(2, 2), 3), ArgumentError, "criterion: nn.Criterion expected"),
        (lambda: nn.Sequential().insert(nn.Tanh(), "x"), ArgumentError, "index: number expected"),
        (lambda: nn.Linear(2, 2).updateParameters(None), ArgumentError, "learningRate: number expected, got nil"),
        (lambda: nn.Linear(2, 2).reset(torch.ones(1)), ArgumentError, "stdv: number expected"),
        (lambda: nn.Linear(2, 2).apply(3), ArgumentError, "callback: function expected, got number"),
        (lambda: nn.Linear(2, 2).share(nn.Tanh(), "weight"), ArgumentError, "Tensor expected, got nil"),
        (lambda: nn.Linear(2, 2).share(nn.Linear(2, 2).float(), "weight"), ArgumentError, "torch.DoubleTensor"),
        (lambda: nn.Module.flatten([torch.ones(2), 3]), ArgumentError, "element 2 is a number"),
        (lambda: nn.Module.flatten(3), ArgumentError, "a table of tensors expected, got number"),
        (lambda: nn.MapTable(nn.Identity()).updateGradInput([1, 2], [1, 2]), ArgumentError, "has no module 2, it"),
    ],
)  # fmt: skip
def test_an_error_names_the_argument(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


def test_numbers_in_text_are_sizes_as_in_lua():
    assert str(nn.Linear("0x10", " 3 ")) == "nn.Linear(16 -> 3)"
    assert nn.SpatialConvolution(1, 2, 3.0, np.float64(3)).kW == 3


def test_constructors_of_others_are_their_own():
    class Mine(nn.Module):
        def __init__(self, size: int) -> None:
            super().__init__()
            self.size = size

    assert Mine([2, 3]).size == [2, 3]


def test_sharing_with_a_shorter_container_is_refused():
    mine, other = nn.Sequential().add(nn.Tanh()).add(nn.Linear(2, 2)), nn.Sequential().add(nn.Tanh())
    with pytest.raises(ArgumentError, match="got nil"):
        mine.share(other, "weight")
    assert mine.share(other) is mine


@pytest.mark.parametrize(
    "make, field, value, x",
    [
        (lambda: nn.LookupTable(5, 3), "gradWeight", torch.zeros(2, 3), torch.LongTensor([1, 5])),
        (lambda: nn.SparseLinear(6, 3), "gradWeight", torch.zeros(3, 2), [torch.ones(2, 2)]),
        (lambda: nn.SparseLinear(6, 3), "bias", torch.zeros(1), [torch.ones(2, 2)]),
        (lambda: nn.Linear(4, 3), "bias", torch.zeros(1), torch.ones(2, 4)),
        (lambda: nn.IndexLinear(6, 3), "normalize", 4, [torch.LongTensor([1]), torch.ones(1)]),
        (lambda: nn.IndexLinear(6, 3), "normalize", 3, [torch.LongTensor([1]), torch.ones(1)]),
        (lambda: nn.TemporalRowConvolution(3, 2), "kW", 3, torch.ones(5, 3)),
        (lambda: nn.SpatialDepthWiseConvolution(2, 2, 2, 2), "weight", torch.zeros(2, 9), torch.ones(2, 4, 4)),
    ],
)
def test_fields_that_no_longer_fit_each_other_are_found_before_memory_is_touched(make, field, value, x):
    module = make()
    setattr(module, field, value)
    with pytest.raises(TorchError):
        gradient = module.forward(x).clone()
        module.backward(x, gradient)


def test_buffers_of_another_type_are_made_anew():
    module, x = nn.VolumetricFullConvolution(1, 2, 2, 2, 2), torch.randn(1, 2, 2, 2)
    expected = module.clone()
    module.finput, module.fgradInput = torch.FloatTensor(1), torch.FloatTensor(1)
    gradient = torch.ones(expected.forward(x).size())
    assert module.forward(x).totable() == expected.output.totable()
    assert module.backward(x, gradient).totable() == expected.backward(x, gradient).totable()
