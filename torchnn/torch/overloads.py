"""Torch7's functions with several forms: which form the arguments fit, and with which defaults.

An `Overloads` is both the function `torch.f` and, as `.method`, the method `x.f`. Its forms are declared by what
follows the result and the first operand:

    add = Overloads("add", IN_PLACE, Form(_add_number, "number"), Form(_add_scaled, "number=1", "T"))

gives `torch.add([r,] x, v)`, `torch.add([r,] x, [v=1,] y)`, `x.add(v)`, `x.add([v,] y)`, `r.add(x, v)`, ... The
implementation is called with the result (None where it is to be made), the first operand and the rest in order:
`_add_number(r, x, v)`, and what it returns is returned.

Parameters are words: `T` a tensor of the dispatched type, `T~2D` one of that many dimensions, `LongTensor` and the
like one of another type, `number`, `index` (truncated to int), `boolean`, `string`, `Generator`, `function`,
`(V|F)` one of these strings. `=value` makes it optional; a Generator or a result is None where it is left out.

How arguments are matched (which depends on their types alone, so it is done once for each combination): forms in
order, optional arguments filled from the left; a tensor can be given as a numpy array or a nested list, a number as
text.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import math
import numbers
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, ClassVar

import numpy as np

from torchnn import errors, registry
from torchnn.torch import types
from torchnn.torch.classes import type_
from torchnn.torch.core import Core
from torchnn.torch.known import Call, Known, Plan, values
from torchnn.torch.text import to_number
from torchnn.torch.types import ElementType

# What precedes the declared parameters: results and the first operand, as functions and as methods take them.
IN_PLACE = ("*T*? T", "*T* T=self")  # torch.f([r,] x, ...); x.f(...) changes x; r.f(x, ...)
NEW = ("*T*? T", "*T*? T")  # torch.f([r,] x, ...); x.f(...) makes a new tensor; r.f(x, ...)
NEW_WITH_INDICES = ("*T*? *LongTensor*? T", "*T*? *LongTensor*? T")  # two results: values and 1-based indices
INTO = ("*T*?", "*T*")  # torch.f([r,] ...); r.f(...)
PLAIN = ("T", "T")  # torch.f(x, ...); x.f(...): no result tensor
NUMBERS = ("", None)  # torch.f(...) of numbers: no method

# What `help` shows of all functions and methods with several forms.
_ARGUMENTS = inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL)
_OF_FUNCTION = inspect.Signature([_ARGUMENTS])
_OF_METHOD = inspect.Signature([inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY), _ARGUMENTS])

ALL = types.ALL[:-1]
FLOATING = (types.FLOAT, types.DOUBLE)
INTEGER = tuple(element for element in ALL if not element.floating)

# Of arguments that do not say for which type of tensors a call is; generators are such too.
WITHOUT_TYPE: set[type] = {int, float}


@dataclass(frozen=True)
class Form:
    """One form: an implementation and the words of its parameters; `pattern` where it is not that of its function.

    `plain` is called in place of the implementation, and without them, where all optional parameters are left out.
    """

    implementation: Callable[..., Any]
    parameters: tuple[str, ...]
    pattern: tuple[str, str | None] | None
    plain: Callable[..., Any] | None

    def __init__(
        self,
        implementation: Callable[..., Any],
        *parameters: str,
        pattern: tuple[str, str | None] | None = None,
        plain: Callable[..., Any] | None = None,
    ) -> None:
        object.__setattr__(self, "implementation", implementation)
        object.__setattr__(self, "parameters", parameters)
        object.__setattr__(self, "pattern", pattern)
        object.__setattr__(self, "plain", plain)

    def variants(self) -> list[Form]:
        """The form, and before it the plain one if there is one."""
        if self.plain is None:
            return [self]
        required = [word for word in self.parameters if "=" not in word or word.endswith("=self")]
        return [Form(self.plain, *required, pattern=self.pattern), self]


class Overloads:
    """A function with several forms; see the head of this file.

    `of` lists the element types that have it. `doc` documents all forms; by default the first implementation does.
    """

    # A function in a slot is called in half of the time of a method that calls it.
    __slots__ = ("__call__", "__dict__")

    every: ClassVar[list[Overloads]] = []

    def __init__(
        self,
        name: str,
        pattern: tuple[str, str | None],
        *forms: Form,
        of: Sequence[ElementType] = ALL,
        doc: str | None = None,
    ) -> None:
        self.name = self.__name__ = name
        self.__module__ = forms[0].implementation.__module__
        self.of = tuple(of)
        self.__doc__ = doc if doc is not None else forms[0].implementation.__doc__
        self._pattern = pattern
        self._forms = forms
        self._variants = [variant for form in forms for variant in form.variants()]
        words = " ".join(" ".join((*form.parameters, *filter(None, form.pattern or pattern))) for form in forms)
        self._by_value = "~" in words or "|" in words
        self.of_function, self.of_method = Known(self._find_function), Known(self._find_method)
        self._of_default: dict[Any, Call] = {}  # where no argument said for which element type
        self.__call__ = self.of_function.caller()
        self.__signature__ = _OF_FUNCTION
        self.method: Any = self.of_method.caller()
        self.method.__name__ = self.name
        self.method.__qualname__ = f"Tensor.{self.name}"
        self.method.__module__ = self.__module__
        self.method.__doc__ = self.__doc__
        self.method.__signature__ = _OF_METHOD
        Overloads.every.append(self)

    def __repr__(self) -> str:
        return f"<function torch.{self.name}>"

    def __reduce__(self) -> str:
        return self.name

    # ------------------------------------------------------------------ calls whose types are not known yet

    def _find_function(self, *args: Any) -> Any:
        found = self._of_default.get(self._default_key(args)) or self._match(args, False)
        return found(*args)

    def _find_method(self, *args: Any) -> Any:
        return self._match(args, True)(*args)

    def _default_key(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """What the match depends on where no tensor says for which type it is: numpy's arrays and the default do."""
        if not args:  # torch.uniform() is called for single numbers, and takes 3 us in place of 4
            return (types.default(),)
        particular = values(args) if self._by_value else ()
        return types.default(), particular, *[a.dtype if isinstance(a, np.ndarray) else type(a) for a in args]

    # ------------------------------------------------------------------ matching

    def _match(self, args: tuple[Any, ...], method: bool) -> Call:
        """The form that fits and how to pick its arguments, remembered unless a value decided."""
        element, kept = dispatch(args, method)
        if element not in self.of:
            raise errors.does_not_implement(element.tensor_name, self.name)
        found = self._find(element, kept, method)
        if found is None and method and len(args) > 1 and isinstance(args[1], Core):
            # DoubleTensor.gt(byte, double, 2): the class that was named is that of the operand.
            found = self._find(args[1].element, kept, method) if args[1].element in self.of else None
        if found is None:
            raise errors.invalid_arguments([type_word(a) for a in kept], self._expected(element, method))
        call, plan = found
        if len(kept) < len(args):
            call, plan = _without_the_last(call), None
        self._remember(args, method, call, plan)
        return call

    def _find(self, element: ElementType, args: tuple[Any, ...], method: bool) -> tuple[Call, Plan | None] | None:
        for strict in (True, False):
            for form in self._variants:
                words = self._words(form, method)
                found = None if words is None else match(words, args, element, strict)
                if found is not None:
                    return _caller(form.implementation, len(args), *found), _plan(form, len(args), *found)
        return None

    def _remember(self, args: tuple[Any, ...], method: bool, found: Call, plan: Plan | None) -> None:
        told = any(isinstance(a, Core) for a in args[: 1 if method else 2])
        by_value = (list, tuple, np.ndarray) if self._by_value else (str,) if told else (str, list, tuple)
        if any(isinstance(a, by_value) for a in args):
            return
        if not told:
            self._of_default[self._default_key(args)] = found
            kinds = tuple([type(a) for a in args])
            if WITHOUT_TYPE.issuperset(kinds):
                self.of_function.mention(kinds, plan)
            return
        known = self.of_method if method else self.of_function
        known.remember(args, found, self._by_value, plan)

    def _expected(self, element: ElementType, method: bool) -> list[str]:
        every = [words for form in self._forms if (words := self._words(form, method)) is not None]
        return [" ".join(_described(word, element) for word in words) for words in every]

    def _words(self, form: Form, method: bool) -> list[str] | None:
        head = (form.pattern or self._pattern)[method]
        return None if head is None else [*head.split(), *form.parameters]


