"""Lua's text of values, its numbers and its patterns."""

import math

import pytest

from torchnn import torch
from torchnn.torch import text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3.0, "3"),
        (0.1, "0.1"),
        (1e15, "1e+15"),
        (-0.0, "-0"),
        (1 / 3, "0.33333333333333"),
        (math.inf, "inf"),
        (2**53, "9.007199254741e+15"),
    ],
)
def test_numbers_are_written_with_14_digits(value, expected):
    assert text.tostring(value) == expected


def test_other_values():
    assert [text.tostring(value) for value in (None, True, False, "a")] == ["nil", "true", "false", "a"]
    assert text.tostring(torch.IntTensor([1])) == str(torch.IntTensor([1]))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (" 12 ", 12),
        ("0x1F", 31),
        ("-0x.8p1", -1),
        ("1e2", 100),
        (".5", 0.5),
        ("5.", 5),
        ("0b101", 5),
        (7, 7),
        ("1e400", math.inf),
    ],
)
def test_text_that_is_a_number(word, expected):
    assert text.to_number(word) == expected


@pytest.mark.parametrize("word", ["", "1 2", "x", "0x", "1_0", "--1", "1e", True, None, [1], "٣"])
def test_text_that_is_none(word):
    assert text.to_number(word) is None


@pytest.mark.parametrize(
    ("pattern", "word", "found"),
    [
        ("a.c", "abc", "abc"),
        ("a%.c", "abc", None),
        ("<(.-)>", "<x><y>", "<x>"),
        ("%d+%s%a*", "ab 12 cd", "12 cd"),
        ("[%w_]+", "-a_1-", "a_1"),
        ("[^%d]+", "12ab", "ab"),
        ("%S+$", "one two", "two"),
        ("^b", "ab", None),
        ("a{2}", "aa", None),
        ("x|y", "x|y", "x|y"),
        ("%p", "a!", "!"),
        ("[a-c]-d", "abcd", "abcd"),
    ],
)
def test_patterns(pattern, word, found):
    match = text.lua_pattern(pattern).search(word)
    assert (match and match[0]) == found


def test_print(capsys):
    text.lua_print(1.0, None, "x")
    assert capsys.readouterr().out == "1\tnil\tx\n"


def test_lua_print_goes_where_it_is_sent(capsys):
    lines = []
    with text.printing_with(lambda *values: lines.append(values)):
        text.lua_print("x", 1)
        text.print_plainly("plainly")
    text.lua_print("y")
    assert lines == [("x", 1)]
    assert capsys.readouterr().out == "plainly\ny\n"
