"""Tests as Torch7's packages write them."""

import math

import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, SizeError, TorchError
from torchnn.torch.differences import difference


def run(checks, prepare=lambda tester: None):
    """Run one test; the tester and what its checks returned."""
    tester, got = torch.Tester(), []
    prepare(tester)
    tester.add(lambda: got.extend(checks(tester)), "one")
    try:
        assert tester.run() == 0
    except TorchError as error:
        assert str(error) == "An error was found while running tests!"
    return tester, got


DIFFERENT = [
    (1, 2, "EQ failed: 1 ~= 2"),
    (1, "1", "EQ failed: values have different types (first: number, second: string)"),
    (1, True, "EQ failed: values have different types (first: number, second: boolean)"),
    (math.nan, math.nan, "EQ failed: nan ~= nan"),
    ([1, [2, 3]], [1, [2, 4]], "At table location 2.2: EQ failed: 3 ~= 4"),
    ([[1, 2], 3], [[1], 4], "At table location 2: EQ failed: 3 ~= 4"),
    ([1, 2], [3], "At table location 1: EQ failed: 1 ~= 3"),
    ("a", "b", "EQ failed: a (string) ~= b (string)"),
    (torch.ones(1), 1, "EQ failed: values have different types (first: userdata, second: number)"),
    ({"a": 1}, {"b": 1}, "Entry a missing in second table (is 1 in first)"),
    ([1], [1, 5], "Entry 2 missing in first table (is 5 in second)"),
    ({"t": {"x": None, "y": 2}}, {"t": {}}, "Entry t.y missing in second table (is 2 in first)"),
    (torch.IntTensor([1]), torch.LongTensor([1]), "The tensors have different types"),
    (torch.IntTensor([1]), torch.IntTensor([[1]]), "The tensors have different dimensions"),
    (torch.IntTensor([1]), torch.IntTensor([1, 1]), "The tensors have different sizes"),
    (torch.ByteTensor([0]), torch.ByteTensor([255]), "TensorEQ(==) violation: max diff=255, tolerance=0"),
    (torch.LongTensor([2**53]), torch.LongTensor([2**53 + 1]), "TensorEQ(==) violation: max diff=1, tolerance=0"),
    (torch.Tensor([math.inf]), torch.Tensor([math.inf]), "TensorEQ(==) violation: max diff=nan, tolerance=0"),
    (torch.IntStorage([1]), torch.IntStorage([3]), "StorageEQ(==) violation: max diff=2, tolerance=0"),
    (torch.IntStorage([1]), torch.IntStorage([1, 2]), "The storages have different sizes"),
    (torch.IntStorage([1]), torch.LongStorage([1]), "The storages have different types"),
]


@pytest.mark.parametrize(("a", "b", "words"), DIFFERENT, ids=[words for _, _, words in DIFFERENT])
def test_how_values_differ(a, b, words):
    assert difference(a, b) == words


def test_values_that_do_not_differ():
    cycle = [1]
    cycle.append(cycle)
    other = [1]
    other.append(other)
    for a, b in (
        (1, 1.0),
        ([1, [2]], (1, (2,))),
        ([5], {1: 5, "gone": None}),
        (torch.Tensor(), torch.Tensor()),
        (torch.IntStorage(), torch.IntStorage()),
        (torch.rand(2, 3).t().fill(1), torch.ones(3, 2)),
        (nn.Linear(2, 2).reset(0), nn.Linear(2, 2).reset(0)),
        (cycle, other),
        (print, print),
    ):
        assert difference(a, b, 0) is None or isinstance(a, nn.Linear)
    linear = nn.Linear(2, 2)
    assert difference(linear, linear.clone()) is None, "modules are compared by their fields"
    assert difference(1.0, 1.1, 0.2) is None and difference(torch.ones(2), torch.ones(2) * 1.1, 0.2) is None
    assert difference(print, len) is not None


def test_deep_tables_are_compared():
    deep, same = 1, 1
    for _ in range(5000):
        deep, same = [deep], [same]
    assert difference(deep, same) is None


def test_arguments_in_any_order():
    tester, got = run(
        lambda t: [
            t.eq(1, 1.1, 0.2, "why"),
            t.eq(1, 1.1, "why", 0.2),
            t.assertalmosteq(1, 1.1, "why"),
            t.assertTensorEq(torch.ones(1), torch.ones(1), "why"),
            t.assertlt(1, 2, None),
        ]
    )
    assert got == [True, True, False, True, True]
    assert tester.errors == ["one\nwhy\nALMOST_EQ failed: 1 ~= 1.1 with tolerance=1e-16"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda t: t.eq(1, 1, 0.1, 0.2), ArgumentError),
        (lambda t: t.eq(1, 1, "a", "b"), ArgumentError),
        (lambda t: t.eq(1, 1, -1), SizeError),
        (lambda t: t.eq(1, 1, math.nan), SizeError),
        (lambda t: t.assertlt(1, 2, 3), ArgumentError),
        (lambda t: t.assertTensorEq(torch.ones(1), 1), ArgumentError),
        (lambda t: t.assertTableEq([1], 1), ArgumentError),
    ],
)
def test_wrong_arguments(wrong, error):
    tester = torch.Tester()
    with pytest.raises(error):
        wrong(tester)
    assert tester.countasserts == 0 and not tester.errors


def boom():
    raise ValueError("boom")


