import pytest

from torchnn import torch
from torchnn.torch.known import Known


def counted():
    """A `Known` and its function, and how often that had to look for a call."""
    searched = []

    def find(*args):
        searched.append(args)
        return "found"

    known = Known(find)
    return known, known.caller(), searched


@pytest.mark.parametrize("count", range(8))
def test_calls_are_known_by_the_types_of_all_arguments(count):
    known, call, searched = counted()
    args = tuple([1, "two", 3.0, None, [5], (6,), {7}][:count])
    assert call(*args) == "found" and searched == [args]
    if not count:
        return
    known.remember(args, lambda *given: given)
    assert call(*args) == args and len(searched) == 1
    assert call(*args, b"more") == "found"
    for i in range(count):
        assert call(*args[:i], b"other", *args[i + 1 :]) == "found", f"another type in place {i}"
    assert len(searched) == count + 2


@pytest.mark.parametrize("numbers", [(), (1.5,)])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_dimensions_count_where_they_decide(count, numbers):
    known, call, searched = counted()
    flat, square = [torch.zeros(2)] * count, [torch.zeros(2, 2)] * count
    known.remember((*flat, *numbers), lambda *_: "flat", by_value=True)
    assert call(*flat, *numbers) == "flat" and call(*square, *numbers) == "found"
    known.remember((*square, *numbers), lambda *_: "square", by_value=True)
    assert call(*flat, *numbers) == "flat" and call(*square, *numbers) == "square"
    assert len(searched) == 1


def test_strings_count_where_they_decide():
    known, call, searched = counted()
    known.remember((torch.zeros(2), "V"), lambda *_: "V", by_value=True)
    assert call(torch.zeros(2), "V") == "V" and call(torch.zeros(2), "F") == "found"
    assert len(searched) == 1


def test_nothing_is_an_argument_like_others():
    known, call, searched = counted()
    assert call(None) == call(None, None) == "found" and searched == [(None,), (None, None)]
