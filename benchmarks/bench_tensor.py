"""Every tensor operation, large and small: `pytest benchmarks/bench_tensor.py`; the normal test run leaves it out."""

import pytest

from benchmarks.tensors import OPERATIONS, SIZES, functions


@pytest.mark.parametrize("size, kind", SIZES)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.family)
def test_operation(benchmark, operation, size, kind):
    ours = functions(operation, size, kind)[0]
    ours()
    benchmark(ours)
