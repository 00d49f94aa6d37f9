"""The package lua-utf8."""

from torchnn.lua import Runtime

CODE = """
local utf8 = require 'lua-utf8'
local s = 'a\u00e9\u20ac\U0001f600z'
assert(utf8.len(s) == 5 and utf8.char(97, 233, 8364, 128512, 122) == s)
local seen = {}
for place, code in utf8.next, s do table.insert(seen, place .. ':' .. code) end
assert(table.concat(seen, ' ') == '1:97 2:233 4:8364 7:128512 11:122')
for place, code in utf8.codes('\u00e9') do assert(place == 1 and code == 233) end
assert(select('#', utf8.codepoint(s, 1, -1)) == 5 and utf8.byte(s, 3) == 8364 and select(2, utf8.byte(s, 1, 2)) == 233)
assert(utf8.sub(s, 2, 3) == '\u00e9\u20ac' and utf8.sub(s, -1) == 'z' and utf8.sub(s, 4, 3) == '' and utf8.len('') == 0)
assert(utf8.reverse(s) == 'z\U0001f600\u20ac\u00e9a')
assert(utf8.upper('a\u00e9\u00df') == 'A\u00c9\u00df' and utf8.lower('\u00c4B') == '\u00e4b')
assert(utf8.offset(s, 3) == 4 and utf8.offset(s, -1) == #s and utf8.offset(s, 6) == #s + 1 and utf8.offset(s, -5) == 1)
assert(utf8.offset(s, 7) == nil and utf8.offset(s, -6) == nil and utf8.offset(s, 0, 5) == 4)
assert(utf8.insert('ab', 2, 'X') == 'aXb' and utf8.insert('ab', 'c') == 'abc')
assert(utf8.remove('abc') == 'ab' and utf8.remove('abc', 2) == 'a' and utf8.remove('abc', 1, 2) == 'c')
local count = 0
for character in s:gmatch(utf8.charpattern) do count = count + 1 end
assert(count == 5)
"""


def test_characters():
    Runtime().execute(CODE)


def test_what_is_no_utf8():
    wrong = ["a\\255", "\\192\\128", "\\224\\128\\128", "\\237\\140", "\\244\\144\\128\\128", "\\128"]
    runtime = Runtime()
    for text in wrong:
        code = f"local utf8 = require 'lua-utf8'; return utf8.len('{text}') == nil, pcall(utf8.reverse, '{text}')"
        assert runtime.execute(code) == (True, False, "invalid UTF-8 code"), text
