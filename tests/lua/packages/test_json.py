"""cjson writes and reads JSON as lua-cjson does."""

import json
import math

import pytest


@pytest.fixture(scope="module")
def cjson(runtime):
    runtime.execute("cjson = require 'cjson'")
    return runtime


@pytest.mark.parametrize(
    "value, text",
    [
        ("{1, 2, {3}}", "[1,2,[3]]"),
        ("{}", "{}"),
        ("{a = {}}", '{"a":{}}'),
        ("{1, nil, 3}", "[1,null,3]"),
        ("{[2] = 1}", "[null,1]"),
        ("{[1.5] = 1}", '{"1.5":1}'),
        ("0.1", "0.1"),
        ("1e20", "1e+20"),
        ("1 / 3", "0.33333333333333"),
        ("3", "3"),
        ("true", "true"),
        ("nil", "null"),
        ("cjson.null", "null"),
        (r"'a/\"\\\n\1\127'", r'"a\/\"\\\n\u0001\u007f"'),
        (r"'é'", '"é"'),
    ],
)
def test_encode(cjson, value, text):
    found = cjson.execute(f"return cjson.encode({value})")
    assert found.encode("latin-1").decode() == text


@pytest.mark.parametrize(
    "value, message",
    [
        ("{[100] = 1}", "Cannot serialise table: excessively sparse array"),
        ("{[true] = 1}", "Cannot serialise boolean: table key must be a number or string"),
        ("print", "Cannot serialise function: type not supported"),
        ("0 / 0", "Cannot serialise number: must not be NaN or Infinity"),
        ("deep", "Cannot serialise, excessive nesting (1001)"),
    ],
)
def test_encode_refuses(cjson, value, message):
    cjson.execute("deep = {}; deep.deep = deep")
    assert cjson.execute(f"return select(2, pcall(cjson.encode, {value}))") == message


def test_decode(cjson):
    source = {
        "list": [1, -2.5e3, True, False, None, [], {}],
        "text": 'é😀 \n"\\/',
        "deep": {"a": [{"b": "c"}]},
        "": 0,
    }
    cjson.execute("decoded = cjson.decode(...)", json.dumps(source))
    assert cjson.execute("return decoded.list[2], decoded.list[5] == cjson.null, #decoded.list") == (-2500, True, 7)
    assert cjson.execute("return decoded.text").encode("latin-1").decode() == source["text"]
    assert cjson.execute("return decoded.deep.a[1].b, decoded[''], tostring(cjson.null)") == ("c", 0, "userdata: NULL")
    assert cjson.execute("return cjson.decode(' [1 , 2] ')") == [1, 2]
    assert cjson.execute("return cjson.decode('0x10'), cjson.decode('-Infinity')") == (16, -math.inf)


def test_round_trip(cjson):
    text = json.dumps({"a": [1, 2, {"b": "x"}], "c": None}, separators=(",", ":"))
    assert json.loads(cjson.execute("return cjson.encode(cjson.decode(...))", text)) == json.loads(text)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "Expected value but found T_END at character 1"),
        ("{", "Expected object key string but found T_END at character 2"),
        ("[1,", "Expected value but found T_END at character 4"),
        ("[1 2]", "Expected comma or array end but found T_NUMBER at character 4"),
        ('{"a":1 "b":2}', "Expected comma or object end but found T_STRING at character 8"),
        ('{"a" 1}', "Expected colon but found T_NUMBER at character 6"),
        ("[1]x", "Expected the end but found invalid token at character 4"),
        ('"abc', "Expected value but found unexpected end of string at character 5"),
        ('{"a', "Expected object key string but found unexpected end of string at character 4"),
        (r'{"\q"', "Expected object key string but found invalid escape code at character 3"),
        ("[true, test]", "Expected value but found invalid token at character 8"),
        ("[1 true]", "Expected comma or array end but found T_BOOLEAN at character 4"),
        ("Infrared", "Expected the end but found invalid token at character 4"),
        ("Noodle", "Expected value but found invalid token at character 1"),
        ('\0"\0"', "JSON parser does not support UTF-16 or UTF-32"),
        (r'"\x"', "Expected value but found invalid escape code at character 2"),
        (r'"\u12"', "Expected value but found invalid unicode escape code at character 2"),
        (r'"\ud800"', "Expected value but found invalid unicode escape code at character 2"),
        ("[-]", "Expected value but found invalid number at character 2"),
        ("[" * 1001, "Found too many nested data structures (1001) at character 1001"),
    ],
)
def test_decode_refuses(cjson, text, message):
    assert cjson.execute("return select(2, pcall(cjson.decode, ...))", text) == message