def dispatch(args: tuple[Any, ...], method: bool = False) -> tuple[ElementType, tuple[Any, ...]]:
    """The element type that a call is for, and its arguments without a type name at their end."""
    if method:
        if not args or not isinstance(args[0], Core):
            raise errors.ArgumentError(f"a tensor expected before {type_word(args[0]) if args else 'no arguments'}")
        return args[0].element, args
    if args and type(args[0]) is int and type(args[-1]) is int and (len(args) < 3 or type(args[1]) is int):
        return types.default(), args  # the sizes of most calls; asking for everything else takes 1 us
    for candidate in args[:2]:
        # Torch7's functions do not know HalfTensors.
        if isinstance(candidate, Core) and candidate.element is not types.HALF:
            return candidate.element, args
    if args and isinstance(args[0], (list, tuple)) and args[0] and isinstance(args[0][0], Core):
        return args[0][0].element, args
    if args and isinstance(args[-1], str) and args[-1].startswith("torch."):
        return types.of_tensor_name(args[-1]), args[:-1]
    for candidate in args[:2]:
        if isinstance(candidate, np.ndarray):
            return types.of_dtype(candidate.dtype), args
    return types.default(), args


def match(
    words: Sequence[str], args: Sequence[Any], element: ElementType, strict: bool
) -> tuple[list[int], list[Any], dict[int, Callable[[Any], Any]]] | None:
    """Fit arguments to parameters.

    Returns, for each parameter, the position of its value among the arguments followed by the constants; the
    constants; and the conversions that arguments need. None where they do not fit.
    """
    optional = [i for i, word in enumerate(words) if "=" in word or word.endswith("?")]
    missing = len(words) - len(args)
    if not 0 <= missing <= len(optional):
        return None
    for given in itertools.combinations(optional, len(optional) - missing):
        taken = [i for i in range(len(words)) if i not in optional or i in given]
        convert: dict[int, Callable[[Any], Any]] = {}
        for position, i in enumerate(taken):
            kind = words[i].rstrip("?").split("=")[0]
            # What is written to must be a tensor: the converted copy of an array would swallow the result.
            fit = _accepts(kind.strip("*"), args[position], element, strict or kind.startswith("*"))
            if fit is None:
                break
            if fit is not _as_is:
                convert[position] = fit
        else:
            picks, constants = [], []
            for i, word in enumerate(words):
                if i in taken:
                    picks.append(taken.index(i))
                elif word.endswith("=self"):
                    picks.append(0)
                else:
                    picks.append(len(args) + len(constants))
                    constants.append(_default(word))
            return picks, constants, convert
    return None


