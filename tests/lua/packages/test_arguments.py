"""argcheck, csvigo and totem."""

import pytest


@pytest.fixture(scope="module")
def check(runtime):
    runtime.execute(
        """
        argcheck = require 'argcheck'
        check = argcheck{
          {name = 'x', type = 'number', help = 'a number'},
          {name = 'y', type = 'string', default = 'd'},
          {name = 'z', type = 'torch.*Tensor', opt = true},
          {name = 'w', type = 'number', defaulta = 'x'},
          {name = 'v', type = 'number', defaultf = function(args) return 2 * args.x end},
        }
        """
    )
    return runtime


@pytest.mark.parametrize(
    "call, expected",
    [
        ("check(1)", (1, "d", None, 1, 2)),
        ("check(1, 'a')", (1, "a", None, 1, 2)),
        ("check(1, 'a', nil, 4, 5)", (1, "a", None, 4, 5)),
        ("check(1, 4)", (1, "d", None, 4, 2)),
        ("check{x = 2, y = 'b'}", (2, "b", None, 2, 4)),
        ("select(2, pcall(check, 'a')):match('invalid arguments')", "invalid arguments"),
        ("select(2, pcall(check, {x = 1, q = 2})):match('%[y = string%]')", "[y = string]"),
        ("(check(1, torch.ones(1)) == 1)", True),
    ],
)
def test_argcheck(check, call, expected):
    assert check.execute(f"return {call}") == expected


def test_forms_of_argcheck(check):
    got = check.execute(
        """
        local function text(s) return 'text ' .. s end
        local over = argcheck{{name = 's', type = 'string'}, overload = check, call = text}
        local positive = {name = 'n', type = 'number', check = function(n) return n > 0 end}
        local quiet = argcheck{quiet = true, pack = true, positive}
        local named = argcheck{noordered = true, positive}
        local method = argcheck{{name = 'self', type = 'table'}, positive}
        return over('q'), over(5), select(2, quiet(1)).n, (quiet(-1)), named{n = 3}, (pcall(named, 3)),
          select(2, method({}, {n = 4}))
        """
    )
    assert got == ("text q", 5, 1, False, 3, False, 4)
    forced = check.execute(
        """
        local x, y = {name = 'x', type = 'number'}, {name = 'y', type = 'string', default = 'b'}
        local first = argcheck{x, call = function() return 'first' end}
        local positive = {name = 'n', type = 'number', check = function(n) return n > 0 end}
        local other = argcheck{positive, overload = first, call = function() return 'positive' end}
        local newer = argcheck{x, y, overload = other, force = true, call = function(_, b) return b end}
        return select(2, pcall(argcheck, {x, y, overload = first})), newer(1), other(1), newer(1, 'c')
        """
    )
    assert "ambiguous" in forced[0] and forced[1:] == ("b", "first", "c")
    old = check.execute(
        """
        local number, text = {name = 'n', type = 'number'}, {name = 's', type = 'string'}
        local f = argcheck({number}, function(n) return n + 1 end, {text}, function(s) return s .. '!' end)
        return f(1), f('a'), (pcall(f, true))
        """
    )
    assert old == (2, "a!", False)


def test_types_of_argcheck_are_patterns_and_objects_are_no_tables(runtime):
    got = runtime.execute(
        """
        require 'nn'
        local istype = require('argcheck.env').istype
        local linear = nn.Linear(1, 1)
        return istype(linear, 'nn.Module'), istype(linear, 'Lin'), istype(linear, 'table'), istype({}, 'table'),
          istype(torch.FloatTensor(), 'torch.*Tensor'), istype(torch.FloatStorage(), 'torch.*Tensor')
        """
    )
    assert got == (True, True, False, True, True, False)


def test_documentation_of_argcheck(check):
    got = check.execute(
        """
        local doc = require 'argcheck.doc'
        doc[[not recorded]]
        doc.record()
        doc[[a title]]
        argcheck{doc = 'a function', {name = 'x'}}
        local text = doc.get()
        doc.stop()
        return text, (pcall(doc.get))
        """
    )
    assert got == ("a title\na function", False)


