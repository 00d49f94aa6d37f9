"""Fill the reference pages with the docstrings of what they are about: `python -m docs.generate [--check]`.

A page is written by hand but for what stands between a heading of third level that names functions in backticks

    ### `narrow`, `select`

and the next heading, or the examples (fenced blocks of Python), that follow it. There, the docstrings are put. A name
is one of the package, else one of its tensors' methods; `Timer.stop` is a method of that class, and `utils.clear` a
function of that module. With `--check` nothing is written, and the exit code is 1 where a page is out of date.
"""

import importlib
import inspect
import pathlib
import re
import sys
import types

# What an object of a class is called in the entries of its methods; else the class's name in small letters.
OBJECTS = {"Tensor": "x", "Storage": "s", "Generator": "gen", "CmdLine": "cmd"} | dict.fromkeys(
    ("DiskFile", "PipeFile", "MemoryFile"), "file"
)
# Packages whose classes, and their class methods, are shown as they are called.
CONSTRUCTED = ("nn.", "optim.", "graph.", "inn.", "nngraph.", "stn.", "xlua.")
REFERENCE = pathlib.Path(__file__).parent / "reference"
ENTRY = re.compile(r"^### (`[^\n]+`)\n(.*?)(?=^#|^```python$|\Z)", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"(`[^`]*`)")
LEADING_CAPITAL = re.compile(r"^[A-Z](?=[a-z]* )")
KEYWORD = re.compile(r"(?:^|(?<=\. ))(Input|Output|Errors):", re.MULTILINE)


def entries(page: str) -> list[list[str]]:
    """The names that each heading of a page documents."""
    return [names(heading) for heading, _ in ENTRY.findall(page)]


def names(heading: str) -> list[str]:
    """The names in backticks of a heading."""
    return [span.strip("`") for span in CODE_SPAN.findall(heading)]


def find(package: types.ModuleType, name: str) -> tuple[object, str]:
    """What a name stands for, and how it is called."""
    whole = package.__name__.rpartition(".")[2]
    first, dot, attribute = name.partition(".")
    if not dot and hasattr(package, first) and not isinstance(getattr(package, first), types.ModuleType):
        return getattr(package, first), f"{whole}.{first}"
    if not dot:
        first, attribute = "Tensor", name
    owner = getattr(package, first)
    found = inspect.getattr_static(owner, attribute, None)
    if found is None:
        raise LookupError(f"there is no {name} in {package.__name__}")
    of_class = isinstance(found, (classmethod, staticmethod)) and f"{whole}." in CONSTRUCTED
    if inspect.ismodule(owner) or of_class:
        return found, f"{whole}.{name}"
    return found, f"{OBJECTS.get(first, first.lower())}.{attribute}"


def signature(found: object, called: str) -> str:
    """How a function or method is called, from its parameters; nothing for what is not called."""
    if isinstance(found, (classmethod, staticmethod)):
        found = found.__func__
    found = inspect.unwrap(found) if callable(found) else found  # methods may be compiled
    if not inspect.isfunction(found) and not called.startswith(CONSTRUCTED):
        return called
    parameters = list(inspect.signature(found).parameters.values())
    if parameters and parameters[0].name in ("self", "cls"):
        del parameters[0]
    parameters = [parameter for parameter in parameters if parameter.name != "_"]  # arguments that are ignored
    words = [str(p.replace(annotation=inspect.Parameter.empty)) for p in parameters]
    return f"{called}({', '.join(words)})"


def description(package: types.ModuleType, name: str) -> str:
    """A docstring as Markdown, beginning with how the function is called."""
    found, called = find(package, name)
    text = inspect.getdoc(found)
    if not text:
        raise ValueError(f"{name} has no docstring")
    if f"{called}(" not in text.splitlines()[0]:
        text = f"`{signature(found, called)}`: {LEADING_CAPITAL.sub(lambda word: word[0].lower(), text)}"
    text = "".join(part if part.startswith("`") else part.replace("*", r"\*") for part in CODE_SPAN.split(text))
    return KEYWORD.sub(r"**\1:**", text)


def filled(package: types.ModuleType, page: str) -> str:
    """A page with all its docstrings as they are now."""

    def entry(match: re.Match[str]) -> str:
        texts: dict[int, str] = {}  # of each function once, whatever its names
        for name in names(match[1]):
            texts.setdefault(id(find(package, name)[0]), description(package, name))
        return f"### {match[1]}\n\n" + "\n\n".join(texts.values()) + "\n\n"

    return ENTRY.sub(entry, page).rstrip("\n") + "\n"


def main(arguments: list[str]) -> int:
    """Write all pages, or tell which are out of date."""
    outdated = 0
    for path in sorted(REFERENCE.glob("*/*.md")):
        page = path.read_text()
        text = filled(importlib.import_module(f"torchnn.{path.parent.name}"), page)
        if text != page and arguments == ["--check"]:
            print(f"{path} is out of date: run python -m docs.generate")
            outdated = 1
        elif text != page:
            path.write_text(text)
    return outdated


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
