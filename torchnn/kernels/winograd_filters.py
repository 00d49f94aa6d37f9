"""From the weight to the transformed filters of Winograd convolution, some channels of a block of outputs at a time."""

from __future__ import annotations

from typing import Any

from torchnn.kernels.winograd_pixels import VECTOR
from torchnn.kernels.winograd_transforms import PAIR, clear, gather, transform_filter


def transform_filters(job: Any, block: int, first: int, count: int, pixels: int, filters: int) -> None:
    """Transform the filters of a block of outputs for `count` channels from `first` on."""
    lanes = VECTOR // job.item
    taps = job.taps * job.taps
    rows, width = (1, taps) if job.pieces == 1 else (job.taps, job.taps)
    start, step = (pixels + (taps - 1) * VECTOR, -VECTOR) if job.turned else (pixels, VECTOR)
    for half in range(PAIR):
        # A second half that is missing is made from the first: what happens to lie there may take long to multiply.
        output = min(block // job.output_pieces * PAIR + half, (job.outputs - 1) // lanes) * lanes
        outputs = min(lanes, job.outputs - output)
        for c in range(count):
            piece, channel = (first + c) // job.channels + block % job.output_pieces, (first + c) % job.channels
            top, left = piece // job.pieces * job.taps, piece % job.pieces * job.taps
            source = job.weight + output * job.next_output + channel * job.next_channel
            for i in range(rows):
                line = pixels + i * width * VECTOR
                inside = width if rows == 1 else min(width, job.kernel - left) if top + i < job.kernel else 0
                if inside < width:
                    clear(line, width)
                for j in range(0, inside, lanes):
                    address, side = source + ((top + i) * job.kernel + left + j) * job.item, min(lanes, inside - j)
                    gather(address, job.next_output, outputs, side, line + j * VECTOR, job.next_channel)
            to = filters + c // lanes * job.filter_unit + (c % lanes * PAIR + half) * VECTOR
            transform_filter[job.side, job.taps](start, step, to, job.filter_plane)
