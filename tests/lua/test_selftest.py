"""What `torch.test()` checks of an installation, and that it finds what is wrong."""

import pytest

from torchnn.lua import LuaError


@pytest.mark.parametrize("name", ["torch.DoubleTensor", "torch.FloatTensor"])
def test_all_is_well(runtime, name, capsys):
    runtime.execute("local name = ...; torch.setdefaulttensortype(name); torch.test()", name)
    assert "with 0 failures and 0 errors" in capsys.readouterr().out


def test_what_is_wrong_is_found(runtime, capsys):
    with pytest.raises(LuaError, match="An error was found while running tests"):
        runtime.execute("""
          local exp = torch.exp
          torch.exp = function(x) return exp(x):mul(1.001) end
          local ok, message = pcall(torch.test, {'functions', 'sorting'})
          torch.exp = exp
          error(message, 0)
        """)
    out = capsys.readouterr().out
    assert "Running 2 tests" in out and "with 1 failure and 0 errors" in out
