"""The package `socket` for Lua: the part of LuaSocket that waits, tells the time and talks TCP."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

CHUNK = 8192


def members(runtime: Any) -> dict[str, Callable[..., Any]]:
    """The functions that socket.lua is given; sockets are numbers there."""
    sockets = Sockets()
    return {
        "gettime": time.time,
        "sleep": lambda seconds: time.sleep(max(seconds, 0)),
        "gethostname": socket.gethostname,
        "toip": _careful(socket.gethostbyname),
        "create": sockets.create,
        "bind": _careful(sockets.bind),
        "listen": _careful(sockets.listen),
        "connect": _careful(sockets.connect),
        "accept": _careful(sockets.accept),
        "name": _careful(sockets.name),
        "peer": _careful(sockets.peer),
        "settimeout": sockets.settimeout,
        "setoption": _careful(sockets.setoption),
        "send": sockets.send,
        "receive": sockets.receive,
        "shutdown": _careful(sockets.shutdown),
        "close": sockets.close,
    }


class Sockets:
    """What is open, by number, and what of each came in and was not asked for yet."""

    def __init__(self) -> None:
        self._open: dict[int, socket.socket] = {}
        self._waiting: dict[int, bytes] = {}
        self._last = 0

    def __del__(self) -> None:
        for opened in self._open.values():
            opened.close()

    def create(self) -> int:
        """A new socket."""
        return self._known(socket.socket())

    def _known(self, opened: socket.socket) -> int:
        self._last += 1
        self._open[self._last], self._waiting[self._last] = opened, b""
        return self._last

    def _get(self, number: int) -> socket.socket:
        if number not in self._open:
            raise OSError("closed")
        return self._open[number]

    def bind(self, number: int, host: str, port: Any) -> None:
        """Take an address; port 0 is any that is free."""
        found = self._get(number)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(("" if host == "*" else host, int(port)))

    def listen(self, number: int, backlog: int = 32) -> None:
        """Let others connect."""
        self._get(number).listen(int(backlog))

    def connect(self, number: int, host: str, port: Any) -> None:
        """Connect to an address."""
        self._get(number).connect((host, int(port)))

    def accept(self, number: int) -> int:
        """The socket to the next one that connects."""
        accepted, _ = self._get(number).accept()
        accepted.settimeout(None)
        return self._known(accepted)

    def name(self, number: int) -> tuple[str, int]:
        """The own address and port."""
        host, port = self._get(number).getsockname()
        return host, port

    def peer(self, number: int) -> tuple[str, int]:
        """The other's address and port."""
        host, port = self._get(number).getpeername()
        return host, port

    def settimeout(self, number: int, seconds: float | None = None) -> None:
        """How long to wait; None or a negative number: for ever."""
        if number in self._open:
            self._open[number].settimeout(None if seconds is None or seconds < 0 else seconds)

    def setoption(self, number: int, name: str, value: Any = True) -> None:
        """One of the options that programs set; others raise."""
        levels = {
            "reuseaddr": (socket.SOL_SOCKET, socket.SO_REUSEADDR),
            "keepalive": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
            "tcp-nodelay": (socket.IPPROTO_TCP, socket.TCP_NODELAY),
        }
        if name not in levels:
            raise ValueError(f"unsupported option '{name}'")
        self._get(number).setsockopt(*levels[name], int(bool(value)))

    def send(self, number: int, text: str, first: int = 1, last: int = -1) -> Any:
        """Send a text, or its part; the position of the last byte sent, or None, why, and that position."""
        size = len(text)
        begin, end = (max(position + size + 1, 1) if position < 0 else position for position in (first, last))
        data, sent = text.encode("latin-1")[max(begin, 1) - 1 : end], max(begin, 1) - 1
        try:
            found = self._get(number)
            while data:
                count = found.send(data)
                data, sent = data[count:], sent + count
        except OSError as error:
            return None, _why(error), sent
        return sent

    def receive(self, number: int, pattern: Any = "*l", prefix: str = "") -> Any:
        """A line (`*l`), everything until the other closes (`*a`) or so many bytes; else None, why, and what came."""
        try:
            return prefix + self._received(number, pattern).decode("latin-1")
        except OSError as error:
            partial = self._waiting.get(number, b"").decode("latin-1")
            if number in self._waiting:
                self._waiting[number] = b""
            return None, _why(error), prefix + partial

    def _received(self, number: int, pattern: Any) -> bytes:
        found = self._get(number)
        while True:
            waiting = self._waiting[number]
            if pattern in ("*l", "l") and b"\n" in waiting:
                line, self._waiting[number] = waiting.split(b"\n", 1)
                return line.replace(b"\r", b"")
            if isinstance(pattern, (int, float)) and len(waiting) >= pattern:
                self._waiting[number] = waiting[int(pattern) :]
                return waiting[: int(pattern)]
            came = found.recv(CHUNK)
            if not came and pattern in ("*a", "a") and waiting:
                self._waiting[number] = b""
                return waiting
            if not came:
                raise OSError("closed")
            self._waiting[number] = waiting + came

    def shutdown(self, number: int, how: str = "both") -> None:
        """End one direction, or both."""
        self._get(number).shutdown(("receive", "send", "both").index(how))

    def close(self, number: int) -> None:
        """Close a socket; once more does nothing."""
        self._waiting.pop(number, None)
        opened = self._open.pop(number, None)
        if opened:
            opened.close()


def _why(error: OSError) -> str:
    """An error in LuaSocket's words."""
    if isinstance(error, TimeoutError | BlockingIOError):
        return "timeout"
    if isinstance(error, (BrokenPipeError, ConnectionResetError)):
        return "closed"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return (error.strerror or str(error)).lower()


def _careful(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, giving 1 in place of None, and None and why where it fails."""

    def call(*args: Any) -> Any:
        try:
            result = function(*args)
        except OSError as error:
            return None, _why(error)
        return 1 if result is None else result

    return call
