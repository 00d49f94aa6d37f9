"""Down by a strided convolution and up again by a full one; a class for every pixel.

Usage: python examples/training/segmentation.py (of fixtures/record/training/segmentation.lua, line by line)
"""

from torchnn import nn, optim, torch


def train(data, run):
    torch.manualSeed(run.seed)
    net = nn.Sequential()
    net.add(nn.SpatialConvolution(1, 6, 3, 3, 2, 2, 1, 1))
    net.add(nn.SpatialBatchNormalization(6))
    net.add(nn.ReLU(True))
    net.add(nn.SpatialDilatedConvolution(6, 6, 3, 3, 1, 1, 2, 2, 2, 2))
    net.add(nn.ReLU(True))
    net.add(nn.SpatialFullConvolution(6, 3, 4, 4, 2, 2, 1, 1))
    net.add(nn.SpatialLogSoftMax())
    criterion = nn.SpatialClassNLLCriterion(torch.Tensor([0.5, 1, 1]))
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

        _, fs = optim.adam(feval, params, config)
        run.loss(fs[0])

    images = data["images"].double().div(255).view(-1, 1, 12, 12)
    classes = data["classes"].double()
    size = 4
    config = {"learningRate": 0.02, "beta1": 0.8}
    for i in range(30):
        first = i * size % images.size(1) + 1
        step(images.narrow(1, first, size), classes.narrow(1, first, size))

    net.evaluate()
    output = net.forward(images)
    _, guess = output.max(2)
    return {
        "params": params,
        "output": output.narrow(1, 1, 2),
        "loss": criterion.forward(output, classes),
        "guess": guess.squeeze().byte(),
        "correct": guess.squeeze().double().eq(classes).sum() / classes.nElement(),
    }


if __name__ == "__main__":
    import recorded

    recorded.play(train)
