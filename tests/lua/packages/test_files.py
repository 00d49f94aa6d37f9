"""lfs, and Penlight's path, dir and file."""

import os

import pytest


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "x.txt").write_text("twelve bytes")
    (tmp_path / "a" / "b" / "y.lua").write_text("return 1")
    return str(tmp_path)


def test_attributes(runtime, place):
    runtime.execute("lfs = require 'lfs'")
    found = runtime.execute("return lfs.attributes('x.txt')")
    assert found["mode"] == "file" and found["size"] == 12 and found["modification"] == int(os.stat("x.txt").st_mtime)
    assert runtime.execute("return lfs.attributes('a', 'mode'), lfs.attributes('x.txt', {}).size") == ("directory", 12)
    assert runtime.execute("return lfs.attributes('none')") == (
        None,
        "cannot obtain information from file 'none': No such file or directory",
        2,
    )
    message = runtime.execute("return select(2, pcall(lfs.attributes, 'a', 'colour'))")
    assert "invalid attribute name 'colour'" in message
    assert runtime.execute("return lfs.link('x.txt', 'link', true), lfs.symlinkattributes('link', 'mode')") == (
        True,
        "link",
    )
    assert runtime.execute("return lfs.symlinkattributes('link', 'target')") == "x.txt"


def test_folders(runtime, place):
    names = runtime.execute(
        "local names = {}; for name in lfs.dir('.') do names[#names + 1] = name end; table.sort(names); return names"
    )
    assert names == [".", "..", "a", "x.txt"]
    got = runtime.execute("local f, d = lfs.dir('.'); d:next(); d:close(); return pcall(f, d)")
    assert got[0] is False and "closed directory" in got[1]
    assert "cannot open none" in runtime.execute("return select(2, pcall(lfs.dir, 'none'))")
    assert runtime.execute("return lfs.mkdir('new'), lfs.mkdir('new')") == (True, None, "File exists", 17)
    assert runtime.execute("return lfs.rmdir('new'), lfs.chdir('a'), lfs.currentdir()") == (True, True, place + "/a")
    assert runtime.execute("return select('#', lfs.chdir('none')), lfs.chdir('..')") == (2, True)
    assert runtime.execute("lfs.touch('x.txt', 10, 20); return lfs.attributes('x.txt', 'modification')") == 20
    assert (
        runtime.execute("local l = lfs.lock_dir('a'); local again = lfs.lock_dir('a'); l.free(); return again") is None
    )


def test_names_of_files(runtime):
    runtime.execute("path = require 'pl.path'")
    for call, expected in (
        ("path.join('a', 'b', 'c')", "a/b/c"),
        ("path.join('a/', '/b')", "/b"),
        ("path.join('', 'b')", "b"),
        ("path.basename('/a/b.c')", "b.c"),
        ("path.dirname('/a/b.c')", "/a"),
        ("path.dirname('b.c')", ""),
        ("path.splitext('a.b/c.tar.gz')", ("a.b/c.tar", ".gz")),
        ("path.splitext('a/.profile')", ("a/.profile", "")),
        ("path.extension('a.b/c')", ""),
        ("path.normpath('/a/./b/../c//d/..')", "/a/c"),
        ("path.normpath('../a/..')", ".."),
        ("path.abspath('x', '/q/r')", "/q/r/x"),
        ("path.relpath('/a/b/c', '/a/d')", "../b/c"),
        ("path.isabs('/a')", True),
        ("path.common_prefix('/a/b/c', '/a/b/d')", "/a/b"),
        ("path.expanduser('~/x') ~= '~/x'", True),
    ):
        assert runtime.execute(f"return {call}") == expected, call


def test_what_is_there(runtime, place):
    runtime.execute("path = require 'pl.path'")
    got = runtime.execute(
        "return path.exists('x.txt'), path.exists('none'), path.isfile('a'), path.isdir('a/'), path.getsize('x.txt')"
    )
    assert got == ("x.txt", False, False, True, 12)


