"""The one place that words an error.

Every error is a `TorchError` in Torch7's words; the subclasses say which of Python's own errors it also is, so that
`except ValueError` works too.
"""

from collections.abc import Iterable, Sequence


class TorchError(RuntimeError):
    """What Torch7 raises with `error`: the base of all errors of this package."""


class ArgumentError(TorchError, TypeError):
    """An argument of the wrong type, or arguments that fit no form of a function."""


class SizeError(TorchError, ValueError):
    """Sizes that do not fit the function or each other, or a value out of its domain."""


class RangeError(TorchError, IndexError):
    """An index or a dimension that does not exist."""


class MissingError(TorchError, AttributeError):
    """A class, function or method that does not exist here; `missing` is its Torch7 name."""

    def __init__(self, message: str, missing: str) -> None:
        super().__init__(message)
        self.missing = missing


class FormatError(TorchError):
    """A file that is not what its format says; `offset` is the byte where that shows, counted from 0.

    `short` says that more was expected than the file holds.
    """

    def __init__(self, message: str, offset: int, short: bool = False) -> None:
        super().__init__(message)
        self.offset = offset
        self.short = short


def sizes(size: Iterable[int]) -> str:
    """Sizes as messages from Torch7's C code print them: `[2 x 3]`."""
    return "[" + " x ".join(str(int(n)) for n in size) + "]"


def bad_argument(position: int, function: str, why: str) -> str:
    """Wording of Lua for a bad argument; `position` counts the object of a method as 1."""
    return f"bad argument #{position} to '{function}' ({why})"


def wrong_type(position: int, function: str, wanted: str, given: str) -> ArgumentError:
    """An argument that is not of the type that is wanted, such as a tensor of another type."""
    return ArgumentError(bad_argument(position, function, f"{wanted} expected, got {given}"))


def does_not_implement(typename: str, function: str) -> MissingError:
    """A function that a tensor type does not have."""
    name = f"torch.{function}"
    return MissingError(f"{typename} does not implement the {name}() function", f"{typename}.{function}")


def invalid_arguments(given: Sequence[str], expected: Sequence[str]) -> ArgumentError:
    """Arguments that fit none of the expected forms."""
    said = " ".join(given) + " " if given else "no arguments provided"
    return ArgumentError(f"invalid arguments: {said}\nexpected arguments: {' | '.join(expected)}")


def wrong_size(name: str, size: Sequence[int], axis: int, wanted: Sequence[int]) -> SizeError:
    """A tensor whose number of dimensions, or whose size along an axis (from 0), is not the one wanted."""
    if not wanted:
        return SizeError(f"Need {name} to be empty but got {name} to be of shape: {sizes(size)}")
    return SizeError(
        f"Need {name} of dimension {len(wanted)} and {name}.size[{axis}] == {wanted[axis]} "
        f"but got {name} to be of shape: {sizes(size)}"
    )


def too_small(given: Sequence[int], calculated: Sequence[int], times: str = " x ") -> SizeError:
    """An input that is too small for the window that slides over it; both sizes without the batch."""
    before, after = times.join(map(str, given)), times.join(map(str, calculated))
    return SizeError(f"Given input size: ({before}). Calculated output size: ({after}). Output size is too small")


def nil_field(name: str) -> MissingError:
    """A field that has to be there and is nil."""
    return MissingError(f"attempt to index field '{name}' (a nil value)", name)


def different_counts(named: Sequence[tuple[str, Sequence[int]]]) -> SizeError:
    """Tensors, given as (name, size), that should have the same number of elements."""
    shapes = [f"{name} {sizes(size)}" for name, size in named]
    counts = [str(_count(size)) for _, size in named]
    return SizeError(
        f"inconsistent tensor size, expected {_enumerate(shapes)} to have the same number of elements, "
        f"but got {_enumerate(counts)} elements respectively"
    )


def different_number(name: str, size: Sequence[int], other: str, other_size: Sequence[int]) -> SizeError:
    """Two tensors of a module that should have the same number of elements."""
    return SizeError(
        f"{name} and {other} have different number of elements: {name}{sizes(size)} has {_count(size)} elements, "
        f"while {other}{sizes(other_size)} has {_count(other_size)} elements"
    )


def different_shapes(name: str, size: Sequence[int], other: str, other_size: Sequence[int]) -> SizeError:
    """Two tensors of a module that should have the same sizes."""
    return SizeError(f"{name} and {other} shapes do not match: {name} {sizes(size)}, {other} {sizes(other_size)}")


def _count(size: Sequence[int]) -> int:
    count = 1 if len(size) else 0
    for n in size:
        count *= n
    return count


def _enumerate(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1]
