"""The pictures of the pages are what the layers compute, and are shown."""

import xml.etree.ElementTree as ET

from docs import pictures
from tests.conftest import ROOT

SVG = "{http://www.w3.org/2000/svg}"


def test_pictures_are_up_to_date(capsys):
    assert pictures.main(["--check"]) == 0, capsys.readouterr().out


def test_each_picture_is_on_a_page():
    pages = "".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    for path in pictures.PICTURES.iterdir():
        assert f"](pictures/{path.name})" in pages, f"no page shows {path.name}"


def test_nothing_is_drawn_outside_of_its_picture():
    for path in pictures.PICTURES.glob("*.svg"):
        root = ET.parse(path).getroot()
        width, height = float(root.get("width")), float(root.get("height"))
        for box in root.iter(f"{SVG}rect"):
            right = float(box.get("x", 0)) + float(box.get("width"))
            bottom = float(box.get("y", 0)) + float(box.get("height"))
            assert right <= width and bottom <= height, f"{path.name}: a box up to {right}, {bottom}"


def test_the_matrix_has_nine_weights_in_each_row():
    root = ET.fromstring(pictures.as_matrix())
    numbers = [text.text for text in root.iter(f"{SVG}text")]
    assert len(numbers) == 4 * 16
    for row in range(4):
        assert [n for n in numbers[16 * row : 16 * row + 16] if n != "0"] == list("123456789")
