"""A multilayer perceptron tells three classes of points in the plane apart.

Usage: python examples/training/mlp_sgd.py (of fixtures/record/training/mlp_sgd.lua, line by line)
"""

from torchnn import nn, optim, torch


def train(data, run):
    torch.manualSeed(run.seed)
    net = nn.Sequential()
    net.add(nn.Linear(2, 16))
    net.add(nn.Tanh())
    net.add(nn.Linear(16, 8))
    net.add(nn.Sigmoid())
    net.add(nn.Linear(8, 3))
    net.add(nn.LogSoftMax())
    criterion = nn.ClassNLLCriterion()
    params, grads = net.getParameters()
    run.start(params)

    def step(x, y):
        def feval(_):
            grads.zero()
            output = net.forward(x)
            loss = criterion.forward(output, y)
            net.backward(x, criterion.backward(output, y))
            run.gradient(grads)
            return loss, grads

        _, fs = optim.sgd(feval, params, config)
        run.loss(fs[0])

    config = {
        "learningRate": 0.3,
        "learningRateDecay": 1e-3,
        "momentum": 0.9,
        "dampening": 0.5,
        "weightDecay": 1e-4,
    }
    size = 20
    for i in range(60):
        first = i * size % data["x"].size(1) + 1
        step(data["x"].narrow(1, first, size), data["y"].narrow(1, first, size))

    net.evaluate()
    confusion = optim.ConfusionMatrix(["first", "second", "third"])
    output = net.forward(data["x"])
    confusion.batchAdd(output, data["y"])
    confusion.updateValids()
    return {
        "params": params,
        "output": output,
        "loss": criterion.forward(output, data["y"]),
        "confusion": str(confusion),
        "correct": confusion.totalValid,
        "evalCounter": config["evalCounter"],
        "velocity": config["dfdx"],
    }


if __name__ == "__main__":
    import recorded

    recorded.play(train)
