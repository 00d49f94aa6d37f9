"""How values and errors cross between Lua and Python."""

import gc
import math

import pytest

from torchnn import torch
from torchnn.errors import ArgumentError, TorchError
from torchnn.lua import LuaError, Runtime


def test_values_go_and_come_back(runtime):
    echo = runtime.execute("return function(...) return ... end")
    for value in (None, True, 3, 2.5, "text", [1, 2, [3]], {"a": 1, "b": [True]}, [], torch.ones(2)):
        assert echo(value) is value or echo(value) == value
    assert echo(1, None, "x") == (1, None, "x")
    assert echo() is None
    assert math.isnan(echo(math.nan)) and echo(math.inf) == math.inf
    assert echo({1: "a", 3: "b"}) == {1: "a", 3: "b"}
    assert isinstance(echo(3.0), int)


def test_tensors_are_shared_not_copied(runtime):
    x = torch.zeros(3)
    assert runtime.execute("local x = ...; x[2] = 7; return x", x) is x
    assert x[1] == 7


def test_text_is_bytes_for_lua(runtime):
    assert runtime.execute("return #...", "\xff\x00") == 2
    assert runtime.execute("return #'ä'") == 2


def test_functions_of_python_convert_and_drop_surplus_arguments(runtime):
    def listed(values, factor=2):
        return [value * factor for value in values]

    runtime.put(runtime.globals, "listed", listed)
    assert runtime.execute("local t = listed({1, 2}, 3, 'surplus'); return t[1] + t[2], type(t)") == (9, "table")
    assert runtime.execute("return type(listed)") == "function"


def test_methods_take_tables_at_every_place(runtime):
    runtime.execute("""
      local x = torch.ones(2, 3)
      assert(x:permute({2, 1}):size(1) == 3 and torch.sum({{1, 2}, {3, 4}}) == 10)
      local result = torch.zeros(2, 2):addmm(1, torch.ones(2, 2), 1, torch.eye(2), {{1, 2}, {3, 4}})
      assert(result:sum() == 14)
      assert(x:size('1', 'surplus') == 2 and x:dim({}) == 2)
    """)


def test_functions_of_python_are_themselves_again(runtime):
    function = lambda x: [x]  # noqa: E731
    runtime.put(runtime.globals, "listed", function)
    found = runtime.execute("return {listed, torch.ones(2).add}")
    assert found[0] is function and found[1] is torch.DoubleTensor.add


def test_several_results_and_none(runtime):
    def nothing() -> None:
        pass

    runtime.put(runtime.globals, "several", lambda: (1, [2], None))
    runtime.put(runtime.globals, "nothing", nothing)
    assert runtime.execute("local a, b, c = several(); return a, b[1], c, select('#', several())") == (1, 2, None, 3)


def test_closures_of_lua_in_python(runtime):
    add = runtime.execute("local n = 0; return function(x) n = n + x; return n end")
    assert add(2) == 2 and add(3) == 5


@pytest.mark.parametrize("code", ["error('plain', 0)", "error({code = 5})", "error(nil)", "local x = nil; x.y = 1"])
def test_errors_of_lua_keep_their_value(runtime, code):
    again = runtime.execute(f"return function() {code} end")
    runtime.put(runtime.globals, "through_python", lambda: again())
    direct, through = runtime.execute(
        "local f = ...; local _, a = pcall(f); local _, b = pcall(through_python); return {a}, {b}", again
    )
    assert direct == through
    with pytest.raises(LuaError) as caught:
        again()
    assert "stack traceback" in caught.value.lua_traceback


def test_exceptions_of_python_are_strings_for_lua_with_its_place(runtime):
    code = "\n\nlocal ok, message = pcall(function() return torch.ones(2):add('k') end); return ok, message"
    ok, message = runtime.execute(code, name="@script.lua")
    assert not ok and "invalid arguments: DoubleTensor string" in message
    code = "local x = torch.ones(2, 2)\nlocal ok, message = pcall(function()\nlocal y = x[3] end); return message"
    assert runtime.execute(code, name="@script.lua").startswith("script.lua:3: ")
    handled = runtime.execute(
        "return select(2, xpcall(function() torch.ones(2):add('k') end, function(m) return type(m) end))"
    )
    assert handled == "string"


def test_exceptions_of_python_keep_their_class_through_lua(runtime):
    with pytest.raises(ArgumentError) as caught:
        runtime.execute("torch.ones(2):add('k')", name="@script.lua")
    assert "script.lua:1: in main chunk" in caught.value.lua_traceback


