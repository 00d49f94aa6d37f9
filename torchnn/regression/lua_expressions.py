"""Expressions of Lua, as far as records hold them, in Python: tables, constants, calls, and functions that call."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NoReturn

from torchnn.errors import TorchError
from torchnn.torch.text import lua_print

_TOKENS = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\w+(?:\.\w+)*|==|\S""")
_WORDS = {"true": "True", "false": "False", "nil": "None"}
_CLOSING = {"(": ")", "{": "}", "[": "]"}


def _error(message: Any, level: Any = None) -> NoReturn:
    raise TorchError(str(message))


# What expressions use of Lua itself.
NAMES: dict[str, Callable[..., Any]] = {"error": _error, "print": lua_print}


def python(lua: str) -> str:
    """The Python text of an expression; a table becomes a list, or a dict where it has keys."""
    return _Reader(_TOKENS.findall(lua)).expression()


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.position = 0

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self) -> str:
        self.position += 1
        return self.tokens[self.position - 1]

    def expression(self) -> str:
        """A value, what is called on it, and what it is compared with."""
        found = self.value()
        while self.peek() in ("(", "{", ":"):
            if self.peek() == ":":  # the methods of strings
                self.take()
                found = f"string.{self.take()}({found}, {self.sequence()})"
            else:
                found = f"{found}({self.table() if self.peek() == '{' else self.sequence()})"
        if self.peek() == "==":
            self.take()
            found = f"{found} == {self.expression()}"
        return found

    def value(self) -> str:
        if self.peek() == "{":
            return self.table()
        if self.peek() == "(":
            return f"({self.sequence()})"
        if self.peek() == "function":
            return self.function()
        sign = self.take() if self.peek() == "-" else ""
        token = self.take()
        return sign + _WORDS.get(token, token)

    def function(self) -> str:
        """A function without arguments whose body is one call."""
        for expected in ("function", "(", ")"):
            if self.take() != expected:
                raise SyntaxError(f"{expected} expected in {' '.join(self.tokens)}")
        body = self.expression()
        self.take()  # end
        return f"lambda: {body}"

    def sequence(self) -> str:
        """Expressions in parentheses."""
        closing = _CLOSING[self.take()]
        items = []
        while self.peek() != closing:
            items.append(self.expression())
            if self.peek() == ",":
                self.take()
        self.take()
        return ", ".join(items)

    def table(self) -> str:
        """The constructor of a table."""
        self.take()
        values: list[str] = []
        keyed: list[str] = []
        while self.peek() != "}":
            key = None
            if self.peek() == "[":
                key = self.sequence()
            elif self.tokens[self.position + 1] == "=":
                key = repr(self.take())
            if key is None:
                values.append(self.expression())
            else:
                self.take()  # =
                keyed.append(f"{key}: {self.expression()}")
            if self.peek() == ",":
                self.take()
        self.take()
        if not keyed:
            return f"[{', '.join(values)}]"
        return "{" + ", ".join([*(f"{i}: {value}" for i, value in enumerate(values, 1)), *keyed]) + "}"
