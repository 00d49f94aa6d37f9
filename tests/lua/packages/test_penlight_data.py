"""Penlight's tables of data, tokens and strict variables: `pl.data`, `pl.lexer`, `pl.strict`."""

import pytest

from torchnn.lua import LuaError, Runtime


@pytest.fixture
def read(runtime, tmp_path):
    """The rows and names that `data.read` finds in a text, with the delimiter; or its message."""

    def read(text, config="{}"):
        path = tmp_path / "data.txt"
        path.write_text(text)
        found = runtime.execute(
            f"""
            local rows, message = require('pl.data').read(..., {config})
            if not rows then return message end
            local plain = {{}}
            for i, row in ipairs(rows) do plain[i] = {{unpack(row)}} end
            return plain, {{unpack(rows.fieldnames)}}, rows.delim
            """,
            str(path),
        )
        return found

    return read


@pytest.mark.parametrize(
    ("text", "config", "expected"),
    [
        ("1 2\n3 4\n\n", "{}", ([[1, 2], [3, 4]], [], " ")),
        ("  1 2\n  3 4\n", "{}", ([[1, 2], [3, 4]], [], " ")),
        ("a,b c\n1,x\n", "{}", ([[1, "x"]], ["a", "b_c"], ",")),
        ("a\tb\n1\t2\n", "{}", ([[1, 2]], ["a", "b"], "\t")),
        ("a;b\n1;x\n", "{no_convert = true}", ([["1", "x"]], ["a", "b"], ";")),
        ("1,x\n", "{fieldnames = 'p,q'}", ([[1, "x"]], ["p", "q"], ",")),
        ('a,b\n"x, y",\n"z",2\n', "{csv = true}", ([["x, y", 0], ["z", 2]], ["a", "b"], ",")),
        ("a,b\n1.234,5\n", "{thousands_dot = true}", ([[1234, 5]], ["a", "b"], ",")),
        ("k rest\n1 2 3\n", "{last_field_collect = true}", ([[1, "2 3"]], ["k", "rest"], " ")),
        ("a,b\n1,5\n", "{convert = {[2] = function(s) return s .. '!' end}}", ([[1, "5!"]], ["a", "b"], ",")),
        ("a,b\n1,x\nz,y\n", "{}", "not a number: z at line 3"),
        ("", "{}", "empty file"),
    ],
)
def test_files_of_data_are_read(read, text, config, expected):
    assert read(text, config) == expected


def test_data_become_a_tensor_and_a_file(runtime, tmp_path):
    runtime.execute(
        """
        local data, path = require 'pl.data', ...
        local rows = data.new(torch.Tensor{{1, 2}, {3, 4.5}}:totable())
        rows:write(path)
        assert(io.open(path):read('*a') == '1 2\\n3 4.5\\n')
        assert(torch.Tensor(data.read(path)):sum() == 10.5)
        data.write({{1, 2}, {3, 4}}, path, {'a', 'b'}, ',')
        data.filter('a where b > 2', path, path .. '2')
        assert(io.open(path .. '2'):read('*a') == '3\\n')
        local missing, message = data.read(path .. '3')
        assert(missing == nil and message:find('No such file'))
        """,
        str(tmp_path / "rows.txt"),
    )