def test_csvigo(runtime, tmp_path, capsys):
    path = str(tmp_path / "a.csv")
    runtime.execute("csvigo = require 'csvigo'")
    runtime.execute(
        "csvigo.save{path = ..., data = {a = {1, 2, 3}, b = {'x', 'y,\"z\"', 'two\\nlines'}}, verbose = false}", path
    )
    assert (tmp_path / "a.csv").read_text() == 'a,b\n1,x\n2,"y,""z"""\n3,"two\nlines"\n'
    assert runtime.execute("return csvigo.load{path = ..., verbose = false}", path) == {
        "a": ["1", "2", "3"],
        "b": ["x", 'y,"z"', "two\nlines"],
    }
    query = "local q = csvigo.load{path = ..., mode = 'query', verbose = false}; return "
    assert runtime.execute(
        query + "q('vars'), q('inter', {a = {2, 3}, b = 'x'}).a, q('union', {a = 1, b = 'x'}).b", path
    ) == (
        ["a", "b"],
        [],
        ["x"],
    )
    assert runtime.execute("return csvigo.load{path = ..., mode = 'raw', verbose = false}", path)[0] == ["a", "b"]
    assert capsys.readouterr().out == ""
    runtime.execute("csvigo.save(..., torch.Tensor{{1, 2}, {3, 4}})", path)
    assert runtime.execute("return csvigo.load{path = ..., header = false, skip = 1}", path) == {
        "var_1": ["3"],
        "var_2": ["4"],
    }
    assert "parsing file" in capsys.readouterr().out
    assert "No such file" in runtime.execute("return select(2, pcall(csvigo.load, '/no/file'))")


def test_csvigo_takes_arguments_in_order_and_row_by_row(runtime, tmp_path):
    path = str(tmp_path / "a.csv")
    got = runtime.execute(
        """
        require 'csv'
        local path = ...
        csv.save(path, {{'n', 'text'}, {1, 'two\\nlines'}, {2, '"'}}, ';', 'raw', true, false)
        local columns = csvigo.load(path, ';', 'tidy', true, false)
        local query = csvigo.load(path, ';', 'query', true, false)
        csvigo.save{path = path, data = query, verbose = false}
        local file = csvigo.File(path, 'r')
        local names, rows = file:read(), file:readall()
        file:close()
        file = csv.File(path, 'w')
        file:write{'a', 'b'}
        file:writeall{{1, 2}, {3, 4}}
        file:close()
        return columns.n, columns.text, names, rows, csv == csvigo
        """,
        path,
    )
    assert got == (["1", "2"], ["two\nlines", '"'], ["n", "text"], [["1", "two\nlines"], ["2", '"']], True)
    assert (tmp_path / "a.csv").read_text() == "a,b\n1,2\n3,4\n"


def test_totem(runtime, capsys):
    runtime.execute(
        """
        totem = require 'totem'
        local tester, suite = totem.Tester(), totem.TestSuite()
        function suite.equal() tester:eq(torch.ones(2), torch.ones(2)); tester:lt(1, 2); tester:ne(1, 2) end
        tester:add(suite):run()
        require 'nn'
        local gradients = totem.Tester()
        gradients:add(function()
          totem.nn.checkGradients(gradients, nn.Linear(3, 2), torch.rand(2, 3))
          totem.nn.checkTypePreservation(gradients, nn.Tanh(), torch.rand(2, 3))
        end, 'linear')
        gradients:run()
        """
    )
    out = capsys.readouterr().out
    assert "Completed 3 asserts in 1 test with 0 failures and 0 errors" in out
    assert "Completed 5 asserts in 1 test with 0 failures and 0 errors" in out


