"""How tensors and storages print: Torch7's text, to the byte."""

import numpy as np


def storage(data: np.ndarray, typename: str) -> str:
    """A storage as Torch7 prints it: one element to a line, then its type and size."""
    return f"[{typename} of size {data.size}]\n"


def tensor(array: np.ndarray, typename: str) -> str:
    """A tensor (given as the array of its elements) as Torch7 prints it."""
    return f"[{typename} of size {'x'.join(map(str, array.shape))}]\n"
