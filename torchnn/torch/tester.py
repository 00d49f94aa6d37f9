"""`torch.Tester` and `torch.TestSuite`: tests as Torch7's packages write them."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, TorchError
from torchnn.torch.classes import isequal, isStorage, isTensor, type_
from torchnn.torch.text import lua_pattern

Test = Callable[..., Any]


class Abort(TorchError):
    """Ends a run at its first failure."""


@registry.register("torch.TestSuite")
class TestSuite:
    """A table of test functions that refuses a name twice, and anything but functions."""

    def __init__(self) -> None:
        vars(self)["tests"] = {}

    def __setattr__(self, name: str, test: Test) -> None:
        if name in self.tests:
            raise TorchError(f"Test {name} is already defined.")
        if not callable(test):
            raise ArgumentError("Only functions are supported as members of a TestSuite")
        self.tests[name] = test

    def __getattr__(self, name: str) -> Test:
        tests: dict[str, Test] = vars(self)["tests"]
        if name not in tests:
            raise AttributeError(name)
        return tests[name]

    __setitem__ = __setattr__

    def items(self) -> Iterator[tuple[str, Test]]:
        """Names and tests."""
        return iter(self.tests.items())


@registry.register("torch.Tester")
class Tester:
    """Runs tests and counts their checks.

    While a test runs, the checks return whether they held, and count. Those that compare take a tolerance (0 unless
    given) and a message in any order. `_setUp` and `_tearDown` are called with a test's name around each.

    countasserts: checks so far. errors: what failed, in words. tests: the functions by name.
    """

    def __init__(self) -> None:
        self.tests: dict[str, Test] = {}
        self.disabled: set[str] = set()
        self.errors: list[str] = []
        self.countasserts = 0
        self.current = ""
        self.earlyAbort = self.rethrowErrors = self.summaryOnly = False
        self._setUp: Test | None = None
        self._tearDown: Test | None = None

    # ------------------------------------------------------------------ what to run and how

    def add(self, test: Test | TestSuite | Mapping[str, Test], name: str = "unknown") -> Tester:
        """Add a function under a name, or all functions of a suite or a dict; returns the tester."""
        if callable(test):
            self._add_one(name, test)
        else:
            for key, function in test.items():
                self._add_one(key, function)
        return self

    def _add_one(self, name: str, test: Test) -> None:
        if not callable(test):
            raise ArgumentError(f"tests are functions, {name} is a {type_(test)}")
        if name in ("_setUp", "_tearDown"):
            setattr(self, name, test)
        elif name in self.tests:
            raise TorchError(f"Test with name {name} already exists!")
        else:
            self.tests[name] = test

    def disable(self, names: str | list[str]) -> Tester:
        """Leave out tests of these names from now on; returns the tester."""
        self.disabled.update(self._selected(names))
        return self

    def setEarlyAbort(self, flag: bool) -> Tester:
        """Whether a run ends at the first check that fails."""
        self.earlyAbort = flag
        return self

    def setRethrowErrors(self, flag: bool) -> Tester:
        """Whether a check that fails raises an error at once."""
        self.rethrowErrors = flag
        return self

    def setSummaryOnly(self, flag: bool) -> Tester:
        """Whether a run prints only its last line."""
        self.summaryOnly = flag
        return self

    def _selected(self, names: str | list[str] | None) -> list[str]:
        if names is None:
            return list(self.tests)
        chosen: list[str] = []
        for pattern in [names] if isinstance(names, str) else names:
            found = [name for name in self.tests if lua_pattern(pattern).fullmatch(name)]
            if not found:
                raise TorchError(f"Couldn't find test '{pattern}'")
            chosen += [name for name in found if name not in chosen]
        return chosen

    def run(self, names: str | list[str] | None = None) -> int:
        """Run the tests of these names (Lua patterns), or all, and print how they went.

        Returns 0. Raises TorchError where a check failed or a test raised an error.
        """
        chosen = [name for name in self._selected(names) if name not in self.disabled]
        before, failures, broken = self.countasserts, 0, 0
        self._say(f"Running {_counted(len(chosen), 'test')}")
        for i, name in enumerate(chosen, 1):
            known = len(self.errors)
            try:
                raised = self._run_one(name)
            except Abort:
                failures += 1
                break
            broken += raised
            failed = len(self.errors) - known - raised
            failures += failed
            verdict = "ERROR" if raised else "FAIL" if failed else "PASS"
            self._say(f"{i}/{len(chosen)} {name} ".ljust(73, ".") + f" [{verdict}]")
        checks = self.countasserts - before
        print(
            f"Completed {_counted(checks, 'assert')} in {_counted(len(chosen), 'test')} "
            f"with {_counted(failures, 'failure')} and {_counted(broken, 'error')}"
        )
        for error in self.errors:
            self._say("-" * 80 + "\n" + error)
        if failures or broken:
            raise TorchError("An error was found while running tests!")
        return 0

    def _run_one(self, name: str) -> bool:
        """Run one test; whether it raised an error."""
        self.current = name
        try:
            if self._setUp:
                self._setUp(name)
            self.tests[name]()
            if self._tearDown:
                self._tearDown(name)
        except Abort:
            raise
        except Exception as error:
            if self.rethrowErrors:
                raise
            self.errors.append(f"{name}\n Function call failed\n{type(error).__name__}: {error}")
            return True
        return False

    def _say(self, text: str) -> None:
        if not self.summaryOnly:
            print(text)

    # ------------------------------------------------------------------ checks

    def _check(self, held: bool, what: str, message: Any = None) -> bool:
        self.countasserts += 1
        if held:
            return True
        error = f"{self.current}\n{message or ''}\n{what}"
        self.errors.append(error)
        if self.earlyAbort:
            raise Abort(error)
        if self.rethrowErrors:
            raise TorchError(error)
        return False

    def assert_(self, condition: Any, message: Any = None) -> bool:
        """The condition holds: it is neither False nor None."""
        return self._check(condition is not None and condition is not False, "BOOL violation", message)

    def assertlt(self, a: Any, b: Any, message: Any = None) -> bool:
        """a < b."""
        return self._check(a < b, f"LT violation: {a} >= {b}", message)

    def assertle(self, a: Any, b: Any, message: Any = None) -> bool:
        """a <= b."""
        return self._check(a <= b, f"LE violation: {a} > {b}", message)

    def assertgt(self, a: Any, b: Any, message: Any = None) -> bool:
        """a > b."""
        return self._check(a > b, f"GT violation: {a} <= {b}", message)

    def assertge(self, a: Any, b: Any, message: Any = None) -> bool:
        """a >= b."""
        return self._check(a >= b, f"GE violation: {a} < {b}", message)

    def asserteq(self, a: Any, b: Any, message: Any = None) -> bool:
        """a and b are the same object, or equal numbers, strings or booleans."""
        return self._check(_plain_equal(a, b), f"EQ violation: {a} is not {b}", message)

    def assertne(self, a: Any, b: Any, message: Any = None) -> bool:
        """The opposite of asserteq."""
        return self._check(not _plain_equal(a, b), f"NE violation: {a} is {b}", message)

    def assertalmosteq(self, a: float, b: float, tolerance: float = 1e-16, message: Any = None) -> bool:
        """|a - b| <= tolerance."""
        return self._check(abs(a - b) <= tolerance, f"ALMOST_EQ violation: |{a} - {b}| > {tolerance}", message)

    def assertGeneralEq(self, got: Any, expected: Any, *rest: Any) -> bool:
        """Equal in type, shape and value, deep into tables, up to a tolerance."""
        tolerance, message = _options(rest)
        return self._check(deep_equal(got, expected, tolerance), f"EQ violation: {got} is not {expected}", message)

    def assertGeneralNe(self, got: Any, unexpected: Any, *rest: Any) -> bool:
        """The opposite of assertGeneralEq."""
        tolerance, message = _options(rest)
        return self._check(not deep_equal(got, unexpected, tolerance), f"NE violation: {got} is {unexpected}", message)

    eq = assertGeneralEq
    ne = assertGeneralNe

    def assertTensorEq(self, got: Any, expected: Any, *rest: Any) -> bool:
        """The elements of two tensors agree up to a tolerance, whatever their shapes."""
        tolerance, message = _options(rest)
        return self._check(_elements_equal(got, expected, tolerance), "TensorEQ violation", message)

    def assertTensorNe(self, got: Any, unexpected: Any, *rest: Any) -> bool:
        """The opposite of assertTensorEq."""
        tolerance, message = _options(rest)
        return self._check(not _elements_equal(got, unexpected, tolerance), "TensorNE violation", message)

    def assertTableEq(self, got: Any, expected: Any, *rest: Any) -> bool:
        """Two tables are equal, deep and up to a tolerance."""
        return self.assertGeneralEq(got, expected, *rest)

    def assertTableNe(self, got: Any, unexpected: Any, *rest: Any) -> bool:
        """The opposite of assertTableEq."""
        return self.assertGeneralNe(got, unexpected, *rest)

    def assertError(self, function: Test, message: Any = None) -> bool:
        """The function raises an error."""
        return self._check(_raised(function) is not None, "ERROR violation: no error was raised", message)

    def assertNoError(self, function: Test, message: Any = None) -> bool:
        """The function raises no error."""
        error = _raised(function)
        return self._check(error is None, f"ERROR violation: {error}", message)

    def assertErrorMsg(self, function: Test, expected: str, message: Any = None) -> bool:
        """The function raises an error of exactly this text."""
        error = _raised(function)
        return self._check(error is not None and str(error) == expected, f"ERROR violation: {error}", message)

    def assertErrorPattern(self, function: Test, pattern: str, message: Any = None) -> bool:
        """The function raises an error in whose text the Lua pattern is found."""
        error = _raised(function)
        held = error is not None and lua_pattern(pattern).search(str(error)) is not None
        return self._check(held, f"ERROR violation: {error}", message)

    def assertErrorObj(self, function: Test, comparison: Callable[[Any], Any], message: Any = None) -> bool:
        """The function raises an error of which the comparison says True."""
        error = _raised(function)
        return self._check(error is not None and bool(comparison(error)), f"ERROR violation: {error}", message)


def _counted(n: int, word: str) -> str:
    return f"{n} {word}{'' if n == 1 else 's'}"


def _options(rest: tuple[Any, ...]) -> tuple[float, Any]:
    """A tolerance and a message, given in any order."""
    tolerance, message = 0.0, None
    for value in rest:
        if isinstance(value, numbers.Real) and not isinstance(value, bool):
            tolerance = float(value)
        elif value is not None:
            message = value
    return tolerance, message


def _raised(function: Test) -> Exception | None:
    try:
        function()
    except Exception as error:
        return error
    return None


def _plain_equal(a: Any, b: Any) -> bool:
    if type_(a) == type_(b) and type_(a) in ("number", "string", "boolean"):
        return bool(a == b)
    return isequal(a, b)


def _elements_equal(a: Any, b: Any, tolerance: float) -> bool:
    return a.nElement() == b.nElement() and _arrays_equal(a.array.reshape(-1), b.array.reshape(-1), tolerance)


def _arrays_equal(a: np.ndarray, b: np.ndarray, tolerance: float) -> bool:
    with np.errstate(invalid="ignore"):
        near = np.abs(a.astype(np.float64) - b.astype(np.float64)) <= tolerance
    return bool(np.all((a == b) | near))


def deep_equal(a: Any, b: Any, tolerance: float) -> bool:
    """Whether two values agree in type, shape and, up to the tolerance, in their numbers, deep into tables."""
    kind = type_(a)
    if kind != type_(b):
        return False
    if kind == "number":
        return bool(a == b) or abs(a - b) <= tolerance or (math.isnan(a) and math.isnan(b))
    if isTensor(a):
        return a.shape == b.shape and _arrays_equal(a.array, b.array, tolerance)
    if isStorage(a):
        return len(a) == len(b) and _arrays_equal(a.data, b.data, tolerance)
    if kind == "table":
        first, second = _entries(a), _entries(b)
        return first.keys() == second.keys() and all(deep_equal(v, second[k], tolerance) for k, v in first.items())
    return _plain_equal(a, b) or bool(a == b)


def _entries(table: Any) -> dict[Any, Any]:
    return dict(table) if isinstance(table, Mapping) else dict(enumerate(table))
