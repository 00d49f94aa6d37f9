"""Torch7's package `sys`: clocks, commands of the system, colours."""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.paths.names import concat as concat
from torchnn.paths.names import dirname as dirname
from torchnn.sys.colors import COLORS as COLORS
from torchnn.sys.commands import OS as OS
from torchnn.sys.commands import execute as execute
from torchnn.sys.commands import fexecute as fexecute
from torchnn.sys.commands import fpath as fpath
from torchnn.sys.commands import la as la
from torchnn.sys.commands import ll as ll
from torchnn.sys.commands import lla as lla
from torchnn.sys.commands import ls as ls
from torchnn.sys.commands import prefix as prefix
from torchnn.sys.commands import uname as uname
from torchnn.sys.timing import clock as clock
from torchnn.sys.timing import sleep as sleep
from torchnn.sys.timing import tic as tic
from torchnn.sys.timing import toc as toc
from torchnn.sys.timing import usleep as usleep
from torchnn.sys.words import isNaN as isNaN
from torchnn.sys.words import split as split


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no sys.{name}", f"sys.{name}")
