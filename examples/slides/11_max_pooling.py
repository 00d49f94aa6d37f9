"""Maximum pooling forward and backward, and averages for comparison."""

from torchnn import nn, torch
from torchnn.torch.text import lua_print as print

n = torch.Tensor(
    [
        [
            [0.2692, 0.4190, 0.2095, 0.9163],
            [0.2778, 0.9199, 0.5555, 0.1638],
            [0.6936, 0.2328, 0.0553, 0.1798],
            [0.3611, 0.3225, 0.9032, 0.5106],
        ]
    ]
)
pool = nn.SpatialMaxPooling(2, 2)
m = pool.forward(n)
print(n)
print(m)
nextgrad = torch.ones(1, 2, 2)
pool.backward(n, nextgrad)
print(pool.gradInput)
print(pool)

average = nn.SpatialAveragePooling(2, 2, 2, 2)
print(average.forward(n))
print(average.backward(n, nextgrad))

results = dict(
    n=n,
    m=m,
    gradInput=pool.gradInput,
    indices=pool.indices,
    average=average.output,
    averageGradInput=average.gradInput,
)
