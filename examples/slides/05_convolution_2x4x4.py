"""Two planes of 4 x 4, two filters of 2 x 2 x 2, the weights as a matrix of 2 x 8."""

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print

I = torch.DoubleTensor(
    [
        [[1, -2, 2, 2], [2, 1, 3, -2], [-2, 3, -3, 1], [-1, 2, -4, 2]],
        [[3, 0, 0, 0], [-2, -2, 1, -1], [2, -1, 3, 1], [5, -2, 0, 1]],
    ]
)
conv = nn.SpatialConvolutionMM(2, 2, 2, 2)
conv.bias = torch.DoubleTensor([0.1, 0.2])
conv.weight = torch.DoubleTensor([[1, -2, -2, 1, 1, 0, 0, 1], [3, 1, 2, 2, 0, 0, 0, 4]])
O = conv.forward(I)
print(I)
print(O)

print("the same by hand")
W = conv.weight.view(2, 2, 2, 2)
H = torch.zeros(2, 3, 3)
for o in range(2):
    for y in range(3):
        for x in range(3):
            H[o][y][x] = torch.cmul(I[:, y : y + 2, x : x + 2], W[o]).sum() + conv.bias[o]
print(torch.dist(O, H) < 1e-12)

print("backward with ones")
conv.zeroGradParameters()
gradInput = conv.backward(I, torch.ones(2, 3, 3))
print(gradInput)
print(conv.gradWeight)
print(conv.gradBias)

results = dict(
    I=I,
    weight=conv.weight,
    bias=conv.bias,
    O=O,
    gradInput=gradInput,
    gradWeight=conv.gradWeight,
    gradBias=conv.gradBias,
)
