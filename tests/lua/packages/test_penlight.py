"""The part of Penlight that is here; each line is an expression of Lua and its value."""

import pytest

EXPRESSIONS = {
    "stringx": [
        ("stringx.split('a,b,,c', ',')", ["a", "b", "", "c"]),
        ("stringx.split('  a  b ')", ["a", "b"]),
        ("stringx.split('a b c', nil, 2)", ["a", "b c"]),
        ("stringx.split('a.b.c', '.', 2)", ["a", "b.c"]),
        ("stringx.strip('  a b ')", "a b"),
        ("stringx.strip('--a-', '-')", "a"),
        ("stringx.lstrip('  a ')", "a "),
        ("stringx.rstrip(' a  ')", " a"),
        ("stringx.startswith('abc', 'ab')", True),
        ("stringx.endswith('abc', {'x', 'bc'})", True),
        ("stringx.endswith('c', 'abc')", False),
        ("stringx.replace('a.b.c', '.', '%')", "a%b%c"),
        ("stringx.replace('aaa', 'a', 'b', 2)", "bba"),
        ("stringx.partition('a=b=c', '=')", ("a", "=", "b=c")),
        ("stringx.rpartition('a=b=c', '=')", ("a=b", "=", "c")),
        ("stringx.partition('abc', '=')", ("abc", "", "")),
        ("stringx.join(', ', {1, 'b'})", "1, b"),
        ("stringx.splitlines('a\\nb\\r\\nc')", ["a", "b", "c"]),
        ("stringx.splitlines('a\\nb', true)", ["a\n", "b"]),
        ("stringx.center('abc', 8, '-')", "--abc---"),
        ("stringx.ljust('a', 3) .. stringx.rjust('b', 3, '.')", "a  ..b"),
        ("stringx.count('aXbX', 'X')", 2),
        ("stringx.lfind('abcabc', 'b', 3)", 5),
        ("stringx.rfind('abcabc', 'b')", 5),
        ("stringx.shorten('abcdefgh', 5)", "ab..."),
        ("stringx.shorten('abcdefgh', 5, true)", "...gh"),
        ("stringx.title('hello wOrld')", "Hello World"),
        ("stringx.expandtabs('a\\tb', 4)", "a   b"),
        ("stringx.isdigit('12')", True),
        ("stringx.isalpha('a1')", False),
        ("stringx.isupper('AB1')", True),
        ("stringx.at('abc', -1)", "c"),
    ],
    "tablex": [
        ("tablex.deepcompare({1, {a = 2}}, {1, {a = 2}})", True),
        ("tablex.deepcompare({1}, {1.05}, false, 0.1)", True),
        ("tablex.deepcompare({1, 2}, {1})", False),
        ("tablex.map('|x| x + 1', {1, 2})", [2, 3]),
        ("tablex.map('_ * 2', {a = 4})", {"a": 8}),
        ("tablex.map2('+', {1, 2}, {10, 20})", [11, 22]),
        ("tablex.imap(math.sqrt, {4, 9})", [2, 3]),
        ("tablex.filter({1, 2, 3, 4}, function(x) return x % 2 == 0 end)", [2, 4]),
        ("tablex.reduce('*', {2, 3, 4})", 24),
        ("tablex.find({5, 6, 5}, 5, 2)", 3),
        ("tablex.rfind({5, 6, 5}, 5)", 3),
        ("tablex.find_if({1, 5, 7}, '>', 3)", (2, True)),
        ("tablex.size{a = 1, b = 2, 3}", 3),
        ("tablex.keys{a = 1}", ["a"]),
        ("tablex.values{a = 1}", [1]),
        ("tablex.range(1, 7, 3)", [1, 4, 7]),
        ("tablex.range(3, 1, -1)", [3, 2, 1]),
        ("tablex.zip({1, 2, 3}, {'a', 'b'})", [[1, "a"], [2, "b"]]),
        ("tablex.merge({a = 1, b = 2}, {b = 3, c = 4})", {"b": 2}),
        ("tablex.merge({a = 1, b = 2}, {b = 3, c = 4}, true)", {"a": 1, "b": 3, "c": 4}),
        ("tablex.difference({a = 1, b = 2}, {b = 3})", {"a": 1}),
        ("tablex.update({a = 1}, {b = 2})", {"a": 1, "b": 2}),
        ("tablex.index_by({10, 20, 30}, {3, 1})", [30, 10]),
        ("tablex.count_map{'a', 'b', 'a'}", {"a": 2, "b": 1}),
        ("tablex.makeset{'a'}", {"a": True}),
        ("tablex.sub({1, 2, 3, 4}, 2, -2)", [2, 3]),
        ("tablex.insertvalues({1, 4}, 2, {2, 3})", [1, 2, 3, 4]),
        ("tablex.removevalues({1, 2, 3, 4}, 2, 3)", [1, 4]),
        ("tablex.compare_no_order({1, 2, 2}, {2, 1, 2})", True),
        ("tablex.compare_no_order({1, 2, 2}, {2, 1, 1})", False),
        ("tablex.icopy({1, 2, 3}, {7, 8}, 2)", [1, 7, 8]),
        ("(pcall(function() tablex.readonly{}.x = 1 end))", False),
        ("tablex.pairmap(function(k, v) return v, k end, {a = 1})", {"a": 1}),
        (
            "tablex.group_by({1, 2, 3}, function(x) return x % 2 == 0 and 'even' or 'odd' end)",
            {"even": [2], "odd": [1, 3]},
        ),
    ],
    "List": [
        ("List.is_a(List{1}, List) and List{1}:is_a(List) and not List.is_a({1}, List)", True),
        ("List{3, 1, 2}:sort()", [1, 2, 3]),
        ("List{3, 1, 2}:sort('>')", [3, 2, 1]),
        ("List{1, 2, 3}:slice(-2)", [2, 3]),
        ("List{1, 2}:append(3):extend{4}:reverse()", [4, 3, 2, 1]),
        ("List{1, 2, 3}:insert(2, 9):remove(1)", [9, 2, 3]),
        ("List{1, 2, 3}:pop()", 3),
        ("List{1, 2, 3}:map('|x, y| x * y', 2):filter('>', 2)", [4, 6]),
        ("List{1, 2} .. {3}", [1, 2, 3]),
        ("List{1, 2} == List{1, 2}", True),
        ("List{1, 2} == List{2, 1}", False),
        ("tostring(List{1, 'a'})", '{1,"a"}'),
        ("List.range(2, 4):contains(3)", True),
        ("List.split('a b')", ["a", "b"]),
        ("List{3, 1}:minmax()", (1, 3)),
        ("List{1, 2, 3, 4}:chop(2, 3)", [1, 4]),
        ("List{1, 4}:splice(2, {2, 3})", [1, 2, 3, 4]),
        ("List{1, 1}:count(1)", 2),
        ("List{'a', 'b'}:join('-')", "a-b"),
    ],
    "utils": [
        ("utils.split('a  b c')", ["a", "b", "c"]),
        ("utils.split('a,b,c', ',', true, 2)", ["a", "b,c"]),
        ("utils.split('', ',')", []),
        ("utils.escape('a.b*')", "a%.b%*"),
        ("utils.choose(false, 1, 2)", 2),
        ("utils.bind1(math.max, 10)(3)", 10),
        ("utils.memoize(function(x) return x + 1 end)(1)", 2),
        ("utils.is_callable(print)", True),
        ("utils.readfile('/no/such/file')", (None, "/no/such/file: No such file or directory")),
    ],
    "pretty": [
        ("pretty.write({1, a = {b = 'x\\n'}, ['c d'] = true}, '')", '{1,a={b="x\\n"},["c d"]=true}'),
        ("pretty.write{1, a = 2}", "{\n  1,\n  a = 2\n}"),
        ("pretty.read('{a = 1, {2}}')", {"a": 1, 1: [2]}),
        ("pretty.read('1')", (None, "not a Lua table")),
        ("pretty.read('{f = function() end}')", (None, "cannot have functions in table definition")),
        ("pretty.number(1234567)", "1.2M"),
        ("pretty.number(2048, 'M')", "2.0KiB"),
    ],
    "seq": [
        ("seq.copy(seq.map('|x| x * x', seq.range(3)))", [1, 4, 9]),
        ("seq.sum{1, 2, 3}", (6, 3)),
        ("seq.copy(seq.unique{1, 1, 2})", [1, 2]),
        ("seq.copy(seq.take(seq.range(9), 2))", [1, 2]),
        ("seq.reduce('+', {1, 2, 3})", 6),
        ("seq.count({1, 5, 6}, '>', 4)", 2),
    ],
    "text": [
        ("text.wrap('aa bb cc dd', 5)", ["aa bb", "cc dd"]),
        ("text.dedent('  a\\n   b')", "a\n b\n"),
        ("text.Template('$a-${b}$$'):substitute{a = 1, b = 2}", "1-2$"),
    ],
    "types": [
        ("types.is_empty{}", True),
        ("types.to_bool('yes')", True),
        ("types.type(require('pl.List')())", "List"),
        ("types.is_integer(2.5)", False),
    ],
    "Set": [
        ("tostring(Set{1, 2} + Set{3})", "[1,2,3]"),
        ("tostring(Set{1, 2} * Set{2, 3})", "[2]"),
        ("tostring(Set{1, 2} - Set{2})", "[1]"),
        ("tostring(Set{1} + 3 - 1)", "[3]"),
        ("Set{1} < Set{1, 2}", True),
        ("Set.is_a(Set{1}, Set) and Set:class_of(Set{1}) and Set{1}:is_a() == Set", True),
        ("Set.is_a({}, Set) or Set.is_a(nil, Set) or Set.is_a('x', Set) or Set.is_a(require 'pl.List'{1}, Set)", False),
        ("Set{1, 2} == Set{2, 1}", True),
    ],
    "OrderedMap": [
        ("tostring(OrderedMap():set('z', 1):set('a', 2))", "{z=1,a=2}"),
        ("OrderedMap{{z = 1}, {a = 2}}:keys()", ["z", "a"]),
        ("OrderedMap():set('b', 1):set('a', 2):sort():values()", [2, 1]),
        ("OrderedMap():set('b', 1):set('b', nil):keys()", []),
        ("OrderedMap{{[2] = 'b'}, {[1] = OrderedMap{{z = 1}}}}:keys()", [2, 1]),
        ("tostring(OrderedMap(OrderedMap{{z = 1}, {a = 'x'}}))", '{z=1,a="x"}'),
        ("OrderedMap{{z = 1}, {a = 2}}:insert(1, 'a'):keys()", ["a", "z"]),
        ("OrderedMap{{z = 1}} == OrderedMap{{z = 1}} and OrderedMap{{z = 1}} ~= OrderedMap{{z = 2}}", True),
        ("OrderedMap():is_a(require 'pl.Map') and OrderedMap():setdefault('a', 3)", 3),
        ("select(2, OrderedMap():update{1})", "cannot use an array to initialize an OrderedMap"),
        ("select(2, OrderedMap():update{{}})", "empty pair initialization table"),
        ("pcall(OrderedMap, {1})", (False, "cannot use an array to initialize an OrderedMap")),
    ],
    "Map": [("Map{a = 1}:setdefault('b', 2)", 2), ("Map{a = 1} == Map{a = 1}", True)],
}


