"""torch.Tester and torch.TestSuite for Lua: what they print, to the byte."""

import pytest

from torchnn.lua import LuaError

LINE = "-" * 80 + "\n"


def shown(number, name, verdict):
    """What a test prints: first that it waits, then in its place how it went."""
    head = f"{number} {name} ".ljust(73, ".") + " "
    return f"{head}[WAIT]\r{head}[{verdict}]\n"


def test_what_a_run_prints(runtime, capsys):
    with pytest.raises(LuaError, match="^An error was found while running tests!$"):
        runtime.execute(
            """
            local tester, suite = torch.Tester(), torch.TestSuite()
            function suite.good() tester:assert(true) end
            function suite.doubtful() tester:assert(1, 'why') end
            function suite.bad()
              tester:eq('a', 'b', 'why')
              tester:ne({1}, {1})
              tester:assertTensorNe(torch.ones(2), torch.ones(2), 0.5)
            end
            function suite.broken() error('boom', 0) end
            function suite.off() end
            tester:add(suite):disable('off'):run()
            """
        )
    lines = capsys.readouterr().out
    begin, _, end = lines.partition("Completed ")
    assert begin == (
        "Running 5 tests\n"
        + shown("1/5", "good", "PASS")
        + shown("2/5", "doubtful", "PASS")
        + f"{' ' * 70}[+warning]\n"
        + shown("3/5", "bad", "FAIL")
        + shown("4/5", "broken", "ERROR")
        + shown("5/5", "off", "SKIP")
    )
    parts = end.split(LINE)
    assert parts[0] == "5 asserts in 5 tests with 1 failure and 1 error and 1 warning and 1 disabled\n"
    assert [part.rpartition("\n\t")[0] for part in parts[1:4]] == [
        "bad\nwhy\nEQ failed: a (string) ~= b (string)",
        "bad\nThe tables are equal",
        "bad\nTensorNE(==) violation: max diff=0, tolerance=0.5",
    ]
    assert parts[4].startswith("broken\n Function call failed\nboom\nstack traceback:")
    assert parts[5].startswith("doubtful\n :assert should only be used for boolean conditions. To check")
    assert parts[6] == "" and len(parts) == 7


def test_programs_of_the_command_line_have_colours(runtime, capsys):
    runtime.execute("arg = {} torch.Tester():add(function() end, 'one'):run() arg = nil")
    out = capsys.readouterr().out
    assert "\r\033[0;36m1/1 \033[0mone ..." in out and " [\033[0;32mPASS\033[0m]\n" in out
    assert out.endswith("with \033[0;32m0 failures\033[0m and \033[0;32m0 errors\033[0m\n")
    assert runtime.execute("return require('sys.colors').red") == "\033[0;31m"


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ("{{1, 2}, 3}", "{{1}, 4}", "At table location 2: EQ failed: 3 ~= 4"),
        ("{t = {y = 2}}", "{t = {}}", "Entry t.y missing in second table (is 2 in first)"),
        ("torch.ones(1)", "1", "EQ failed: values have different types (first: userdata, second: number)"),
        ("1", "1.5, 0.1", "EQ failed: 1 ~= 1.5 with tolerance=0.1"),
    ],
)
def test_how_values_differ(runtime, a, b, words):
    got = runtime.execute(f"local t = torch.Tester() return t:eq({a}, {b}), t.errors[1]")
    assert got == (False, f"{words}\n")


def test_a_suite_shows_its_tests(runtime):
    got = runtime.execute(
        """
        local suite, seen = torch.TestSuite(), {}
        function suite.one() end
        for name in pairs(suite.__tests) do seen[#seen + 1] = name end
        return suite.__isTestSuite, seen, suite.one ~= nil, suite.two == nil, pcall(function() suite.one = print end)
        """
    )
    assert got[:5] == (True, ["one"], True, True, False) and got[5].endswith("Test one is already defined.")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("tester:eq(1, 1, 'a', 'b')", "Unexpected string argument; already have message"),
        ("tester:eq(1, 1, {})", "Unrecognized argument; should be a tolerance or message"),
        ("tester:assertlt(1, 2, 3)", "message parameter must be a string"),
        ("tester:run(3)", "Only accept a name or table of test names (or nil for all tests)"),
        ("tester:disable(3)", "Expecting name or list for disable"),
        ("tester:add(3)", "Only tables of functions and functions supported"),
    ],
)
def test_wrong_arguments(runtime, call, words):
    assert runtime.execute(f"local tester = torch.Tester() return pcall(function() {call} end)") == (False, words)


@pytest.mark.parametrize(
    "call", ["assert(false, 'why')", "eq(1, 2, 'why')", "assertError(print, 'why')", "assertlt(2, 1, 'why')"]
)
def test_errors_that_are_raised_name_the_line_of_the_test(runtime, call):
    code = f"""local tester = torch.Tester()
        tester:setRethrowErrors(true)
        tester:add(function()
            tester:{call}
        end, 'one')
        return pcall(tester.run, tester)"""
    ok, message = runtime.execute(code, name="@mine.lua")
    assert not ok and message.startswith("mine.lua:4: why\n")