@pytest.mark.parametrize(
    "text, value",
    [
        ('"a\n\tb"', "a\n\tb"),
        ("0x6.ffp1", 13.9921875),
        ("[ 0123, 00.5, +1, -INF, +Infinity ]", [123, 0.5, 1, -math.inf, math.inf]),
        (r'"\ud83d\ude00"', "\xf0\x9f\x98\x80"),
    ],
)
def test_decode_takes_more_than_json(cjson, text, value):
    assert cjson.execute("return cjson.decode(...)", text) == value


@pytest.mark.parametrize(
    "text, found", [("[0x6]", "invalid number"), ("[-Inf]", "invalid number"), ("[+1]", "invalid token")]
)
def test_decode_may_be_strict(cjson, text, found):
    cjson.execute("strict = cjson.new(); strict.decode_invalid_numbers('off')")
    message = cjson.execute("return select(2, pcall(strict.decode, ...))", text)
    assert message == f"Expected value but found {found} at character 2"


def test_settings(cjson):
    got = cjson.execute(
        """
        local own = cjson.new()
        own.encode_number_precision(3)
        own.encode_sparse_array(true)
        own.encode_invalid_numbers('null')
        own.decode_invalid_numbers(false)
        return own.encode(1 / 3), own.encode{[100] = 1}, own.encode(1 / 0), (pcall(own.decode, '0x1')),
          cjson.encode(1 / 3)
        """
    )
    assert got == ("0.333", '{"100":1}', "null", False, "0.33333333333333")
    assert cjson.execute("return require('cjson.safe').decode('{')") == (
        None,
        "Expected object key string but found T_END at character 2",
    )


def test_settings_are_checked(cjson):
    """Names of choices stand for booleans, and messages are those of lua-cjson, with the caller's place."""
    got = cjson.execute(
        """
        local own = cjson.new()
        own.encode_invalid_numbers(true)
        return own.decode_invalid_numbers('on'), own.encode_keep_buffer('off'), own.encode_invalid_numbers('null'),
          own.encode(0 / 0), {own.encode_sparse_array(nil, 3)}, own.encode_max_depth()
        """
    )
    assert got == (True, False, "null", "null", [False, 3, 10], 1000)
    for call, message in (
        (
            "encode_number_precision(0)",
            "bad argument #1 to 'encode_number_precision' (expected integer between 1 and 16)",
        ),
        ("decode_max_depth('x')", "bad argument #1 to 'decode_max_depth' (number expected, got string)"),
        ("encode_keep_buffer(nil, true)", "bad argument #2 to 'encode_keep_buffer' (found too many arguments)"),
        ("encode_invalid_numbers(-2)", "bad argument #1 to 'encode_invalid_numbers' (invalid option '-2')"),
        ("encode_sparse_array({})", "bad argument #1 to 'encode_sparse_array' (string expected, got table)"),
        ("decode('[')", "Expected value but found T_END at character 2"),
        ("encode()", "bad argument #1 to 'encode' (expected 1 argument)"),
    ):
        code = f"return select(2, pcall(function() local x = cjson.{call} end))"
        assert cjson.execute(code) == f"string:1: {message}"


def test_values_are_compared_and_written(cjson, capsys):
    got = cjson.execute(
        """
        local util = require 'cjson.util'
        local a = {1, {x = 'y', n = 0 / 0}, cjson.null}
        assert(util.compare_values(a, {1, {x = 'y', n = 0 / 0}, cjson.null}))
        assert(not util.compare_values(a, {1, {x = 'y'}, cjson.null}) and not util.compare_values({}, {false}))
        assert(util.run_test('plus', function(x) return x + 1 end, {1}, true, {2}))
        util.run_test_group{{'minus', function(x) return x - 1 end, {1}, true, {2}}, {'nothing', function() end}}
        assert(util.run_script('x = 3').x == 3)
        local passed, total = util.run_test_summary()
        return util.serialise_value({1, {a = 'b'}, cjson.null, print}, false), util.serialise_value({[3] = {true}}),
          passed, total
        """
    )
    assert got[0] == '{ 1, { ["a"] = "b" }, json.null, "<function>" }'
    assert got[1:] == ("{\n  [3] = {\n    true\n  }\n}", 1, 2)
    out = capsys.readouterr().out
    assert "==> Test [1] plus: PASS" in out and "[Received:success] { 0 }" in out and "==> nothing" in out


def test_files(cjson, tmp_path):
    path = str(tmp_path / "a.json")
    cjson.execute("require('cjson.util').file_save(..., '[1]')", path)
    assert cjson.execute("return cjson.decode(require('cjson.util').file_load(...))", path) == [1]
