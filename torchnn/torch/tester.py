"""`torch.Tester` and `torch.TestSuite`: tests as Torch7's packages write them."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import ArgumentError, SizeError, TorchError
from torchnn.torch.classes import isTensor, type_
from torchnn.torch.conversion import from_numpy
from torchnn.torch.differences import compared, compared_tensors, equal_values, kind
from torchnn.torch.text import lua_pattern, tostring

Test = Callable[..., Any]

COLUMNS = 80


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

    While a test runs, the checks return whether they held, and count. All take a message, those that compare numbers
    also a tolerance (0 unless said), in any order. Tests named `_setUp` and `_tearDown` are called with the name of
    a test before and after it.

    countasserts: checks of the last run. errors: what failed, in words. warnings: what is doubtful. tests: the
    functions by name.
    """

    def __init__(self) -> None:
        self.tests: dict[str, Test] = {}
        self.disabledTests: dict[str, bool] = {}
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self._warningCount: dict[str, int] = {}  # by the name of the test
        self.countasserts = 0
        self.earlyAbort = self.rethrow = self.summaryOnly = False
        self._currentTestName = ""
        self._setUp: Test | None = None
        self._tearDown: Test | None = None

    # ------------------------------------------------------------------ what to run and how

    def add(self, test: Test | TestSuite | Mapping[str, Test], name: str | None = None) -> Tester:
        """Add a function under a name ('unknown' by default), or all functions of a suite or a dict."""
        if callable(test):
            self._add_one("unknown" if name is None else name, test)
            return self
        if not hasattr(test, "items"):
            raise ArgumentError("Only tables of functions and functions supported")
        if name is not None:
            raise ArgumentError("Name parameter is forbidden for a table of tests, since its use is ambiguous")
        if not isinstance(test, TestSuite):
            self._warn("Should use TestSuite rather than plain lua table")
        for key, function in test.items():
            self._add_one(key, function)
        return self

    def _add_one(self, name: str, test: Test) -> None:
        if type_(test) == "table":
            raise ArgumentError("Nested sets of tests are not supported")
        if not callable(test):
            raise ArgumentError("Only tables of functions and functions supported")
        if name in ("_setUp", "_tearDown"):
            if getattr(self, name) is not None:
                raise TorchError(f"Only one {'set-up' if name == '_setUp' else 'tear-down'} function allowed")
            setattr(self, name, test)
        elif name in self.tests:
            raise TorchError(f"Test with name {name} already exists!")
        else:
            self.tests[name] = test

    def disable(self, names: str | list[str]) -> Tester:
        """Leave out the tests of these names from now on."""
        names = [names] if isinstance(names, str) else list(names)
        for name in names:
            if name not in self.tests:
                raise TorchError(f"Unrecognized test '{name}'")
        self.disabledTests.update(dict.fromkeys(names, True))
        return self

    def setEarlyAbort(self, flag: bool) -> Tester:
        """Whether a run ends after the first test that does not pass."""
        self.earlyAbort = flag
        return self

    def setRethrowErrors(self, flag: bool) -> Tester:
        """Whether a check that fails, or an error in a test, raises an error at once."""
        self.rethrow = flag
        return self

    def setSummaryOnly(self, flag: bool) -> Tester:
        """Whether a run leaves out what failed, in words, at its end."""
        self.summaryOnly = flag
        return self

    # ------------------------------------------------------------------ running

    def run(self, names: str | list[str] | None = None) -> int:
        """Run all tests, or those in whose names one of these Lua patterns is found, and print how they went.

        Returns 0. Raises TorchError where a check failed or a test raised an error.
        """
        chosen = self._selected(names)
        self.countasserts = 0
        self._warningCount.update(dict.fromkeys(chosen, 0))
        verdicts: list[str] = []
        print(f"Running {_counted(len(chosen), 'test')}")
        for name in chosen:
            verdicts.append(self._run_one(name))
            place = f"{len(verdicts):{len(str(len(chosen)))}}/{len(chosen)} {name} "
            print(place.ljust(COLUMNS - 7, "."), f"[{verdicts[-1]}]")
            if verdicts[-1] == "PASS" and self._warningCount[name]:
                print("[+warning]".rjust(COLUMNS))
            if self.earlyAbort and verdicts[-1] in ("FAIL", "ERROR") and len(verdicts) < len(chosen):
                print("Aborting on first error, not all tests have been executed")
                break
        self._report(chosen, verdicts)
        if "FAIL" in verdicts or "ERROR" in verdicts:
            raise TorchError("An error was found while running tests!")
        return 0

    def _selected(self, names: str | list[str] | None) -> list[str]:
        if names is None:
            return list(self.tests)
        chosen: dict[str, None] = {}
        for pattern in [names] if isinstance(names, str) else names:
            found = [name for name in self.tests if lua_pattern(pattern).search(name)]
            if not found:
                raise TorchError(f"Couldn't find test '{pattern}'")
            chosen.update(dict.fromkeys(found))
        return list(chosen)

    def _run_one(self, name: str) -> str:
        """Run one test; how it went."""
        if name in self.disabledTests:
            return "SKIP"
        self._currentTestName = name
        known, verdict = len(self.errors), ""
        if self._setUp is not None:
            self._setUp(name)
        try:
            self.tests[name]()
        except Exception as error:
            if self.rethrow:
                raise
            self.errors.append(f"{name}\n Function call failed\n{type(error).__name__}: {error}\n")
            verdict = "ERROR"
        if self._tearDown is not None:
            self._tearDown(name)
        self._currentTestName = ""
        return verdict or ("PASS" if len(self.errors) == known else "FAIL")

    def _report(self, chosen: list[str], verdicts: list[str]) -> None:
        doubtful = self._warningCount.get("", 0) + sum(self._warningCount[name] > 0 for name in chosen)
        failures, errors, skipped = (verdicts.count(verdict) for verdict in ("FAIL", "ERROR", "SKIP"))
        print(
            f"Completed {_counted(self.countasserts, 'assert')} in {_counted(len(chosen), 'test')} "
            f"with {_counted(failures, 'failure')} and {_counted(errors, 'error')}"
            + (f" and {_counted(doubtful, 'warning')}" if doubtful else "")
            + (f" and {skipped} disabled" if skipped else "")
        )
        if not self.summaryOnly and (self.errors or self.warnings):
            line = "-" * COLUMNS
            print("\n".join((line, *(f"{text}\n{line}" for text in (*self.errors, *self.warnings)))))

    def _warn(self, text: str) -> None:
        name = self._currentTestName
        self._warningCount[name] = self._warningCount.get(name, 0) + 1
        self.warnings.append(f"{name}\n{text}" if name else f"{text}\n")

    # ------------------------------------------------------------------ checks

    def _check(self, held: bool, rest: tuple[Any, ...], violation: str) -> bool:
        """Count a check; `rest` may hold a message, and the violation is said where it did not hold."""
        message = _message(rest)
        if not held and self.rethrow:
            raise TorchError(message + violation)
        self.countasserts += 1
        if not held:
            self.errors.append(f"{self._currentTestName}\n{message}{violation}")
        return held

    def assert_(self, condition: Any, *message: str) -> bool:
        """The condition holds: it is neither False nor None."""
        if type_(condition) != "boolean":
            self._warn(
                " :assert should only be used for boolean conditions. To check for non-nil variables, "
                "do this explicitly: Tester:assert(var ~= nil)."
            )
        held = condition is not None and (type_(condition) != "boolean" or bool(condition))
        return self._check(held, message, f"BOOL violation condition={tostring(condition)}")

    def assertlt(self, a: Any, b: Any, *message: str) -> bool:
        """a < b."""
        return self._check(bool(a < b), message, f"LT failed: {tostring(a)} >= {tostring(b)}")

    def assertle(self, a: Any, b: Any, *message: str) -> bool:
        """a <= b."""
        return self._check(bool(a <= b), message, f"LE failed: {tostring(a)} > {tostring(b)}")

    def assertgt(self, a: Any, b: Any, *message: str) -> bool:
        """a > b."""
        return self._check(bool(a > b), message, f"GT failed: {tostring(a)} <= {tostring(b)}")

    def assertge(self, a: Any, b: Any, *message: str) -> bool:
        """a >= b."""
        return self._check(bool(a >= b), message, f"GE failed: {tostring(a)} < {tostring(b)}")

    def asserteq(self, a: Any, b: Any, *message: str) -> bool:
        """a and b are the same object, or equal numbers, strings or booleans."""
        return self._check(equal_values(a, b), message, f"EQ failed: {tostring(a)} ~= {tostring(b)}")

    def assertne(self, a: Any, b: Any, *message: str) -> bool:
        """The opposite of asserteq."""
        if kind(a) == "userdata" or kind(a) == kind(b) == "table":
            self._warn(
                " :assertne should only be used to compare basic lua objects (numbers, booleans, etc). "
                "Consider using either :assertGeneralNe or :assert(a ~= b)."
            )
        return self._check(not equal_values(a, b), message, f"NE failed: {tostring(a)} == {tostring(b)}")

    def assertalmosteq(self, a: float, b: float, *rest: Any) -> bool:
        """|a - b| <= tolerance, which is 1e-16 unless given."""
        tolerance, message = _options(1e-16, rest)
        violation = f"ALMOST_EQ failed: {tostring(a)} ~= {tostring(b)} with tolerance={tostring(tolerance)}"
        return self._check(bool(abs(a - b) <= tolerance), message, violation)

    def assertGeneralEq(self, got: Any, expected: Any, *rest: Any) -> bool:
        """Equal in type, shape and value, deep into tables, up to a tolerance."""
        tolerance, message = _options(0.0, rest)
        found, _ = compared(got, expected, tolerance)
        return self._check(found is None, message, found or "")

    def assertGeneralNe(self, got: Any, unexpected: Any, *rest: Any) -> bool:
        """The opposite of assertGeneralEq."""
        tolerance, message = _options(0.0, rest)
        found, alike = compared(got, unexpected, tolerance)
        return self._check(found is not None, message, alike)

    def eq(self, got: Any, expected: Any, *rest: Any) -> bool:
        """Short for assertGeneralEq."""
        return self.assertGeneralEq(got, expected, *rest)

    def ne(self, got: Any, unexpected: Any, *rest: Any) -> bool:
        """Short for assertGeneralNe."""
        return self.assertGeneralNe(got, unexpected, *rest)

    def assertTensorEq(self, got: Any, expected: Any, *rest: Any) -> bool:
        """The elements of two tensors of a type agree up to a tolerance, whatever their shapes."""
        got, expected = _tensors(got, expected)
        tolerance, message = _options(0.0, rest)
        found, _ = compared_tensors(got, expected, tolerance, any_shape=True)
        if found is None and got.shape != expected.shape:
            self._warn(
                "Tensors have the same content but different dimensions. For backwards compatibility, they are "
                "considered equal, but this may change in the future. Consider using :eq to check for equality instead."
            )
        return self._check(found is None, message, found or "")

    def assertTensorNe(self, got: Any, unexpected: Any, *rest: Any) -> bool:
        """The opposite of assertTensorEq."""
        got, unexpected = _tensors(got, unexpected)
        tolerance, message = _options(0.0, rest)
        found, alike = compared_tensors(got, unexpected, tolerance, any_shape=True)
        return self._check(found is not None, message, alike)

    def assertTableEq(self, got: Any, expected: Any, *rest: Any) -> bool:
        """Two tables are equal, deep and up to a tolerance."""
        _all_are(is_table, "Table", got, expected)
        return self.assertGeneralEq(got, expected, *rest)

    def assertTableNe(self, got: Any, unexpected: Any, *rest: Any) -> bool:
        """The opposite of assertTableEq."""
        _all_are(is_table, "Table", got, unexpected)
        return self.assertGeneralNe(got, unexpected, *rest)

    def assertError(self, function: Test, *message: str) -> bool:
        """The function raises an error."""
        return self.assertErrorObj(function, lambda error: True, *message)

    def assertNoError(self, function: Test, *message: str) -> bool:
        """The function raises no error."""
        error = _raised(function)
        return self._check(error is None, message, f"ERROR violation: err={error}")

    def assertErrorMsg(self, function: Test, expected: str, *message: str) -> bool:
        """The function raises an error of exactly this text."""
        return self.assertErrorObj(function, lambda error: str(error) == expected, *message)

    def assertErrorPattern(self, function: Test, pattern: str, *message: str) -> bool:
        """The function raises an error in whose text the Lua pattern is found."""
        found = lua_pattern(pattern).search
        return self.assertErrorObj(function, lambda error: found(str(error)) is not None, *message)

    def assertErrorObj(self, function: Test, comparison: Callable[[Any], Any], *message: str) -> bool:
        """The function raises an error of which the comparison says True."""
        error = _raised(function)
        held = error is not None and bool(comparison(error))
        return self._check(held, message, f"ERROR violation: err={tostring(error)}")


