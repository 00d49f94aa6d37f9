"""Recognises files that are not `.t7` files by their first bytes, for error messages."""

from __future__ import annotations

import codecs

HEAD = 512  # bytes that are enough to tell

_BEGINNINGS = (
    (b"version https://git-lfs", "a pointer of Git LFS: the file itself was not downloaded (git lfs pull)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a .npy file of numpy"),
    (b"PK\x03\x04", "a zip archive: perhaps a file of PyTorch, or an .npz file of numpy"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "a file compressed by gzip: decompress it first"),
    (b"BZh", "a file compressed by bzip2: decompress it first"),
    (b"\xfd7zXZ\x00", "a file compressed by xz: decompress it first"),
    (b"\x28\xb5\x2f\xfd", "a file compressed by zstd: decompress it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x1bLJ", "bytecode of LuaJIT"),
    (b"\x1bLua", "bytecode of Lua"),
    (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "a file of an old PyTorch"),
    (b"MATLAB 5.0 MAT-file", "a MAT-file"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF-", "a PDF document"),
    (b"\x7fELF", "a program"),
)
_PICKLES = tuple(b"\x80" + bytes([protocol]) for protocol in (2, 3, 4, 5))


def kind_of(head: bytes) -> str | None:
    """What kind of file begins with these bytes, such as `'an HTML page'`; None if that is unknown."""
    if not head:
        return "an empty file"
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head.startswith(_PICKLES):
        return "a pickle of Python"
    if head[257:262] == b"ustar":
        return "a tar archive"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "an HTML page: perhaps an error of the server it was downloaded from"
    if start.startswith((b"<?xml", b"<error")):
        return "an XML document"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 2**27:
        return "a safetensors file"
    if start.startswith((b"{", b"[")) and _is_text(head):
        return "perhaps JSON"
    return "text" if _is_text(head) else None


def _is_text(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # which the end may cut in a character
    except UnicodeDecodeError:
        return False
    return all(byte >= 32 or byte in b"\t\r\n" for byte in head)
