"""Every pass of every layer: `pytest benchmarks/bench_layers.py`; the normal test run leaves it out."""

import pytest

from benchmarks.layers import LAYERS, PASSES, our_passes


@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_layer(benchmark, layer, name):
    _, passes = our_passes(layer)
    if name not in passes:
        pytest.skip("a layer without parameters")
    passes[name]()
    benchmark(passes[name])
