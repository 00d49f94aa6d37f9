"""Torch7's package `paths`: names of files and folders."""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.paths.folders import dir as dir
from torchnn.paths.folders import dirp as dirp
from torchnn.paths.folders import filep as filep
from torchnn.paths.folders import files as files
from torchnn.paths.folders import iterdirs as iterdirs
from torchnn.paths.folders import iterfiles as iterfiles
from torchnn.paths.folders import mkdir as mkdir
from torchnn.paths.folders import rmall as rmall
from torchnn.paths.folders import rmdir as rmdir
from torchnn.paths.names import basename as basename
from torchnn.paths.names import concat as concat
from torchnn.paths.names import cwd as cwd
from torchnn.paths.names import dirname as dirname
from torchnn.paths.names import extname as extname
from torchnn.paths.places import dofile as dofile
from torchnn.paths.places import execdir as execdir
from torchnn.paths.places import findprogram as findprogram
from torchnn.paths.places import home as home
from torchnn.paths.places import is_mac as is_mac
from torchnn.paths.places import is_win as is_win
from torchnn.paths.places import require as require
from torchnn.paths.places import thisfile as thisfile
from torchnn.paths.places import tmpname as tmpname
from torchnn.paths.places import uname as uname


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no paths.{name}", f"paths.{name}")