def test_the_stack_of_an_error_that_came_through_python(runtime):
    text = runtime.execute(
        """
        local function inner() error('deep') end
        local function outer() torch.ones(1):apply(inner) end
        local ok, text = xpcall(outer, debug.traceback)
        return text
        """
    )
    message, _, stack = text.partition("\nstack traceback:\n")
    assert message.endswith(":2: deep") and ":2: in function" in stack and ":3: in function" in stack
    assert runtime.execute("return xpcall(error, debug.traceback, {1})") == (False, [1])


def test_interrupts_cannot_be_caught(runtime):
    def interrupt():
        raise KeyboardInterrupt

    runtime.put(runtime.globals, "interrupt", interrupt)
    for catch in ("pcall(interrupt)", "xpcall(interrupt, print)", "coroutine.resume(coroutine.create(interrupt))"):
        with pytest.raises(KeyboardInterrupt):
            runtime.execute(catch)


def test_errors_in_coroutines(runtime):
    ok, message = runtime.execute(
        "return coroutine.resume(coroutine.create(function() torch.ones(2):narrow(1, 5, 1) end))"
    )
    assert not ok and "out of range" in message
    ok, message = runtime.execute("return pcall(coroutine.wrap(function() torch.ones(2):narrow(1, 5, 1) end))")
    assert not ok and "out of range" in message
    narrow = "local f = coroutine.wrap(function()\n torch.ones(2):narrow(1, 5, 1) end)\n"
    message = runtime.execute(f"{narrow} return select(2, pcall(function() f() end))", name="@s.lua")
    assert message.startswith("s.lua:3: s.lua:2: bad argument #3")


def test_coroutines_are_those_of_the_language(runtime):
    runtime.execute("""
        local f = coroutine.wrap(function(a) local b, c = coroutine.yield(a, nil) return b, c, nil end)
        assert(select('#', f(1)) == 2 and select('#', f(2, 3)) == 3)
        local ok, message = pcall(f)
        assert(not ok and message == 'cannot resume dead coroutine')
        local value = {}
        assert(select(2, pcall(coroutine.wrap(function() error(value) end))) == value)
        for _, call in ipairs{coroutine.wrap, coroutine.resume} do assert(not pcall(call, 3) and not pcall(call)) end
    """)


@pytest.mark.parametrize(
    "nested",
    [
        "function f() return coroutine.resume(coroutine.create(f)) end return select(-1, f())",
        "function f() return coroutine.wrap(f)() end return select(2, pcall(f))",
    ],
)
def test_coroutines_without_end(runtime, nested):
    assert runtime.execute(f"local f {nested}") == "C stack overflow"
    assert runtime.execute("return coroutine.wrap(function() return 5 end)()") == 5


def test_code_that_does_not_compile(runtime, tmp_path):
    with pytest.raises(LuaError, match="script:1: .* near"):
        runtime.execute("x = = 1", name="=script")
    path = tmp_path / "bad.lua"
    path.write_text("#!/usr/bin/env th\nx = = 1\n")
    with pytest.raises(LuaError, match="bad.lua:2: "):
        runtime.run_file(path)


def test_run_file_gives_arguments_and_results(runtime, tmp_path):
    path = tmp_path / "good.lua"
    path.write_text("#!/usr/bin/env th\nlocal a, b = ...\nreturn a + b, torch.ones(2):sum()\n")
    assert runtime.run_file(path, 1, 2) == (3, 2)


def test_runtimes_are_apart():
    first, second = Runtime(), Runtime()
    first.execute("x = 1; torch.class('Mine')")
    assert second.execute("return x, torch.getmetatable('Mine')") == (None, None)


def test_shared_and_cyclic_tables(runtime):
    value = runtime.execute("local t = {1}; t[2] = t; return {t, t}")
    inner = runtime.values.from_lua(
        runtime.lua.eval("(function() local t = {1}; local u = {t, t}; t[2] = u; return u end)()")
    )
    assert len(inner) == 2 and value is not None
    shared = [1]
    assert runtime.execute("local a, b = unpack(...); return a == b", [shared, shared]) is True
    shared.append(shared)
    assert runtime.execute("local t = ...; return t[2] == t", shared) is True


