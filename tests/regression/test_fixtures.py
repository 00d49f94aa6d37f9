"""Everything that was recorded in Torch7, a test for each file."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT
from torchnn import regression
from torchnn.regression import report

FIXTURES = ROOT / "fixtures"

# Groups that `check` has protocols for.
GROUPS = ("nn", "tensor", "random", "printing", "optim", "helpers", "serialization")

# Redefines methods of nn for the rest of the process, so it has a process of its own.
ALONE = "Hessian"

FILES = [path for path, _ in regression.files(FIXTURES / group for group in GROUPS)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_numbers_are_those_of_torch7(path):
    if path.stem == ALONE:
        done = subprocess.run(
            [sys.executable, "-m", "torchnn", "check", path], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return
    ((_, outcomes),) = regression.check([path])
    assert isinstance(outcomes, list), str(outcomes)
    assert outcomes, f"{path} holds no records"
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    assert not failed, "\n" + "\n".join(report.file_lines(path, failed))
    if all(outcome.status == "unsupported" for outcome in outcomes):
        pytest.skip("; ".join(sorted({outcome.message for outcome in outcomes})))