def _counted(n: int, word: str) -> str:
    return f"{n} {word}{'' if n == 1 else 's'}"


def _message(rest: tuple[Any, ...]) -> str:
    """The message among the last arguments of a check, and a newline; they may hold None."""
    given = [value for value in rest if value is not None]
    if len(given) > 1:
        raise ArgumentError("Unexpected arguments passed to test function")
    if given and not isinstance(given[0], str):
        raise ArgumentError("message parameter must be a string")
    return f"{given[0]}\n" if given and given[0] else ""


def _options(default: float, rest: tuple[Any, ...]) -> tuple[float, tuple[str, ...]]:
    """A tolerance and the other arguments, given in any order."""
    tolerances = [value for value in rest if isinstance(value, numbers.Real) and not isinstance(value, bool)]
    if len(tolerances) > 1:
        raise ArgumentError("Unexpected number argument; already have tolerance")
    if tolerances and not tolerances[0] >= 0:
        raise SizeError("tolerance cannot be negative")
    others = tuple(value for value in rest if not any(value is tolerance for tolerance in tolerances))
    return float(tolerances[0]) if tolerances else default, others


def _all_are(is_kind: Callable[[Any], bool], kind: str, first: Any, second: Any) -> None:
    for word, value in (("First", first), ("Second", second)):
        if not is_kind(value):
            raise ArgumentError(f"{word} argument should be a {kind}")


def _tensors(first: Any, second: Any) -> tuple[Any, Any]:
    """Two tensors, which may be given as arrays; errors: anything else."""
    first, second = [from_numpy(value) if isinstance(value, np.ndarray) else value for value in (first, second)]
    _all_are(isTensor, "Tensor", first, second)
    return first, second


def is_table(value: Any) -> bool:
    """Whether a value is a table of Lua: a sequence, a mapping, or an object with fields."""
    return kind(value) == "table"


def _raised(function: Test) -> Exception | None:
    try:
        function()
    except Exception as error:
        return error
    return None
