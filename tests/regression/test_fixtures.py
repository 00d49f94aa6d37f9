"""Everything that was recorded in Torch7, a test for each file."""

import pytest

from tests.conftest import ROOT
from torchnn import regression
from torchnn.regression import report

FIXTURES = ROOT / "fixtures"

# Groups that `check` has protocols for.
GROUPS = ("nn", "tensor", "random", "printing", "optim", "helpers", "nngraph", "serialization", "training")

# Objects without records; they are read in tests/nngraph/test_files.py.
OBJECTS = ("saved_lstm_cell.t7", "saved_lstm_cell_ascii.t7")

FILES = [path for path, _ in regression.files(FIXTURES / group for group in GROUPS) if path.name not in OBJECTS]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_numbers_are_those_of_torch7(path):
    ((_, outcomes),) = regression.check([path])
    assert isinstance(outcomes, list), str(outcomes)
    assert outcomes, f"{path} holds no records"
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    assert not failed, "\n" + "\n".join(report.details(path, failed))
    missing = [outcome.message for outcome in outcomes if outcome.status == "unsupported"]
    assert not missing, f"{path}: {missing}"
