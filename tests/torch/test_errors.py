"""Errors name what was wrong: the sizes and numbers that did not fit."""

import numpy as np
import pytest

from torchnn import torch
from torchnn.errors import TorchError

MATRIX = torch.ones(2, 3)
SAID = {
    "add": (lambda: MATRIX.add(torch.ones(4)), "r_ [2 x 3], t [2 x 3] and src [4]"),
    "match": (lambda: torch.match(MATRIX, torch.ones(1, 2)), "[2 x 3] and [1 x 2]"),
    "lerp": (lambda: torch.lerp(MATRIX, torch.ones(5), 1), "[2 x 3] and [5]"),
    "mm": (lambda: torch.mm(MATRIX, MATRIX), "m1: [2 x 3], m2: [2 x 3]"),
    "conv2 smaller": (lambda: torch.conv2(MATRIX, torch.ones(3, 3)), "[2 x 3] and [3 x 3]"),
    "conv2 planes": (lambda: torch.conv2(torch.ones(1, 4, 4), torch.ones(2, 2, 2)), "planes: 1 and 2"),
    "conv2 bank": (
        lambda: torch.conv2(torch.ones(1, 4, 4), torch.ones(3, 2, 2, 2)),
        "planes: 1, kernel [3 x 2 x 2 x 2]",
    ),
    "expand": (lambda: MATRIX.expand(4, 3), "[2 x 3] to [4 x 3]"),
    "expand dimensions": (lambda: MATRIX.expand(2, 3, 1), "3 and 2"),
    "view": (lambda: MATRIX.t().view(6), "sizes [3 x 2], strides [1 x 3]"),
    "view -1": (lambda: MATRIX.view(4, -1), "4 of 6"),
    "view size": (lambda: MATRIX.view(4, 2), "2x3. Output size: 4x2"),
    "sub": (lambda: MATRIX.sub(2, 1), "1 and 2"),
    "narrow": (lambda: MATRIX.narrow(2, 2, 3), "3 slices from 2 of 3"),
    "select": (lambda: MATRIX.select(3, 1), "dimension 3 of a 2D tensor"),
    "index": (lambda: MATRIX.index(1, torch.LongTensor([3])), "3 of 2"),
    "mask": (lambda: MATRIX.maskedFill(torch.ByteTensor(2, 3).fill(7), 1), "got 7"),
    "renorm": (lambda: MATRIX.renorm(-1, 1, 1), "got -1"),
    "kthvalue": (lambda: MATRIX.kthvalue(4), "4 of 3"),
    "strides": (lambda: torch.Tensor(torch.LongStorage([2, 2]), torch.LongStorage([1])), "[1] and [2 x 2]"),
    "offset": (lambda: torch.Tensor(torch.DoubleStorage(2), 0), "offset 0"),
    "storage offset": (lambda: torch.IntStorage(torch.IntStorage(3), 4), "4 of 3 elements"),
    "storage size": (lambda: torch.IntStorage(torch.IntStorage(3), 2, 3), "3 from 2 on, of 3 elements"),
    "storage part": (lambda: torch.IntStorage(torch.IntStorage(3), 2).resize(9), "to 9 elements"),
    "split": (lambda: torch.split(), "got no value"),
    "alias tables": (lambda: torch.multinomialAlias(torch.LongTensor(2), [1]), "got table"),
    "data": (lambda: torch.data(3), "got number"),
    "storage of text": (lambda: torch.IntStorage(np.array("1")), "numbers expected, got an array of <U1"),
    "storage of complex numbers": (lambda: torch.FloatStorage(np.ones(2, complex)), "got an array of complex128"),
    "storage of a file": (lambda: torch.ByteStorage(__file__, np.ones(2)), "boolean expected"),
    "storage of memory": (lambda: torch.ByteStorage(2, -(2**70)), "is not an address"),
    "package": (lambda: torch.packageLuaPath([]), "string expected, got table"),
    "class": (lambda: torch.newmetatable(3), "string expected, got number"),
    "parent class": (lambda: torch.newmetatable("Mine", []), "string expected, got table"),
}


@pytest.mark.parametrize("name", SAID)
def test_what_did_not_fit_is_named(name):
    call, said = SAID[name]
    with pytest.raises(TorchError) as caught:
        call()
    assert said in str(caught.value), f"{name}: {caught.value}"
    assert MATRIX.totable() == [[1, 1, 1], [1, 1, 1]], f"{name} changed its tensor"
