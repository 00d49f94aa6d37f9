"""Functions that take arguments by position or by name, and explain themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torchnn.sys.colors import COLORS
from torchnn.torch.text import lua_print, tostring
from torchnn.xlua.failing import error
from torchnn.xlua.printing import table2string

BANNER = "+" * 69
HELP_COLUMN = 40

Definition = Mapping[str, Any]


class Usage:
    """The text of a function's usage, made when it is asked for."""

    def __init__(self, funcname: str, description: str | None, definitions: Sequence[Definition]) -> None:
        self._of = funcname, description, definitions

    def __str__(self) -> str:
        name, description, definitions = self._of
        example = None
        if len(definitions) > 1:
            first, second = definitions[:2]
            named = f"{second['arg']}={second['type']}, {first['arg']}={first['type']}"
            example = f"{name}{{{named}}}\n{name}({first['type']}, ...)"
        return usage(name, description, example, {"tabled": definitions})


def usage(funcname: str, description: str | None, example: str | None, *definitions: Any) -> str:
    """The text that explains a function, in colours.

    Definitions are tables with `arg` (the name; without it arguments go by position, and '' begins another form),
    `type`, `help`, `req`, and `default` or `defaulta` (the argument that is the default); or one table whose `tabled`
    is the list of them.
    """
    if definitions and isinstance(definitions[0], Mapping) and definitions[0].get("tabled"):
        definitions = tuple(definitions[0]["tabled"])
    text = f"{BANNER}\n{COLORS['Magenta']}{funcname}{COLORS['none']}\n"
    text += f"\n{description}\n" if description else ""
    text += f"\n{COLORS['blue']}> {COLORS['none']}usage:\n{COLORS['cyan']}"
    if definitions and definitions[0] != "" and definitions[0].get("arg"):
        text += f"{funcname}{{\n" + "".join(_line(d, f"{d['arg']} = {d['type']}") for d in definitions) + "}\n"
    else:
        text += "".join(
            f"{funcname}(\n" + "".join(_line({**d, "default": None, "defaulta": None}, d["type"]) for d in form) + ")\n"
            for form in _forms(definitions)
        )
    text += COLORS["none"]
    text += f"\n{COLORS['cyan']}{example}{COLORS['none']}\n" if example else ""
    return text + BANNER


def _forms(definitions: Sequence[Any]) -> list[list[Definition]]:
    forms: list[list[Definition]] = [[]]
    for definition in definitions:
        if definition == "":
            forms.append([])
        else:
            forms[-1].append(definition)
    return forms


def _line(definition: Definition, words: str) -> str:
    key = f"    {words}" if definition.get("req") else f"    [{words}]"
    default, other = definition.get("default"), definition.get("defaulta")
    note = ""
    if default is not None:
        is_table = isinstance(default, (Mapping, list, tuple))
        note = f"  [default = {table2string(default) if is_table else tostring(default)}]"
    elif other is not None:
        note = f"  [default == {other}]"
    return f"{key.ljust(HELP_COLUMN)}-- {definition['help']}{note}\n"


def unpack(args: Sequence[Any], funcname: str, description: str | None, *definitions: Definition) -> tuple[Any, ...]:
    """Sort a function's arguments: by position, or by name where the only one is a dict.

    Definitions are those of `usage`. Returns a dict of all values by name and by 1-based position (and `usage`, the
    text that explains the function), followed by the values in order. Raises TorchError, and prints the usage, where
    there are no arguments or a required one is missing.
    """
    explained = Usage(funcname, description, definitions)
    if not len(args):
        _explain(explained)
    if len(args) == 1 and isinstance(args[0], Mapping):
        given = dict(args[0])
    else:
        given = {definition["arg"]: value for definition, value in zip(definitions, args, strict=False)}
    found: dict[Any, Any] = {}
    for i, definition in enumerate(definitions, 1):
        name = definition["arg"]
        value = given.get(name)
        if value is None and definition.get("req"):
            _explain(explained, f"{COLORS['Red']}missing argument: {name}{COLORS['none']}")
        value = definition.get("default") if value is None else value
        value = found.get(definition.get("defaulta")) if value is None else value
        found[name] = found[i] = value
    values = [found[i] for i in range(1, len(definitions) + 1)]
    found["usage"] = explained
    return found, *values


def _explain(explained: Usage, *before: str) -> None:
    for line in before:
        lua_print(line)
    lua_print(explained)
    error("error")


def unpack_class(
    object: Any, args: Sequence[Any], funcname: str, description: str | None, *definitions: Definition
) -> None:
    """Sort arguments as `unpack` does, and make them attributes of an object."""
    found, *_ = unpack(args, funcname, description, *definitions)
    for name, value in found.items():
        if isinstance(name, str):
            setattr(object, name, value)