def test_trees(runtime, place):
    runtime.execute("dir, file = require 'pl.dir', require 'pl.file'")
    got = runtime.execute("return dir.getfiles('.'), dir.getallfiles('.', '*.lua'), dir.getdirectories('.')")
    assert got == (["./x.txt"], ["./a/b/y.lua"], ["./a"])
    walked = runtime.execute(
        """
        local found = {}
        for root, dirs, files in dir.walk('a') do found[#found + 1] = {root, #dirs, #files} end
        return found
        """
    )
    assert walked == [["a", 1, 0], ["a/b", 0, 1]]
    got = runtime.execute("return dir.makepath('p/q/r'), dir.copyfile('x.txt', 'p/q'), file.read('p/q/x.txt')")
    assert got == (True, True, "twelve bytes")
    assert (
        runtime.execute("return dir.movefile('p/q/x.txt', 'p/z'), dir.rmtree('p'), file.write('w', '1')") == (True,) * 3
    )
    assert not os.path.exists("p") and runtime.execute("return file.read('none')")[0] is None
    assert "not a directory" in runtime.execute("return select(2, pcall(dir.getfiles, 'none'))")
    assert runtime.execute("return dir.fnmatch('a.lua', '*.lua'), dir.fnmatch('a.luac', '*.lua')") == (True, False)


@pytest.mark.parametrize(
    "call, message",
    [
        ("paths.concat(true, 'a')", "bad argument #1 to 'concat' (string expected, got boolean)"),
        ("paths.concat('a', nil)", "bad argument #2 to 'concat' (string expected, got nil)"),
        ("paths.filep()", "bad argument #1 to 'filep' (string expected, got no value)"),
        ("paths.mkdir({})", "bad argument #1 to 'mkdir' (string expected, got table)"),
    ],
)
def test_paths_are_texts(runtime, call, message):
    runtime.execute("require 'paths'")
    assert message in runtime.execute(f"return select(2, pcall(function() {call} end))")


def test_numbers_are_names_too(runtime):
    assert runtime.execute("return paths.concat('/a', 3, 0.5), paths.basename(12), paths.basename('/a/b', nil)") == (
        "/a/3/0.5",
        "12",
        "b",
    )


def test_names_beyond_ascii(runtime, tmp_path, monkeypatch):
    folder = tmp_path / "größe"
    folder.mkdir()
    monkeypatch.chdir(folder)
    runtime.execute(
        """
        local lfs, sys = require 'lfs', require 'sys'
        torch.save('ä.t7', 1)
        assert(paths.filep('ä.t7') and paths.filep(paths.concat('ä.t7')) and paths.cwd():match('größe$'))
        local found = {}
        for name in paths.iterfiles('.') do table.insert(found, name) end
        assert(#found == 1 and found[1] == 'ä.t7' and #found[1] == 5 and paths.basename('x/ä.t7', '.t7') == 'ä')
        assert(paths.mkdir('ö') and paths.dirp('ö') and lfs.attributes('ö', 'mode') == 'directory')
        for name in paths.iterdirs('.') do assert(name == 'ö') end
        assert(paths.rmdir('ö') and not paths.dirp('ö'))
        assert(paths.dirname('/ü/x') == '/ü' and sys.dirname('/ü/x') == '/ü')
        assert(sys.concat('a', 5) == paths.concat('a', '5') and sys.dirname(5) == '.', 'numbers are texts')
        assert(sys.ls() == 'ä.t7' and sys.execute('test -f ä.t7 && echo é') == 'é')
        assert(sys.execute([[printf '\\377']]) == string.char(255))
        local ok, message = pcall(torch.load, 'ß')
        assert(message:find('cannot open <ß> in mode r', 1, true))
        """
    )
    assert [path.name for path in folder.iterdir()] == ["ä.t7"]


def test_curves_beyond_ascii(runtime, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runtime.execute(
        """
        require 'optim'
        local logger = optim.Logger('größe.log')
        logger:setNames{'Höhe'}
        logger:add{1}
        logger:add{2}
        logger:style{'-'}
        logger:plot()
        """
    )
    assert {path.name for path in tmp_path.iterdir()} >= {"größe.log", "größe.log.eps"}
