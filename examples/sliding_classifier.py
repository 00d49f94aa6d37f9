"""Train a classifier of single digits, then slide it over a strip of digits as one network of convolutions.

Usage: python examples/sliding_classifier.py [-data fixtures/data/digits.t7] [-plot OUT.png]
"""

import sys

from torchnn import nn, optim, torch

cmd = torch.CmdLine()
cmd.option("-data", "fixtures/data/digits.t7", "digits: {data = 1797x1x8x8 bytes, labels = 1..10}")
cmd.option("-epochs", 5, "passes over the training set")
cmd.option("-batchSize", 30, "samples per step")
cmd.option("-digits", 12, "digits on the strip")
cmd.option("-plot", "", "where to draw the scores of each digit (rows) along the strip")
opt = cmd.parse(sys.argv[1:])

torch.manualSeed(1)
digits = torch.load(opt.data)
inputs = digits["data"].double().div(16)
labels = digits["labels"].double()
nTrain = 1500

# No padding: a window in the middle of an image sees there what it sees alone.
net = nn.Sequential()
net.add(nn.SpatialConvolution(1, 16, 3, 3))
net.add(nn.ReLU())
net.add(nn.SpatialMaxPooling(2, 2, 2, 2))
net.add(nn.View(-1).setNumInputDims(3))
net.add(nn.Dropout(0.25))
net.add(nn.Linear(16 * 3 * 3, 10))
net.add(nn.LogSoftMax())
criterion = nn.ClassNLLCriterion()
params, gradParams = net.getParameters()
config = {"learningRate": 0.1, "momentum": 0.9}


def train(x, y):
    """One step of stochastic gradient descent."""

    def feval(_):
        gradParams.zero()
        loss = criterion.forward(net.forward(x), y)
        net.backward(x, criterion.backward(net.output, y))
        return loss, gradParams

    optim.sgd(feval, params, config)


for _ in range(opt.epochs):
    shuffle = torch.randperm(nTrain).long()
    for first in range(1, nTrain + 1, opt.batchSize):
        batch = shuffle.narrow(1, first, min(opt.batchSize, nTrain - first + 1))
        train(inputs.index(1, batch), labels.index(1, batch))

net.evaluate()
sliding = nn.convolutionalize(net, [1, 8, 8])
print(sliding)

# The strip: digits that the classifier was not trained on, side by side.
strip = torch.cat([inputs[nTrain + i] for i in range(opt.digits)], 3)
scores = sliding.forward(strip)[:, 0, :]
print(f"an image of {strip.size(2)} x {strip.size(3)}: {scores.size(2)} windows, 2 pixels apart")

furthest = 0
for x in range(scores.size(2)):
    alone = net.forward(strip[:, :, 2 * x : 2 * x + 8].contiguous())
    furthest = max(furthest, alone.add(-1, scores[:, x].contiguous()).abs().max())
print("window by window the classifier says the same:", furthest < 1e-12)

_, best = scores[:, ::4].contiguous().max(1)
print("read:", *(int(label) - 1 for label in best[0]))
print("true:", *(int(labels[nTrain + i]) - 1 for i in range(opt.digits)))

if opt.plot != "":
    nn.plot.activations(scores.contiguous().exp(), opt.plot)
    print("drawn to " + opt.plot)
