"""The same layers in a Torch7 that is installed: `torch7.lua` measures them in a process of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from benchmarks.layers import Layer

SCRIPT = Path(__file__).with_name("torch7.lua")


def passes(command: str, layer: Layer, rounds: int) -> dict[str, float]:
    """Seconds of each pass. BLAS gets one thread, as Torch7's OpenMP and BLAS would fight for the cores."""
    size = ",".join(map(str, layer.size))
    done = subprocess.run(
        [*command.split(), str(SCRIPT), layer.part.lua(), size, layer.element, str(rounds)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))
