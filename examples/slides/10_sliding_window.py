"""A network for windows of 6 x 6, made all of convolutions, run over a larger image.

Every output is what the network says to one window.
"""

import itertools

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print


def filled(layer, step):
    """The layer with weights that repeat and biases that rise."""
    i = itertools.count(1)
    layer.weight.apply(lambda _: ((next(i) * step) % 11 - 5) / 10)
    j = itertools.count(1)
    layer.bias.apply(lambda _: next(j) / 10)
    return layer


trunk = [filled(nn.SpatialConvolutionMM(1, 2, 3, 3), 3), nn.ReLU(), nn.SpatialMaxPooling(2, 2, 2, 2)]
linear = filled(nn.Linear(2 * 2 * 2, 3), 7)

classifier = nn.Sequential().add(trunk[0]).add(trunk[1]).add(trunk[2]).add(nn.View(8)).add(linear)
dense = nn.SpatialConvolutionMM(2, 3, 2, 2)
dense.weight.copy(linear.weight)
dense.bias.copy(linear.bias)
sliding = nn.Sequential().add(trunk[0]).add(trunk[1]).add(trunk[2]).add(dense)

image = torch.zeros(1, 8, 10)
for i in range(1, 9):
    for j in range(1, 11):
        image[0][i - 1][j - 1] = (i * i + 3 * j) % 5 - 2
map = sliding.forward(image).clone()
print(map)

print("window by window, two pixels apart because of the pooling")
same = True
for y in range(map.size(2)):
    for x in range(map.size(3)):
        window = image[:, 2 * y : 2 * y + 6, 2 * x : 2 * x + 6].clone()
        scores = classifier.forward(window)
        same = same and torch.dist(scores, map[:, y, x].clone()) < 1e-12
print(same)

results = dict(image=image, map=map, filter=trunk[0].weight, weight=linear.weight, bias=linear.bias)
