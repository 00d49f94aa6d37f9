"""A small convolutional network reads digits of 16 x 16 pixels.

Usage: python examples/training/lenet_digits.py (of fixtures/record/training/lenet_digits.lua, line by line)
"""

from torchnn import nn, optim, torch


def train(data, run):
    torch.manualSeed(run.seed)
    net = nn.Sequential()
    net.add(nn.SpatialConvolutionMM(1, 8, 5, 5))
    net.add(nn.Tanh())
    net.add(nn.SpatialMaxPooling(2, 2, 2, 2))
    net.add(nn.SpatialConvolutionMM(8, 12, 3, 3))
    net.add(nn.Tanh())
    net.add(nn.SpatialMaxPooling(2, 2, 2, 2))
    net.add(nn.View(12 * 2 * 2))
    net.add(nn.Linear(12 * 2 * 2, 10))
    net.add(nn.LogSoftMax())
    criterion = nn.ClassNLLCriterion()
    params, grads = net.getParameters()
    run.start(params)

    images = data["images"].double().div(255).view(-1, 1, 16, 16)
    mean, std = images.mean(), images.std()
    images.add(-mean).div(std)
    labels = data["labels"].double()

    size = 10
    training = 100
    config = {"learningRate": 0.05, "momentum": 0.9, "dampening": 0}
    x = torch.Tensor(size, 1, 16, 16)
    y = torch.Tensor(size)

    def feval(p):
        if p is not params:
            params.copy(p)
        grads.zero()
        output = net.forward(x)
        loss = criterion.forward(output, y)
        net.backward(x, criterion.backward(output, y))
        run.gradient(grads)
        return loss, grads

    for step in range(60):
        for i in range(size):
            k = (step * size + i) % training
            x[i].copy(images[k])
            y[i] = labels[k]
        _, fs = optim.sgd(feval, params, config)
        run.loss(fs[0])

    confusion = optim.ConfusionMatrix(10)
    output = net.forward(images)
    confusion.batchAdd(output.narrow(1, training + 1, 20), labels.narrow(1, training + 1, 20))
    _, guess = output.max(2)
    return {
        "params": params,
        "output": output.narrow(1, training + 1, 20),
        "guess": guess.view(-1),
        "mean": mean,
        "std": std,
        "confusion": str(confusion),
        "filters": net.get(1).weight.view(8, 1, 5, 5),
    }


if __name__ == "__main__":
    import recorded

    recorded.play(train)
