"""What all files do: strings, booleans, errors."""

import io
import math

import pytest

from torchnn import t7, torch
from torchnn.errors import ArgumentError, FormatError, TorchError


def content(file):
    """All bytes of a file that is not at its end."""
    file.seek(1)
    found = file.readString("*a")
    return found.encode() if isinstance(found, str) else found


def test_lines(file):
    file.writeString("eins\n\nzwölf\nend")
    file.seek(1)
    assert [file.readString("*l") for _ in range(4)] == ["eins", "", "zwölf", "end"]
    for form in ("*l", "*a"):
        with pytest.raises(TorchError, match="read 0 blocks instead of 1"):
            file.readString(form)
    file.seekEnd().writeString(b"\xff\n")
    file.seek(file.position() - 2)
    assert file.readString("*a") == b"\xff\n"


def test_booleans(file):
    for value in (True, False, None, 0):
        file.writeBool(value)
    file.writeInt(2)
    file.seek(1)
    assert [file.readBool() for _ in range(5)] == [True, False, False, True, False]


WRONG = [
    (lambda f: f.seek(0), "greater than 0"),
    (lambda f: f.seek(math.nan), "whole number"),
    (lambda f: f.seek("x"), "number expected"),
    (lambda f: f.readInt("x"), "nothing, number, or IntStorage expected"),
    (lambda f: f.readInt(torch.LongStorage(2)), "nothing, number, or IntStorage expected"),
    (lambda f: f.readInt(-1), "-1 numbers"),
    (lambda f: f.readInt(10**15), "read 1 blocks instead of 1000000000000000"),
    (lambda f: f.readDouble(10**15), "read 1 blocks instead of 1000000000000000"),
    (lambda f: f.writeFloat(True), "number, or FloatStorage expected"),
    (lambda f: f.writeFloat([1.0]), "number, or FloatStorage expected"),
    (lambda f: f.writeString(3), "string expected"),
    (lambda f: f.readString("a"), "format must be"),
    (lambda f: f.longSize(5), "Invalid long size specified"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=[message for _, message in WRONG])
def test_errors_leave_the_file_usable(file, wrong, message):
    file.writeInt(12)
    file.seek(1)
    with pytest.raises(TorchError, match=message):
        wrong(file)
    assert content(file) == b"12\n"


@pytest.mark.parametrize("mode", ["", "a", "wr", "rb", None, 3])
def test_modes(path, mode):
    for make in (lambda: torch.DiskFile(path, mode, True), lambda: torch.MemoryFile(torch.CharStorage([0]), mode)):
        with pytest.raises(ArgumentError, match="file mode should be 'r','w' or 'rw'"):
            make()
    with pytest.raises(ArgumentError, match="file mode should be 'r','w'"):
        torch.PipeFile("true", mode)


def test_reading_and_writing_need_the_mode(path):
    for f in (torch.DiskFile(path, "w"), torch.MemoryFile("w")):
        for call in (f.readInt, f.readObject, lambda: f.readString("*a")):  # noqa: B023
            with pytest.raises(TorchError, match="attempt to read in a write-only file"):
                call()
        f.close()
    for f in (torch.DiskFile(path, "r"), torch.MemoryFile("r")):
        for call in (f.writeInt, f.writeObject, lambda v: f.writeString("v")):  # noqa: B023
            with pytest.raises(TorchError, match="attempt to write in a read-only file"):
                call(1)
        f.close()


def test_a_closed_file_is_of_no_use(file):
    file.close()
    calls = (file.readInt, file.position, file.seekEnd, file.synchronize, file.close, file.readObject)
    for call in (*calls, lambda: file.writeInt(1), lambda: file.seek(1), lambda: file.writeObject(1)):
        with pytest.raises(TorchError, match="attempt to use a closed file"):
            call()
    assert file.binary().isBinary() and "closed" in str(file)


def test_a_source_on_a_stream_names_the_byte_in_the_stream():
    source = t7.make_source(b"")
    source.origin = 1000
    source.more = io.BytesIO(b"\x01\0\0\0ab").read
    assert source.read_int() == 1
    with pytest.raises(FormatError, match="at byte 1004 of 1006: int expected, 2 bytes left"):
        source.read_int()
