"""The `.t7` format: bytes, tags, references and classes. `docs/t7-format.md` describes it byte by byte.

What a file holds becomes: nil None, numbers int where they are whole (else float), strings str where they are UTF-8
(else bytes), tables with keys 1..n lists and others dicts, functions `Function` (never run). An object of a class
that `torchnn.registry` knows is made without `__init__`; others become `UnknownObject` and are written as they came.

How the objects of a class are stored is up to the class:

- As a rule, by their attributes: `__dict__` is written as one table and set again by the reader, which then calls
  `_upgrade(self, version)` where the class has it, to repair what old files lack. Before they are written
  `_store(self)` is called where the class has it, to bring buffers into the form that Torch7 expects.
- A class with a format of its own has the methods `write(self, writer)` and `read(self, reader, version)`. `read` is
  called on an object that was made by `cls.__new__(cls)`, and fills it. `Reader` and `Writer` have `read_int`,
  `read_long`, `read_longs(count)`, `read_double`, `read_bytes(count)`, `read_string`, `read_array(dtype, count)`,
  `read_object`, and the same names with `write_`; `reader.error(why)` makes the error for data that are wrong.
  `readInt`, `readLong`, `readDouble`, `readObject` and those for writing are there too, for classes ported from Lua.
- `_version` (or Torch7's `__version`), an int, 1 by default, is the version that is written and
  that `read` and `_upgrade` are told.
"""

from torchnn.errors import FormatError as FormatError
from torchnn.t7.kinds import kind_of as kind_of
from torchnn.t7.mapped import Mapped as Mapped
from torchnn.t7.mapped import is_large as is_large
from torchnn.t7.reader import Reader as Reader
from torchnn.t7.recognition import Found as Found
from torchnn.t7.recognition import read as read
from torchnn.t7.recognition import read_first as read_first
from torchnn.t7.sink import Sink as Sink
from torchnn.t7.sink import make_sink as make_sink
from torchnn.t7.source import Source as Source
from torchnn.t7.source import make_source as make_source
from torchnn.t7.source import mode_of as mode_of
from torchnn.t7.source import text as text
from torchnn.t7.values import Function as Function
from torchnn.t7.values import Key as Key
from torchnn.t7.values import UnknownObject as UnknownObject
from torchnn.t7.writer import Writer as Writer
