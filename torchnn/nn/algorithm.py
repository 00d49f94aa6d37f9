"""Which algorithm convolutions are computed by."""

from __future__ import annotations

from torchnn import errors, kernels


def algorithm(name: str | None = None) -> str:
    """Choose how convolutions are computed from now on, and give the name of what was chosen before.

    'auto' takes the fastest for each layer's sizes; 'direct' adds in Torch7's order, by unfolding, at the price of
    time and memory, for who compares digits. Other names ('winograd', ...) mean that algorithm wherever it is able.
    Without a name nothing changes. The environment variable TORCHNN_ALGORITHM has the first word. How precise each of
    them is: docs/performance.md. Raises ArgumentError for an unknown name.
    """
    before: str = kernels.convolution.wanted
    if name is not None:
        if name not in kernels.convolution.NAMES:
            raise errors.ArgumentError(
                f"unknown algorithm {name!r}; there are {', '.join(map(repr, kernels.convolution.NAMES))}"
            )
        kernels.convolution.wanted = name
        kernels.scratch.begin_epoch()
    return before
