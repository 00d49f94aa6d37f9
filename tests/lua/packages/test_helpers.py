"""The packages xlua, paths and sys for Lua; what they compute is replayed from recorded files."""

import pytest

CHECKS = {
    "files of a folder": """
        local folder = ...
        assert(paths.mkdir(folder .. '/a/b') and paths.dirp(folder .. '/a'))
        io.open(folder .. '/x.txt', 'w'):close()
        local names = {}
        for name in paths.files(folder, 'x') do names[#names + 1] = name end
        for name in paths.iterfiles(folder) do names[#names + 1] = name end
        for name in paths.iterdirs(folder) do names[#names + 1] = name end
        for name in paths.files(folder, function(name) return name == '..' end) do names[#names + 1] = name end
        assert(table.concat(names, ' ') == 'x.txt x.txt a ..', table.concat(names, ' '))
        local ok, message = paths.rmdir(folder .. '/a')
        assert(ok == nil and message:find('not empty'))
        assert(paths.rmall(folder .. '/a', 'yes') and not paths.dirp(folder .. '/a'))
    """,
    "the file that runs": """
        local folder = ...
        local file = io.open(folder .. '/inner.lua', 'w')
        file:write('return paths.thisfile(), paths.thisfile("other")')
        file:close()
        local own, other = dofile(folder .. '/inner.lua')
        assert(own == folder .. '/inner.lua' and other == folder .. '/other' and paths.thisfile() == nil)
        file = io.open(folder .. '/outer.lua', 'w')
        file:write('local found = paths.dofile("inner.lua") return found')
        file:close()
        assert(dofile(folder .. '/outer.lua') == folder .. '/inner.lua')
    """,
    "clocks and words": """
        sys.tic()
        assert(sys.toc() >= 0 and sys.clock() > 1e9 and sys.isNaN(0 / 0))
        assert(table.concat(sys.split('a,b,c', ','), '|') == 'a|b|c' and sys.execute('echo hello') == 'hello')
        assert(sys.COLORS.red == '\\27[0;31m')
    """,
    "arguments keep their identity": """
        local function f(...)
          return xlua.unpack({...}, 'f', 'does nothing',
            {arg = 'a', type = 'table', help = 'a', req = true},
            {arg = 'b', type = 'number', help = 'b', default = 2},
            {arg = 'c', type = 'number', help = 'c', defaulta = 'b'})
        end
        local t = torch.ones(1)
        local args, a, b, c = f{a = t}
        assert(args.a == t and a == t and b == 2 and c == 2 and tostring(args.usage):find('does nothing'))
        assert(select(3, f(t, 5)) == 5)
    """,
    "packages of old programs": """
        require 'lab' require 'torchffi'
        assert(require 'openmp' == openmp and lab.zeros(2):sum() == 0 and torch.data(torch.ones(2))[1] == 1)
        local before = openmp.getDefaultNumThreads()
        openmp.setDefaultNumThreads(1)
        assert(torch.getnumthreads() == 1)
        openmp.setDefaultNumThreads(before)
        openmp.disable()
        assert(not openmp.enabled)
        openmp.enable()
        assert(openmp.enabled)
    """,
    "lists and names": """
        local left, taken = table.splice({1, 2, 3}, 2, 1)
        assert(table.concat(left) == '13' and taken[1] == 2 and table.concat(table.prune{1, 1, 2}) == '12')
        assert(string.tosymbol('paths.dirp') == paths.dirp and #('a b'):split(' ') == 2)
        local caught
        xlua.trycatch(function() error('here', 0) end, function(err) caught = err end)
        assert(caught == 'here' and xlua.require('no such package') == false)
        local profiler = xlua.Profiler('off')
        profiler:start('part')
        assert(profiler:lap('part') >= 0 and not pcall(profiler.lap, profiler, 'other'))
    """,
    "variables": """
        some_variable = 3
        xlua.clear('some_variable')
        assert(some_variable == nil)
        another_variable = 4
        xlua.who()
        assert(xlua.envparams{HOME = 'x', NO_SUCH_VARIABLE = 3}.NO_SUCH_VARIABLE == 3)
    """,
}


@pytest.mark.parametrize("name", CHECKS)
def test_in_lua(runtime, name, tmp_path):
    runtime.execute("require 'xlua'\n" + CHECKS[name], str(tmp_path), name=f"={name}")