@pytest.mark.parametrize("module", EXPRESSIONS)
def test_expressions(runtime, module):
    for expression, expected in EXPRESSIONS[module]:
        assert runtime.execute(f"local {module} = require 'pl.{module}'; return {expression}") == expected, expression


def test_ordered_maps(runtime):
    """The list of keys is the map's own, and `pairs` follows it."""
    got = runtime.execute("""
        local map = require 'pl.OrderedMap'{{z = 1}, {b = 2}}
        map.a = 3
        map:keys():pop(1)
        local seen = {}
        for key, value in pairs(map) do seen[#seen + 1] = key .. value end
        return seen, map.z
    """)
    assert got == (["b2", "a3"], 1)


def test_methods_of_strings(runtime):
    assert runtime.execute("require('pl.stringx').import(); return ('a-b'):split('-')") == ["a", "b"]


def test_globals(runtime):
    assert runtime.execute("require 'pl'; return tablex.size{1}, utils.choose(true, 1), List{1}, nonsense == nil") == (
        1,
        1,
        [1],
        True,
    )


def test_classes(runtime):
    got = runtime.execute(
        """
        local class = require 'pl.class'
        local A = class()
        function A:_init(x) self.x = x end
        function A:get() return self.x end
        local B = class(A)
        function B:_init(x, y)
          self:super(x)
          self.y = y
        end
        local C = class(B)
        local c = C(5, 6)
        class.Animal()
        function Animal:_init(name) self.name = name end
        function Animal:__tostring() return 'animal ' .. self.name end
        local P = class(class.properties)
        function P:get_double() return 2 * self.n end
        local p = P()
        p.n = 4
        return c:get(), c.y, c:is_a(A), A:class_of(c), A(1):is_a(B), rawget(c, 'super') == nil, tostring(Animal('cat')),
          p.double, class{_base = A, get = function() return 'other' end}(1):get()
        """
    )
    assert got == (5, 6, True, True, False, True, "animal cat", 8, "other")


