"""Ctrl-C while Lua runs."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import TracebackType

INTERRUPTED = 130  # what shells give a program that was interrupted

# What Lua does without calling Python goes on for so many seconds after Ctrl-C, at most.
GRACE = 1.0


class Watch:
    """Within the block Ctrl-C ends the program soon, also where Lua loops on its own.

    Python's own handler acts in the main thread as soon as Lua calls Python. The number of a signal also arrives in a
    pipe that another thread reads: it ends the process where nothing was `handled` after a moment.
    """

    def __init__(self) -> None:
        self._handled = threading.Event()
        self.handled = self._handled.set

    def __enter__(self) -> Watch:
        self._receiver, self._sender = os.pipe()
        os.set_blocking(self._sender, False)
        self._before = signal.set_wakeup_fd(self._sender, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.handled()
        signal.set_wakeup_fd(self._before)
        os.close(self._sender)

    def _watch(self) -> None:
        while number := os.read(self._receiver, 1):
            if number[0] == signal.SIGINT:
                if not self._handled.wait(GRACE):
                    sys.stdout.flush()
                    os._exit(INTERRUPTED)
                self._handled.clear()
        os.close(self._receiver)
