"""Torch7 without Torch7: `torch`, `nn`, `optim` and the `.t7` format on numpy and Numba.

Each Lua package is a subpackage of the same name::

    from torchnn import torch, nn, optim
"""

__version__ = "0.1.0"