def test_what_a_run_prints(capsys):
    tester = torch.Tester()
    suite = torch.TestSuite()
    suite.good = lambda: tester.assert_(True)
    suite.bad = lambda: [tester.asserteq(1, 2), tester.assertlt(2, 1, "why")]
    suite.broken = boom
    suite.off = boom
    tester.add(suite).disable("off")
    with pytest.raises(TorchError, match="An error was found"):
        tester.run()
    lines = capsys.readouterr().out.split("\n")
    assert lines[0] == "Running 4 tests"
    assert [line[:10] + line[-8:] for line in lines[1:5]] == [
        "1/4 good ." + ". [PASS]",
        "2/4 bad .." + ". [FAIL]",
        "3/4 broken" + " [ERROR]",
        "4/4 off .." + ". [SKIP]",
    ]
    assert {len(line) for line in lines[1:5]} == {80, 81}
    assert lines[5] == "Completed 3 asserts in 4 tests with 1 failure and 1 error and 1 disabled"
    assert "2/4" not in "".join(lines[6:]) and "why\nLT failed: 2 >= 1" in "\n".join(lines[6:])
    tester.setSummaryOnly(True)
    assert tester.run("good") == 0
    assert capsys.readouterr().out.endswith("Completed 1 assert in 1 test with 0 failures and 0 errors\n")
    assert tester.countasserts == 1, "those of the last run"


def test_early_abort_ends_after_the_test():
    tester, seen = torch.Tester(), []
    for name in ("a", "b"):
        tester.add(lambda name=name: seen.extend((name, tester.assert_(False), tester.assert_(True))), name)
    with pytest.raises(TorchError):
        tester.setEarlyAbort(True).run()
    assert seen == ["a", False, True] and tester.countasserts == 2


def test_rethrow():
    tester = torch.Tester().setRethrowErrors(True)
    tester.add(boom, "broken").add(lambda: tester.eq(1, 2, "why"), "bad")
    with pytest.raises(ValueError, match="boom"):
        tester.run("broken")
    with pytest.raises(TorchError, match="why\nEQ failed: 1 ~= 2"):
        tester.run("bad")


def test_tear_down_follows_a_broken_test():
    seen = []

    def prepare(tester):
        tester.add(lambda name: seen.append(f"up {name}"), "_setUp")
        tester.add(lambda name: seen.append(f"down {name}"), "_tearDown")

    run(lambda t: boom(), prepare)
    assert seen == ["up one", "down one"]


def test_names_are_found_by_patterns():
    tester, seen = torch.Tester(), []
    for name in ("addOne", "addTwo", "mul"):
        tester.add(lambda name=name: seen.append(name), name)
    tester.run(["Two", "^a"])
    assert seen == ["addTwo", "addOne"]
    for call in (lambda: tester.run(["mul", "none"]), lambda: tester.disable("ad")):
        with pytest.raises(TorchError, match="Couldn't find test 'none'|Unrecognized test 'ad'"):
            call()
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("test", "name", "words"),
    [
        (3, None, "Only tables of functions"),
        ({"a": [boom]}, None, "Nested sets"),
        ({"a": 3}, None, "Only tables of functions"),
        ({"a": boom}, "name", "Name parameter is forbidden"),
        (boom, "there", "Test with name there already exists!"),
        (boom, "_setUp", "Only one set-up"),
    ],
)
def test_what_cannot_be_added(test, name, words):
    tester = torch.Tester().add(boom, "there").add(boom, "_setUp")
    with pytest.raises(TorchError, match=words):
        tester.add(test, name)
    assert list(tester.tests) == ["there"]


def test_warnings_are_no_failures(capsys):
    tester, got = run(lambda t: [t.assert_(0), t.assertTensorEq(torch.ones(4), torch.ones(2, 2)), t.assert_(np.True_)])
    assert got == [True, True, True] and len(tester.warnings) == 2
    out = capsys.readouterr().out
    assert "[PASS]\n" + " " * 70 + "[+warning]\n" in out
    assert "with 0 failures and 0 errors and 1 warning\n" in out, "tests with warnings are counted"


def test_warnings_of_comparisons():
    def checks(tester):
        tester.asserteq([1], [1])
        return [tester.assertne(*pair) for pair in (([1], [2]), (torch.ones(1), 3), ([1], 3), (3, [1]))]

    tester, _ = run(checks)
    assert len(tester.warnings) == 2 and all("basic lua objects" in warning for warning in tester.warnings)


ALIKE = [
    (1, 1, "NE failed: 1 == 1"),
    (True, True, "NE failed: true (boolean) == true (boolean)"),
    ([1, [2]], [1, [2]], "The tables are equal"),
    (torch.ones(2), torch.ones(2), "TensorNE(==) violation: max diff=0, tolerance=0"),
    (torch.Tensor(), torch.Tensor(), "Both tensors are empty"),
    (torch.IntStorage([1]), torch.IntStorage([1]), "StorageNE(==) violation: max diff=0, tolerance=0"),
    (torch.IntStorage(), torch.IntStorage(), "Both storages are empty"),
]


@pytest.mark.parametrize(("a", "b", "words"), ALIKE, ids=[words for _, _, words in ALIKE])
def test_what_is_said_of_values_that_should_differ(a, b, words):
    tester, got = run(lambda t: [t.ne(a, b)])
    assert got == [False] and tester.errors == [f"one\n{words}"]


def test_a_tolerance_is_said_of_numbers_that_should_differ():
    tester, _ = run(lambda t: [t.ne(1, 1.5, 2, "why"), t.assertTensorNe(torch.ones(2), torch.ones(2, 1) * 3, 2)])
    assert tester.errors == [
        "one\nwhy\nNE failed: 1 == 1.5 with tolerance=2",
        "one\nTensorNE(==) violation: max diff=2, tolerance=2",
    ]


def test_a_suite_gives_its_tests_back():
    suite = torch.TestSuite()
    suite["x"] = boom
    assert suite.x is boom and list(suite.items()) == [("x", boom)]
    with pytest.raises(AttributeError):
        suite.y  # noqa: B018
