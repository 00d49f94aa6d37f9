"""A program with types, as a user writes one: `mypy` has nothing to say against it."""

from typing import Any

from torchnn import nn, optim, torch


class Scale(nn.Module):
    """A module of a user."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def updateOutput(self, input: torch.Tensor) -> Any:
        """The scaled input."""
        self.output = input * self.factor
        return self.output

    def updateGradInput(self, input: torch.Tensor, gradOutput: torch.Tensor) -> Any:
        """The scaled gradient."""
        self.gradInput.resizeAs(gradOutput).copy(gradOutput).mul(self.factor)
        return self.gradInput


def network() -> nn.Sequential:
    """A module with parameters of its own."""
    convolution = nn.SpatialConvolution(1, 4, 3, 3)
    convolution.bias.fill(0)
    net = nn.Sequential()
    net.add(convolution).add(nn.ReLU()).add(nn.View(-1)).add(nn.Linear(16, 3)).add(Scale(2)).add(nn.LogSoftMax())
    return net


def train(net: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    """A step of gradient descent."""
    criterion = nn.ClassNLLCriterion()
    params, gradients = net.getParameters()

    def evaluated(_: torch.Tensor) -> tuple[float, torch.Tensor]:
        gradients.zero()
        loss = criterion.forward(net.forward(images), labels)
        net.backward(images, criterion.backward(net.output, labels))
        return loss, gradients

    _, losses = optim.sgd(evaluated, params, {"learningRate": 0.1})
    return float(losses[0])


def tensors() -> list[float]:
    """Tensors in Python's syntax."""
    x = torch.rand(2, 3)
    y: torch.FloatTensor = torch.FloatTensor(torch.LongStorage([2, 3])).fill(1)
    x[0] = 1
    z = (x + y.double() * 2 - 1) / 2
    values, _ = torch.max(z, 1)
    return [float(row.sum()) for row in z] + [values[0][0], z.size(1) + z.shape[1], torch.typename(z) == "torch.Tensor"]