def test_tables_of_functions_of_python(runtime):
    functions = runtime.execute(
        "local t = {1, torch.add, 'x', print}; for i = 5, 1000 do t[i] = torch.cmul end; return t"
    )
    assert len(functions) == 1000 and functions[0] == 1 and all(map(callable, functions[3:]))
    assert functions[1] is torch.add
    assert runtime.execute("return {torch.add, n = {torch.cmul}}").keys() == {1, "n"}


@pytest.mark.parametrize("key", [None, math.nan])
def test_keys_that_lua_does_not_have(runtime, key):
    with pytest.raises(ArgumentError, match="table index is"):
        runtime.execute("return ...", {key: 1})


def test_metamethods_that_raise_errors(runtime):
    strict = """
        local Strict = torch.class('Strict')
        function Strict:__newindex__(key) error('no field ' .. key, 2) end
    """
    runtime.execute(strict)
    runtime.put(runtime.globals, "store", lambda value: setattr(value, "x", 1))
    ok, message = runtime.execute("return pcall(store, Strict())")
    assert not ok and "no field x" in message


def test_without_lupa_there_is_one_clear_line(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "lupa", None)
    with pytest.raises(TorchError, match=r"pip install torchnn\[lua\]"):
        Runtime()


def test_tables_of_functions_of_python_cross(runtime):
    # Iterating over such a table with lupa 2.8 aborts the process.
    found = runtime.execute("return {torch.ones, torch.zeros, named = torch}")
    assert found[1](2).sum() == 2
    assert found["named"]["ones"](3).sum() == 3


def test_views_of_tables_with_functions_of_python_as_keys(runtime):
    view = runtime.live.to_dict(runtime.lua.eval("{[torch.add] = 1, [torch.cmul] = 2, x = 3}"))
    assert len(view) == 3 and "x" in list(view)


def test_functions_of_lua_5_2_that_torch7_had(runtime):
    assert runtime.execute("return table.unpack({1, 2, 3}, 2)") == (2, 3)
    assert runtime.execute("return math.mod(-7, 3), ('a b'):gfind('%a')()") == (-1, "a")
    assert runtime.execute("local t = table.pack(nil, 'x', nil); return t.n, t[2]") == (3, "x")


def test_loops_meet_names_in_alphabetical_order(runtime):
    keys = runtime.execute(
        """
        local t = {softmax = 1, embed = 2, lstm = 3, 4, 5, [true] = 6}
        t[7], t.alpha = 8, 9
        local names, others = '', 0
        for key, value in pairs(t) do
            assert(t[key] == value)
            if type(key) == 'string' then names = names .. ' ' .. key
            else others = others + 1 assert(names == '') end
        end
        return names, others
        """
    )
    assert keys == (" alpha embed lstm softmax", 4)
    assert list(runtime.execute("return {b = 1, a = 2, c = 3}")) == ["a", "b", "c"]


def test_what_a_loop_removes_is_not_met(runtime):
    met = runtime.execute(
        """
        local t, met = {a = 1, b = 2, c = 3, 4}, ''
        for key in pairs(t) do met, t.b = met .. key, nil end
        for key in pairs(t) do t[key] = nil end
        local step, all, first = pairs{x = 5}
        return met, next(t) == nil, step(all, first), step(all, 'x'), step(all, 'x')
        """
    )
    assert met[:3] == ("1ac", True, "x") and met[3:] == (None, None)


def test_files_with_tables_are_the_same_in_each_run(tmp_path):
    code = "torch.save(arg[1], {softmax = 1, embed = {lstm = 3, alpha = 4, beta = 5}, criterion = 6}, 'ascii')"
    for name in "ab":
        runtime = Runtime()
        runtime.execute("arg = {...}", str(tmp_path / name))
        runtime.execute(code)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_calls_within_calls_without_end(runtime):
    """They are Lua's own error, wherever they are caught."""
    runtime.put(runtime.globals, "through_python", lambda f, *args: f(*args))
    runtime.execute("""
        function again() return 1 + through_python(again) end
        function caught() return through_python(function() return pcall(again) end) end
        function deep(n) return n == 0 and 0 or 1 + through_python(deep, n - 1) end
    """)
    for attempt in ("pcall(again)", "caught()"):
        good, message = runtime.execute(f"return {attempt}")
        assert not good and message.endswith("stack overflow")
    with pytest.raises((RecursionError, LuaError)):
        runtime.execute("again()")
    assert runtime.execute("return deep(20)") == 20


