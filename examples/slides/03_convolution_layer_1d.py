"""A convolution of four numbers as an image of one row.

The gradient of its weights is a convolution of the input with the gradient of the output. The weights and the gradient
are chosen so that what the slide prints comes out.
"""

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print

n = torch.Tensor([0.3347, 0.5901, 0.7132, 0.3187]).reshape(1, 1, 4)
print(n)

conv = nn.SpatialConvolutionMM(1, 1, 3, 1)
conv.bias.fill(0)
conv.weight.copy(torch.Tensor([[-0.0056, 0.0683, 0.2121]]))
m = conv.forward(n)
print(m)

nextgrad = torch.Tensor([0.3317, 0.9073]).reshape(1, 1, 2)
conv.zeroGradParameters()
conv.backward(n, nextgrad)
print(conv.gradWeight)

convback = nn.SpatialConvolutionMM(1, 1, 2, 1)
convback.bias.fill(0)
convback.weight.copy(nextgrad.reshape(1, 2))
gradWeight = convback.forward(n)
print(gradWeight)
print(torch.dist(gradWeight.view(-1), conv.gradWeight.view(-1)) < 1e-12)

results = dict(
    n=n,
    weight=conv.weight,
    m=m,
    nextgrad=nextgrad,
    gradWeight=conv.gradWeight,
    gradInput=conv.gradInput,
    forward=gradWeight,
)
