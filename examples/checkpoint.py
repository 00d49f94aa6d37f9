"""Train with checkpoints: a run that was interrupted, killed even, goes on and ends as if it never had been.

Usage: python examples/checkpoint.py -checkpoint run.t7 [-data fixtures/data/digits.t7] [-steps 300] [-every 20]

All that the run depends on is in one table, which one `torch.save` writes: the network with the running averages
of its batch normalization, the optimizer's state, the order of this pass, the position, and the state of the
generator, of which dropout and the orders are drawn. The file is the one of before until the new one is complete. A
process that is killed while it saves leaves the part behind as run.t7.XXXXXXXX, which may be deleted.
"""

import sys

from torchnn import nn, optim, paths, torch

cmd = torch.CmdLine()
cmd.option("-checkpoint", "run.t7", "where the run is kept; goes on with it where the file exists")
cmd.option("-data", "fixtures/data/digits.t7", "digits: {data = 1797x1x8x8 bytes, labels = 1..10}")
cmd.option("-steps", 300, "steps of the whole run")
cmd.option("-every", 20, "steps from checkpoint to checkpoint")
cmd.option("-batchSize", 30, "samples per step")
cmd.option("-seed", 1, "random seed")
opt = cmd.parse(sys.argv[1:])

digits = torch.load(opt.data)
inputs = digits["data"].double().div(16).view(-1, 64)
labels = digits["labels"].double()
batches = inputs.size(1) // opt.batchSize


def begin():
    """A run before its first step."""
    torch.manualSeed(opt.seed)
    net = nn.Sequential()
    net.add(nn.Linear(64, 32)).add(nn.BatchNormalization(32)).add(nn.ReLU()).add(nn.Dropout(0.3))
    net.add(nn.Linear(32, 10)).add(nn.LogSoftMax())
    return {"net": net, "adam": {"learningRate": 5e-3}, "step": 0}


def resume():
    """The run as it was saved, which carries on with the random numbers that it would have drawn."""
    run = torch.load(opt.checkpoint)
    torch.setRNGState(run["random"])
    print(f"resumed after step {run['step']}", flush=True)
    return run


def keep():
    run["random"] = torch.getRNGState()
    torch.save(opt.checkpoint, run)


def feval(_):
    gradParams.zero()
    loss = criterion.forward(net.forward(x), y)
    net.backward(x, criterion.backward(net.output, y))
    return loss, gradParams


run = resume() if paths.filep(opt.checkpoint) else begin()
net = run["net"]
criterion = nn.ClassNLLCriterion()
params, gradParams = net.getParameters()

while run["step"] < opt.steps:
    batch = run["step"] % batches
    if batch == 0:
        run["order"] = torch.randperm(inputs.size(1)).long()
    samples = run["order"].narrow(1, batch * opt.batchSize + 1, opt.batchSize)
    x, y = inputs.index(1, samples), labels.index(1, samples)
    _, fs = optim.adam(feval, params, run["adam"])
    run["step"] += 1
    if run["step"] % opt.every == 0 or run["step"] == opt.steps:
        keep()
        print(f"step {run['step']}: loss {fs[0]:.8f}", flush=True)
