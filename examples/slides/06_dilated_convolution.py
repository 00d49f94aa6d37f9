"""Dilation puts the elements of a filter apart.

A filter of 3 x 3 with dilation 1, 2 and 4 sees 3, 5 and 9 pixels across, and is an ordinary one with zeros between its
elements.
"""

import math

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print

image = torch.zeros(1, 11, 11)
for i in range(11):
    for j in range(11):
        image[0][i][j] = (3 * (i + 1) + 5 * (j + 1)) % 7
weight = torch.Tensor([[1, 0, -1], [2, 0, -2], [1, 0, -1]])

results = dict(image=image, weight=weight)
for d in (1, 2, 4):
    dilated = nn.SpatialDilatedConvolution(1, 1, 3, 3, 1, 1, 0, 0, d, d)
    dilated.weight.copy(weight)
    dilated.bias.fill(0.5)
    size = 2 * d + 1
    spread = torch.zeros(size, size)
    for i in range(3):
        for j in range(3):
            spread[i * d][j * d] = weight[i][j]
    plain = nn.SpatialConvolutionMM(1, 1, size, size)
    plain.weight.copy(spread)
    plain.bias.fill(0.5)
    a, b = dilated.forward(image).clone(), plain.forward(image).clone()
    print(f"dilation {d}, {size} pixels across")
    print(a)
    print(torch.dist(a, b) < 1e-12)
    dilated.zeroGradParameters()
    plain.zeroGradParameters()
    ga, gb = dilated.backward(image, a).clone(), plain.backward(image, b).clone()
    print(torch.dist(ga, gb) < 1e-9, dilated.gradWeight)
    results[f"output{d}"], results[f"gradInput{d}"] = a, ga
    results[f"gradWeight{d}"] = dilated.gradWeight.clone()

print("three layers with dilation 1, 2 and 4 one upon the other see 15 x 15 pixels")
stack = nn.Sequential()
for d in (1, 2, 4):
    layer = nn.SpatialDilatedConvolution(1, 1, 3, 3, 1, 1, d, d, d, d)
    layer.weight.fill(1)
    layer.bias.fill(0)
    stack.add(layer)
point = torch.zeros(1, 17, 17)
point[0][8][8] = 1
field = stack.forward(point)
print(field.gt(0).sum(), math.sqrt(field.gt(0).sum()))
results["field"] = field
