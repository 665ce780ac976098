"""How names, sizes and quantities are written into a cell of the screen: values in, text out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size

from regplan.report.words import ABSENT, readable, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

__all__ = [
    "bar",
    "cell_text",
    "clipped",
    "digest_text",
    "end",
    "middle",
    "quantity",
    "reference_text",
    "sent_bar",
    "size_text",
    "step_bar",
]

_ELLIPSIS: Final = "…"
_DIGEST: Final = re.compile(r"((?:sha256|sha512):[0-9a-f]{12})[0-9a-f]+")


def middle(text: str, width: int) -> str:
    """Shorten `text` to `width` cells by leaving out its middle; the end, where tags stand, keeps the larger part.

    >>> middle("docker.io/library/nginx:1.27", 17), middle("nginx", 17)
    ('docker…nginx:1.27', 'nginx')
    """
    if cell_len(text) <= width:
        return text
    head = max(width - 1, 0) * 2 // 5
    tail = max(width - 1 - head, 0)
    return (set_cell_size(text, head) + _ELLIPSIS + set_cell_size(text[::-1], tail)[::-1])[: max(width, 0)]


def end(text: str, width: int) -> str:
    """Shorten `text` to `width` cells by leaving out its end, as prose is shortened.

    >>> end("The claim is too small.", 10)
    'The claim…'
    """
    if cell_len(text) <= width:
        return text
    return (set_cell_size(text, width - 1).rstrip() + _ELLIPSIS) if width > 0 else ""


def clipped(lines: Sequence[str], rows: int, width: int) -> str:
    r"""Keep so many lines of a text that was parted into lines of `width` cells; what is left is on the last one as far as there is room.

    >>> clipped(["Nothing in it", "has room."], 2, 13), clipped(["Nothing in it", "has room."], 1, 16)
    ('Nothing in it\nhas room.', 'Nothing in it h…')
    """
    kept = [line.rstrip() for line in lines[:rows]]
    if len(lines) > rows > 0:
        kept[-1] = end(" ".join(line.rstrip() for line in lines[rows - 1 :]), width)
    return "\n".join(kept)


def reference_text(text: str, width: int) -> str:
    """Shorten an image reference: a digest to its first twelve digits, then the middle.

    >>> reference_text("docker.io/library/haproxy@sha256:745c6d0c1d544ecac6fa451dfc844d52", 60)
    'docker.io/library/haproxy@sha256:745c6d0c1d54'
    """
    return digest_text(text, width)


def digest_text(text: str, width: int) -> str:
    """Shorten a digest to its first twelve digits.

    >>> digest_text("sha256:745c6d0c1d544ecac6fa451dfc844d52", 19)
    'sha256:745c6d0c1d54'
    """
    return text if cell_len(text) <= width else middle(_DIGEST.sub(r"\1", text), width)


def size_text(size_bytes: int | None, *, binary: bool, unknown: int = 0) -> str:
    """Write a size to three figures; with `unknown` sizes in it, it is a lower bound and says so.

    >>> size_text(300_000_000_000, binary=False), size_text(1500, binary=False, unknown=1), size_text(None, binary=False)
    ('300 GB', '≥1.50 kB', 'unknown')
    """
    mark = "≥" if unknown and size_bytes is not None else ""
    return f"{mark}{readable(size_bytes, 'bytes', binary=binary)}"


def quantity(value: float | str | None, unit: str, *, binary: bool) -> str:
    """Write what a finding measured or requires; absent is a dash.

    >>> quantity(8000, "milli", binary=False), quantity(2**30, "bytes", binary=True), quantity(None, "", binary=False)
    ('8 CPU', '1.00 GiB', '-')
    """
    return tidy(readable(value, unit, binary=binary, absent=ABSENT))


def cell_text(text: str, width: int, *, right: bool, style: Style, around: Style) -> list[tuple[str, Style]]:
    """Write a cell that is exactly `width` cells wide: the text in its style, and what fills it up."""
    clean = text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)
    room = width - cell_len(clean)
    if room < 0:
        return [(set_cell_size(clean, width), style)]
    filled = (" " * room, around)
    return [filled, (clean, style)] if right else [(clean, style), filled]


def bar(need: int, room: int, width: int) -> str:
    """Draw `need` against `room` in `width` cells: ▓ is needed, ░ is free, ▒ is needed and not there, │ ends the room.

    >>> bar(50, 100, 10), bar(100, 50, 10), bar(0, 100, 4)
    ('▓▓▓▓▓░░░░│', '▓▓▓▓│▒▒▒▒▒', '░░░│')
    """
    if width < 1:
        return ""
    most = max(need, room, 1)
    needed = min(width, -(-max(need, 0) * width // most))
    drawn = list("▓" * needed + "░" * (width - needed))
    mark = (width if need <= room else max(1, room * width // most)) - 1
    drawn[mark + 1 :] = ["▒"] * (width - mark - 1)
    drawn[mark] = "│"
    return "".join(drawn)


def sent_bar(there: int, moving: int, total: int, width: int) -> str:
    """Draw how far a copy is in `width` cells: ▓ is there, ▒ is on its way, ░ is left, │ ends it.

    >>> sent_bar(50, 20, 100, 10), sent_bar(0, 100, 100, 4), sent_bar(0, 0, 0, 4)
    ('▓▓▓▓▓▒▒░░│', '▒▒▒│', '░░░│')
    """
    drawn = bar(there, total, width)
    first, last = (-(-size * width // max(total, 1)) for size in (there, there + moving))
    last = min(last, width - 1)
    return f"{drawn[:first]}{'▒' * (last - first)}{drawn[max(first, last) :]}"


def step_bar(start: int, end: int, most: int, width: int, *, is_sum: bool) -> str:
    """Draw one step of a waterfall in `width` cells that stand for `most`: █ is a sum, ▓ is added, ░ is taken away.

    >>> step_bar(0, 50, 100, 8, is_sum=True), step_bar(50, 100, 100, 8, is_sum=False), step_bar(50, 25, 100, 8, is_sum=False)
    ('████', '    ▓▓▓▓', '  ░░')
    """
    low, high = sorted((start, end))
    first = low * width // max(most, 1)
    last = min(max(-(-high * width // max(most, 1)), first + (low < high)), width)
    sign = "█" if is_sum else "▓" if end > start else "░"
    return " " * min(first, width - 1) + sign * (last - min(first, width - 1)) if low < high else ""
