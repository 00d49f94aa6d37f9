"""Reports of replays: lines to read, and JSON."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torchnn.regression.records import Outcome

STATUSES = ("passed", "failed", "unsupported")  # those that count
SHOWN = 3  # differences of a record that a report names


def file_line(path: str | Path, outcomes: list[Outcome]) -> str:
    """The line for a file: its counts, and the worst error relative to its tolerance."""
    counts = Counter(outcome.status for outcome in outcomes)
    if counts["passed over"]:
        return f"{path}: passed over, {outcomes[0].message}"
    return f"{path}: {summary(counts)}; worst error {worst_text(outcomes)}"


def details(path: str | Path, outcomes: list[Outcome], remarks: bool = False) -> list[str]:
    """What did not pass, under the name of the file, and remarks where they are wanted; nothing where all passed."""
    lines: list[str] = []
    for outcome in outcomes:
        if outcome.status == "failed":
            lines.extend(_failed(outcome))
        lines.extend(f"  remark: {outcome.record.name}: {remark}" for remark in outcome.remarks if remarks)
    for status in ("unsupported", "untranslated"):
        messages = Counter(outcome.message for outcome in outcomes if outcome.status == status)
        for message, count in messages.most_common():
            lines.append(f"  {status}: {message}" + (f" ({count} records)" if count > 1 else ""))
    return [f"{path}:", *lines] if lines else []


def _failed(outcome: Outcome) -> Iterator[str]:
    yield f"  failed: {outcome.record.name}"
    shown = [str(difference) for difference in outcome.differences[:SHOWN]]
    if outcome.message not in shown:
        shown.append(outcome.message)
    for line in shown:
        yield "    " + line.replace("\n", "\n    ")
    rest = len(outcome.differences) - SHOWN
    if rest > 0:
        yield f"    and {rest} more"


def summary(counts: Counter[str]) -> str:
    """`3 passed, 0 failed, 1 unsupported`."""
    return ", ".join(f"{counts[status]} {status}" for status in STATUSES)


def worst_text(outcomes: list[Outcome]) -> str:
    """The largest error of the records that ran, relative to the tolerance."""
    worst = max((outcome.worst for outcome in outcomes if outcome.status in ("passed", "failed")), default=0.0)
    return f"{worst:.2g} of tolerance" if math.isfinite(worst) else "beyond any tolerance"


def as_json(path: Path, outcomes: list[Outcome]) -> dict[str, Any]:
    """What a program may want to know about a file."""
    return {
        "file": str(path),
        "records": [
            {
                "name": outcome.record.fields.get("name"),
                "type": outcome.record.fields.get("type"),
                "status": outcome.status,
                "comparisons": outcome.comparisons,
                "worst": outcome.worst if math.isfinite(outcome.worst) else None,
                "message": outcome.message,
                "remarks": outcome.remarks,
                "differences": [vars(difference) for difference in outcome.differences],
            }
            for outcome in outcomes
        ],
    }
