"""A language model over characters: an LSTM cell as a graph, unrolled into copies that share its parameters.

RMSprop on clamped gradients; the state is carried from batch to batch.

Usage: python examples/training/char_lstm.py (of fixtures/record/training/char_lstm.lua, line by line)
"""

from torchnn import nn, nngraph, optim, torch

nhidden, length, rows = 10, 6, 3


def cell(nletters):
    letter = nn.Identity()()
    prevc, prevh = nn.Identity()(), nn.Identity()()
    x = nn.LookupTable(nletters, 7)(letter)
    sums = nn.CAddTable()([nn.Linear(7, 4 * nhidden)(x), nn.Linear(nhidden, 4 * nhidden)(prevh)])
    a, b, c, d = nn.SplitTable(2)(nn.Reshape(4, nhidden)(sums)).split(4)
    keep, write, show, new = nn.Sigmoid()(a), nn.Sigmoid()(b), nn.Sigmoid()(c), nn.Tanh()(d)
    nextc = nn.CAddTable()([nn.CMulTable()([keep, prevc]), nn.CMulTable()([write, new])])
    nexth = nn.CMulTable()([show, nn.Tanh()(nextc)])
    logp = nn.LogSoftMax()(nn.Linear(nhidden, nletters)(nexth))
    return nngraph.gModule([letter, prevc, prevh], [nextc, nexth, logp])


def compose(proto, start, n, draw):
    """What the network writes when it always takes the likeliest letter, and when it draws one."""
    letters = []
    letter, c, h = torch.Tensor([start]), torch.zeros(1, nhidden), torch.zeros(1, nhidden)
    for _ in range(n):
        c, h, logp = proto.forward([letter, c, h])
        c, h = c.clone(), h.clone()
        if draw:
            k = torch.multinomial(torch.exp(logp.view(-1)), 1)[0]
        else:
            _, best = logp.max(2)
            k = best[0][0]
        letters.append(k)
        letter = torch.Tensor([k])
    return torch.Tensor(letters)


def train(data, run):
    torch.manualSeed(run.seed)
    proto = cell(data["nletters"])
    params, grads = proto.getParameters()
    params.uniform(-0.08, 0.08)
    run.start(params)

    copies = [proto.clone("weight", "bias", "gradWeight", "gradBias") for _ in range(length)]
    criteria = [nn.ClassNLLCriterion() for _ in range(length)]

    # The text in `rows` parallel strips.
    letters = data["letters"]
    strip = (letters.size(1) - 1) // rows
    carriedc, carriedh = torch.zeros(rows, nhidden), torch.zeros(rows, nhidden)
    at = 0

    def feval(p):
        nonlocal at
        if p is not params:
            params.copy(p)
        grads.zero()
        if at + length >= strip:
            at = 0
        x, y, logp = [], [], []
        c, h = [carriedc], [carriedh]
        loss = 0
        for t in range(length):
            places = [r * strip + at + t for r in range(rows)]
            x.append(torch.Tensor([letters[k] for k in places]))
            y.append(torch.Tensor([letters[k + 1] for k in places]))
            copies[t].training()
            nextc, nexth, nextlogp = copies[t].forward([x[t], c[t], h[t]])
            c.append(nextc)
            h.append(nexth)
            logp.append(nextlogp)
            loss = loss + criteria[t].forward(logp[t], y[t])
        dc, dh = torch.zeros(rows, nhidden), torch.zeros(rows, nhidden)
        for t in reversed(range(length)):
            dlogp = criteria[t].backward(logp[t], y[t])
            _, dc, dh = copies[t].backward([x[t], c[t], h[t]], [dc, dh, dlogp])
        carriedc.copy(c[length])
        carriedh.copy(h[length])
        at = at + length
        grads.div(length)
        run.gradient(grads)
        grads.clamp(-0.5, 0.5)
        return loss / length, grads

    config = {"learningRate": 0.02, "alpha": 0.95}
    for _ in range(40):
        _, fs = optim.rmsprop(feval, params, config)
        run.loss(fs[0])

    torch.manualSeed(run.seed + 1)
    return {
        "params": params,
        "state": [carriedc, carriedh],
        "likeliest": compose(proto, 1, 30, False),
        "drawn": compose(proto, 1, 30, True),
        "output": proto.forward([torch.Tensor([1, 2]), torch.zeros(2, nhidden), torch.zeros(2, nhidden)])[2],
    }


if __name__ == "__main__":
    import recorded

    recorded.play(train)
