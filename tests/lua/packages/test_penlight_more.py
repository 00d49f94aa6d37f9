"""What Penlight's modules do at their edges: empty texts, positions beyond the end, sequences, text of tables."""

import pytest

VALUES = {
    "stringx": [
        ("rfind('', '')", 1),
        ("rfind('ab', '')", 3),
        ("count('  ', '')", 2),
        ("count('', '')", 0),
        ("count('banana', 'ana')", 1),
        ("count('banana', 'ana', true)", 2),
        ("center('a', 2)", "a "),
        ("expandtabs(' \\t ', 0)", "  "),
        ("splitlines('a\\r\\rb\\r\\n')", ["a", "", "b"]),
        ("splitlines('a\\rb', true)", ["a\r", "b"]),
        ("split('', 'z')", []),
        ("split('', '')", [""]),
        ("split('ab', '')", ["ab"]),
        ("split('z', 'z')", [""]),
        ("split('zz', 'z')", ["", "", ""]),
        ("lines('')()", ""),
        ("lines('a\\nb')()", "a"),
        ("quote_string('a\\n\"b')", '"a\\\n\\"b"'),
    ],
    "tablex": [
        ("range(3, 2)", []),
        ("range(3, 1, -1)", [3, 2, 1]),
        ("icopy({1, 2, 3, 4}, {20, 30}, 2)", [1, 20, 30]),
        ("icopy({1, 2, 3, 4}, {20, 30}, 2, 2)", [1, 30]),
        ("move({1, 2, 3, 4}, {20, 30}, 2, 1, 1)", [1, 20, 3, 4]),
        ("map_named_method('upper', {'a', 'b'})", ["A", "B"]),
    ],
    "utils": [
        ("split(',', ',')", []),
        ("array_tostring{1, true}", ["1", "true"]),
        ("quote_arg('a-b.c')", "a-b.c"),
        ("quote_arg{'it', \"isn't\", ''}", "it 'isn'\\''t' ''"),
        ("unpack({n = 2, [2] = 5})", (None, 5)),
    ],
    "seq": [
        ("copy2(ipairs{7, 8})", [[1, 7], [2, 8]]),
        ("copy(M.splice({1, 2}, {}, {3}))", [1, 2, 3]),
        ("copy2(M.last{1, 2, 3})", [[2, 1], [3, 2]]),
        ("copy(M.filter({1, 5, 9}, M.greater_than(4)))", [5, 9]),
        ("copy(M.filter({1, 5, 9}, M.less_than(4)))", [1]),
        ("copy(M.filter({1, 5, 9}, M.equal_to(5)))", [5]),
        ("copy(M.filter({'ab', 'c'}, M.matching('b')))", ["ab"]),
        ("list{4}()", 4),
    ],
    "pretty": [
        ("write({[true] = 1, a = 2, [0] = 3, 4}, '')", '{4,["true"]=1,a=2,[0]=3}'),
        ("write({1 / 0, -1 / 0, 0 / 0}, '')", "{Inf,-Inf,NaN}"),
        ("write(setmetatable({}, {__index = error}), '')", "{}"),
        ("load('for i = 1, 2 do end', {}, true)", (None, "looping not allowed")),
        ("load('repeat until true', {}, true)", (None, "looping not allowed")),
        ("load('before = 1', {}, true).before", 1),
    ],
}


@pytest.mark.parametrize(
    ("module", "expression", "expected"),
    [(module, *case) for module, cases in VALUES.items() for case in cases],
)
def test_values(runtime, module, expression, expected):
    assert runtime.execute(f"local M = require 'pl.{module}'; return M.{expression}") == expected


def test_text_has_no_methods_in_tables_that_are_read(runtime):
    message = runtime.execute("return select(2, require('pl.pretty').read '{(\"a\"):rep(9)}')")
    assert "attempt to index" in message
    assert runtime.execute("return ('a'):rep(2)") == "aa"


