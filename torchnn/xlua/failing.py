"""Raising errors in colour, and catching them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from torchnn.errors import TorchError
from torchnn.sys.colors import COLORS
from torchnn.torch.text import tostring


def coloured(message: Any, domain: str | None = None, usage: Any = None) -> str:
    """The text of an error: `<domain> message` in red, then the usage."""
    said = tostring(message) if domain is None else f"<{domain}> {tostring(message)}"
    return f"{COLORS['Red']}{said}{COLORS['none']}" + ("" if usage is None else f"\n{tostring(usage)}")


def error(message: Any, domain: str | None = None, usage: Any = None) -> NoReturn:
    """Raise a TorchError: `<domain> message` in red, followed by the usage."""
    raise TorchError(coloured(message, domain, usage))


def trycatch(function: Callable[[], Any], catch: Callable[[Exception], Any]) -> None:
    """Call a function, and a second one with the error if that raises one."""
    try:
        function()
    except Exception as raised:
        catch(raised)
