"""nn.StochasticGradient on exclusive or: one example at a time, in a drawn order.

Usage: python examples/training/stochastic_gradient.py
(of fixtures/record/training/stochastic_gradient.lua, line by line)
"""

from torchnn import nn, torch


class DataSet:
    """Examples i from 1 to size(), each an input and a target."""

    def __init__(self, data):
        self.data = data

    def size(self):
        """How many examples there are."""
        return self.data["x"].size(1)

    def __getitem__(self, i):
        return [self.data["x"][i - 1], self.data["y"][i - 1]]


def train(data, run):
    torch.manualSeed(run.seed)
    net = nn.Sequential().add(nn.Linear(2, 6)).add(nn.Tanh()).add(nn.Linear(6, 1))
    criterion = nn.MSECriterion()
    params, _ = net.getParameters()
    run.start(params)

    examples = 0

    def count(trainer, example):
        nonlocal examples
        examples = examples + 1

    dataset = DataSet(data)
    trainer = nn.StochasticGradient(net, criterion)
    trainer.learningRate = 0.05
    trainer.learningRateDecay = 0.02
    trainer.maxIteration = 12
    trainer.hookExample = count
    trainer.hookIteration = lambda trainer, iteration, error: run.loss(error)
    trainer.train(dataset)

    # And in the order of the data set, without a word.
    trainer.shuffleIndices = False
    trainer.verbose = False
    trainer.maxIteration = 4
    trainer.train(dataset)

    return {"params": params, "output": net.forward(data["x"]), "examples": examples}


if __name__ == "__main__":
    import recorded

    recorded.play(train)
