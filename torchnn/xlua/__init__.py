"""Torch7's package `xlua`: progress bars, arguments by name, options of programs, and other small helpers.

What it adds to Lua's `string` and `table` is in `xlua.string` and `xlua.table`.
"""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.xlua import string as string
from torchnn.xlua import table as table
from torchnn.xlua.arguments import unpack as unpack
from torchnn.xlua.arguments import unpack_class as unpack_class
from torchnn.xlua.arguments import usage as usage
from torchnn.xlua.environment import clear as clear
from torchnn.xlua.environment import clearall as clearall
from torchnn.xlua.environment import envparams as envparams
from torchnn.xlua.environment import installed as installed
from torchnn.xlua.environment import require as require
from torchnn.xlua.environment import who as who
from torchnn.xlua.failing import error as error
from torchnn.xlua.failing import trycatch as trycatch
from torchnn.xlua.option_parser import OptionParser as OptionParser
from torchnn.xlua.printing import log as log
from torchnn.xlua.printing import print as print
from torchnn.xlua.printing import table2string as table2string
from torchnn.xlua.profiler import Profiler as Profiler
from torchnn.xlua.progress import formatTime as formatTime
from torchnn.xlua.progress import progress as progress


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no xlua.{name}", f"xlua.{name}")
