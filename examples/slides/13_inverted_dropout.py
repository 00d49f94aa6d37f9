"""Inverted dropout: scaled in training, nothing to do at test time.

Division by p is right because the probability to keep a unit, 1 - p, is one half too.
"""

import itertools

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print

p = 0.5
x = torch.Tensor([0.1, 0.9, 0.4, 0.7, 0.3])


def filled(nin, nout, step):
    """A linear layer with weights that repeat."""
    layer = nn.Linear(nin, nout)
    i = itertools.count(1)
    layer.weight.apply(lambda _: ((next(i) * step) % 9 - 4) / 5)
    layer.bias.fill(0.1)
    return layer


L1, L2, L3, L4 = filled(5, 5, 2), filled(5, 5, 4), filled(5, 5, 5), filled(5, 1, 7)


def forward_train(x, aswritten=False):
    """One run with random masks."""
    H1 = L1.forward(x)
    U1 = torch.rand(H1.size(1)).gt(p).double()
    H1 = H1.cmul(U1) / p

    H2 = L2.forward(H1)
    U2 = torch.rand(H2.size(1)).gt(p).double()
    H2 = H2.cmul(U2) / p

    H3 = L3.forward(H2)
    U3 = torch.rand(H3.size(1)).gt(p).double()
    if aswritten:
        H2 = H3.cmul(U3) / p  # what the slide has: H3 is masked in place and stays unscaled
    else:
        H3 = H3.cmul(U3) / p
    return L4.forward(H3)


def forward_test(x):
    """All units as they are."""
    H1 = L1.forward(x)
    H2 = L2.forward(H1)
    H3 = L3.forward(H2)
    return L4.forward(H3)


torch.manualSeed(13)
out = forward_train(x).clone()
torch.manualSeed(13)
slide = forward_train(x, True).clone()
print("one run, and the same run as the slide has it")
print(out)
print(slide)
torch.manualSeed(13)
runs = torch.Tensor(1000)
for i in range(1000):
    runs[i] = forward_train(x)[0]
print("mean of 1000 runs")
print(f"{runs.mean():.6f}")
test = forward_test(x).clone()
print("at test time")
print(test)

print("the layer scales by 1 / (1 - p)")
drop = nn.Dropout(0.2)
torch.manualSeed(13)
print(drop.forward(torch.ones(10)))

results = dict(x=x, out=out, slide=slide, runs=runs, test=test, layer=drop.output, noise=drop.noise)
