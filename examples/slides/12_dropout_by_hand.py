"""Three layers with dropout written out.

Units are set to zero in training, and what is left is scaled at test time. cmul works in place: the output kept in the
layer is masked as well.
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
masks = []


def forward_train(x):
    """One run with random masks, which are kept."""
    global masks
    H1 = L1.forward(x)
    U1 = torch.rand(H1.size(1)).gt(p).double()
    H1 = H1.cmul(U1)

    H2 = L2.forward(H1)
    U2 = torch.rand(H2.size(1)).gt(p).double()
    H2 = H2.cmul(U2)

    H3 = L3.forward(H2)
    U3 = torch.rand(H3.size(1)).gt(p).double()
    H3 = H3.cmul(U3)

    masks = [U1, U2, U3]
    return L4.forward(H3)


def forward_test(x):
    """All units, scaled."""
    H1 = L1.forward(x) * p
    H2 = L2.forward(H1) * p
    H3 = L3.forward(H2) * p
    return L4.forward(H3)


torch.manualSeed(12)
out = forward_train(x).clone()
print(torch.cat(masks, 2).t())
print(out)
first = L1.output.clone()
print("the first layer kept its masked output")
print(first)
runs = torch.Tensor(1000)
for i in range(1000):
    runs[i] = forward_train(x)[0]
print("mean of 1000 runs")
print(f"{runs.mean():.6f}")
test = forward_test(x).clone()
print("at test time")
print(test)

results = dict(x=x, out=out, first=first, runs=runs, test=test, weights=[L1.weight, L2.weight, L3.weight, L4.weight])
