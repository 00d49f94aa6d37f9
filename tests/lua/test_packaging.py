"""What is installed: the Lua files too."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]


def _lua_files(folder: pathlib.Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix in (".lua", ".py")}


def test_all_lua_files_are_installed(tmp_path):
    command = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert _lua_files(tmp_path / "torchnn/lua") == _lua_files(ROOT / "torchnn/lua")
    assert os.access(tmp_path / "torchnn/lua/bin/th", os.X_OK)
