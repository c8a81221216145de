"""Numbers and tables for people: as text for a prompt, as HTML for a notebook."""

from __future__ import annotations

import datetime
import html
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_CELL_WIDTH = 40
_GAP = "  "


def bytes_text(count: int) -> str:
    """A number of bytes as the program writes it.

    >>> [bytes_text(n) for n in (1, 999, 1024, 5_000_000, 3 << 40)]
    ['1 bytes', '999 bytes', '1.0 KiB', '4.8 MiB', '3.0 TiB']
    """
    if count < 1024:
        return f"{count} bytes"
    value = float(count)
    units = iter(_UNITS)
    while value >= 1024:
        value, unit = value / 1024, next(units)
    return f"{value:.1f} {unit}" if value < 100 else f"{value:,.0f} {unit}"


def value_text(value: Any) -> str:
    """A cell's text: numbers as they are, nothing for None.

    >>> value_text(datetime.datetime(2018, 11, 1, 21, 1, 46, 796000, tzinfo=datetime.timezone.utc))
    '2018-11-01 21:01:46.796'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):  # of UTC
        places = "microseconds" if value.microsecond % 1000 else "milliseconds"
        return value.replace(tzinfo=None).isoformat(" ", places)
    return str(value)


def text_table(
    names: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[bool], cell_width: int = _CELL_WIDTH
) -> str:
    """Columns under their names, numbers on the right; those that do not fit on the terminal become "…".

    >>> print(text_table(["song", "plays"], [["Setanta matins", 2], [None, 10]], [False, True]))
    song            plays
    ──────────────  ─────
    Setanta matins      2
                       10
    """
    cells = [[_short(value_text(value), cell_width) for value in row] for row in [names, *rows]]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(names))]
    shown = _fitting(widths, shutil.get_terminal_size((120, 24)).columns)
    lines = [_line(row[:shown], widths, right, shown < len(names)) for row in cells]
    lines.insert(1, _GAP.join("─" * width for width in widths[:shown]))
    return "\n".join(lines)


def _fitting(widths: Sequence[int], terminal_width: int) -> int:
    """How many columns fit, one at least, with room for a mark where others do not."""
    ends = list(accumulate(width + len(_GAP) for width in widths))
    if ends[-1] - len(_GAP) <= terminal_width:
        return len(widths)
    return max(1, sum(end + 1 <= terminal_width for end in ends))


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool], is_cut: bool) -> str:
    padded = []
    for cell, width, is_right in zip(row, widths, right, strict=False):
        space = " " * (width - _width(cell))
        padded.append(space + cell if is_right else cell + space)
    return _GAP.join([*padded, "…"] if is_cut else padded).rstrip()


def _short(cell: str, limit: int) -> str:
    cell = "".join(c if c.isprintable() else "�" for c in cell)
    return cell if len(cell) <= limit else f"{cell[: limit - 1]}…"


def _width(cell: str) -> int:
    """How many columns of a terminal a text fills."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in cell)


def html_table(names: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[bool], caption: str = "") -> str:
    """The same as a table of HTML in the notebook's own style.

    >>> html_table(["a"], [["<b>"]], [False])
    '<table><thead><tr><th scope="col" style="text-align:left">a</th></tr></thead><tbody><tr><td \
style="text-align:left">&lt;b&gt;</td></tr></tbody></table>'
    """
    sides = ["right" if is_right else "left" for is_right in right]
    head = "".join(
        f'<th scope="col" style="text-align:{side}">{html.escape(name)}</th>'
        for name, side in zip(names, sides, strict=True)
    )
    body = "".join(f"<tr>{_html_row(row, sides)}</tr>" for row in rows)
    title = f'<caption style="text-align:left">{html.escape(caption)}</caption>' if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _html_row(row: Sequence[Any], sides: Sequence[str]) -> str:
    return "".join(
        f'<td style="text-align:{side}">{html.escape(value_text(value))}</td>'
        for value, side in zip(row, sides, strict=True)
    )
