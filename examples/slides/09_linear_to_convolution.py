"""A linear layer on flattened features is a convolution with a filter as large as the features.

It has as many input planes as these, and as many output planes as the layer has outputs.
"""

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print

features = torch.linspace(-1, 1, 18).view(2, 3, 3)
linear = nn.Linear(18, 4)
for i in range(1, 5):
    for j in range(1, 19):
        linear.weight[i - 1][j - 1] = ((i * j) % 5 - 2) / 10
linear.bias.copy(torch.Tensor([0.1, 0.2, 0.3, 0.4]))
flat = linear.forward(features.view(18))
print(flat)

conv = nn.SpatialConvolutionMM(2, 4, 3, 3)
conv.weight.copy(linear.weight)
conv.bias.copy(linear.bias)
maps = conv.forward(features)
print(maps)
print(torch.dist(flat, maps.view(4)) < 1e-12)

print("the next linear layer becomes a convolution of 1 x 1")
second = nn.Linear(4, 2)
second.weight.copy(torch.Tensor([[1, -1, 0.5, 0], [0, 2, -0.5, 1]]))
second.bias.copy(torch.Tensor([-0.1, 0.1]))
pointwise = nn.SpatialConvolutionMM(4, 2, 1, 1)
pointwise.weight.copy(second.weight)
pointwise.bias.copy(second.bias)
print(second.forward(flat))
print(pointwise.forward(maps))

results = dict(
    features=features,
    weight=linear.weight,
    bias=linear.bias,
    flat=flat,
    maps=maps,
    second=second.output,
    pointwise=pointwise.output,
)
