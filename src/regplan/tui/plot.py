"""A curve in the cells of a terminal: braille dots for what grows, and a line of its own sign for each level that it fills up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["months_in_view", "plot_lines"]

_BLANK: Final = 0x2800
# The bits of a braille sign: two columns of four dots, from the top.
_DOTS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_SIGNS: Final = ("━", "╌", "┈")
_LEAST_WIDTH: Final = 12
_LEAST_HEIGHT: Final = 4
_YEAR: Final = 12
_ROOM_ABOVE: Final = 1.08


def months_in_view(last: int, full: int | None) -> int:
    """Tell how many months are drawn: all, but where it is full before, half as long again, in whole years.

    >>> months_in_view(120, None), months_in_view(120, 7), months_in_view(120, 31)
    (120, 12, 48)
    """
    if full is None:
        return last
    return min(last, max(-(-full * 3 // (2 * _YEAR)) * _YEAR, _YEAR))


def plot_lines(
    used: Sequence[int],
    levels: Sequence[tuple[str, int]],
    size: tuple[int, int],
    write: Callable[[int], str],
) -> list[str]:
    """Draw what is `used` month by month under its levels into `size` columns and rows; nothing where that is too small.

    `write` writes a size at the axis. What is higher than every level leaves the picture at its top.
    """
    labels = {"0": 0, **dict(levels)}
    axis = max(cell_len(write(value)) for value in labels.values()) + 1
    columns, rows = size[0] - axis - 1, size[1] - 2
    if columns < _LEAST_WIDTH or rows < _LEAST_HEIGHT or len(used) < 2:
        return []
    top = max(*(value for _, value in levels), 1) * _ROOM_ABOVE
    drawn = _curve(used, columns, rows, top)
    at: dict[int, list[tuple[str, int]]] = {}
    for label, value in levels:
        at.setdefault(_row(value, rows * 4, top) // 4, []).append((label, value))
    lines = []
    for row in range(rows):
        cells, here = drawn[row], at.get(row, [])
        if here:
            sign = _SIGNS[levels.index(here[0]) % len(_SIGNS)]
            cells = [sign if cell == " " else cell for cell in cells]
        label = write(here[0][1]) if here else ""
        lines.append(f"{label:>{axis - 1}} {'┤' if here else '│'}{_named(cells, here)}")
    lines.append(f"{write(0):>{axis - 1}} └{'─' * columns}")
    return [*lines, " " * (axis + 1) + _months(len(used) - 1, columns)]


def _curve(used: Sequence[int], columns: int, rows: int, top: float) -> list[list[str]]:
    """Draw a curve in dots, two across and four down each cell."""
    across, down = columns * 2, rows * 4
    heights = [_row(used[round(x * (len(used) - 1) / (across - 1))], down, top) for x in range(across)]
    cells = [[0] * columns for _ in range(rows)]
    for x, y in enumerate(heights):
        before = heights[x - 1] if x else y
        # Between two columns the curve does not tear.
        for each in range(min(y, before + 1), max(y, before - 1) + 1):
            if 0 <= each < down:
                cells[each // 4][x // 2] |= _DOTS[x % 2][each % 4]
    return [[chr(_BLANK + bits) if bits else " " for bits in line] for line in cells]


def _row(value: float, down: int, top: float) -> int:
    """Tell how many dots from the top a value stands; less than none is above the picture."""
    return round((1 - value / top) * (down - 1))


def _named(cells: Sequence[str], here: Sequence[tuple[str, int]]) -> str:
    """Write the names of the levels of a row at its end, all or the first, where they hide nothing of the curve."""
    line, labels = "".join(cells), [label for label, _ in here]
    for name in (", ".join(labels), *labels[:1]):
        room = len(line) - len(name) - 1
        if name and room > 0 and not any(_BLANK < ord(each) < _BLANK + 256 for each in line[room:]):
            return f"{line[:room]} {name}"
    return line


def _months(last: int, columns: int) -> str:
    """Write the months below the axis: none, whole years as they have room, and the last."""
    end = f"{last} months"
    step = next((each for each in (12, 24, 36, 60) if last // each * 6 + len(end) + 2 <= columns), last)
    line = [" "] * columns
    for month in range(0, last, step):
        place = round(month * (columns - 1) / last)
        if place + len(str(month)) + 1 < columns - len(end):
            line[place : place + len(str(month))] = str(month)
    line[columns - len(end) :] = end
    return "".join(line)
