"""Draw the pictures of the pages, as SVG, from what the layers compute: `python -m docs.pictures [--check]`.

With `--check` nothing is written, and the exit code is 1 where a picture is out of date.
"""

import pathlib
import sys
from collections.abc import Callable, Iterable

from torchnn import nn, torch

PICTURES = pathlib.Path(__file__).parent / "pictures"
CELL = 28
PLAIN, KERNEL, RESULT, FRAME = "#ffffff", "#ffd98a", "#a9d18e", "#c00000"
SHADES = ("#fff2cc", "#ffe699", "#ffd966", "#f8cbad", "#f4b183", "#e5915a", "#dae3f3", "#b4c7e7", "#8faadc")

Colours = Callable[[int, int], str]


def matrix(rows: Iterable[Iterable[float]], left: float, top: float, colours: Colours) -> list[str]:
    """Cells with their numbers; `colours` gives the colour at row and column, from 0."""
    return [
        part
        for y, row in enumerate(rows)
        for x, value in enumerate(row)
        for part in cell(f"{value:g}", left + x * CELL, top + y * CELL, colours(y, x))
    ]


def cell(text: str, left: float, top: float, colour: str) -> list[str]:
    """A square with a text in it."""
    box = f'<rect x="{left:g}" y="{top:g}" width="{CELL}" height="{CELL}" fill="{colour}" stroke="#888"/>'
    return [box, label(text, left + CELL / 2, top + CELL / 2)] if text else [box]


def label(text: str, x: float, y: float) -> str:
    """A centred text."""
    return f'<text x="{x:g}" y="{y:g}">{text}</text>'


def frame(left: float, top: float, width: float, height: float) -> str:
    """The outline of a window."""
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" fill="none" '
        f'stroke="{FRAME}" stroke-width="3"/>'
    )


