"""What `torchnn.nn` exports, and that it is imported when it is first asked for."""

import ast
import pathlib
import subprocess
import sys

import pytest

from torchnn import nn, registry
from torchnn.errors import MissingError
from torchnn.nn import exports

SOURCE = pathlib.Path(nn.__file__)


def declared():
    """The names that the imports for type checkers say, and their files."""
    (block,) = [node for node in ast.parse(SOURCE.read_text()).body if isinstance(node, ast.If)]
    return [(node.module, name.name, name.asname) for node in block.body for name in node.names]


def test_type_checkers_see_what_there_is():
    expected = [("torchnn.nn", name, name) for name in exports.MODULES]
    expected += [(f"torchnn.nn.{file}", name, name) for file, names in exports.FILES.items() for name in names]
    assert sorted(declared()) == sorted(expected)


def test_every_name_is_found_and_registered():
    for file, names in exports.FILES.items():
        for name in names:
            value = getattr(nn, name)
            assert value.__module__ == f"torchnn.nn.{file}", name
            if isinstance(value, type) and issubclass(value, (nn.Module, nn.Criterion)):
                assert registry.find(f"nn.{name}") is value
    assert set(nn.__all__) <= set(dir(nn))


def test_no_name_is_that_of_a_file():
    """Whoever imports such a file first would find the module under the name of what it defines."""
    files = {path.stem for path in SOURCE.parent.glob("*.py")}
    assert not files & {name for names in exports.FILES.values() for name in names}


def test_files_are_imported_when_they_are_needed():
    program = """
import sys
from torchnn import nn, optim, registry, torch
assert "torchnn.nn.linear" not in sys.modules and "numba" not in sys.modules
assert "nn.Linear" in registry.names("nn.")
assert registry.find("nn.Linear").__module__ == "torchnn.nn.linear"
from torchnn.nn import Tanh
assert "torchnn.nn.pooling" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_unknown_names():
    with pytest.raises(MissingError, match="there is no nn.Nothing"):
        _ = nn.Nothing
    assert registry.find("nn.Nothing") is None
