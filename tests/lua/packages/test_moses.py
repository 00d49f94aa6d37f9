"""The package moses for Lua."""

import pytest

CASES = {
    "_.map({1, 2}, function(k, v, f) return v * f end, 3)": {1: 3, 2: 6},
    "_.map({1, 2}, function(k, v) return 'k' .. k, v end)": {"k1": 1, "k2": 2},
    "_.reduce({1, 2, 3}, function(sum, v) return sum + v end)": 6,
    "_.include({1, {2}}, {2}) and not _.contains({1}, function(v) return v > 1 end)": True,
    "_.filter({1, 2, 3, 4}, function(k, v) return v % 2 == 0 end)": [2, 4],
    "_.reject({1, 2, 3}, function(k, v) return v == 2 end)": [1, 3],
    "_.all({1, 2}, function(k, v) return v > 0 end)": True,
    "_.pluck({{a = 1}, {b = 2}, {a = 3}}, 'a')": [1, 3],
    "_.findWhere({{a = 1}, {a = 2, b = 3}}, {a = 2}).b": 3,
    "_.max({3, -5, 4}, math.abs)": -5,
    "_.invoke({'a', 'b'}, string.upper)": ["A", "B"],
    "_.groupBy({1, 2, 3}, function(k, v) return v % 2 == 0 and 'even' or 'odd' end)": {"odd": [1, 3], "even": [2]},
    "_.countBy({1, 2, 3}, function(k, v) return v > 1 and 'yes' or 'no' end)": {"no": 1, "yes": 2},
    "{_.size({1, x = 2}), _.size(1, 2, 3), _.count({1, 2, 1}, 1), _.count({4, 5})}": [2, 3, 2, 2],
    "_.sortBy({{n = 2}, {n = 1}}, 'n')": [{"n": 1}, {"n": 2}],
    "_.sort(_.keys({a = 1, b = 2}))": ["a", "b"],
    "_.sort(_.shuffle({1, 2, 3}, 7))": [1, 2, 3],
    "{_.find({4, 5}, 5), _.indexOf({4, 5, 4}, 4), _.lastIndexOf({4, 5, 4}, 4)}": [2, 1, 3],
    "_.reverse({1, 2, 3})": [3, 2, 1],
    "_.fill({1, 2, 3}, 0, 2)": [1, 0, 0],
    "{_.pop({1, 2, 3}, 2)}": [1, 2],
    "{_.unshift({1, 2, 3}, 2)}": [3, 2],
    "_.pull({1, 2, 1, 3}, 1, 3)": [2],
    "_.removeRange({1, 2, 3, 4}, 2, 3)": [1, 4],
    "{_.slice({1, 2, 3}, 2, 9), _.first({1, 2}, 1), _.initial({1, 2, 3}), _.last({1, 2, 3}), _.last({1, 2, 3}, 1)}": [
        [2, 3],
        [1],
        [1, 2],
        [2, 3],
        [3],
    ],
    "{_.rest({1, 2, 3}, 2), _.selectWhile({1, 5, 1}, function(k, v) return v < 3 end)}": [[2, 3], [1]],
    "_.compact({1, false, 2})": [1, 2],
    "_.flatten({1, {2, {3}}})": [1, 2, 3],
    "_.difference({1, 2, 3}, {2})": [1, 3],
    "_.union({1, 2}, {2, 3})": [1, 2, 3],
    "_.intersection({1, 2, 3}, {3, 2}, {2})": [2],
    "_.zip({1, 2}, {'a', 'b'})": [[1, "a"], [2, "b"]],
    "_.append({1}, {2, 3})": [1, 2, 3],
    "{_.range(3), _.range(2, 4), _.range(1, 7, 3), _.range(), _.range(3, 1)}": [
        [0, 1, 2, 3],
        [2, 3, 4],
        [1, 4, 7],
        [],
        [],
    ],
    "_.rep('x', 2)": ["x", "x"],
    "_.concat({1, true, 'a'}, '-')": "1-true-a",
    "_.invert({'a', 'b'})": {"a": 1, "b": 2},
    "_.extend({a = 1, b = 1}, {b = 2}, {c = 3})": {"a": 1, "b": 2, "c": 3},
    "_.pick({a = 1, b = 2}, 'a')": {"a": 1},
    "_.omit({a = 1, b = 2}, 'a')": {"b": 2},
    "_.times(3, function(i) return i * i end)": [1, 4, 9],
    "_.compose(math.sqrt, math.abs)(-4)": 2,
    "_.bind(math.max, 3)(1)": 3,
    "_.bindn(function(...) return table.concat({...}, ',', 1, 3) end, 'a', 'b')('c', 'd')": "a,b,c",
    "select('#', _.bindn(function(...) return ... end, true, nil)(false))": 3,
    "{_.pipe(-4, math.sqrt, math.abs), _.complement(_.isNil)(nil), _.juxtapose(-4, math.abs, _.identity)}": [
        2,
        False,
        4,
        -4,
    ],
    "_.wrap(string.upper, function(f, s) return f(s) .. s end)('a')": "Aa",
    "{_.sortedIndex({1, 3, 5}, 4), _.sortedIndex({5, 1, 3}, 9, nil, true)}": [3, 4],
    "{_.chunk({1, 3, 2, 4, 5}, function(i, v) return v % 2 end), _.interpose(0, {1, 2}), _.xor({1, 2}, {2, 3})}": [
        [[1, 3], [2, 4], [5]],
        [1, 0, 2],
        [1, 3],
    ],
    "_.interleave({1, 2}, {'a', 'b'})": [1, "a", 2, "b"],
    "{_.result({n = function(t) return t.m end, m = 2}, 'n'), _.bindAll({f = _.identity, m = 3}, 'f').f().m}": [2, 3],
    "_.chain({1, 2, 3, 4}):filter(function(k, v) return v % 2 ~= 0 end):max():value()": 3,
    "_({3, 1, 2}):sort():first(2):value()": [1, 2],
    "{_.isNaN(0 / 0), _.isEmpty({}), _.isArray({1, 2}), _.isArray({a = 1}), _.isEqual({1, {2}}, {1, {2}})}": [
        True,
        True,
        True,
        False,
        True,
    ],
}