def drawing(width: float, height: float, parts: Iterable[str]) -> str:
    """A whole SVG file."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="sans-serif" font-size="13" '
        'text-anchor="middle" dominant-baseline="central">',
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def layer(weight: list[list[float]], stride: int = 1) -> nn.SpatialConvolutionMM:
    """A convolution of one plane with these weights and no bias."""
    conv = nn.SpatialConvolutionMM(1, 1, len(weight[0]), len(weight), stride, stride)
    conv.weight.copy(torch.Tensor(weight).view(-1))
    conv.bias.zero()
    return conv


def correlation() -> str:
    """The three weights at both of their places over four numbers."""
    image, weight = [1, 2, 3, 4], [1, 2, 3]
    output = layer([weight]).forward(torch.Tensor([[image]]))[0, 0].totable()
    parts: list[str] = []
    for place in range(2):
        top = 10 + 100 * place
        parts += matrix([image], 10, top, lambda y, x: PLAIN)
        parts += matrix([weight], 10 + place * CELL, top + CELL + 6, lambda y, x: KERNEL)
        parts.append(frame(10 + place * CELL, top, 3 * CELL, CELL))
        products = " + ".join(f"{image[place + i]}·{weight[i]}" for i in range(3))
        parts.append(label(f"{products} =", 215, top + CELL + 2))
        parts += cell(f"{output[place]:g}", 290, top + CELL / 2 + 2, RESULT)
    return drawing(330, 190, parts)


def as_matrix() -> str:
    """The matrix of a 3 x 3 filter over a 4 x 4 image; a colour for each weight."""
    weight = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    conv = layer(weight)
    columns = []
    for i in range(16):
        one = torch.zeros(16)
        one[i] = 1
        columns.append(conv.forward(one.view(1, 4, 4)).clone().view(4).totable())
    rows = list(zip(*columns, strict=True))
    parts = matrix(rows, 10, 10, lambda y, x: SHADES[int(rows[y][x]) - 1] if rows[y][x] else PLAIN)
    return drawing(20 + 16 * CELL, 20 + 4 * CELL, parts)


def dilation() -> str:
    """Where the nine weights of a 3 x 3 filter are, with dilation 1, 2 and 4."""
    parts: list[str] = []
    for i, d in enumerate((1, 2, 4)):
        left, across = 10 + i * (9 * CELL + 20), 2 * d + 1
        taps = range(4 - d, 5 + d, d)
        for y in range(9):
            for x in range(9):
                parts += cell("", left + x * CELL, 10 + y * CELL, KERNEL if y in taps and x in taps else PLAIN)
        parts.append(frame(left + (4 - d) * CELL, 10 + (4 - d) * CELL, across * CELL, across * CELL))
        parts.append(label(f"dilation {d}: {across} across", left + 4.5 * CELL, 24 + 9 * CELL))
    return drawing(20 + 3 * 9 * CELL + 40, 40 + 9 * CELL, parts)


def full_convolution() -> str:
    """What stride 2 does backward: every number lays down the filter, two apart, and overlaps add up."""
    weight = [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    small = torch.Tensor([[1, 2], [3, 4]])
    full = nn.SpatialFullConvolution(1, 1, 3, 3, 2, 2)
    full.weight.copy(torch.Tensor(weight))
    full.bias.zero()
    large = full.forward(small.view(1, 2, 2))[0].totable()
    parts = matrix(small.totable(), 10, 10 + 1.5 * CELL, lambda y, x: RESULT if (y, x) == (1, 0) else PLAIN)
    parts.append(label("×", 10 + 2.5 * CELL, 10 + 2.5 * CELL))
    parts += matrix(weight, 10 + 3 * CELL, 10 + CELL, lambda y, x: KERNEL)
    parts.append(label("→", 10 + 6.75 * CELL, 10 + 2.5 * CELL))
    left = 10 + 7.5 * CELL
    parts += matrix(large, left, 10, lambda y, x: RESULT if y >= 2 and x < 3 else PLAIN)
    parts.append(frame(left, 10 + 2 * CELL, 3 * CELL, 3 * CELL))
    return drawing(20 + 12.5 * CELL, 20 + 5 * CELL, parts)


def sliding_window() -> str:
    """Windows of 6 x 6, two apart, on an image of 8 x 10, and the map of what a network says to each."""
    net = nn.Sequential().add(nn.SpatialConvolution(1, 2, 3, 3)).add(nn.SpatialMaxPooling(2, 2))
    net = nn.convolutionalize(net.add(nn.View(8)).add(nn.Linear(8, 1)), [1, 6, 6])
    _, rows, columns = net.forward(torch.zeros(1, 8, 10)).size().totable()
    parts: list[str] = []
    for y in range(8):
        for x in range(10):
            inside = 2 <= y and 2 <= x < 8
            parts += cell("", 10 + x * CELL, 10 + y * CELL, RESULT if inside else PLAIN)
    parts.append(frame(10 + 2 * CELL, 10 + 2 * CELL, 6 * CELL, 6 * CELL))
    parts.append(label("→", 10 + 10.75 * CELL, 10 + 4 * CELL))
    left, top = 10 + 11.5 * CELL, 10 + 3 * CELL
    for y in range(rows):
        for x in range(columns):
            parts += cell("", left + x * CELL, top + y * CELL, RESULT if (y, x) == (1, 1) else PLAIN)
    parts.append(frame(left + CELL, top + CELL, CELL, CELL))
    return drawing(20 + (11.5 + columns) * CELL, 20 + 8 * CELL, parts)


def main(arguments: list[str]) -> int:
    """Write all pictures, or tell which are out of date."""
    outdated = 0
    for draw in (correlation, as_matrix, dilation, full_convolution, sliding_window):
        path, picture = PICTURES / f"{draw.__name__}.svg", draw()
        if path.exists() and path.read_text() == picture:
            continue
        if arguments == ["--check"]:
            print(f"{path} is out of date: run python -m docs.pictures")
            outdated = 1
        else:
            PICTURES.mkdir(exist_ok=True)
            path.write_text(picture)
    return outdated


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
