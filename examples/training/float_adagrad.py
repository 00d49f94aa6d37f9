"""A run in single precision from beginning to end.

Usage: python examples/training/float_adagrad.py (of fixtures/record/training/float_adagrad.lua, line by line)
"""

from torchnn import nn, optim, torch


def train(data, run):
    torch.setdefaulttensortype("torch.FloatTensor")
    torch.manualSeed(run.seed)
    net = nn.Sequential()
    net.add(nn.Linear(8, 24))
    net.add(nn.ReLU())
    net.add(nn.Linear(24, 12))
    net.add(nn.SoftPlus())
    net.add(nn.Linear(12, 3))
    criterion = nn.CrossEntropyCriterion()
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

        _, fs = optim.adagrad(feval, params, config)
        run.loss(fs[0])

    x, y = data["x"].float(), data["y"].float()
    size = 15
    config = {"learningRate": 0.05, "weightDecay": 1e-3}
    for i in range(40):
        first = i * size % x.size(1) + 1
        step(x.narrow(1, first, size), y.narrow(1, first, size))

    output = net.forward(x)
    result = {
        "params": params,
        "output": output,
        "loss": criterion.forward(output, y),
        "typename": net.type(),
        "variance": config["paramVariance"],
    }
    torch.setdefaulttensortype("torch.DoubleTensor")
    return result


if __name__ == "__main__":
    import recorded

    recorded.play(train)
