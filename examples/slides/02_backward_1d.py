"""The two derivatives of a convolution of four numbers with three, and two shortcuts that give the gradients.

Correlate the input with the gradient; correlate the padded weights with the gradient flipped.
"""

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print

I = torch.Tensor([1, 2, 3, 4])
W = torch.Tensor([1, 2, 3])
LO = torch.Tensor([1, 2])

dOdI = torch.Tensor([[W[0], W[1], W[2], 0], [0, W[0], W[1], W[2]]])
dOdW = torch.Tensor([[I[0], I[1], I[2]], [I[1], I[2], I[3]]])
print("dO/dI")
print(dOdI)
print("dO/dW")
print(dOdW)

gradW = dOdW.t() * LO
gradI = dOdI.t() * LO
print("dL/dW by the matrix, by correlation of I with dL/dO")
print(gradW)
byCorrelation = torch.xcorr2(I.view(1, 4), LO.view(1, 2))
print(byCorrelation)
print("dL/dI by the matrix, by correlation of the padded W with dL/dO flipped")
print(gradI)
padded = torch.Tensor([[0, 1, 2, 3, 0]])
flipped = torch.Tensor([[2, 1]])
byPadding = torch.xcorr2(padded, flipped)
print(byPadding)

print("and by the layer")
conv = nn.SpatialConvolutionMM(1, 1, 3, 1)
conv.weight.copy(W)
conv.bias.fill(0)
conv.zeroGradParameters()
conv.forward(I.view(1, 1, 4))
conv.backward(I.view(1, 1, 4), LO.view(1, 1, 2))
print(conv.gradWeight)
print(conv.gradInput)
print(conv.gradBias)

results = dict(
    dOdI=dOdI,
    dOdW=dOdW,
    gradW=gradW,
    gradI=gradI,
    gradWeight=conv.gradWeight,
    gradInput=conv.gradInput,
    gradBias=conv.gradBias,
)
