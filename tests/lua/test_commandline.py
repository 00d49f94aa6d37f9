"""torch.CmdLine for Lua."""

import pytest


def test_a_line_of_arguments_only(runtime, capsys):
    got = runtime.execute(
        """
        local cmd = torch.CmdLine()
        local empty = next(cmd:parse{})
        cmd:argument('-file', 'where it is')
        local params = cmd:parse{'x'}
        return empty == nil, params.file, cmd:string('run', params, {}), cmd:string('run', {}, {})
        """
    )
    assert got == (True, "x", "run,file=x,", "run")


@pytest.mark.parametrize("words", ["{[0] = 'prog'}", "{[0] = 'prog', 'a', 'b'}"])
def test_the_help_names_the_program_of_the_table(runtime, capsys, words):
    runtime.execute(f"torch.CmdLine():help({words})")
    assert capsys.readouterr().out == "Usage: prog [options]\n"
