"""Recorded files: what they hold, where they are, and what comes of a record."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torchnn import torch
from torchnn.errors import TorchError
from torchnn.regression.compare import Comparison, Difference

# Describes the files of a folder that hold no records.
MANIFEST = "manifest.json"


class RecordingError(TorchError):
    """A file that is no recording."""


@dataclass(frozen=True)
class Record:
    """One record: the file it is from, what the file is about (a class or a family), and its fields."""

    file: str
    subject: str
    fields: dict[str, Any]

    @property
    def name(self) -> str:
        """What tells the record from the others of its file."""
        words = [str(self.fields.get("name", "")), str(self.fields.get("type") or "").removeprefix("torch.")]
        return " ".join(word for word in words if word)


@dataclass
class Outcome:
    """What came of a record, and in `message` why it did not pass.

    `status` is 'passed', 'failed', 'unsupported' where something that it needs does not exist here, 'untranslated'
    where its Lua has no counterpart in Python, or 'passed over' for a file without records; the last two do not count.
    `comparisons` counts what was compared, `worst` is the largest error relative to its tolerance. `remarks` do not
    count, such as errors in other words than Torch7's.
    """

    record: Record
    status: str
    comparisons: int = 0
    worst: float = 0.0
    message: str = ""
    differences: list[Difference] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, record: Record, comparison: Comparison) -> Outcome:
        """The outcome of a record that ran to its end."""
        good = not comparison.differences
        return cls(
            record,
            "passed" if good else "failed",
            comparison.count,
            comparison.worst,
            "" if good else str(comparison.differences[0]),
            comparison.differences,
            comparison.remarks,
        )


class Unsupported(Exception):
    """What a record needs does not exist here; the message names it."""


class Untranslated(Exception):
    """A record has no Python text, since what it is about has no counterpart in Python."""


def load(path: str | os.PathLike[str]) -> list[Record]:
    """The records of a recorded file, or of a manifest.

    A file that holds none is a `RecordingError`, a damaged one a `FormatError`.
    """
    if Path(path).name == MANIFEST:
        return _described(Path(path))
    data = torch.load(path)
    if isinstance(data, dict) and {"module", "input", "output", "gradInput"} <= data.keys():
        return [Record(os.fspath(path), Path(path).stem, data)]
    records = data.get("records") if isinstance(data, dict) else None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise RecordingError(f"{os.fspath(path)}: not a recording: a table with the list 'records' expected")
    subject = data.get("class") or data.get("family") or Path(path).stem
    return [Record(os.fspath(path), str(subject), record) for record in records]


def _described(path: Path) -> list[Record]:
    """A record for each file that a manifest describes."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return [Record(str(path.parent / e["file"]), "described files", {**e, "name": e["file"]}) for e in entries]
    except (ValueError, TypeError, KeyError) as error:
        raise RecordingError(f"{path}: not a manifest: {error}") from error


def files(paths: Iterable[str | os.PathLike[str]]) -> Iterator[tuple[Path, bool]]:
    """The files that are meant by paths of files and folders, and whether a path named the file itself.

    Of a folder they are its manifest or, where it has none, its `.t7` files, sorted, and those of the folders in it.
    """
    for path in map(Path, paths):
        if not path.is_dir():
            yield path, True
            continue
        if (path / MANIFEST).exists():
            yield path / MANIFEST, False
        else:
            yield from ((file, False) for file in sorted(path.glob("*.t7")))
        yield from files(sorted(folder for folder in path.iterdir() if folder.is_dir()))
