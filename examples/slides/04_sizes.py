"""What comes out of SpatialConvolutionMM(1, 8, 5, 5) on an image of 16 x 16, and what is in it."""

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print

n = torch.linspace(0, 1, 256).view(1, 16, 16)
conv = nn.SpatialConvolutionMM(1, 8, 5, 5)
conv.weight.copy(torch.linspace(-0.1, 0.1, 200))
conv.bias.copy(torch.linspace(0, 0.7, 8))
m = conv.forward(n)
print(n.size())
print(m.size())
print(conv.weight.size())
print(conv.bias.size())
print(conv)
print(f"{m.mean():.6f} {m[0][0][0]:.6f} {m[7][11][11]:.6f}")
print("a layer from every pixel of 200 x 200 to 40000 units would have this many weights")
print(200 * 200 * 40000)

results = dict(n=n, weight=conv.weight, bias=conv.bias, m=m)