def _plan(
    form: Form, count: int, picks: list[int], constants: list[Any], convert: dict[int, Callable[[Any], Any]]
) -> Plan | None:
    """How the implementation is called, if it gets the `count` arguments of a call as they are."""
    sources = [pick if pick < count else (constants[pick - count],) for pick in picks]
    return None if convert else Plan(form.implementation, sources)


def _caller(
    implementation: Callable[..., Any],
    count: int,
    picks: list[int],
    constants: list[Any],
    convert: dict[int, Callable[[Any], Any]],
) -> Call:
    """The implementation as a function of `count` arguments of a call, with constants behind them."""
    given = list(range(count))
    first = picks.index(0) if picks else 0
    call: Call
    if picks[first : first + count] == given and len(picks) == count + len(constants):
        call = _completed(implementation, count, constants[:first], constants[first:])
    elif picks == [0, *given]:
        call = _changing(implementation, count)
    else:
        pick, behind = itemgetter(*picks), tuple(constants)

        def call(*args: Any) -> Any:
            return implementation(*pick(args + behind))

    if not convert:
        return call
    conversions = [convert.get(i, _as_is) for i in given]
    return lambda *args: call(*[f(a) for f, a in zip(conversions, args, strict=True)])


def _completed(implementation: Callable[..., Any], count: int, before: Sequence[Any], behind: Sequence[Any]) -> Call:
    """The implementation with constants before and behind its arguments, written out for one."""
    call = functools.partial(implementation, *before) if before else implementation
    if not behind:
        return call
    return (lambda x: call(x, *behind)) if count == 1 else (lambda *args: call(*args, *behind))


