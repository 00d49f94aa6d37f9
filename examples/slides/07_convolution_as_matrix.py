"""A filter of 3 x 3 over an image of 4 x 4 is a product with a matrix of 4 x 16.

The transpose of the matrix takes the gradient back.
"""

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print

w = torch.Tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
I = torch.Tensor([[1, 0, 2, -1], [3, 1, 0, 2], [-2, 4, 1, 1], [0, 2, -3, 5]])

M = torch.zeros(4, 16)
for y in range(2):
    for x in range(2):
        for i in range(3):
            for j in range(3):
                M[2 * y + x][4 * (y + i) + x + j] = w[i][j]
print(M)

O = M * I.view(-1)
print(O.view(2, 2))
LO = torch.Tensor([1, -1, 2, 0.5])
back = M.t() * LO
print(back.view(4, 4))

print("the layer, and the full convolution that is its backward pass")
conv = nn.SpatialConvolutionMM(1, 1, 3, 3)
conv.weight.copy(w)
conv.bias.fill(0)
print(conv.forward(I.view(1, 4, 4)))
print(conv.backward(I.view(1, 4, 4), LO.view(1, 2, 2)))
full = nn.SpatialFullConvolution(1, 1, 3, 3)
full.weight.copy(w)
full.bias.fill(0)
up = full.forward(LO.view(1, 2, 2))
print(up)

results = dict(w=w, I=I, M=M, O=O, LO=LO, back=back, output=conv.output, gradInput=conv.gradInput, full=up)