def test_questions_about_data(runtime):
    runtime.execute(
        """
        local data = require 'pl.data'
        local rows = data.new({{'Smith', 3, 'x'}, {'Jones', 1, 'y'}, {'Brown', 2, 'x'}}, 'Name, Num ber,kind')
        local function all(...)
          local found = {}
          for a, b in ... do found[#found + 1] = tostring(a) .. tostring(b) end
          return table.concat(found, ' ')
        end
        assert(all(rows:select('Name,Num_ber where kind == "x" sort by Num_ber')) == 'Brown2 Smith3')
        assert(all(rows:select('Num ber,Name sort by Name desc')) == '3Smith 1Jones 2Brown')
        assert(all(rows:select('$2,$1 where $2 > 1')) == '3Smith 2Brown')
        assert(all(rows:select('*')) == 'Smith3 Jones1 Brown2')
        assert(rows:column_by_name('Num_ber'):concat(',') == '3,1,2' and rows:column_by_name(1)[3] == 'Brown')
        assert(rows:select_row('Name')()[1] == 'Smith' and rows:column_names()[2] == 'Num_ber')
        local own = {long = function(name) return #name > 4 end}
        assert(all(data.query(rows, 'Num_ber where long(Name) and Num_ber < 3', {own})) == '1nil 2nil')
        assert(all(data.query(rows, {fields = {'Name'}, where = function(v) return v[2] == 1 end})) == 'Jonesnil')
        local part = rows:copy_select('kind,Name where Num_ber < 3')
        assert(#part == 2 and part.fieldnames:concat(',') == 'kind,Name' and part[1][2] == 'Jones')
        local none, message = rows:select('Nope')
        assert(none == nil and message == 'Nope not found in Name,Num_ber,kind')
        """
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("lexer.lua('for i=1,-2 do -- x\\n')", "keyword for iden i = = number 1 , , - - number 2 keyword do"),
        ("lexer.lua('a..b ~= [==[\\nq]==]')", "iden a .. .. iden b ~= ~= string q"),
        ("lexer.scan('x -3.5e-2 \"it\\'s\" 0x1F')", "iden x number -0.035 string it's number 31"),
        ("lexer.cpp('int a->b; // c\\n#if 1\\n')", "keyword int iden a -> -> iden b ; ; prepro #if 1\n"),
        ("lexer.lua('--[[c\\nd]] 1', {}, {})", "comment --[[c\nd]] space   number 1"),
        ("lexer.scan('Hi, it')", "iden Hi , , iden it"),
    ],
)
def test_tokens(runtime, code, expected):
    found = runtime.execute(
        f"""
        local lexer, found = require 'pl.lexer', {{}}
        for kind, value in {code} do found[#found + 1] = kind .. ' ' .. tostring(value) end
        return table.concat(found, ' ')
        """
    )
    assert found == expected


def test_scanners_are_asked(runtime):
    runtime.execute(
        """
        local lexer = require 'pl.lexer'
        local tokens = lexer.scan('first line\\nf(a, (b, c), 2) rest of it')
        assert(lexer.expecting(tokens, 'iden') == 'first' and lexer.getline(tokens) == ' line\\n')
        tokens()
        tokens()
        local lists, last = lexer.get_separated_list(tokens)
        assert(#lists == 3 and #lists[2] == 5 and lists[3][1][2] == 2 and last[1] == ')')
        lexer.insert(tokens, 'kind', 'value')
        tokens()
        assert(lexer.getrest(tokens) == ' rest of it' and tokens() == nil)
        assert(not pcall(lexer.expecting, lexer.scan('3'), 'iden'))
        local found = {}
        local function word(token) return 'word', token end
        local function blank() error('is left out') end
        for _, value in lexer.scan("it's me", {{'^%s+', blank}, {'^%w+', word}, {'^.', word}}, {[blank] = true}) do
          found[#found + 1] = value
        end
        assert(table.concat(found, '|') == "it|'|s|me")
        """
    )


def test_variables_have_to_be_declared(tmp_path):
    runtime = Runtime()
    runtime.execute("require 'pl.strict'")
    for code, message in [
        ("(function() return unknown end)()", "variable 'unknown' is not declared"),
        ("(function() unknown = 1 end)()", "assign to undeclared global 'unknown'"),
        ("print(require('pl.strict').module('M', {}).x)", "variable 'x' is not declared in 'M'"),
    ]:
        with pytest.raises(LuaError, match=message):
            runtime.execute(code)
    runtime.execute("known = nil; (function() known = 2 end)(); assert(known == 2)")
    runtime.execute(
        "require 'nn'; torch.save(..., nn.Linear(2, 3)); assert(torch.load(...).weight:nElement() == 6)",
        str(tmp_path / "net.t7"),
    )
