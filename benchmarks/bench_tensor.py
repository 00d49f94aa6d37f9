"""Every tensor operation, large and small: `pytest benchmarks/bench_tensor.py`; the normal test run leaves it out."""

import pytest

from benchmarks.tensors import LARGE, OPERATIONS, SMALL, functions


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.family)
def test_operation(benchmark, operation, size):
    ours = functions(operation, size)[0]
    ours()
    benchmark(ours)
