"""A step of each optimizer: `pytest benchmarks/bench_optim.py`; the normal test run leaves it out.

As many parameters as a small classifier and as a large one have, against the same step in numpy where it is simple.
"""

import numpy as np
import pytest

from torchnn import optim, torch

COUNTS = (100, 10_000, 5_000_000)
METHODS = {
    "sgd": (optim.sgd, {}),
    "sgd with momentum": (optim.sgd, {"momentum": 0.9, "weightDecay": 1e-4}),
    "nag": (optim.nag, {}),
    "adagrad": (optim.adagrad, {}),
    "adadelta": (optim.adadelta, {}),
    "adam": (optim.adam, {}),
    "rmsprop": (optim.rmsprop, {}),
    "adamax": (optim.adamax, {}),
    "rprop": (optim.rprop, {}),
}


def numpy_adam(x, g, m, v):
    m *= 0.9
    m += 0.1 * g
    v *= 0.999
    v += 0.001 * g * g
    x -= 1e-3 * m / (np.sqrt(v) + 1e-8)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", METHODS)
def test_step(benchmark, name, count):
    method, config = METHODS[name]
    x, gradient = torch.FloatTensor(count).uniform(), torch.FloatTensor(count).uniform()
    state = {}

    def step():
        method(lambda x: (0.0, gradient), x, config, state)

    step()
    benchmark(step)


@pytest.mark.parametrize("count", COUNTS)
def test_adam_in_numpy(benchmark, count):
    x, g, m, v = (np.random.default_rng(i).random(count, np.float32) for i in range(4))
    benchmark(numpy_adam, x, g, m, v)
