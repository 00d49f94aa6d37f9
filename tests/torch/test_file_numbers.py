"""Numbers in files."""

import math
import struct

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import SizeError, TorchError
from torchnn.torch import files

TYPES = ("Byte", "Char", "Short", "Int", "Long", "Float", "Double")


@pytest.mark.parametrize("spacing", [True, False])
@pytest.mark.parametrize("mode", ["ascii", "binary"])
@pytest.mark.parametrize("name", TYPES)
def test_numbers_and_storages_come_back(file, name, mode, spacing):
    getattr(file, mode)()
    if not spacing and mode == "binary":
        file.noAutoSpacing()
    values = np.arange(40) * 3 + 0.5 * (name in ("Float", "Double"))
    storage = getattr(torch, f"{name}Storage")(values)
    read, write = getattr(file, f"read{name}"), getattr(file, f"write{name}")
    assert write(values[1]) is None
    assert write(storage) == 40
    assert write(getattr(torch, f"{name}Storage")()) == 0
    assert write(str(values[2])) is None, "text that is a number is one"
    file.seek(1)
    into = getattr(torch, f"{name}Storage")(2)
    assert read() == storage[1]
    assert read(into) == 2 and list(into) == list(storage)[:2]
    assert list(read(38)) == list(storage)[2:]
    assert read() == storage[2]
    assert len(read(0)) == 0


def test_text_between_numbers_stays(file):
    file.writeString("12,-3.5e1;0x1.8p1 nan inf -nan\n 7abc\n99999999999999999999 70000")
    file.seek(1)
    assert file.readInt() == 12 and file.readChar() == ord(",")
    assert file.readDouble() == -35 and file.readByte() == ord(";")
    assert file.readFloat() == 3
    assert [str(x) for x in file.readDouble(3)] == ["nan", "inf", "nan"]
    assert file.readInt() == 7 and file.readString("*l") == "abc"
    assert file.readLong() == 2**63 - 1
    assert file.readShort() == 70000 - 65536
    assert file.quiet().readInt() == 0 and file.hasError()


@pytest.mark.parametrize("count", [3, 20])
def test_numbers_end_at_the_first_thing_that_is_none(file, count):
    file.writeString("1 2\n3 4_0 5" + " 6" * 30)
    file.seek(1)
    with pytest.raises(TorchError, match="read error: read 4 blocks instead of 44"):
        file.readInt(44)
    assert file.hasError() and not file.clearError().hasError()
    file.seek(1)
    file.quiet()
    assert list(file.readDouble(count)) == [1, 2, 3, 4][:count]
    assert file.hasError() == (count > 4)


def test_large_files_are_read_in_parts(file):
    numbers = torch.DoubleStorage(np.arange(300_000) / 7)
    file.writeDouble(numbers)
    end = file.position()
    file.binary().writeDouble(numbers)
    file.seek(1).ascii()
    assert (file.readDouble(300_000).data == numbers.data).all()
    assert file.position() == end
    file.binary()
    assert (file.readDouble(299_000).data == numbers.data[:299_000]).all()
    assert [file.readDouble() for _ in range(1000)] == numbers.data[299_000:].tolist()
    assert len(file._source.data) < 2 * files.READ_AHEAD + 8 * 1000, "what was read is dropped"


def test_numbers_across_the_end_of_what_was_read_ahead(path):
    text = " ".join(str(n) for n in range(10**5, 10**5 + 30_000))
    with torch.DiskFile(path, "w") as file:
        file.writeString(text)
    with torch.DiskFile(path) as file:
        assert [file.readInt() for _ in range(30_000)] == list(range(10**5, 10**5 + 30_000))


def test_reading_and_writing_in_turn(file):
    file.binary().writeInt(torch.IntStorage(range(10)))
    file.seek(5)
    assert file.readInt() == 1
    file.writeInt(77)
    assert file.position() == 13
    assert file.readInt() == 3
    assert file.seek(9).readInt() == 77
    file.seekEnd().writeInt(10)
    assert list(file.seek(1).readInt(11)) == [0, 1, 77, 3, 4, 5, 6, 7, 8, 9, 10]
    file.seek(37).ascii().autoSpacing()
    assert file.position() == 37
    assert file.binary().readInt() == 9, "what was read ahead is kept when the encoding changes"


@pytest.mark.parametrize("seed", range(8))
def test_any_order_of_reading_writing_and_seeking(file, seed, monkeypatch):
    monkeypatch.setattr(files, "READ_AHEAD", 16)
    draw = np.random.default_rng(seed)
    file.binary()
    plain = bytearray()
    at = 0
    for _ in range(300):
        action, count = draw.integers(4), int(draw.integers(1, 40))
        if action == 0:
            at = int(draw.integers(len(plain) + 1))
            file.seek(at + 1)
        elif action == 1:
            data = draw.integers(0, 256, count, np.uint8)
            file.writeByte(torch.ByteStorage(data))
            plain[at : at + count] = data.tobytes()
            at += count
        elif action == 2:
            got = bytes(file.quiet().readByte(count).totable())
            assert got == plain[at : at + count]
            at += len(got)
        else:
            file.ascii().noAutoSpacing().binary()
        assert file.position() == at + 1
        assert file.clearError().hasError() is False
    file.seek(1)
    assert bytes(file.readByte(len(plain) + 1).totable()) == plain


def test_binary_is_that_of_c(path):
    with torch.DiskFile(path, "w") as file:
        file.binary().bigEndianEncoding().writeDouble(1.5)
        file.littleEndianEncoding().writeShort(-2)
        file.longSize(4).writeLong(torch.LongStorage([7, -8]))
        with pytest.raises(SizeError, match="does not fit"):
            file.writeLong(2**40)
    with open(path, "rb") as raw:
        assert raw.read() == struct.pack(">d", 1.5) + struct.pack("<hii", -2, 7, -8)


@pytest.mark.parametrize("value", [1e300, -math.inf, math.nan, 2**70])
def test_numbers_that_do_not_fit_are_converted_as_in_c(file, value):
    file.binary()
    for name in TYPES:
        getattr(file, f"write{name}")(value)
        getattr(torch, f"{name}Storage")([value])
    file.seek(1)
    for name in TYPES:
        got, expected = getattr(file, f"read{name}")(), getattr(torch, f"{name}Storage")([value])[0]
        assert got == expected or got != got and expected != expected, name


def test_a_part_of_a_number_at_the_end_is_passed_over_on_disk_and_stays_in_memory(path):
    for file, end in ((torch.DiskFile(path, "rw"), 11), (torch.MemoryFile(), 9)):
        with file:
            file.writeString("x" * 10)
            file.binary().quiet().seek(1)
            assert (file.readInt(4).size(), file.position(), file.hasError()) == (2, end, True)
