"""`#` of tables with __len, and empty statements, in whatever way a text is compiled."""

import pytest

from torchnn.lua import LuaError

# Expressions and what they are, where t has seven elements for whom asks it, and two by themselves.
LENGTHS = {
    "#t": 7,
    "# t + #list": 10,
    "-#t": -7,
    "#t * 2 - #list": 11,
    "#{1, #t}": 2,
    "#'a#b'": 3,
    '#"\\"#t\\\\"': 4,
    "#[[\n#t]]": 2,
    "#[==[ ]] ]==]": 4,
    "#(t)": 7,
    "#deep.er.t": 7,
    "#deep['er'].t": 7,
    "#deep.er['t']": 7,
    "#deep:get(#t)": 7,
    "#tostring'abcd'": 4,
    "#tostring{1}:rep(0)": 0,
    "#list[#list]": 1,
    "list[#list - 2][1] + #t": 12,
    "#t == 7 and #t > #list": True,
    "(#t) ^ 2": 49,
    "#t .. '#t'": "7#t",
    "rawlen(t)": 2,
}

NAMES = """
local t = setmetatable({1, 2}, {__len = function() return 7 end})
local list = {{5}, 6, 'x'}
local deep = {er = {t = t}, get = function(self, n) assert(n == 7); return t end}
"""


@pytest.mark.parametrize("expression", LENGTHS)
def test_lengths(runtime, expression):
    assert runtime.execute(f"{NAMES} return {expression} -- not #t") == LENGTHS[expression]


def test_files(runtime, tmp_path):
    """Of scripts, `require`, `dofile`, `loadfile` and `load`, with a first line for the shell."""
    text = f"#!/usr/bin/env th\n{NAMES};;\nreturn #t, debug.getinfo(1, 'l').currentline"
    path = tmp_path / "lengths.lua"
    path.write_text(text)
    assert runtime.run_file(path) == (7, 7)
    runtime.globals.package.path += f";{tmp_path}/?.lua"
    runtime.globals.path = str(path)
    assert runtime.execute("return require 'lengths'") == 7
    assert runtime.execute("return dofile(path)") == (7, 7)
    assert runtime.execute("return loadfile(path)()") == (7, 7)
    pieces = "local pieces, i = {'return #', '{1,', '2}'}, 0; "
    assert runtime.execute(pieces + "return load(function() i = i + 1; return pieces[i] end, 'x')()") == 2
    assert runtime.execute("return setfenv(loadstring('local t = ...; return #t'), {})({1, 2, 3})") == 3


def test_empty_statements(runtime):
    assert runtime.execute("local x = 1;; x = x + 1; ; local s = ';;' return #s, x") == (2, 2)


def test_calls_whose_arguments_begin_on_another_line(runtime):
    """As in Torch7's LuaJIT, they are calls; Lua 5.1 calls them ambiguous."""
    code = """local function f(x) return function(y) return x .. #y end end
        local t = {f}
        local first = f 'a' -- what comes
            -- here
            ('b')
        local second = t[1]
        (('c'):rep(2))
        ((#t == 1 and {} or nil))
        local line = debug.getinfo(1, 'l').currentline
        ;(function() line = line .. ' ' .. debug.getinfo(1, 'l').currentline end)()
        local text = 'f\\n(x)'
        local length =
            (#text)
        return first, second, line, length, #f
            {1, 2}
            ({})
    """
    with pytest.raises(LuaError, match="code:1: attempt to concatenate upvalue 'x' \\(a table value\\)"):
        runtime.execute(code, name="=code")
    assert runtime.execute(code.replace("{1, 2}", "[[xy]]")) == ("a1", "cc0", "9 10", 5, 3)


@pytest.mark.parametrize(
    "code, message",
    [
        ("local x\nlocal y = #x", "2: attempt to get length of local 'x' (a nil value)"),
        ("local x; return (function()\nreturn #x end)()", "2: attempt to get length of upvalue 'x' (a nil value)"),
        ("return #nowhere", "1: attempt to get length of global 'nowhere' (a nil value)"),
        ("return #math.pi", "1: attempt to get length of field 'pi' (a number value)"),
        ("return #(nil)", "1: attempt to get length of a nil value"),
        ("return #io.stdout", "1: attempt to get length of field 'stdout' (a userdata value)"),
        ("require 'nn'\nreturn #nn.Tanh()", "2: nn.Tanh has no length operator"),
        ("return #{1,\n", "2: unexpected symbol near '<eof>'"),
        ("x = #;", "1: unexpected symbol near ';'"),
    ],
)
def test_errors(runtime, code, message):
    with pytest.raises(LuaError) as caught:
        runtime.execute(code, name="=code")
    assert str(caught.value) == f"code:{message}"


def test_containers_and_tensors(runtime):
    runtime.execute("""
        require 'nn'
        local net = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh())
        local names = {}
        for i = 1, #net do names[#names + 1] = torch.type(net:get(i)) end
        assert(table.concat(names, ' ') == 'nn.Linear nn.Tanh' and #nn.Sequential() == 0)
        assert((#torch.rand(2, 3))[2] == 3 and #torch.LongStorage{4, 5} == 2)
    """)


def test_len_gets_the_object_twice(runtime):
    code = """
    local argcheck, row = require 'argcheck', torch.class('Row')
    function row:__init() end
    row.__len__ = argcheck{
      {name = 'self', type = 'Row'}, {name = 'other', type = 'Row'},
      call = function(self, other) assert(rawequal(self, other)); return 5 end,
    }
    return #Row(), #setmetatable({}, {__len = function(...) return select('#', ...) end})
    """
    assert runtime.execute(code) == (5, 2)


def test_functions_that_are_saved(runtime):
    assert runtime.execute("return torch.deserialize(torch.serialize(function(x) return #x end))({4, 5})") == 2


def test_what_a_function_cannot_hold(runtime):
    """A text whose function would have too many locals with one more is compiled as it is."""
    many = "; ".join(f"local x{i} = {i}" for i in range(200))
    assert runtime.execute(f"{many}; x0 = #'abc' return x0") == 3
