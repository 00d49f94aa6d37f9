"""The backward pass of a convolution with stride 2 is the forward pass of a full convolution.

The input image is not on the slide; this one gives the output that is.
"""

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print

conv = nn.SpatialConvolutionMM(1, 1, 3, 3, 2, 2)
conv.weight.copy(torch.Tensor([1.0160, 0.4442, 0.8234, 1.7105, 1.9389, 1.8970, 0.4721, 1.4563, 0.4023]))
conv.bias.fill(0)
print(conv.weight)

imgC = torch.Tensor(
    [
        [0.3004, 2.8, 2.2, 4.5, 1.2764],
        [2.4, 3.5, 4.0, 1.2, 2.3],
        [0.2, 3.7, 1.8, 0.9, 0.4],
        [0.7, 0.9, 4.0, 1.9, 4.4],
        [4.2747, 4.2, 2.8, 4.4, 3.4135],
    ]
).view(1, 1, 5, 5)
r = conv.forward(imgC)
print(r)

# From here on with the four numbers of the slide themselves.
r = torch.Tensor([28.0467, 21.1382, 23.1202, 30.5335]).view(1, 1, 2, 2)
conv.zeroGradParameters()
gradInput = conv.backward(imgC, r)
print(gradInput)

trancon = nn.SpatialFullConvolution(1, 1, 3, 3, 2, 2)
trancon.bias.fill(0)
trancon.weight.copy(conv.weight)
print(trancon.weight)
print(r)
up = trancon.forward(r)
print(up)
print(torch.dist(up, gradInput) < 1e-10)

print("backward through the full convolution is the convolution again")
trancon.zeroGradParameters()
down = trancon.backward(r, up)
again = conv.forward(up)
print(down)
print(torch.dist(down, again) < 1e-10)

results = dict(weight=conv.weight, imgC=imgC, r=r, gradInput=gradInput, gradWeight=conv.gradWeight, full=up, down=down)
