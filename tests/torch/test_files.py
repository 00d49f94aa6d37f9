"""Files on disk, in memory and pipes."""

import gc
import io
import math
import os
import struct
import subprocess
import sys
import time

import numpy as np
import pytest

from torchnn import t7, torch
from torchnn.errors import ArgumentError, FormatError, SizeError, TorchError
from torchnn.torch import files

TYPES = ("Byte", "Char", "Short", "Int", "Long", "Float", "Double")


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "file")


@pytest.fixture(params=["memory", "disk"])
def file(request, path):
    with torch.MemoryFile() if request.param == "memory" else torch.DiskFile(path, "rw") as made:
        yield made


def content(file):
    """All bytes of a file that is not at its end."""
    file.seek(1)
    found = file.readString("*a")
    return found.encode() if isinstance(found, str) else found


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


# ---------------------------------------------------------------------------------------------- objects


@pytest.mark.parametrize("mode", ["ascii", "binary"])
def test_objects_are_remembered_across_calls(file, mode):
    getattr(file, mode)()
    x, table = torch.rand(3), {"a": 1}
    for value in (x, [x, table], table):
        file.writeObject(value)
    file.seek(1)
    y, pair, again = file.readObject(), file.readObject(), file.readObject()
    assert torch.equal(x, y) and pair[0] is y and pair[1] is again == table
    assert file.seek(1).readObject() is y, "read once more, it is the object that is known already"


def test_objects_between_other_things(file):
    file.writeInt(5)
    file.writeObject([1, "two"])
    file.writeString("three\n")
    file.binary().writeObject(torch.FloatTensor([4]))
    file.seek(1).ascii()
    assert file.readInt() == 5 and file.readObject() == [1, "two"] and file.readString("*l") == "three"
    assert file.binary().readObject().totable() == [4]


def test_not_referenced_objects_are_not_kept(file):
    file.binary().referenced(False)
    x = torch.rand(2)
    file.writeObject([x, x])
    file.referenced(True).writeObject(x)
    file.writeObject(x)
    file.seek(1).referenced(False)
    a, b = file.readObject()
    assert a is not b and a.storage() is not b.storage()
    file.referenced(True)
    assert file.readObject() is file.readObject()
    assert file._reader._known and a not in file._reader._known.values()


def test_what_cannot_be_written_changes_nothing(file):
    good = [1, 2]
    file.writeObject("first")
    end = file.position()
    with pytest.raises(TorchError, match=r"Unwritable object <generator> at here\.x"):
        file.writeObject({"good": good, "x": (n for n in ())}, "here")
    with pytest.raises(TorchError, match="non-serializable"):
        file.writeObject([file])
    assert file.position() == end
    file.writeObject(good)
    file.writeObject(good)
    file.seek(1)
    assert file.readObject() == "first"
    assert file.readObject() is file.readObject()


def test_what_cannot_be_read_leaves_the_file_usable(file):
    file.writeString("3\n1\n5\n")
    for _ in range(t7.reader.DEPTH + 1):
        file.seek(1)
        with pytest.raises(FormatError, match="at byte 6 of 6"):
            file.readObject()
    assert file.quiet().seek(1).readObject() is None and file.hasError()
    file.seekEnd().writeObject("more")
    assert file.pedantic().seek(7).readObject() == "more"


def test_hook_replaces_what_is_written(file):
    seen = []

    def hook(value):
        seen.append(value)
        return value.float() if torch.isTensor(value) else value

    file.writeObject({"x": torch.DoubleTensor([1, 2]), "n": 3}, "<?>", hook)
    file.seek(1)
    assert torch.type(file.readObject()["x"]) == "torch.FloatTensor"
    assert len(seen) == 2, "the table and the tensor, whose class writes the rest"


def test_hook_of_another_kind(file):
    with pytest.raises(TorchError, match="hook"):
        file.writeObject([1], "<?>", lambda value: torch.rand(1))


def test_which_objects_can_be_written():
    file = torch.MemoryFile()
    for value in (None, 1, True, "a", [], {}, torch.rand(1), np.zeros(2)):
        assert file.isWritableObject(value), value
    assert not file.isWritableObject(print) and not file.isWritableObject(iter(()))


def test_files_read_what_save_writes_and_the_other_way_round(path):
    value = {"x": torch.rand(2, 3), "list": [1, "two", False]}
    for mode in ("ascii", "binary"):
        torch.save(path, value, mode)
        with torch.DiskFile(path) as file:
            assert torch.equal(getattr(file, mode)().readObject()["x"], value["x"])
        with torch.DiskFile(path, "w") as file:
            getattr(file, mode)().writeObject(value)
        assert torch.load(path, mode)["list"] == value["list"]


# ---------------------------------------------------------------------------------------------- errors


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


def test_names(path, tmp_path):
    with pytest.raises(TorchError, match=f"cannot open <{tmp_path}> in mode w"):
        torch.DiskFile(tmp_path, "w")
    with pytest.raises(ArgumentError, match="string expected"):
        torch.DiskFile(0)
    assert torch.DiskFile(f"{path}\0", "r", True) is None
    assert torch.DiskFile(path, "r", True) is None and not os.path.exists(path)


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


def test_opening_for_both_keeps_what_is_there(path):
    with torch.DiskFile(path, "rw") as file:
        file.writeString("old")
    with torch.DiskFile(path, "rw") as file:
        file.writeString("b")
    with torch.DiskFile(path, "r") as file:
        assert file.readString("*a") == "bld"


