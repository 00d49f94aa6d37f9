"""Files on disk and pipes."""

import gc
import os
import subprocess
import sys
import time

import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, TorchError


def test_names(path, tmp_path):
    with pytest.raises(TorchError, match=f"cannot open <{tmp_path}> in mode w"):
        torch.DiskFile(tmp_path, "w")
    with pytest.raises(ArgumentError, match="string expected"):
        torch.DiskFile(0)
    assert torch.DiskFile(f"{path}\0", "r", True) is None
    assert torch.DiskFile(path, "r", True) is None and not os.path.exists(path)


def test_what_is_opened_quietly_stays_quiet(path):
    with torch.DiskFile(path, "rw", True) as file:
        assert file.isQuiet() and file.readInt() == 0 and file.hasError()
    with torch.DiskFile(path, "r") as file:
        assert not file.isQuiet()


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
