"""Where packages are."""

import os

import pytest

from torchnn import nn, torch


def test_folders_of_packages():
    assert torch.packageLuaPath("nn") == os.path.dirname(nn.__file__)
    assert torch.packageLuaPath() == os.path.dirname(torch.packageLuaPath("torch"))
    assert os.path.isfile(os.path.join(torch.packageLuaPath("json"), "decoder.py"))


@pytest.mark.parametrize("name", ["no_such_package", "no_such.package", "sys", "", ".", "a/b", "json.none"])
def test_no_folder(name):
    assert torch.packageLuaPath(name) is None
