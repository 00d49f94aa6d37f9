import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError


class Line:
    """Examples x, 2 x + 1."""

    def __init__(self, count):
        self.asked = []
        self.count = count

    def size(self):
        return self.count

    def __getitem__(self, i):
        self.asked.append(i)
        x = torch.Tensor([i / self.count])
        return [x, x * 2 + 1]


@pytest.fixture
def trainer():
    return nn.StochasticGradient(nn.Linear(1, 1), nn.MSECriterion())


def test_a_line_is_learned(trainer, capsys):
    trainer.learningRate, trainer.maxIteration = 0.1, 400
    trainer.train(Line(5))
    assert trainer.module.weight.totable() == [[pytest.approx(2, abs=1e-3)]]
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "# StochasticGradient: training"
    assert sum(line.startswith("# current error = ") for line in said) == 400
    assert said[-1] == said[-3].replace("current", "training")


def test_the_order_is_drawn_once(trainer):
    data = Line(6)
    trainer.maxIteration = 2
    torch.manualSeed(5)
    trainer.train(data)
    torch.manualSeed(5)
    assert data.asked == torch.randperm(6).totable() * 2


def test_the_generator_moves_without_shuffling(trainer):
    data = Line(4)
    trainer.shuffleIndices, trainer.maxIteration = False, 1
    torch.manualSeed(5)
    trainer.train(data)
    after = torch.uniform()
    torch.manualSeed(5)
    torch.randperm(4)
    assert data.asked == [1, 2, 3, 4] and torch.uniform() == after


def test_hooks_get_the_trainer(trainer):
    seen = []
    trainer.maxIteration, trainer.verbose = 2, False
    trainer.hookExample = lambda self, example: seen.append((self, len(example)))
    trainer.hookIteration = lambda self, iteration, error: seen.append((self, iteration, type(error)))
    trainer.train(Line(1))
    assert seen == [(trainer, 2), (trainer, 1, float), (trainer, 2), (trainer, 2, float)]


@pytest.mark.parametrize("dataset", [None, 3, [1, 2], nn.Tanh(), torch.ones(2)], ids=str)
def test_a_dataset_is_asked_for(trainer, dataset):
    with pytest.raises(ArgumentError, match="expected"):
        trainer.train(dataset)


@pytest.mark.parametrize("x, y", [(np.ones(3), np.ones(2)), ([1, 2, 3], [1, 2])], ids=["arrays", "lists"])
def test_examples_may_be_arrays_and_lists(x, y, capsys):
    class Examples(dict):
        size = dict.__len__

    trainer = nn.StochasticGradient(nn.Sequential().add(nn.Linear(3, 2)), nn.MSECriterion())
    trainer.maxIteration = 30
    trainer.train(Examples({1: [x, y]}))
    np.testing.assert_allclose(trainer.module.forward(x).array, y, atol=0.5)
