"""Errors name what was wrong: the sizes and numbers that did not fit."""

import numpy as np
import pytest

from tests.conftest import ROOT
from torchnn import regression, torch
from torchnn.errors import TorchError
from torchnn.regression import scope
from torchnn.regression.modules import as_fields

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
    "sum": (lambda: MATRIX.sum(3), "bad argument #2 to 'sum' (dimension 3 out of range of 2D tensor)"),
    "median": (lambda: MATRIX.median(0), "bad argument #3 to 'median' (dimension 0 out of range of 2D tensor)"),
    "stride": (lambda: MATRIX.stride(3), "bad argument #2 to 'stride' (dimension 3 out of range"),
    "map": (
        lambda: MATRIX.map(torch.IntTensor(6), int),
        "#2 to 'map' (torch.DoubleTensor expected, got torch.IntTensor)",
    ),
    "map2": (lambda: MATRIX.map2(MATRIX, MATRIX, 1), "#4 to 'map2' (function expected, got number)"),
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


# Brackets are Python's; what Torch7 counts otherwise, or without the object, is told by its place in the call.
ELSEWHERE = """fails/get- fails/set- fails/index-high fails/index-dim fails/indexAdd-dim fails/scatter-dim
fails/map-type fails/transpose-dim fails/split-dim""".split()
# An error with all arguments and all forms of the function, or with the sizes of all operands, in place of a number.
WITHOUT_NUMBER = """fails/index-not-long fails/maskedSelect-not-byte fails/bmm-result-not-sized fails/addbmm-size
fails/baddbmm-size fails/indexFill-high fails/deserialize-nothing""".split()

BLAMING = [
    record
    for path, _ in regression.files([ROOT / "fixtures/tensor", ROOT / "fixtures/random"])
    for record in regression.load(path)
    if record.fields.get("argument") and "py" in record.fields
]


def test_errors_blame_the_argument_that_torch7_blames(tmp_path):
    assert len(BLAMING) > 150
    for record in BLAMING:
        fields = record.fields
        if record.name.startswith((*ELSEWHERE, *WITHOUT_NUMBER)) and "set-storage" not in record.name:
            continue
        scope.PYTHON.start(fields, fields["default"])
        inputs = {name: scope.copy(value) for name, value in as_fields(fields["inputs"]).items()}
        with pytest.raises(TorchError) as caught:
            scope.PYTHON.call(fields["py"], inputs, tmp=str(tmp_path / "file"))
        blamed = f"bad argument #{fields['argument']:.0f} to '"
        assert blamed in str(caught.value), f"{record.file}, {record.name}: {caught.value}"