def test_totem_compares_without_a_tester(runtime):
    """Each comparison is also a function, which says why it does not hold."""
    runtime.execute(
        """
        local totem = require 'totem'
        local a, b, wider = torch.Tensor{1, 2}, torch.Tensor{1, 2.5}, torch.ones(1, 2)
        assert(totem.areTensorsEq(a, b, 0.5) and not totem.areTensorsEq(a, b) and totem.areTensorsNe(a, b))
        assert(totem.areTensorsNe(a, wider) and totem.areTensorsNe(a, a:float()) and totem.areTensorsEq(a, b, 0, true))
        assert(select(2, totem.areTensorsEq(a, wider)):find('different dimensions'))
        assert(select(2, totem.areTensorsNe(a, a)):find('=='))
        assert(totem.areStoragesEq(a:storage(), a:clone():storage()) and totem.areTablesNe({a}, {b}))
        assert(totem.areEq({x = {a}}, {x = {b}}, 0.5) and not totem.areEq(1, '1'))
        totem.assertTensorEq(a, a:clone())
        totem.assertTableEq({1, {a}}, {1, {b}}, 0.5)
        totem.assertStorageNe(a:storage(), b:storage())
        assert(not pcall(totem.assertTensorNe, a, a) and not pcall(totem.assertTableEq, {1}, {2}))
        for i, values in ipairs{{1, a, 0}, {a, {}, 0}, {a, a, 'x'}} do
          local _, message = pcall(totem.areTensorsEq, unpack(values))
          assert(message:find(({'First', 'Second', 'Third'})[i] .. ' argument should be a'), message)
        end
        local tester = totem.Tester()
        tester:add(function()
          assert(tester:eq({1}, {1}, 'same', 0, true) and not tester:eq({1}, {2}, 'same', 0, true))
          assert(tester:ne(1, 2, 'other', 0, true) and tester.countasserts == 0)
          tester:assertStorageEq(a:storage(), b:storage(), 0.5, 'near')
          tester:assertStorageNe(a:storage(), b:storage(), 0.1)
          tester:assertTensorNe(a, wider)
        end, 'checks')
        tester:run()
        assert(tester.countasserts == 3)
        """
    )


def test_totem_takes_words_of_the_command_line(runtime, capsys):
    runtime.execute(
        """
        local totem = require 'totem'
        local function run(...)
          arg = {...}
          local tester, suite = totem.Tester(), totem.TestSuite()
          function suite.wrong() tester:eq(1, 2, 'these differ') end
          function suite.right() tester:eq(1, 1) end
          tester:add(suite)
          return pcall(tester.run, tester)
        end
        assert(run('--list') and run('right') and not run('--summary'))
        local _, message = run('--rethrow', 'wrong')
        assert(message:find('these differ'))
        arg = nil
        """
    )
    out = capsys.readouterr().out
    assert out.startswith("wrong\nright\nRunning 1 test\n")
    assert "Completed 2 asserts in 2 tests with \033[0;31m1 failure" in out
    assert "these differ" not in out


def test_totem_checks_modules_of_tables(runtime, capsys):
    """Inputs stay as they are, modules may change theirs in place or draw random numbers."""
    runtime.execute(
        """
        require 'nn'
        totem = require 'totem'
        local tester, suite = totem.Tester(), totem.TestSuite()
        local check, input = totem.nn, {torch.rand(4, 3):add(0.1), {torch.rand(4, 2)}}
        local function network()
          local nested = nn.ParallelTable():add(nn.Sequential():add(nn.Linear(2, 3)):add(nn.ReLU(true)))
          return nn.Sequential():add(nn.ParallelTable():add(nn.Dropout(0.5)):add(nested)):add(nn.FlattenTable())
        end
        function suite.gradients() check.checkGradients(tester, network(), input) end
        function suite.outputs() check.checkGradients(tester, nn.SplitTable(1), torch.rand(2, 3)) end
        function suite.batches() check.checkMinibatch(tester, nn.CAddTable(), {torch.rand(4, 3), torch.rand(4, 3)}) end
        function suite.types() check.checkTypeCastable(tester, network(), input) end
        function suite.sharing() check.checkTypePreservesSharing(tester, network()) end
        function suite.files() check.checkSerializable(tester, network(), input) end
        local before = input[1]:clone()
        tester:add(suite):run()
        assert(input[1]:equal(before))
        """
    )
    assert "in 6 tests with 0 failures and 0 errors" in capsys.readouterr().out


def test_totem_finds_wrong_gradients(runtime, capsys):
    runtime.execute(
        """
        require 'nn'
        local totem = require 'totem'
        local Wrong, parent = torch.class('nn.TotemWrong', 'nn.Module')
        function Wrong:updateOutput(x) self.output = x * 3 return self.output end
        function Wrong:updateGradInput(x, g) self.gradInput = g * 2 return self.gradInput end
        local tester = totem.Tester()
        tester:add(function() totem.nn.checkGradients(tester, nn.TotemWrong(), torch.rand(2)) end, 'wrong')
        assert(not pcall(tester.run, tester))
        """
    )
    assert "gradient with respect to input" in capsys.readouterr().out
