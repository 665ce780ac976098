"""Why links carry what they do, and why that takes as long as it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.report.explained.lines import Explanation, number_lines
from regplan.report.words import counted, exact, tidy
from regplan.tui.bandwidth import bar_words

if TYPE_CHECKING:
    from regplan.model.bandwidth import NightsNeeded
    from regplan.report.explained.steps import Book
    from regplan.tui.bandwidth import BarRow, EventRow, WayRow, YearRow

__all__ = ["bar_lines", "event_lines", "nights_lines", "way_lines", "year_lines"]


def way_lines(row: WayRow, book: Book) -> Explanation:
    """Tell when hosts are ready one way, exactly, and where both tiers differ."""
    boot = row.boot
    times = (("p50", boot.ready_p50_s), ("p95", boot.ready_p95_s), ("least", boot.least_s))
    lines = (
        *number_lines(book, book.steps(f"clock.ways[{row.place}].ready_s.max")),
        *((label, exact(time_s, "s")) for label, time_s in times),
    )
    if boot.reason and boot.ratio is not None:
        lines += (("tiers", f"layer by layer {boot.ratio:.2f} times the closed form, by {boot.reason}"),)
    return Explanation(boot.name, lines)


def event_lines(row: EventRow, book: Book) -> Explanation:
    """Tell what an event carries under every topology, to the byte."""
    lines: list[tuple[str, str]] = []
    for name, way in row.ways.items():
        low, high = exact(way.wan_low_bytes, "bytes"), exact(way.wan_high_bytes, "bytes")
        lines.append((name, f"{exact(way.wan_bytes, 'bytes')} over the internet"))
        lines += [] if way.wan_low_bytes == way.wan_high_bytes else [("", f"between {low} and {high}")]
        lines += [("", f"{exact(way.lan_bytes, 'bytes')} over the LAN")] if way.lan_bytes else []
        lines += [("", f"{exact(way.media_bytes, 'bytes')} by media")] if way.media_bytes else []
    first = next(iter(row.places.values()))
    told = number_lines(book, book.steps(f"life.events[{first}].wan_bytes"))
    return Explanation(row.event, (*lines, *(line for line in told if line[0] in {"known", "source"})))


def year_lines(row: YearRow, book: Book) -> Explanation:
    """Tell what a scenario saves, by its formula, and which events carry what."""
    saved = number_lines(book, book.steps(f"life.expected.ways[{row.place}].saved_bytes"))
    parts = ((event, f"{exact(size, 'bytes')} over the internet") for event, size in row.way.parts)
    return Explanation(row.way.topology, (*saved, *parts))


def bar_lines(row: BarRow) -> Explanation:
    """Tell a pull's times in seconds, and what they are reckoned by."""
    bar = row.bar
    times = (("begun", bar.begin_s), ("fetched", bar.fetched_s), ("ready", bar.end_s))
    known = "tier 2: layer by layer over the site file's links, as hosts pull (pulls: in the site file)"
    return Explanation(
        tidy(bar.image or bar.host),
        (
            ("pull", bar_words(row)),
            *((label, exact(time_s, "s")) for label, time_s in times),
            ("known", known),
            ("source", "docs/bandwidth.md"),
        ),
    )


def nights_lines(row: NightsNeeded) -> Explanation:
    """Tell how many windows an event takes, and by which formula."""
    lines = [
        (name, f"{exact(size, 'bytes')} of content: {'not known' if nights is None else counted(nights, 'night')}")
        for name, size, nights in row.ways
    ]
    formula = "nights = 8 * bytes * pulls.wire_ratio / (rate * seconds of the window), rounded up to whole windows"
    return Explanation(
        row.event, (*lines, ("formula", formula), ("rate", "the link's, or less where less may be taken"))
    )