@pytest.mark.parametrize("code", CASES)
def test_functions(runtime, code):
    result = runtime.execute(f"local _ = require 'moses' return {code}")
    expected = CASES[code]
    if isinstance(expected, dict) and set(expected) == set(range(1, len(expected) + 1)):
        expected = list(expected.values())
    assert result == expected or (expected == [] and not result)


def test_copies_and_what_is_kept(runtime):
    runtime.execute("""
        local _ = require 'moses'
        local inner = {1}
        assert(_.clone({inner})[1] ~= inner and _.clone({inner}, true)[1] == inner)
        local calls = 0
        local square = _.memoize(function(x) calls = calls + 1 return x * x end)
        assert(square(3) == 9 and square(3) == 9 and calls == 1)
        local first = _.once(function(x) return x end)
        assert(first(1) == 1 and first(2) == 1)
        assert(_.uniqueId() ~= _.uniqueId())
    """)


def test_iterators_and_calls_that_wait(runtime):
    runtime.execute("""
        local _ = require 'moses'
        local function all(iterator)
            local out = {}
            for value in iterator do out[#out + 1] = type(value) == 'table' and table.concat(value) or value end
            return table.concat(out, ' ')
        end
        assert(all(_.partition({1, 2, 3, 4, 5}, 2)) == '12 34 5')
        assert(#all(_.permutation{1, 2, 3}) == 23)
        assert(all(_.cycle({'a', 'b'}, 2)) == '1 2 1 2')
        local double = _.iterator(function(x) return 2 * x end, 1)
        assert(double() == 2 and double() == 4)
        local third = _.after(_.identity, 3)
        assert(third(1) == nil and third(2) == nil and third(3) == 3 and third(4) == 4)
        local seen = ''
        _.eachi({'a', 'b', x = 'c'}, function(k, v) seen = seen .. k .. v end)
        assert(seen == '1a2b')
    """)


def test_the_users_own_comes_first(runtime, tmp_path):
    (tmp_path / "moses.lua").write_text("return 'own'")
    runtime.execute(
        """
        local folder, loaded = ...
        package.loaded.moses, loaded = nil, package.loaded.moses
        local path = package.path
        package.path = folder .. '/?.lua;' .. path
        assert(require 'moses' == 'own')
        package.path, package.loaded.moses = path, loaded
        """,
        str(tmp_path),
    )
