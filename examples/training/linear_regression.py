"""A line through measurements, one sample at a time, and what least squares says to it.

Usage: python examples/training/linear_regression.py (of fixtures/record/training/linear_regression.lua, line by line)
"""

from torchnn import nn, optim, torch


def train(data, run):
    torch.manualSeed(run.seed)
    net = nn.Sequential().add(nn.Linear(3, 1))
    criterion = nn.MSECriterion()
    params, grads = net.getParameters()
    run.start(params)

    config = {"learningRate": 0.05, "learningRateDecay": 1e-2, "weightDecay": 0, "momentum": 0}
    n = data["x"].size(1)
    sample = 0

    def feval(p):
        nonlocal sample
        if p is not params:
            params.copy(p)
        sample = sample % n + 1
        grads.zero()
        x, y = data["x"][sample - 1], data["y"][sample - 1]
        loss = criterion.forward(net.forward(x), y)
        net.backward(x, criterion.backward(net.output, y))
        run.gradient(grads)
        return loss, grads

    for _ in range(4):
        for _ in range(n):
            _, fs = optim.sgd(feval, params, config)
            run.loss(fs[0])

    ones = torch.cat(data["x"], torch.ones(n, 1), 2)
    exact, _ = torch.gels(data["y"], ones)
    return {
        "params": params,
        "output": net.forward(data["x"]),
        "exact": exact.view(-1),
        "residual": torch.dist(net.output, data["y"]),
    }


if __name__ == "__main__":
    import recorded

    recorded.play(train)
