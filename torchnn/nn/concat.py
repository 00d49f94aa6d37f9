"""`nn.Concat` and `nn.DepthConcat`: modules side by side whose outputs are joined along a dimension."""

from __future__ import annotations

from typing import Any

from torchnn import errors, registry
from torchnn.errors import ArgumentError, RangeError, SizeError, TorchError
from torchnn.nn import checks, utils
from torchnn.nn.container import Container, branches
from torchnn.torch.storage import LongStorage


@registry.register("nn.Concat")
class Concat(Container):
    """Gives every module the whole input and joins their outputs along `dimension` (1-based, the batch counted).

    Input: what the modules take, a tensor or a table. Output: sizes of the first output, with the sum of all sizes
    along `dimension`. The gradient of the input is the sum of the gradients of the modules. For a tensor, a module may
    return None; for a table, it has to return a table of the same length. Without `dimension` the container only holds
    modules.
    """

    def __init__(self, dimension: int | None = None) -> None:
        super().__init__()
        self.outputSize = LongStorage()
        self.dimension: Any = dimension

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """The outputs of the modules, joined."""
        if self.dimension is None:
            raise errors.nil_field("dimension")
        outputs = [
            self.rethrowErrors(module, i, "updateOutput", input) for i, module in enumerate(self.modules, start=1)
        ]
        checks.tensor(*outputs)
        self._make_room([output._size for output in outputs])
        offset = 1
        for output in outputs:
            self.windowNarrow(self.output, output, offset).copy(output)
            offset += output.size(self.dimension)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """The sum of the gradients of all modules."""
        return self._sum_gradients("updateGradInput", input, gradOutput)

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> None:
        """Accumulate in all modules."""
        for i, module, window in self._windows(gradOutput):
            self.rethrowErrors(module, i, "accGradParameters", input, window, scale)

    def backward(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> Any:
        """The sum of the gradients of all modules, after accumulating `scale` times those of the parameters."""
        input, gradOutput = utils.to_tensors(input, self._type), utils.to_tensors(gradOutput, self._type)
        return self._sum_gradients("backward", input, gradOutput, 1 if scale is None else scale)

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent in all modules."""
        for i, module, window in self._windows(gradOutput):
            self.rethrowErrors(module, i, "accUpdateGradParameters", input, window, lr)

    def windowNarrow(self, output: Any, currentOutput: Any, offset: int) -> Any:
        """The part of the joined tensor that is one module's, from `offset` (1-based) along the dimension."""
        return output.narrow(self.dimension, offset, currentOutput.size(self.dimension))

    def _make_room(self, sizes: list[Any]) -> None:
        self.outputSize = LongStorage(self._joined_size(sizes))
        self.output.resize(self.outputSize)

    def _joined_size(self, sizes: list[Any]) -> list[int]:
        if not sizes:
            raise TorchError(f"{registry.typename(self)} has no modules")
        size = list(sizes[0])
        axis = int(self.dimension) - 1
        if not 0 <= axis < min(map(len, sizes)):
            raise RangeError(f"dimension {self.dimension} out of range of {len(size)}D tensor")
        size[axis] = sum(other[axis] for other in sizes)
        return size

    def _windows(self, gradOutput: Any) -> list[tuple[int, Any, Any]]:
        """Each module's 1-based index, itself and its part of a gradient of the joined output."""
        checks.tensor(gradOutput)
        windows, offset = [], 1
        for i, module in enumerate(self.modules, start=1):
            windows.append((i, module, self.windowNarrow(gradOutput, module.output, offset)))
            offset += module.output.size(self.dimension)
        return windows

    def _sum_gradients(self, method: str, input: Any, gradOutput: Any, *rest: Any) -> Any:
        total = None
        for i, module, window in self._windows(gradOutput):
            gradient = self.rethrowErrors(module, i, method, input, window, *rest)
            if utils.is_table(input):
                check_table(gradient, len(input))
            total = utils.copied(self.gradInput, gradient) if total is None else utils.summed(total, gradient)
        if total is not None:
            self.gradInput = total
        return self.gradInput

    def __tostring__(self) -> str:
        return branches(self)


def check_table(gradient: Any, length: int) -> None:
    """Raise unless a gradient is a table of that length."""
    if not utils.is_table(gradient):
        raise ArgumentError("currentGradInput is not a table!")
    if len(gradient) != length:
        raise SizeError(f"table size mismatch: {length} ~= {len(gradient)}")


@registry.register("nn.DepthConcat")
class DepthConcat(Concat):
    """As `Concat`, for outputs whose other sizes differ: smaller outputs are centred in zeros.

    Input: what the modules take. Output: the largest of each size, the sum of the sizes along `dimension` (1-based).
    A smaller output starts at floor((largest - size) / 2) + 1 (1-based).
    """

    def backward(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> Any:
        """The sum of the gradients of all modules, which accumulate with scale 1 whatever `scale` says."""
        return super().backward(input, gradOutput)

    def windowNarrow(self, output: Any, currentOutput: Any, offset: int) -> Any:
        """The part of the joined tensor that is one module's: along the dimension from `offset`, else centred."""
        window = output.narrow(self.dimension, offset, currentOutput.size(self.dimension))
        for dim, size in enumerate(currentOutput._size, start=1):
            if dim != self.dimension and output.size(dim) != size:
                window = window.narrow(dim, (output.size(dim) - size) // 2 + 1, size)
        return window

    def _make_room(self, sizes: list[Any]) -> None:
        super()._make_room(sizes)
        self.output.zero()

    def _joined_size(self, sizes: list[Any]) -> list[int]:
        joined = super()._joined_size(sizes)
        largest = [max(size) for size in zip(*sizes, strict=True)]
        largest[int(self.dimension) - 1] = joined[int(self.dimension) - 1]
        return largest
