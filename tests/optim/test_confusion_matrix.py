"""The picture of a confusion matrix; fixtures cover the counts."""

import numpy as np
import pytest

from torchnn import optim, torch
from torchnn.errors import SizeError


def matrix():
    found = optim.ConfusionMatrix(["cat", "dog", "owl"])
    found.batchAdd([1, 1, 2, 2, 2, 3], [1, 1, 2, 2, 1, 3])
    return found


def test_render(capsys):
    pytest.importorskip("matplotlib")
    picture = matrix().render("occurrence", True, 20, 100)
    assert torch.typename(picture) == "torch.ByteTensor"
    assert picture.shape == (3, 60, 160)
    cells = picture.array[0, 2:60:20, 2:60:20]  # in the order of frequency: cat, dog, owl
    np.testing.assert_allclose(cells / 255, [[2 / 3, 1 / 3, 0], [0, 1, 0], [0, 0, 1]], atol=0.01)
    assert "accuracy = 83.333%, per-class accuracy = 88.889%" in capsys.readouterr().out


def test_render_sorts_by_score():
    pytest.importorskip("matplotlib")
    picture = matrix().render(None, None, 20, 0)
    assert picture.shape == (3, 60, 60)
    np.testing.assert_allclose(picture.array[0, 42:60:20, 2:60:20][0] / 255, [1 / 3, 0, 2 / 3], atol=0.01)


def test_render_fails_clearly():
    with pytest.raises(SizeError, match="sort mode must be one of"):
        matrix().render("size")
    with pytest.raises(SizeError):
        matrix().render("score", False, 0)


def test_a_matrix_survives_a_file():
    copy = torch.deserialize(torch.serialize(matrix()))
    assert str(copy) == str(matrix())
    copy.add(1, 1)
    assert copy.mat[0, 0] == 3
    assert copy._mat_flat[0] == 3, "the buffers of Torch7 are there, and share memory"


def test_the_mean_of_unions_is_absent_at_first():
    matrix = optim.ConfusionMatrix(2)
    assert matrix.averageUnionValid is None and "averageUnionValid" not in vars(matrix)
    matrix.add(1, 1)
    matrix.updateValids()
    assert matrix.averageUnionValid == 1


def test_counts_of_old_files_are_floats():
    old = matrix()
    old.mat, old._mat_flat = old.mat.float(), None
    old.add(3, 3)
    old.batchAdd([2], [1])
    assert str(old).splitlines()[1:4] == [
        "[[       2       2       0]   50.000% \t[class: cat]",
        " [       0       2       0]   100.000% \t[class: dog]",
        " [       0       0       2]]  100.000% \t[class: owl]",
    ]
