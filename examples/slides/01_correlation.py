"""Discrete convolution in one dimension.

What the layers compute (correlation), what mathematics calls convolution, half padding, and a stride.
"""

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print

I = torch.Tensor([1, 2, 3, 4])
W = torch.Tensor([1, 2, 3])


def correlation(I, W):
    """Slide W over I."""
    n, k = I.size(1), W.size(1)
    O = torch.zeros(n - k + 1)
    for i in range(n - k + 1):
        for j in range(k):
            O[i] = O[i] + I[j + i] * W[j]
    return O


def convolution(I, W):
    """Slide W turned round over I."""
    n, k = I.size(1), W.size(1)
    O = torch.zeros(n - k + 1)
    for i in range(n - k + 1):
        for j in range(k):
            O[i] = O[i] + I[j + i] * W[k - 1 - j]
    return O


print("correlation")
O = correlation(I, W)
print(O)
print("true convolution")
T = convolution(I, W)
print(T)

print("the same by xcorr2 and conv2")
print(torch.xcorr2(I.view(1, 4), W.view(1, 3)))
print(torch.conv2(I.view(1, 4), W.view(1, 3)))

print("and by layers")


def layer(stride, pad):
    """A convolution of one row with W."""
    conv = nn.SpatialConvolutionMM(1, 1, 3, 1, stride, 1, pad, 0)
    conv.weight.copy(W)
    conv.bias.fill(0)
    return conv


image = I.view(1, 1, 4)
plain = layer(1, 0).forward(image)
print(plain)
print("half padding: as many outputs as inputs")
padded = layer(1, 1).forward(image)
print(padded)
print("half padding and stride 2")
strided = layer(2, 1).forward(image)
print(strided)
print("sizes: 4 - 3 + 1, 6 - 3 + 1, floor((6 - 3) / 2) + 1")
print(plain.size(3), padded.size(3), strided.size(3))

results = dict(I=I, W=W, correlation=O, convolution=T, plain=plain, padded=padded, strided=strided)
