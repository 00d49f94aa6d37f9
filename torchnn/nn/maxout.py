"""`nn.Maxout`."""

from __future__ import annotations

from torchnn import registry
from torchnn.nn import utils
from torchnn.nn.linear import Linear
from torchnn.nn.module import Module
from torchnn.nn.reductions import Max
from torchnn.nn.reshape import View
from torchnn.nn.sequential import Sequential


@registry.register("nn.Maxout")
class Maxout(Sequential):
    """The largest of `maxoutNumber` linear functions, for each output; a module `preprocess` may come before.

    Input: `inputSize` or N x `inputSize`. Output: `outputSize` or N x `outputSize`. Source: Goodfellow et al. 2013,
    Maxout Networks.
    """

    def __init__(self, inputSize: int, outputSize: int, maxoutNumber: int, preprocess: Module | None = None) -> None:
        super().__init__()
        sizes = utils.positive(inputSize=inputSize, outputSize=outputSize, maxoutNumber=maxoutNumber)
        inputSize, outputSize, maxoutNumber = sizes
        self.add(Linear(inputSize, outputSize * maxoutNumber))
        self.add(View(maxoutNumber, outputSize).setNumInputDims(1))
        if preprocess is not None:
            self.add(preprocess)
        self.add(Max(1, 2))
