"""Train a small convolutional network on the 8x8 handwritten digits, as Torch7 users did.

Usage: python examples/digits.py [-data fixtures/data/digits.t7] [-epochs 10]

This is digits.lua line by line, and it prints what digits.lua prints in Torch7, to the byte.
"""

import sys

from torchnn import nn, optim, torch

cmd = torch.CmdLine()
cmd.option("-data", "fixtures/data/digits.t7", "digits: {data = 1797x1x8x8 bytes, labels = 1..10}")
cmd.option("-epochs", 10, "passes over the training set")
cmd.option("-batchSize", 32, "samples per step")
cmd.option("-learningRate", 0.05, "step size")
cmd.option("-momentum", 0.9, "momentum")
cmd.option("-seed", 1, "random seed")
cmd.option("-save", "", "where to save the trained network")
opt = cmd.parse(sys.argv[1:])

torch.manualSeed(opt.seed)
digits = torch.load(opt.data)
inputs = digits["data"].double().div(16).add(-0.5)
labels = digits["labels"].double()
order = torch.randperm(inputs.size(1)).long()
inputs, labels = inputs.index(1, order), labels.index(1, order)
nTrain, nTest = 1500, inputs.size(1) - 1500

net = nn.Sequential()
net.add(nn.SpatialConvolution(1, 16, 3, 3, 1, 1, 1, 1))
net.add(nn.SpatialBatchNormalization(16))
net.add(nn.ReLU(True))
net.add(nn.SpatialMaxPooling(2, 2, 2, 2))
net.add(nn.SpatialConvolutionMM(16, 32, 3, 3, 1, 1, 1, 1))
net.add(nn.ReLU(True))
net.add(nn.SpatialMaxPooling(2, 2, 2, 2))
net.add(nn.View(-1).setNumInputDims(3))
net.add(nn.Dropout(0.25))
net.add(nn.Linear(32 * 2 * 2, 10))
net.add(nn.LogSoftMax())
criterion = nn.ClassNLLCriterion()
print(net)

params, gradParams = net.getParameters()
print(f"{params.nElement()} parameters")
classes = [str(c) for c in range(10)]
config = {"learningRate": opt.learningRate, "momentum": opt.momentum, "learningRateDecay": 1e-4}


def train(x, y):
    """One step of stochastic gradient descent; returns the loss before it."""

    def feval(_):
        gradParams.zero()
        output = net.forward(x)
        loss = criterion.forward(output, y)
        net.backward(x, criterion.backward(output, y))
        return loss, gradParams

    _, fs = optim.sgd(feval, params, config)
    return fs[0]


for epoch in range(1, opt.epochs + 1):
    net.training()
    shuffle = torch.randperm(nTrain).long()
    total, steps = 0, 0
    for first in range(1, nTrain + 1, opt.batchSize):
        n = min(opt.batchSize, nTrain - first + 1)
        batch = shuffle.narrow(1, first, n)
        x, y = inputs.index(1, batch), labels.index(1, batch)
        total, steps = total + train(x, y), steps + 1

    net.evaluate()
    confusion = optim.ConfusionMatrix(classes)
    confusion.batchAdd(net.forward(inputs.narrow(1, nTrain + 1, nTest)), labels.narrow(1, nTrain + 1, nTest))
    confusion.updateValids()
    print(f"epoch {epoch:2d}: loss {total / steps:.8f}, test accuracy {confusion.totalValid * 100:.2f}%")
    if epoch == opt.epochs:
        print(confusion)

if opt.save != "":
    net.clearState()
    torch.save(opt.save, net)
    print("saved " + opt.save)
