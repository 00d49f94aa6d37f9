"""Folders; fixtures cover names and the course of a folder's life."""

import os

import pytest

from torchnn import paths


def test_links_are_not_followed(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "gone").mkdir()
    os.symlink(tmp_path / "kept", tmp_path / "gone" / "link")
    assert paths.rmall(str(tmp_path / "gone"), "yes") is True
    assert list(paths.iterfiles(str(tmp_path / "kept"))) == ["file"]
    assert not paths.dirp(str(tmp_path / "gone"))


def test_what_fails_says_why(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    assert paths.mkdir(str(tmp_path / "full")) is True, "it is there"
    assert paths.rmdir(str(tmp_path / "full"))[1].endswith("full: Directory not empty")
    assert paths.rmall(str(tmp_path / "full")) == (None, "missing second argument ('yes')")
    assert list(paths.files(str(tmp_path / "none"))) == []
    assert paths.dir(str(tmp_path / "none")) is None


def test_patterns_are_luas(tmp_path):
    for name in ("a1.t7", "b22.t7", "c.txt"):
        (tmp_path / name).touch()
    assert sorted(paths.files(str(tmp_path), "%d+%.t7$")) == ["a1.t7", "b22.t7"]


@pytest.mark.parametrize("parts", [("a", "../b"), ("/x/y", "..", ".", "z//w"), ("..",), ("/..", "a")])
def test_concat_is_what_the_system_says(parts):
    assert paths.concat(*parts) == os.path.normpath(os.path.join(os.getcwd(), *parts))
