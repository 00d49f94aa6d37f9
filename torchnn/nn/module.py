"""`nn.Module`: the base of all modules."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from torchnn import registry
from torchnn.errors import SizeError
from torchnn.nn import arguments, calls, checks, utils
from torchnn.torch import types
from torchnn.torch.core import Core, contiguous_strides, count
from torchnn.torch.tensor import Tensor


@registry.register("nn.Module")
@arguments.check
class Module:
    """The base of all modules: a function with parameters that can be differentiated.

    A subclass defines `updateOutput` and `updateGradInput` and, where it has parameters, `accGradParameters` and
    `reset`. The attributes are the fields of the `.t7` format; one that was never set reads as None.
    """

    __slots__ = ("__dict__", "__weakref__", "_calls")

    _calls: Any
    _type: str
    output: Any
    gradInput: Any
    weight: Any
    bias: Any
    gradWeight: Any
    gradBias: Any

    def __init__(self, *_: Any) -> None:
        Module._calls.__set__(self, {})  # no field: what is known of calls, see `replayed.py`
        self.gradInput = Tensor()
        self.output = Tensor()
        self._type = types.getdefaulttensortype()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        arguments.check(cls)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{type(self).__qualname__} has no attribute {name}")
        return None

    def __getstate__(self) -> dict[str, Any]:
        """The fields: what is known of calls is no part of copies and files."""
        return self.__dict__

    # ------------------------------------------------------------------ computing

    def forward(self, input: Any, *_: Any) -> Any:
        """The output for an input: tensors, or numpy arrays and nested lists, which become tensors."""
        if not isinstance(input, Core):
            input = utils.to_tensors(input, self._type)
        return self.updateOutput(input)

    def backward(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> Any:
        """The gradient of the input, after accumulating `scale` times the gradients of the parameters.

        `forward` has been called with the same input. Returns the field `gradInput`.
        """
        if not isinstance(input, Core):
            input = utils.to_tensors(input, self._type)
        if not isinstance(gradOutput, Core):
            gradOutput = utils.to_tensors(gradOutput, self._type)
        scale = 1 if scale is None else scale
        self.updateGradInput(input, gradOutput)
        self.accGradParameters(input, gradOutput, scale)
        return self.gradInput

    def backwardUpdate(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> Any:
        """The gradient of the input, after a step of gradient descent with learning rate `lr`."""
        input, gradOutput = utils.to_tensors(input, self._type), utils.to_tensors(gradOutput, self._type)
        self.updateGradInput(input, gradOutput)
        self.accUpdateGradParameters(input, gradOutput, lr)
        return self.gradInput

    def __call__(self, *args: Any) -> Any:
        """`m(input)` is the output; `m(input, gradOutput)` runs `backward` too and gives both results.

        With `nngraph` it is a node of a graph instead: `m()`, `m(node)`, `m([node, ...])`.
        """
        if calls.maker is not None:
            return calls.maker(self, *args)
        input, gradOutput, *_ = *args, None, None
        self.forward(input)
        if gradOutput is None:
            return self.output
        self.backward(input, gradOutput)
        return self.output, self.gradInput

    def __neg__(self) -> Any:
        return calls.connect(self)

    def __sub__(self, module: Any) -> Any:
        return calls.connect(module, self)

    def __rsub__(self, input: Any) -> Any:
        return calls.connect(self, input)

    def updateOutput(self, input: Any, *_: Any) -> Any:
        """Compute `output`; returns it."""
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any, *_: Any) -> Any:
        """Compute `gradInput`, the gradient with respect to the input; returns it."""
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1, *_: Any) -> Any:
        """Add `scale` times the gradients with respect to the parameters to `gradWeight` and `gradBias`."""

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """A step of gradient descent: subtract lr times the gradients from the parameters."""
        if self.shared:
            self.sharedAccUpdateGradParameters(input, gradOutput, lr)
        else:
            self.defaultAccUpdateGradParameters(input, gradOutput, lr)

    def defaultAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """Accumulate into the parameters themselves, leaving the gradients alone."""
        gradWeight, gradBias = self.gradWeight, self.gradBias
        self.gradWeight, self.gradBias = self.weight, self.bias
        try:
            self.accGradParameters(input, gradOutput, -lr)
        finally:
            self.gradWeight, self.gradBias = gradWeight, gradBias

    def sharedAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float, *_: Any) -> None:
        """Accumulate into zeroed gradients and update with them: right for shared parameters."""
        if parameters_of(self)[0]:
            self.zeroGradParameters()
            self.accGradParameters(input, gradOutput, 1)
            self.updateParameters(lr)

    # ------------------------------------------------------------------ parameters

    def parameters(self) -> Any:
        """Two lists, the parameters and their gradients; (None, None) where there are none."""
        weights, gradients = [], []
        if (weight := self.weight) is not None:
            weights.append(weight)
            gradients.append(self.gradWeight)
        if (bias := self.bias) is not None:
            weights.append(bias)
            gradients.append(self.gradBias)
        return (weights, gradients) if weights else (None, None)

    def zeroGradParameters(self) -> None:
        """Set the gradients of the parameters to zero."""
        for gradient in parameters_of(self)[1]:
            if gradient is not None:
                gradient.zero()

    def updateParameters(self, learningRate: float) -> None:
        """Subtract learningRate times their gradients from the parameters."""
        for weight, gradient in zip(*parameters_of(self), strict=True):
            weight.add(-learningRate, gradient)

    def getParameters(self) -> Any:
        """All parameters in one flat tensor, all gradients in another; the module's tensors become views of them.

        The order is that of `parameters()`; parameters that share a storage stay shared and come once. A second
        call gives new flat tensors.
        """
        weights, gradients = parameters_of(self)
        flat, flat_gradient = Module.flatten(weights), Module.flatten(gradients)
        if flat.nElement() != flat_gradient.nElement():
            raise SizeError("check that you are sharing parameters and gradParameters")
        for i, (weight, gradient) in enumerate(zip(weights, gradients, strict=True), start=1):
            if weight._offset != gradient._offset:
                raise SizeError(f"misaligned parameter at {i}")
        return flat, flat_gradient

    @staticmethod
    def flatten(parameters: Any) -> Any:
        """Move a list of tensors into one new flat tensor, of which they become views; returns it.

        Each storage is taken once, in order; elements of a storage that no tensor refers to are left out.
        """
        if parameters is None or (utils.is_table(parameters) and not len(parameters)):
            return Tensor()
        return _flatten(utils.tensors_of(parameters))

    def share(self, mlp: Any, *names: str) -> Any:
        """Make the named tensors views of those of another module; returns this module."""
        for name in names:
            mine = getattr(self, arguments.text("name", name))
            if mine is not None:
                other = getattr(mlp, name, None)
                checks.tensor(mine, other)
                mine.set(other)
                self.shared = mlp.shared = True
        return self

    def clone(self, *names: str) -> Any:
        """A deep copy; the named tensors, if any, are shared with it."""
        cloned = copy.deepcopy(self)
        return cloned.share(self, *names) if names else cloned

    # ------------------------------------------------------------------ mode, type, state

    def training(self) -> None:
        """Switch to training: sets the field `train`."""
        self.train = True

    def evaluate(self) -> None:
        """Switch to evaluation: clears the field `train`."""
        self.train = False

    def type(self, type: str | None = None, tensorCache: Any = None) -> Any:
        """Convert all tensors to the type of that name, such as 'torch.FloatTensor'; returns the module.

        Without a name, the module's type is returned. Tensors on one storage stay on one storage, across calls too
        where they are given one cache (a dict).
        """
        if type is None:
            return self._type
        types.of_tensor_name(type)
        tensorCache = utils.conversion_cache(tensorCache)
        for name, value in list(vars(self).items()):
            setattr(self, name, utils.recursiveType(value, type, tensorCache))
        self._type = type
        return self

    def float(self, *_: Any) -> Any:
        """Convert all tensors to FloatTensors; returns the module."""
        return self.type("torch.FloatTensor")

    def double(self, *_: Any) -> Any:
        """Convert all tensors to DoubleTensors; returns the module."""
        return self.type("torch.DoubleTensor")

    def reset(self, stdv: Any = None) -> Any:
        """Draw the parameters anew; nothing to do without parameters."""

    def clearState(self) -> Any:
        """Empty what the last calls computed, to save memory and file size; returns the module."""
        return utils.clear(self, "output", "gradInput")

    # ------------------------------------------------------------------ walking through modules

    def apply(self, callback: Callable[[Any], Any]) -> None:
        """Call a function on this module, then on its children, their children, and so on."""
        callback(self)
        for module in children_of(self):
            module.apply(callback)

    def replace(self, callback: Callable[[Any], Any]) -> Any:
        """What a function makes of this module; its children are replaced in place by what it makes of them."""
        made = callback(self)
        if self.modules is not None:
            for i, module in enumerate(self.modules):
                self.modules[i] = module.replace(callback)
        return made

    def findModules(self, typename: str, container: Any = None) -> tuple[list[Any], list[Any]]:
        """The modules of exactly that type, such as 'nn.Linear', and in parallel the containers that hold them."""
        nodes, containers = [], []
        if registry.typename(self) == typename:
            nodes.append(self)
            containers.append(self if container is None else container)
        for module in children_of(self):
            found = module.findModules(typename, self)
            nodes.extend(found[0])
            containers.extend(found[1])
        return nodes, containers

    def listModules(self) -> list[Any]:
        """The module and all below it, each before its children."""
        return [self, *(inner for module in children_of(self) for inner in module.listModules())]

    def __tostring__(self) -> str:
        """What `print` shows: the type name where the class says no more."""
        return registry.typename(self) or type(self).__qualname__

    def __repr__(self) -> str:
        return self.__tostring__()


def parameters_of(module: Any) -> tuple[list[Any], list[Any]]:
    """The two lists of `module.parameters()`, empty where it returns none."""
    found = module.parameters()
    if not found or found[0] is None:
        return [], []
    return list(found[0]), list(found[1] or [])


def children_of(module: Any) -> list[Any]:
    """The modules directly within a module."""
    return [] if module.modules is None else list(module.modules)


def _flatten(tensors: list[Any]) -> Any:
    cls = type(tensors[0])
    for tensor in tensors:
        if type(tensor) is not cls:
            raise SizeError(f"parameters of different types: {registry.typename(cls)} and {registry.typename(tensor)}")
    starts: dict[Any, int] = {}
    total = 0
    for tensor in tensors:
        if tensor._storage is not None and tensor._storage not in starts:
            starts[tensor._storage] = total
            total += tensor._storage.data.size
    if not total:
        return cls.empty()
    data = np.concatenate([storage.data for storage in starts])
    offsets = [starts.get(tensor._storage, 0) + tensor._offset for tensor in tensors]
    data, offsets = _without_holes(data, tensors, offsets)
    flat = cls.wrap(data)
    for tensor, offset in zip(tensors, offsets, strict=True):
        tensor._place(flat._storage, offset, tensor._size, tensor._stride)
    return flat


def _without_holes(data: np.ndarray, tensors: list[Any], offsets: list[int]) -> tuple[np.ndarray, list[int]]:
    """Leave out the elements that no tensor refers to; offsets count from 0."""
    used = np.zeros(data.size, np.bool_)
    for tensor, offset in zip(tensors, offsets, strict=True):
        stride = tensor._stride
        if stride == contiguous_strides(tensor._size):
            used[offset : offset + count(tensor._size)] = True
        else:
            np.lib.stride_tricks.as_strided(used[offset:], tensor._size, stride)[...] = True
    if used.all():
        return data, offsets
    if not all(_is_compact(tensor) for tensor in tensors):
        raise SizeError("Cannot gather tensors that are not compact")
    position = np.cumsum(used) - 1
    return data[used], [
        int(position[offset]) if tensor._size else 0 for tensor, offset in zip(tensors, offsets, strict=True)
    ]


def _is_compact(tensor: Any) -> bool:
    """Whether the elements of a tensor fill the stretch of memory between the first and the last."""
    sizes = [(n, s) for n, s in zip(tensor._size, tensor._stride, strict=True) if s]
    return 1 + sum((n - 1) * s for n, s in sizes) == (count([n for n, _ in sizes]) or 1)
