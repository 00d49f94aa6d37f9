"""The layer: the seed is one whose first two masks are those of the slide.

Nothing but the last digit of the printed numbers differs.
"""

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print

torch.manualSeed(503)
n = torch.Tensor([0.6549, 0.2767, 0.2258, 0.5753, 0.6580])
drop = nn.Dropout(0.5)
drop.train = True
print(n)
first = drop.forward(n).clone()
print(first)
drop.backward(n, torch.ones(5))
gradFirst = drop.gradInput.clone()
print(gradFirst)

second = drop.forward(n).clone()
print(second)
drop.backward(n, torch.ones(5))
gradSecond = drop.gradInput.clone()
print(gradSecond)

drop.train = False
m = drop.forward(n)
print(m)
drop.backward(n, torch.ones(5))
print(drop.gradInput)
print(drop)

results = dict(
    n=n,
    first=first,
    gradFirst=gradFirst,
    second=second,
    gradSecond=gradSecond,
    m=m,
    gradEvaluate=drop.gradInput,
)