def test_classes_of_lists_stay_what_they_are(runtime):
    runtime.execute(
        """
        local List, class = require 'pl.List', require 'pl.class'
        local Numbers = class(List)
        function Numbers:total() return self:reduce('+') end
        local n = Numbers{1, 2, 3}
        assert(#n == 3 and n:slice(2):total() == 5 and n:map('_ * 2'):filter('|x| x > 2'):total() == 10)
        assert(n:clone():is_a(Numbers) and (n .. {4}):total() == 10 and n:sorted():total() == 6)
        assert(tostring(List('abc')) == '{"a","b","c"}')
        """
    )


def test_properties_are_inherited(runtime):
    runtime.execute(
        """
        local class = require 'pl.class'
        local Box = class(class.properties)
        function Box:_init() self._width, self._hidden = 2, 7 end
        function Box:set_width(width) self._width = width * 10 end
        function Box:get_area() return self._width ^ 2 end
        local Crate = class(Box)
        function Crate:_init() self:super() end
        function Crate:set_name(name) self._name = name:upper() end
        for _, box in ipairs{Box(), Crate()} do
          box.width, box.other = 3, 4
          assert(box.width == 30 and box.area == 900 and box.hidden == 7 and box.other == 4 and box.none == nil)
        end
        local crate = Crate()
        crate.name = 'x'
        assert(crate.name == 'X' and crate:is_a(Box))
        """
    )


def test_sequences_have_methods(runtime):
    runtime.execute(
        """
        local seq = require 'pl.seq'
        local function is(values, expected) assert(require('pl.tablex').deepcompare(values, expected, true)) end
        is(seq{1, 2, 3}:map('_ + 1'):filter('|x| x > 2'):copy(), {3, 4})
        is(seq{'a', 'b'}:upper():copy(), {'A', 'B'})
        is(seq{1, 2, 3}:skip(1):take(1):copy(), {2})
        is(seq{1, 2}:skip(4):copy(), {})
        is(seq(ipairs{7, 8}):copy(), {1, 2})
        assert(seq{1, 2, 3}:reduce('+') == 6 and seq{1, 2}:sum() == 3)
        local total = 0
        for x in seq{1, 2, 3} do total = total + x end
        assert(total == 6)
        """
    )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("assert_arg(2, 1, 'string')", "argument 2 expected a 'string', got a 'number'"),
        ("on_error('loud')", "Bad argument expected string; 'default', 'quit', or 'error'. Got 'loud'"),
        ("function_arg(1, {})", "not a callable object"),
        ("function_arg(1, 0)", "argument 1 must be callable"),
    ],
)
def test_messages(runtime, code, message):
    assert runtime.execute(f"return select(2, pcall(function() require('pl.utils').{code} end))").endswith(message)


LAPP = {
    "-m (string)\n -b...": [
        ("{'-m', 'x'}", {"m": "x", "b": [False]}),
        ("{'-m=x'}", {"m": "x", "b": [False]}),
        ("{'-m:x', '-bb'}", {"m": "x", "b": [True, True]}),
        ("{'-mx', '--', '-b', '2'}", {"m": "x", "b": [False], 1: "-b", 2: "2"}),
    ],
    "--size (default 3)\n -q, --quiet (default true)": [
        ("{'--size:4', '-q'}", {"size": 4, "quiet": False}),
        ("{'--size=5'}", {"size": 5, "quiet": True}),
    ],
}


@pytest.mark.parametrize(("text", "words", "expected"), [(t, *case) for t, cases in LAPP.items() for case in cases])
def test_lapp_takes_words(runtime, text, words, expected):
    assert runtime.execute(f"return require 'pl.lapp'([[{text}]], {words})") == expected


def test_lapp_with_short_names_of_many_letters(runtime):
    runtime.execute(
        """
        local lapp, called = require 'pl.lapp', {}
        lapp.slack = true
        lapp.callback = function(name, word) called[#called + 1] = name .. ' ' .. word end
        local got = lapp([[
          -vs, --video-set (string) where it is
          -sk (default 2) what to leave out
          -dbg say more
          -t (default 1) time]], {'-vs', 200, '-dbg', '-sk=5', '-t7'})
        assert(got.video_set == 200 and got.dbg and got.sk == 5 and got.t == 7)
        assert(table.concat(called, ', ') == 'video_set 200, dbg -dbg, sk 5, t 7')
        """
    )
