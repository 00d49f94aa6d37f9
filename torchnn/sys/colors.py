"""Escape codes that colour the text of a terminal."""

_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")

# Lower case plain, capitalised bold, with an underscore as background; `none` ends a colour.
COLORS = {"none": "\x1b[0m"}
for _code, _name in enumerate(_NAMES):
    COLORS[_name] = f"\x1b[0;3{_code}m"
    COLORS[_name.capitalize()] = f"\x1b[1;3{_code}m"
    COLORS[f"_{_name}"] = f"\x1b[4{_code}m"
