import inspect

import pytest

from tests.cases import test_criterions, test_modules
from torchnn import nn

EXPORTED = dict(inspect.getmembers(nn, inspect.isclass))


@pytest.mark.parametrize("base, cases", [(nn.Module, test_modules.CASES), (nn.Criterion, test_criterions.CASES)])
def test_every_class_has_a_case(base, cases):
    expected = {name for name, value in EXPORTED.items() if issubclass(value, base)}
    described = [case.name for case in cases]
    missing = sorted(expected - set(described))
    assert not missing, f"describe {missing} in tests/cases"
    assert len(described) == len(set(described)), "described twice"


@pytest.mark.parametrize("name", sorted(EXPORTED))
def test_every_class_and_method_has_a_docstring(name):
    cls = EXPORTED[name]
    if not issubclass(cls, (nn.Module, nn.Criterion)):
        return
    assert inspect.getdoc(cls), f"nn.{name} has no docstring"
    for method, function in inspect.getmembers(cls, callable):
        if not method.startswith("_"):
            assert inspect.getdoc(function), f"nn.{name}.{method} has no docstring"
