"""`nn.Container`: what modules that hold other modules share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from torchnn import registry
from torchnn.errors import ArgumentError
from torchnn.nn import arguments, utils
from torchnn.nn.module import Module, parameters_of


@registry.register("nn.Container")
class Container(Module):
    """A module made of others, kept in the list `modules`; computes nothing itself."""

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.modules: list[Any] = []

    def add(self, module: Any, *_: Any) -> Any:
        """Append a module; returns the container."""
        self.modules.append(arguments.module("module", module))
        return self

    def get(self, index: int) -> Any:
        """The module at `index` (1-based), None past the end."""
        return utils.entry(self.modules, int(index) - 1)

    def size(self) -> int:
        """Number of modules."""
        return len(self.modules)

    def rethrowErrors(self, module: Any, moduleIndex: int, funcName: str, *args: Any) -> Any:
        """Call a method of the module at `moduleIndex` (1-based); an error says which module raised it."""
        if module is None:
            raise ArgumentError(f"{registry.typename(self)} has no module {moduleIndex}, it holds {len(self.modules)}")
        try:
            return getattr(module, funcName)(*args)
        except Exception as error:
            name_place(error, f"In {moduleIndex} module of {registry.typename(self)}:")
            raise

    def applyToModules(self, func: Callable[[Any], Any]) -> None:
        """Call a function on each module directly in the container."""
        for module in self.modules:
            func(module)

    def zeroGradParameters(self) -> None:
        """Set the gradients of all parameters to zero."""
        self.applyToModules(lambda module: module.zeroGradParameters())

    def updateParameters(self, learningRate: float) -> None:
        """Subtract learningRate times their gradients from all parameters."""
        self.applyToModules(lambda module: module.updateParameters(learningRate))

    def training(self) -> None:
        """Switch the container and its modules to training."""
        self.applyToModules(lambda module: module.training())
        super().training()

    def evaluate(self) -> None:
        """Switch the container and its modules to evaluation."""
        self.applyToModules(lambda module: module.evaluate())
        super().evaluate()

    def share(self, mlp: Any, *names: str) -> Any:
        """Share the named tensors of each module with those of the module in its place in `mlp`."""
        others = getattr(mlp, "modules", None)
        for i, module in enumerate(self.modules):
            module.share(utils.entry(others, i), *names)
        return self

    def reset(self, stdv: Any = None) -> Any:
        """Draw all parameters anew."""
        self.applyToModules(lambda module: module.reset(stdv))

    def parameters(self) -> Any:
        """Two lists, the parameters of all modules and their gradients; a module used twice comes twice.

        A module's own lists may be nested: what they hold comes one after the other.
        """
        weights: list[Any] = []
        gradients: list[Any] = []
        for module in self.modules:
            found = parameters_of(module)
            weights.extend(_listed(found[0]))
            gradients.extend(_listed(found[1]))
        return weights, gradients

    def clearState(self) -> Any:
        """Drop what the last calls computed, here and in all modules; returns the container."""
        utils.renew(self, "output", "gradInput")
        self.applyToModules(lambda module: module.clearState())
        return self


def _listed(value: Any) -> Iterator[Any]:
    """What nested lists hold, in order; of a dict nothing, which in Lua has no elements but those at 1, 2, ...."""
    for each in () if hasattr(value, "keys") else value:
        if utils.is_table(each):
            yield from _listed(each)
        else:
            yield each


def name_place(error: Exception, line: str) -> None:
    """Put a line before an error's message; the error keeps its class.

    An exception whose text is not its first argument (KeyError, OSError) takes it as a note instead.
    """
    if error.args and isinstance(error.args[0], str) and str(error) == error.args[0]:
        error.args = (f"{line}\n{error.args[0]}", *error.args[1:])
    else:
        error.__notes__ = [line, *getattr(error, "__notes__", [])]  # type: ignore[attr-defined]


def indented(module: Any, indent: str) -> str:
    """A module's text, all lines but the first indented."""
    return str(module).replace("\n", "\n" + indent)


def branches(container: Any) -> str:
    """The text of a container whose modules work side by side."""
    lines = [f"{registry.typename(container)} {{", "  input"]
    for i, module in enumerate(container.modules, start=1):
        if i < len(container.modules):
            lines.append(f"    |`-> ({i}): {indented(module, '    |    ')}")
        else:
            lines.append(f"     `-> ({i}): {indented(module, '         ')}")
    return "\n".join([*lines, "     ... -> output", "}"])