def test_what_torch7s_luajit_has_of_lua_5_2(runtime):
    runtime.execute("""
        local t = setmetatable({5}, {
          __pairs = function(t) return next, {a = 1}, nil, 'surplus' end,
          __ipairs = function(t) return function(_, i) if i < 2 then return i + 1, 'x' end end, t, 0 end,
        })
        local seen = {}
        for key, value in pairs(t) do seen[key] = value end
        for key, value in ipairs(t) do seen[key] = value end
        assert(seen.a == 1 and seen[1] == 'x' and seen[2] == 'x' and select('#', pairs(t)) == 3)
        for _, name in ipairs{'pairs', 'ipairs'} do
          local good, message = pcall(_G[name], 3)
          assert(not good and message == ("bad argument #1 to '%s' (table expected, got number)"):format(name))
        end
        assert(rawlen{1, 2} == 2 and rawlen('abc') == 3 and not pcall(rawlen, 3))
        local main, is_main = coroutine.running()
        assert(type(main) == 'thread' and is_main)
        local thread = coroutine.create(function() return coroutine.running() end)
        local _, itself, is_main = coroutine.resume(thread)
        assert(itself == thread and is_main == false)
        assert(os.execute() == true and os.execute('true') == true)
        assert(select(2, os.execute('exit 3')) == 'exit' and select(3, os.execute('exit 3')) == 3)
        assert(os.execute('exit 3') == nil and select(2, os.execute('kill -9 $$')) == 'signal')
    """)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("torch.rand(3).size(1)", "bad argument #1 to 'size' (object expected, got number; is a colon missing?)"),
        ("torch.rand(3).size()", "bad argument #1 to 'size' (object expected, got nil; is a colon missing?)"),
        ("torch.rand(3).copy({})", "bad argument to 'copy' (source expected, got no value)"),
        ("torch.rand(3).nElement({})", "bad argument #1 to 'nElement' (object expected, got table;"),
        ("torch.rand(3):narrow(1, 2)", "bad argument to 'narrow' (size expected, got no value)"),
        ("torch.Timer().time(torch.rand(1))", "bad argument #1 to 'time' (object expected, got DoubleTensor;"),
        ("lost:backward(x, x)", "attempt to index a nil value in 'updateGradInput'"),
        ("lost:forward(nil)", "input: torch.*Tensor expected, got nil"),
    ],
)
def test_calls_that_do_not_fit(runtime, code, message):
    prepare = "require 'nn' local x, lost = torch.ones(2), nn.LogSoftMax() lost:forward(x) lost.gradInput = nil "
    call = f"local _, message = pcall(function() local r = {code} end) return message"
    assert message in runtime.execute(prepare + call)


def test_objects_that_are_errors_have_a_text(runtime):
    with pytest.raises(LuaError, match="^what the object says$") as caught:
        runtime.execute("error(setmetatable({}, {__tostring = function() return 'what the object says' end}))")
    assert caught.value.value is not None
    for broken in ("error('x')", "return 3"):
        with pytest.raises(LuaError, match="a table value"):
            runtime.execute(f"error(setmetatable({{}}, {{__tostring = function() {broken} end}}))")


FINALIZERS = """
    local ffi, calls = require 'ffi', ...
    local function called() calls(torch.ones(2):sum()) end
    proxy = newproxy(true)
    getmetatable(proxy).__gc = called
    memory = ffi.gc(ffi.new('int[1]'), called)
    dead, kept = newproxy(proxy), ffi.gc(ffi.new('int[1]'), called)
    dead = nil
    ffi.gc(kept, nil)
    collectgarbage()
"""


def test_finalizers_run_once_and_before_the_end():
    runtime, seen = Runtime(), []
    runtime.execute(FINALIZERS, seen.append)
    assert seen == [2]
    runtime.close()
    assert seen == [2, 2, 2]
    del runtime
    gc.collect()
    assert seen == [2, 2, 2]


def test_finalizers_of_a_runtime_that_is_dropped():
    runtime, seen = Runtime(), []
    runtime.execute(FINALIZERS, seen.append)
    del runtime
    gc.collect()
    assert seen == [2, 2, 2]


def test_files_are_closed_and_nothing_else(runtime, tmp_path):
    runtime.execute(
        """
        local file = io.open((...), 'w')
        assert(io.close(file) and io.type(file) == 'closed file')
        for _, other in ipairs{3, 'name', {}} do
          local ok, message = pcall(io.close, other)
          assert(not ok and message:find('FILE* expected', 1, true), message)
        end
        """,
        str(tmp_path / "x"),
    )
