"""`torchnn run`: what scripts get, how they end, and what is said when they fail."""

import io
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT
from torchnn import cli


@pytest.fixture
def script(tmp_path):
    """Writes a script and returns its path."""

    def write(text, name="script.lua"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    return write


def torchnn(*words, **options):
    """Run the command as a process of its own."""
    command = [sys.executable, "-m", "torchnn", "run", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False, **options)


def printed(capsys, *words, status=0):
    """What the command prints when it is run here."""
    assert cli.main(["run", *words]) == status
    return capsys.readouterr().out


def test_torch_is_there_before_a_script_begins(script, capsys):
    assert printed(capsys, script("print(torch.ones(2):sum(), xlua ~= nil, sys ~= nil, paths ~= nil, dok ~= nil)")) == (
        "2\ttrue\ttrue\ttrue\ttrue\n"
    )


def test_files_of_a_package_beside_the_script(script):
    script("local f = ... own = 1 torch.include('own', 'more.lua') return own", "own/init.lua")
    script("own = own + 1", "own/more.lua")
    path = script("require 'own' print(own, torch.packageLuaPath('own'))")
    folder = os.path.dirname(path)
    command = [sys.executable, "-m", "torchnn", "run", "script.lua"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60, check=False, env=env)
    assert done.stdout == "2\t./own\n", done.stderr


def test_the_modules_of_penlight_are_there_too(script, capsys):
    assert printed(capsys, script("print(path.join('a', 'b'), List{3, 4}:len(), nosuch)")) == "a/b\t2\tnil\n"


def test_a_penlight_that_fails_hinders_nobody_else(script, capsys):
    script("error('broken')", "pl.lua")
    assert printed(capsys, script("print(path, torch ~= nil)")) == "nil\ttrue\n"


def test_what_follows_the_script_is_its_own(script, capsys):
    path = script("print(arg[0], ...) print(#arg, arg[1], arg[2])")
    assert printed(capsys, path, "-e", "--help", "é") == f"{path}\t-e\t--help\té\n3\t-e\t--help\n"


def test_words_before_the_script(script):
    path = script("print(arg[-1], arg[-2] ~= nil)")
    assert torchnn(path).stdout == "run\ttrue\n"


def test_options_of_scripts(script, capsys):
    path = script("cmd = torch.CmdLine() cmd:option('-n', 1, '') print(cmd:parse(arg).n)")
    assert printed(capsys, path, "-n", "3") == "3\n"


def test_pieces_of_code_and_packages(script, capsys):
    path = script("print(x, y, nn ~= nil)")
    assert printed(capsys, "-l", "nn", "-e", "x = 1", "-e", "y = x + 1", path) == "1\t2\ttrue\n"
    assert printed(capsys, "-e", "print(arg[1], ...)") == "nil\n"


def test_a_first_line_for_the_shell(script, capsys):
    path = script("#!/usr/bin/env th\nprint(debug.getinfo(1).currentline)")
    assert printed(capsys, path) == "2\n"


@pytest.mark.parametrize("words", [["-", "a"], []], ids=["named", "of itself"])
def test_scripts_from_standard_input(capsys, monkeypatch, words):
    text = b"#!/usr/bin/env th\nprint('read', ...) error('then failed')"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert cli.main(["run", *words]) == 1
    out, err = capsys.readouterr()
    assert out == "\t".join(["read", *words[1:]]) + "\n"
    assert err.startswith("torchnn: stdin:2: then failed\nstack traceback:\n")


@pytest.mark.parametrize(
    ("call", "status"),
    [("", 0), ("3", 3), ("true", 0), ("false", 1), ("0, true", 0), ("nil", 0)],
)
def test_the_status_of_os_exit(capsys, call, status):
    code = f"io.write('written') pcall(function() os.exit({call}) end) print('not reached')"
    assert printed(capsys, "-e", code, status=status) == "written"


def test_what_was_written_before_os_exit_appears():
    done = torchnn("-e", "io.write('flushed') os.exit(3)")
    assert (done.returncode, done.stdout, done.stderr) == (3, "flushed", "")


def test_os_exit_within_a_call_from_python(script, capsys):
    path = script("require 'nn' local m = nn.Identity() m.updateOutput = function() os.exit(5) end"
                  " nn.Sequential():add(m):forward(torch.ones(1))")  # fmt: skip
    printed(capsys, path, status=5)


def test_the_stack_names_functions_of_python(script, capsys, tmp_path, monkeypatch):
    """Those that Lua calls directly, that return nothing, and those whose arguments have to be converted."""
    monkeypatch.chdir(tmp_path)
    calls = {"x:view(7)": "view", "torch.manualSeed('a')": "manualSeed", "x:sub({1}, 2)": "sub"}
    for call, name in calls.items():
        script(f"local x = torch.ones(2)\n{call}\nprint(1)")
        assert cli.main(["run", "script.lua"]) == 1
        stack = capsys.readouterr().err.splitlines()[1:]
        assert stack == ["stack traceback:", f"\t[C]: in function '{name}'", "\tscript.lua:2: in main chunk"], call


def test_errors_name_the_place_and_the_stack(script, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script("local function f(x)\n  return x:view(7):sum()\nend\n\nprint('before')\nlocal y = f(torch.ones(2, 3))")
    assert cli.main(["run", "script.lua"]) == 1
    out, err = capsys.readouterr()
    assert out == "before\n"
    assert err.splitlines() == [
        "torchnn: script.lua:2: Wrong size for view. Input size: 2x3. Output size: 7",
        "stack traceback:",
        "\t[C]: in function 'view'",
        "\tscript.lua:2: in function 'f'",
        "\tscript.lua:6: in main chunk",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("local x\nprint(x.y)", "script.lua:2: attempt to index local 'x' (a nil value)"),
        ("error('mine', 0)", "mine"),
        ("error({code = 1})", "(error object is a table value)"),
        ("x = = 1", "script.lua:1: unexpected symbol near '='"),
        ("require 'noSuchPackage'", "script.lua:1: module 'noSuchPackage' not found:"),
        ("error('größer')", "script.lua:1: größer"),
        ("error(setmetatable({}, {__tostring = function() return 'größer' end}))", "größer"),
        ("torch.load('größer')", "script.lua:1: cannot open <größer> in mode r: No such file or directory"),
        ("torch.Tensor():type('größer')", "script.lua:1: <größer> is not a string describing a torch object"),
    ],
)
def test_messages_of_errors(script, capsys, tmp_path, monkeypatch, text, message):
    monkeypatch.chdir(tmp_path)
    script(text)
    assert cli.main(["run", "script.lua"]) == 1
    assert capsys.readouterr().err.splitlines()[0] == f"torchnn: {message}"


def test_a_script_that_is_not_there(capsys):
    assert cli.main(["run", "no/such/script.lua"]) == 1
    assert capsys.readouterr().err.startswith("torchnn: cannot open no/such/script.lua")


def test_the_stack_of_python_is_for_debugging(capsys):
    assert cli.main(["run", "-e", "torch.ones(2):view(3)"]) == 1
    assert "views.py" not in capsys.readouterr().err
    assert cli.main(["run", "--debug", "-e", "torch.ones(2):view(3)"]) == 1
    assert "views.py" in capsys.readouterr().err


def test_files_beside_the_script_can_be_required(script, capsys):
    script("return 'beside'", "folder/helper.lua")
    script("return require './deep/inner'", "folder/relative.lua")
    script("return require '../helper'", "folder/deep/inner.lua")
    path = script("print(require 'helper', require './relative')", "folder/main.lua")
    assert printed(capsys, path) == "beside\tbeside\n"


def test_require_takes_files_as_th_does(script, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script("return 'whole'", "init.lua")
    script("return 'plain'", "tool")
    script("return 'Lua'", "both.lua")
    script("syntax error", "both")
    script('{"a": 7}', "settings.json")
    script("(", "broken")
    text = """
    print(require('..'), require('../tool'), require '../both', require('../settings').a)
    print(require 'tool', require 'both.lua', require('settings').a)
    for _, name in ipairs{'./none', 'none', 'broken'} do print(select(2, pcall(function() require(name) end))) end
    """
    lines = printed(capsys, script(text, "folder/main.lua")).splitlines()
    assert lines[:2] == ["whole\tplain\tLua\t7", "plain\tLua\t7"]
    assert "main.lua:4: there is no file" in lines[2] and lines[2].endswith("folder/./none'")
    assert lines[3].endswith("main.lua:4: module 'none' not found:") and "\tno file './none'" in lines
    assert any("broken:1: unexpected symbol" in line for line in lines)


def test_scripts_start_others_by_th(script, capfd, monkeypatch):
    monkeypatch.chdir(ROOT)
    other = script("require 'cutorch' print(arg[1], torch.ones(2):sum())", "other script.lua")
    code = (
        f"local ok = os.execute([[th '{other}' 'two words']]) print(ok, os.execute('th -e \"os.exit(3)\" || exit 4'))"
    )
    assert cli.main(["run", "--cuda-as-cpu", "-e", code]) == 0
    assert capfd.readouterr().out == "two words\t2\ntrue\tnil\texit\t4\n"
    assert "TORCHNN_PYTHON" not in os.environ


def test_lua_path_is_respected(script, capsys, monkeypatch):
    path = script("return 'from LUA_PATH'", "elsewhere/mine.lua")
    monkeypatch.setenv("LUA_PATH", os.path.dirname(path) + "/?.lua;;")
    assert printed(capsys, "-e", "print(require 'mine')") == "from LUA_PATH\n"


def test_output_of_lua_python_and_other_programs_keeps_its_order(script):
    text = """
    require 'nn'
    io.write('one ') print('two') io.stdout:write('three\\n')
    nn.PrintSize('four'):forward(torch.ones(5))
    os.execute('echo five')
    io.stderr:write('aside\\n')
    print(torch.LongTensor{6})
    """
    done = torchnn(script(text))
    assert done.stdout.split() == "one two three four:input 5 [torch.LongStorage of size 1] five 6".split() + (
        "[torch.LongTensor of size 1]".split()
    )
    assert done.stderr == "aside\n"


def test_bytes_go_out_as_they_are():
    done = subprocess.run(
        [sys.executable, "-m", "torchnn", "run", "-e", r"io.write('\255\0é', 1.5, '\n')"],
        capture_output=True, cwd=ROOT, timeout=60, check=True)  # fmt: skip
    assert done.stdout == b"\xff\0" + "é1.5\n".encode()


def test_a_reader_that_goes_away_ends_the_program_without_a_word(tmp_path):
    command = f"{sys.executable} -m torchnn run -e 'for i = 1, 1e6 do print(i) end' 2>{tmp_path}/err | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    assert done.stdout == "1\n"
    assert (tmp_path / "err").read_text() == ""


def heed_interrupts():
    """In a child: what runs the tests in the background may ignore them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def ended(process, text=None):
    """What a process has written, which is ended if it does not end by itself."""
    try:
        return process.communicate(text, timeout=30)
    finally:
        process.kill()


def test_a_program_without_standard_input_or_output(tmp_path):
    code = f"print(io.read()) io.open([[{tmp_path / 'out'}]], 'w'):write(tostring(io.read()))"
    command = [sys.executable, "-m", "torchnn", "run", "-e", code]
    done = subprocess.run(["sh", "-c", '"$@" <&- >&-', "sh", *command], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0 and (tmp_path / "out").read_text() == "nil"


@pytest.mark.parametrize(
    "loop",
    ["while true do end", "local x = torch.ones(2) while true do pcall(function() x:add(1) end) end"],
    ids=["Lua alone", "Lua and Python"],
)
def test_interrupts(loop):
    command = [sys.executable, "-m", "torchnn", "run", "-e", f"print('ready') io.flush() {loop}"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "preexec_fn": heed_interrupts}
    with subprocess.Popen(command, text=True, cwd=ROOT, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, err = ended(process)
        assert time.monotonic() - begin < 10
        assert (process.returncode, err) == (130, "")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the stack does not grow")
def test_functions_of_c_without_end():
    code = "function f() return (('a'):gsub('a', function() return f() end)) end print(pcall(f))"
    command = [sys.executable, "-m", "torchnn", "run", "-e", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    assert done.stdout == "false\tstack overflow\n"


def test_modules_within_modules(script, capsys):
    """Of Lua in those of Python and the other way round, as deep as recursive networks are."""
    path = script("""
        require 'nn'
        local Inner = torch.class('nn.Inner', 'nn.Container')
        function Inner:updateOutput(x) return self.modules[1]:updateOutput(x) end
        local function net(depth)
          local net = nn.Identity()
          for i = 1, depth do
            net = nn.Sequential():add(nn.ConcatTable():add(nn.Inner():add(net))):add(nn.SelectTable(1))
          end
          return net
        end
        print(net(300):forward(torch.ones(2)):sum())
        net(1000):forward(torch.ones(2))
    """)
    assert cli.main(["run", path]) == 1
    out, err = capsys.readouterr()
    assert out == "2\n"
    assert err.startswith("torchnn: In 1 module of nn.Sequential:") and "stack overflow\n" in err


def test_tables_print_what_they_hold(capsys):
    code = "print({1, {a = torch.ones(2, 3)}, {}}) print('x', {true}, 2) print(1, nil, 'x') print{}"
    assert printed(capsys, "-e", code).splitlines() == [
        "{", "  1 : 1", "  2 : ", "    {", "      a : DoubleTensor - size: 2x3", "    }", "  3 : {...}", "}",
        "x\t{", "  1 : true", "}", "2", "1\tnil\tx", "{}",
    ]  # fmt: skip


def test_how_deep_tables_print(capsys):
    assert printed(capsys, "-e", "t = {} t[1] = t print(t)").count("{") == 6
    assert printed(capsys, "-e", "t = {} t[1] = t setprintlevel(1) print(t)") == "{\n  1 : {...}\n}\n"
    assert printed(capsys, "-e", "setprintlevel(0) print{1}").startswith("table: 0x")


def test_variables_of_a_script_may_have_names_of_functions_of_the_language(script, capsys):
    path = script(
        """
        next, error, type, select, pairs, unpack = function() io.read() end, 0, 'float', 1, 2, 3
        require 'nngraph'
        local node = nn.Identity()()
        local graph = nn.gModule({node}, {nn.Linear(2, 2)(node)})
        print({a = {1}}, torch.deserialize(torch.serialize{graph})[1]:forward(torch.ones(2)):size(1))
        print(xlua.unpack({{x = 1}}, 'f', 'help', {arg = 'x', type = 'number'}).x, pretty.write{List{1}})
        """
    )
    assert printed(capsys, path) == "{\n  a : \n    {\n      1 : 1\n    }\n}\n2\n1\t{\n  {\n    1\n  }\n}\n"


def test_objects_print_as_themselves(capsys):
    assert printed(capsys, "-l", "nn", "-e", "print(nn.Linear(2, 3), 1)") == "nn.Linear(2 -> 3)\t1\n"


def conversation(text):
    done = torchnn("-i", input=text, env={**os.environ, "TREPL_HISTORY": os.devnull})
    assert done.returncode == 0
    return done.stdout.replace("th> ", "").replace("..> ", "").rstrip("\n").split("\n"), done.stderr


def test_the_prompt_prints_expressions():
    out, err = conversation("x = 2\n$ exit 3\nx + 1\n=x\nx;\nnil\n'a', {1}\n_LAST\n#_RESULTS\nexit\nx\n")
    assert out == ["3", "2", "nil", "a\t{", "  1 : 1", "}", "a", "4"]
    assert err == ""


def test_the_prompt_runs_expressions_with_a_comment_behind_the_semicolon():
    assert conversation("x = torch.ones(2)\nx:zero();  -- all of it\nx:sum()  -- none\n") == (["0"], "")


def test_the_prompt_prints_tensors_among_others_on_lines_of_their_own():
    out, _ = conversation("torch.Tensor{3, 5}:max(1)\n1, 2\n")
    tensors = [" 5", "[torch.DoubleTensor of size 1]", "", " 2", "[torch.LongTensor of size 1]", ""]
    assert out == [*tensors, "1\t2"]


def test_the_prompt_reads_on_where_something_is_not_complete():
    out, _ = conversation("for i = 1, 2 do\nprint(i)\nend\nfunction f(\n\n1\n")
    assert out == ["1", "2", "1"]
    out, err = conversation("1 +\n2\n#{1,\n2}\n-\n\n7 -- )\n")
    assert out == ["3", "2", "7"] and err == ""


def test_the_prompt_goes_on_after_errors():
    out, err = conversation("error('a')\nnothing.at.all\nx = {}\nx.y.z\nfoo bar\ntorch.ones(2):view(3)\n'still here'\n")
    assert out[-1].endswith("still here")
    messages = [line for line in err.splitlines() if line.startswith("torchnn: ")]
    assert messages == [
        "torchnn: stdin:1: a",
        "torchnn: stdin:1: attempt to index global 'nothing' (a nil value)",
        "torchnn: stdin:1: attempt to index field 'y' (a nil value)",
        "torchnn: stdin:1: '=' expected near 'bar'",
        "torchnn: stdin:1: Wrong size for view. Input size: 2. Output size: 3",
    ]


def test_the_prompt_after_a_script(script):
    out = torchnn("-i", script("x = 42"), input="x\n", env={**os.environ, "TREPL_HISTORY": os.devnull}).stdout
    assert "42" in out


def test_the_prompt_completes_names():
    from torchnn.lua.runtime import Runtime

    runtime = Runtime()
    runtime.execute("require 'nn' t = {abc = 1, abd = 2, other = 3} x = torch.ones(1) m = nn.Linear(1, 1)")
    complete = runtime.chunk(ROOT / "torchnn/lua/core/prompt.lua")().complete
    for text, expected in [
        ("t.ab", ["t.abc", "t.abd"]),
        ("torch.onesL", []),
        ("torch.DoubleTe", ["torch.DoubleTensor"]),
        ("x:resizeA", ["x:resizeAs"]),
        ("m:updateOut", ["m:updateOutput"]),
        ("nothing.x", []),
    ]:
        assert list(complete(text).values()) == expected, text


def test_without_lupa_one_line_says_what_to_install(tmp_path):
    (tmp_path / "lupa.py").write_text("raise ImportError('no lupa')")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = torchnn("-e", "print(1)", env=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "torchnn run: Lua scripts need lupa: pip install torchnn[lua]\n"


def test_an_interrupt_at_the_prompt_ends_what_runs_and_no_more():
    command = [sys.executable, "-m", "torchnn", "run", "-i", "-e", "print('ready') io.flush()"]
    environment = {**os.environ, "TREPL_HISTORY": os.devnull}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    pipes["preexec_fn"] = heed_interrupts
    with subprocess.Popen(command, text=True, cwd=ROOT, env=environment, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("io.write('looping\\n') io.flush() while true do local x = torch.ones(2) end\n")
        process.stdin.flush()
        while "looping" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        time.sleep(1.5)  # longer than a loop of Lua alone would be left
        out, err = ended(process, "'still here'\n")
        assert "still here" in out
        assert (process.returncode, err) == (0, "")
