"""Metadata of torchnn: what it needs and which extras it has."""

import pathlib
import re

from setuptools import find_packages, setup

HERE = pathlib.Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "torchnn/__init__.py").read_text()).group(1)

LUA = ["lupa>=2.8"]
BENCH = ["pytest-benchmark>=4", "torch==2.13.0"]
PLOT = ["matplotlib>=3.6"]
GRAPHVIZ = ["graphviz>=0.20"]
IMAGE = ["pillow>=9"]
HDF5 = ["h5py>=3"]
TEST = [
    *PLOT,
    *LUA,
    *IMAGE,
    *HDF5,
    "pytest>=7",
    "pytest-benchmark>=4",
    "hypothesis>=6",
    "import-linter>=2",
    "mypy>=1.8",
    "ruff>=0.6",
]

setup(
    name="torchnn",
    version=VERSION,
    description="Torch7 without Torch7: torch, nn, optim and .t7 files on numpy and Numba",
    long_description=(HERE / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="BSD-3-Clause",
    packages=find_packages(include=["torchnn", "torchnn.*"]),
    package_data={
        "torchnn": ["py.typed"],
        "torchnn.lua": ["bin/th", "core/*.lua", "packages/*.lua", "packages/*/*.lua"],
    },
    python_requires=">=3.10",
    install_requires=["numpy>=1.24", "numba>=0.61"],
    extras_require={
        "lua": LUA,
        "plot": PLOT,
        "graphviz": GRAPHVIZ,
        "image": IMAGE,
        "hdf5": HDF5,
        "test": TEST,
        "bench": BENCH,
        "all": LUA + PLOT + GRAPHVIZ + IMAGE + HDF5 + TEST + BENCH,
    },
    entry_points={"console_scripts": ["torchnn = torchnn.cli:main"]},
)