HELP = """
Train
   -s,--save (default "logs")      where
   -b,--batchSize (default 128)    size of a batch
   --type (float|double default float)
   --rate (number)                 has to be given
   -p (1..10 default 3)            a range
   -v                              say more
-q, --quiet  say less
   <input> (string)
   <more> (default 0) ...
"""


def test_lapp(runtime):
    runtime.execute("lapp = require 'pl.lapp'; lapp.show_usage_error = 'throw'; lapp.script = 'train'")
    got = runtime.execute("return lapp(...)", HELP, "-b 32 --type=double -vq --rate 0.5 file 7".split())
    assert got == {
        "save": "logs",
        "batchSize": 32,
        "type": "double",
        "rate": 0.5,
        "p": 3,
        "v": True,
        "quiet": True,
        "input": "file",
        "more": 7,
    }
    for words, message in (
        ("--nope", "unknown parameter 'nope'"),
        ("--rate x f", "unable to convert to number: x"),
        ("--rate 1", "missing required parameter: input"),
        ("--rate 1 --type int f", "value 'int' not in float|double"),
        ("--rate 1 -p 11 f", "p out of range"),
        ("f --rate", "rate was expecting a value"),
    ):
        found = runtime.execute("return select(2, pcall(lapp, ...))", HELP, words.split())
        assert found == f"train: {message}", words
    many = runtime.execute("return lapp('  <files...> (string)', {'a', 'b'}).files")
    assert many == ["a", "b"]


def test_checks(runtime):
    assert runtime.execute("return pcall(require('pl.test').asserteq, {1, {2}}, {1, {2}})") is True
    assert "assertion failed" in runtime.execute("return select(2, pcall(require('pl.test').asserteq, 1, 2))")
    runtime.execute("require('pl.test').assertraise(function() error('oops') end, 'oops')")


def test_arguments_of_programs(runtime):
    got = runtime.execute("return require('pl.app').parse_args({'-x', '--n=3', '--f', 'v', 'rest'}, {'f'})")
    assert got == ({"x": True, "n": "3", "f": "v"}, ["rest"])
