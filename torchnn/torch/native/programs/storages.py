"""Programs of compiled storages; see `actions/storages.py` for what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from torchnn.torch import types
from torchnn.torch.known import Plan
from torchnn.torch.native.actions import making, storages
from torchnn.torch.native.callables import address
from torchnn.torch.native.programs.making import allocation, initialisation
from torchnn.torch.storage import Storage
from torchnn.torch.types import ALL


@dataclass(frozen=True)
class FewStored:
    """What a compiled method of storages does."""

    action: Callable[..., int]


# Methods and their arguments: g for a storage, s for one of sizes; see `METHODS` in opening.py.
STORING: list[tuple[str, str, FewStored, tuple[()]]] = [
    *[("__new__", "t" + "?" * count, FewStored(making.allocate), ()) for count in range(4)],
    ("__init__", "g", FewStored(storages.initialise_storage), ()),
    ("__init__", "gi", FewStored(storages.initialise_storage), ()),
    ("__init__", "gl", FewStored(storages.initialise_storage_with_list), ()),
    ("__getitem__", "si", FewStored(storages.size_at), ()),
    ("__len__", "s", FewStored(storages.how_many), ()),
    ("size", "s", FewStored(storages.how_many), ()),
    ("__iter__", "s", FewStored(storages.iterator), ()),
    ("totable", "s", FewStored(storages.table), ()),
]


def program_of_storage(few: FewStored, plan: Plan, kinds: Sequence[Any]) -> np.ndarray | None:
    """The program for a class of storages, or for a storage of this type; None where there is none for it."""
    if few.action is storages.initialise_storage_with_list and kinds[0].element is types.HALF:
        return None
    head = [address(few.action), types.DEFAULT.ctypes.data]
    if few.action is making.allocate:
        return allocation(head, Storage, [types.STORAGES[element] for element in ALL])
    return initialisation(head, kinds)
