"""Dropout, batch normalization and shuffled batches, all of them drawing on one generator.

Usage: python examples/training/dropout_batchnorm_adam.py
(of fixtures/record/training/dropout_batchnorm_adam.lua, line by line)
"""

from torchnn import nn, optim, torch


def train(data, run):
    torch.manualSeed(run.seed)
    net = nn.Sequential()
    net.add(nn.Dropout(0.2))
    net.add(nn.Linear(6, 20))
    net.add(nn.BatchNormalization(20))
    net.add(nn.ReLU())
    net.add(nn.Dropout(0.5))
    net.add(nn.Linear(20, 12))
    net.add(nn.BatchNormalization(12, 1e-3, 0.2))
    net.add(nn.LeakyReLU(0.1))
    net.add(nn.Linear(12, 4))
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

        _, fs = optim.adam(feval, params, config, state)
        run.loss(fs[0])

    n, size = data["x"].size(1), 16
    config = {"learningRate": 0.01, "learningRateDecay": 1e-3, "weightDecay": 1e-3}
    state = {}
    orders, masks = [], []
    net.training()
    for _ in range(5):
        order = torch.randperm(n).long()
        orders.append(order)
        for first in range(1, n - size + 2, size):
            indices = order.narrow(1, first, size)
            step(data["x"].index(1, indices), data["y"].index(1, indices))
            if len(masks) < 3:
                masks.append([net.get(1).noise.clone(), net.get(5).noise.clone()])

    net.evaluate()
    output = net.forward(data["x"])
    return {
        "params": params,
        "output": output,
        "loss": criterion.forward(output, data["y"]),
        "orders": orders,
        "masks": masks,
        "running": [
            net.get(3).running_mean,
            net.get(3).running_var,
            net.get(7).running_mean,
            net.get(7).running_var,
        ],
        "m": state["m"],
        "v": state["v"],
        "t": state["t"],
        "after": torch.uniform(),
    }


if __name__ == "__main__":
    import recorded

    recorded.play(train)
