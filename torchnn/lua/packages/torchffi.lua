-- The package `torchffi`: `torch.data`, before it was part of torch.
return torch