def _changing(implementation: Callable[..., Any], count: int) -> Call:
    """The implementation with its first operand as the result; written out, since a `*` costs 0.1 us."""
    if count == 1:
        return lambda x: implementation(x, x)
    if count == 2:
        return lambda x, a: implementation(x, x, a)
    if count == 3:
        return lambda x, a, b: implementation(x, x, a, b)
    if count == 4:
        return lambda x, a, b, c: implementation(x, x, a, b, c)
    return lambda x, *rest: implementation(x, x, *rest)


def _without_the_last(call: Call) -> Call:
    """The function called without its last argument, which is the name of a type."""
    return lambda *args: call(*args[:-1])


# ---------------------------------------------------------------------- the words of parameters


def _as_is(value: Any) -> Any:
    return value


def _default(word: str) -> Any:
    if word.endswith("?"):
        return None
    text = word.split("=")[1]
    if text in ("true", "false"):
        return text == "true"
    if text in ("nil", "last"):
        return None
    if word.startswith("("):
        return text
    return float(text) if "." in text else int(text)


def _accepts(kind: str, value: Any, element: ElementType, strict: bool) -> Callable[[Any], Any] | None:
    """How a value becomes an argument of that kind: None where it cannot."""
    if kind == "T" or kind.endswith("Tensor"):
        wanted = element if kind == "T" else types.of_tensor_name(f"torch.{kind}")
        if isinstance(value, types.TENSORS[wanted]):
            return _as_is
        if not strict and isinstance(value, (np.ndarray, list)):
            return types.TENSORS[wanted].from_any
        return None
    if kind.startswith("T~"):
        dims = int(kind[2:-1])
        if isinstance(value, types.TENSORS[element]):
            return _as_is if value.dim() == dims else None
        if not strict and isinstance(value, (np.ndarray, list)) and _dims(value) == dims:
            return types.TENSORS[element].from_any
        return None
    if kind in ("number", "index"):
        if isinstance(value, (bool, np.bool_)):
            return None
        if isinstance(value, numbers.Real):
            return _truncated if kind == "index" and not isinstance(value, int) else _as_is
        if isinstance(value, str) and to_number(value) is not None:
            return _truncated if kind == "index" else to_number
        return None
    if kind == "boolean":
        return _as_is if isinstance(value, (bool, np.bool_)) else None
    if kind == "string":
        return _as_is if isinstance(value, str) else None
    if kind == "function":
        return _as_is if callable(value) else None
    if kind.startswith("("):
        return _as_is if isinstance(value, str) and value in kind[1:-1].split("|") else None
    return _as_is if registry.typename(value) == f"torch.{kind}" else None


def _dims(value: Any) -> int:
    """The dimensions that a tensor of an array or of nested lists will have: none where there are no elements."""
    if isinstance(value, np.ndarray):
        return value.ndim if value.size else 0
    dims = 0
    while isinstance(value, list) and value:
        dims, value = dims + 1, value[0]
    return dims


def _truncated(value: Any) -> int:
    number = to_number(value)
    if number is None or not math.isfinite(number):
        raise errors.SizeError(f"a whole number expected, got {value}")
    return int(number)


def _described(word: str, element: ElementType) -> str:
    """A parameter as Torch7 prints it among the expected arguments."""
    kind = word.rstrip("?").split("=")[0]
    bare = kind.strip("*")
    if bare == "T" or bare.startswith("T~"):
        bare = element.name + "Tensor" + bare[1:]
    elif bare == "number":
        bare = element.ctype
    text = f"*{bare}*" if kind.startswith("*") else bare
    return f"[{text}]" if word != kind else text


def type_word(value: Any) -> str:
    """What kind of value this is, in the words of Torch7's messages."""
    if isinstance(value, np.ndarray):
        return f"numpy array of {value.dtype}"
    return type_(value).removeprefix("torch.")
