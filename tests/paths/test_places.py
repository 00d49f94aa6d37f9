"""Where things are."""

import os

from torchnn import paths


def test_files_are_found_from_the_file_that_asks(tmp_path):
    assert paths.thisfile() == __file__
    assert paths.thisfile("other.py") == os.path.join(os.path.dirname(__file__), "other.py")
    (tmp_path / "first.py").write_text("from torchnn import paths\nfound = paths.dofile('second.py')\n")
    (tmp_path / "second.py").write_text("value = 3\n")
    assert paths.dofile(str(tmp_path / "first.py"))["found"]["value"] == 3


def test_places():
    assert paths.filep(paths.findprogram("no such program", "sh"))
    assert paths.dirp(paths.home) and paths.dirp(paths.execdir())
    name = paths.tmpname()
    assert paths.filep(name)
    os.remove(name)
    assert paths.require("math").pi > 3
    assert len(paths.uname()) == 3