def test_seek_beyond_the_end(path):
    with pytest.raises(TorchError, match="unable to seek at position 9"):
        torch.MemoryFile().seek(10)
    with torch.DiskFile(path, "w") as file:
        file.seek(4).writeString("x")
        with pytest.raises(TorchError, match="unable to seek to position"):
            file.seek(2**80)
        assert file.quiet().seek(2**80).hasError()
    with open(path, "rb") as raw:
        assert raw.read() == b"\0\0\0x"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
def test_a_full_disk(path):
    file = torch.DiskFile("/dev/full", "w").noBuffer()
    with pytest.raises(TorchError, match="write error: No space left"):
        file.writeInt(1)
    with pytest.raises(TorchError, match="write error: No space left"):
        file.close()
    assert "closed" in str(file)


# ---------------------------------------------------------------------------------------------- nothing is lost


def read(path):
    with open(path, "rb") as raw:
        return raw.read()


def test_buffers_are_written_when_asked_and_at_the_end(path):
    file = torch.DiskFile(path, "w")
    file.writeString("one")
    assert read(path) == b""
    assert read(path) == b"" and file.synchronize() is file and read(path) == b"one"
    file.noBuffer().writeString("two")
    assert read(path) == b"onetwo"
    file = torch.DiskFile(path, "rw")
    file.seekEnd().writeString("three")
    file.seek(1).readString("*l")
    del file
    assert read(path) == b"onetwothree", "a file that nothing refers to any more is closed"
    gc.collect()


def test_a_file_that_is_open_at_exit_is_written(path):
    code = f"from torchnn import torch; f = torch.DiskFile({path!r}, 'w'); f.writeString('done'); g = [f]; g.append(g)"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
    assert read(path) == b"done"


def test_with_closes_also_after_an_error(path):
    with pytest.raises(KeyError), torch.DiskFile(path, "w") as file:
        file.writeString("x")
        raise KeyError
    assert read(path) == b"x" and "closed" in str(file)


# ---------------------------------------------------------------------------------------------- memory


def test_the_storage_is_that_of_the_file():
    storage = torch.CharStorage([49, 50, 0])
    file = torch.MemoryFile(storage, "rw")
    assert file.readInt() == 12
    file.writeString("345")
    assert file.storage() is storage and storage.string() == "12345\0"
    storage[0] = ord("9")
    assert file.seek(1).readInt() == 92345
    file.close()
    assert storage.string() == "92345\0"


def test_somebody_makes_the_storage_smaller():
    file = torch.MemoryFile()
    file.writeString("123456")
    for size in (4, 1, 0):
        file.storage().resize(size)
        file.quiet().seekEnd()
        assert file.position() == max(size, 1)
    file.writeString("new")
    assert file.storage().string() == "new\0"


def test_memory_that_cannot_grow():
    whole = torch.CharStorage([48, 0, 7])
    part = torch.CharStorage(whole, 1, 2)
    file = torch.MemoryFile(part)
    file.writeString("8")
    with pytest.raises(TorchError, match="not resizable"):
        file.writeString("9")
    assert whole.totable() == [56, 0, 7]


@pytest.mark.parametrize("storage", [[], [1]])
def test_storages_end_in_zero(storage):
    with pytest.raises(ArgumentError, match="terminated by 0"):
        torch.MemoryFile(torch.CharStorage(storage))


# ---------------------------------------------------------------------------------------------- pipes


def test_pipes(path):
    with torch.PipeFile(f"cat > {path}", "w") as pipe:
        pipe.writeString("1 2\n")
        pipe.binary().writeObject([3])
        with pytest.raises(TorchError, match="read in a write-only"):
            pipe.readInt()
    with torch.PipeFile(f"cat {path}") as pipe:
        assert (pipe.readInt(), pipe.readInt()) == (1, 2)
        assert pipe.binary().readObject() == [3]
        for call in (lambda: pipe.seek(1), pipe.seekEnd, pipe.position):
            with pytest.raises(TorchError, match="unable to"):
                call()
        with pytest.raises(TorchError, match="read 0 blocks"):
            pipe.readByte()
        assert str(pipe) == f"torch.PipeFile on <cat {path}> [status: open -- mode: r ]"
    assert torch.isTypeOf(pipe, "torch.DiskFile") and torch.isTypeOf(pipe, "torch.File")


def test_a_pipe_gives_what_is_there():
    with torch.PipeFile("echo 12 34; echo abc; exec sleep 30") as pipe:
        start = time.monotonic()
        assert (pipe.readInt(), pipe.readDouble(), pipe.readString("*l")) == (12, 34, "abc")
        assert time.monotonic() - start < 20, "it waited for more than was asked for"
        pipe._stream._process.terminate()


def test_nobody_listens():
    pipe = torch.PipeFile("exec true", "w")
    with pytest.raises(TorchError, match="write error: Broken pipe"):
        pipe.writeString("x" * 10**6)
        pipe.close()


def test_text_of_files(path):
    file = torch.DiskFile(path, "w")
    assert str(file) == f"torch.DiskFile on <{path}> [status: open -- mode  w]"
    file.close()
    assert str(file) == f"torch.DiskFile on <{path}> [status: closed -- mode  w]"
    assert str(torch.MemoryFile("w")) == "torch.MemoryFile [status: open -- mode:  w]"


def test_a_source_on_a_stream_names_the_byte_in_the_stream():
    source = t7.make_source(b"")
    source.origin = 1000
    source.more = io.BytesIO(b"\x01\0\0\0ab").read
    assert source.read_int() == 1
    with pytest.raises(FormatError, match="at byte 1004 of 1006: int expected, 2 bytes left"):
        source.read_int()
