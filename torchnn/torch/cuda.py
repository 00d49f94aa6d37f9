"""Tensors and storages of graphics cards, which are read as those of the same element type here."""

from torchnn import registry
from torchnn.torch import types

# `torch.CudaTensor` holds floats; the other types are in the name.
_ELEMENTS = {"": types.FLOAT, **{element.name: element for element in types.ALL if element is not types.FLOAT}}

for _word, _element in _ELEMENTS.items():
    registry.stand_in(f"torch.Cuda{_word}Tensor", registry.StandIn(_element.tensor_name))
    registry.stand_in(f"torch.Cuda{_word}Storage", registry.StandIn(_element.storage_name))
