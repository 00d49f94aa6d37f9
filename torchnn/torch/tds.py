"""What the package tds keeps outside Lua's memory: `tds.Hash`, `tds.Vec`, and `tds.AtomicCounter`."""

from __future__ import annotations

from typing import Any

from torchnn import registry, t7


@registry.register("tds.Hash")
class Hash(dict[Any, Any]):
    """A dict; keys are numbers and strings."""

    _version = 0  # what tds writes

    def write(self, writer: t7.Writer) -> None:
        """Write the number of entries, and each key and value."""
        writer.write_long(len(self))
        for key, value in self.items():
            writer.write_object(key)
            writer.write_object(value)

    def read(self, reader: t7.Reader, version: int) -> None:
        """Become the entries that follow."""
        for _ in range(reader.read_long()):
            at = reader.source.position
            key = reader.read_object()
            if isinstance(key, bool) or not isinstance(key, (int, float, str, bytes)) or key != key:
                raise reader.error("a string or number expected as the key of a tds.Hash", at)
            self[key] = reader.read_object()


@registry.register("tds.Vec")
class Vec(list[Any]):
    """A list."""

    _version = 0  # what tds writes

    def write(self, writer: t7.Writer) -> None:
        """Write the number of values, and each of them."""
        writer.write_long(len(self))
        for value in self:
            writer.write_object(value)

    def read(self, reader: t7.Reader, version: int) -> None:
        """Become the values that follow."""
        for _ in range(reader.read_long()):
            self.append(reader.read_object())


@registry.register("tds.AtomicCounter")
class AtomicCounter:
    """A whole number, `value`."""

    _version = 0  # what tds writes

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def write(self, writer: t7.Writer) -> None:
        """Write the number."""
        writer.write_long(self.value)

    def read(self, reader: t7.Reader, version: int) -> None:
        """Become the number that follows."""
        self.value = reader.read_long()


# The name of the type in the C library, which the first versions wrote.
registry.stand_in("tds_hash", registry.StandIn("tds.Hash"))
