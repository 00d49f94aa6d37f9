"""What to tell the user about packages that do not exist here."""

from __future__ import annotations

# Packages that load where the runtime was told to let the CPU stand for a graphics card.
OF_CUDA = frozenset(("cutorch", "cunn", "cudnn"))

_CUDA = "it needs a graphics card; `torchnn run --cuda-as-cpu` lets the CPU stand for one"
_OTHER_CARDS = "graphics cards are not used"
_WINDOWS = "there are no windows; image.save writes pictures to files"
_PURE = "it is written in Lua and runs as it is: put its folder on LUA_PATH"
_OF_C = "it is written in C, and not here; compute what you need of it before, and load that from a file"
_READ = "its files are not read; convert them to .t7 with Torch7, or to HDF5 for the package hdf5"

_HINTS = {
    **dict.fromkeys(OF_CUDA, _CUDA),
    **dict.fromkeys(("cunnx", "fbcunn", "ccn2", "nccl", "cltorch", "clnn", "fbnn"), _OTHER_CARDS),
    **dict.fromkeys(("qt", "qtlua", "qtwidget", "qttorch", "qtuiloader", "qtgui", "qtcore"), _WINDOWS),
    **dict.fromkeys(("camera", "kinect", "ffmpeg", "opencv", "cv"), "it has no counterpart here"),
    **dict.fromkeys(("vision", "libjpeg", "libpng"), "the package image reads and writes pictures"),
    **dict.fromkeys(("sox", "sndfile"), "the package audio reads and writes WAV files"),
    "fftw3": "the package signal has Fourier's transforms",
    "distributions": f"{_PURE}; parts of it need the package cephes, which is not here",
    **dict.fromkeys(("cephes", "svm", "snappy", "async", "redis", "posix", "zlib", "struct", "curl"), _OF_C),
    "parallel": "processes are not started; the package threads runs jobs",
    **dict.fromkeys(("lmdb", "lightningmdb", "sqlite3", "luasql", "caffe"), _READ),
    **dict.fromkeys(("classic", "logroll", "hash", "weight-init", "rlenvs"), _PURE),
    **dict.fromkeys(("rnn", "dpnn", "nnx", "nnlr", "optnet", "torchx", "dp", "dataload", "dataset"), _PURE),
    **dict.fromkeys(("nninit", "autograd", "tnt", "torchnet", "inspect", "manifold", "unsup"), _PURE),
}


def hint(name: str) -> str:
    """Advice about a package that was not found, to follow its name; empty if there is none."""
    if name.startswith("pl."):
        return ": this part of Penlight is not here; put Penlight itself on LUA_PATH"
    found = _HINTS.get(name.split(".")[0])
    return f": {found}" if found else ""
