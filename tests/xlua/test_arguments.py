"""Arguments by position and by name."""

import pytest

from torchnn import xlua
from torchnn.errors import TorchError

DEFINITIONS = (
    {"arg": "rate", "type": "number", "help": "size of a step", "req": True},
    {"arg": "sizes", "type": "table", "help": "of layers", "default": [2, 3]},
    {"arg": "quiet", "type": "boolean", "help": "says nothing", "default": False},
)


def test_unpack():
    found, rate, sizes, quiet = xlua.unpack([{"rate": 0, "quiet": True}], "fit", None, *DEFINITIONS)
    assert (rate, sizes, quiet) == (0, [2, 3], True)
    assert found["rate"] == found[1] == 0
    assert "[sizes = table]                     -- of layers  [default = {2,3}]" in str(found["usage"])
    assert "[default = false]" in str(found["usage"])


def test_no_arguments_explain_themselves(capsys):
    with pytest.raises(TorchError, match="error"):
        xlua.unpack([], "fit", "fits", *DEFINITIONS)
    assert "fit{" in capsys.readouterr().out


def test_unpack_class():
    class Fit:
        pass

    fit = Fit()
    xlua.unpack_class(fit, [0.5], "fit", None, *DEFINITIONS)
    assert (fit.rate, fit.sizes, fit.quiet) == (0.5, [2, 3], False)


def test_usage_by_position():
    one, two = {"type": "number", "help": "how many", "req": True}, {"type": "string", "help": "a name"}
    text = xlua.usage("make", "makes", None, one, two, "", two)
    assert text.count("make(") == 2
    assert "    number                              -- how many\n    [string]" in text
