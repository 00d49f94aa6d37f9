"""`nn.StochasticGradient`."""

from __future__ import annotations

from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError
from torchnn.nn import arguments, utils
from torchnn.nn.criterion import Criterion
from torchnn.nn.module import Module
from torchnn.torch import text
from torchnn.torch.filling import randperm
from torchnn.torch.overloads import type_word
from torchnn.torch.sizes import integer


@registry.register("nn.StochasticGradient")
class StochasticGradient:
    """Trains a module with a criterion, example by example, by gradient descent.

    Fields are the options: `learningRate` (0.01), `learningRateDecay` (0), `maxIteration` (25; 0 or less: for ever),
    `shuffleIndices` (True), `verbose` (True), and the functions `hookExample(trainer, example)`, called after each
    example, and `hookIteration(trainer, iteration, error)`, called after each pass over all of them.
    """

    hookExample: Any
    hookIteration: Any

    @arguments.reading
    def __init__(self, module: Module, criterion: Criterion) -> None:
        self.learningRate = 0.01
        self.learningRateDecay: float = 0
        self.maxIteration = 25
        self.shuffleIndices = True
        self.module = module
        self.criterion = criterion
        self.verbose = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{type(self).__qualname__} has no attribute {name}")
        return None

    def train(self, dataset: Any) -> None:
        """Pass `maxIteration` times over the `dataset.size()` examples `dataset[i]` (1-based), each {input, target}.

        The order is drawn once; as in Torch7, random numbers are drawn even where the examples are not shuffled.
        Iteration i, from 2 on, has the learning rate learningRate / (1 + i learningRateDecay).
        """
        if not callable(getattr(dataset, "size", None)) or not hasattr(dataset, "__getitem__"):
            raise ArgumentError(f"a dataset with a size and examples expected, got {type_word(dataset)}")
        count = integer(dataset.size())
        drawn = randperm(count, "torch.LongTensor").totable()
        order = drawn if self.shuffleIndices else range(1, count + 1)
        iteration, learning_rate = 1, self.learningRate
        print("# StochasticGradient: training")
        while True:
            error = sum(self._step(dataset[i], learning_rate) for i in order) / count
            if self.hookIteration is not None:
                self.hookIteration(self, iteration, error)
            if self.verbose:
                print(f"# current error = {text.number(error)}")
            iteration += 1
            learning_rate = self.learningRate / (1 + iteration * self.learningRateDecay)
            if 0 < self.maxIteration < iteration:
                print("# StochasticGradient: you have reached the maximum number of iterations")
                print(f"# training error = {text.number(error)}")
                return

    def _step(self, example: Any, learning_rate: float) -> float:
        """A step down the gradient of one example; returns its loss."""
        input, target = (utils.to_tensors(part, self.module._type) for part in (example[0], example[1]))
        loss = self.criterion.forward(self.module.forward(input), target)
        gradient = self.criterion.updateGradInput(self.module.output, target)
        self.module.updateGradInput(input, gradient)
        self.module.accUpdateGradParameters(input, self.criterion.gradInput, learning_rate)
        if self.hookExample is not None:
            self.hookExample(self, example)
        return loss

    def __tostring__(self) -> str:
        """What `print` shows: the type name."""
        return registry.typename(self) or type(self).__qualname__

    def __repr__(self) -> str:
        return self.__tostring__()
