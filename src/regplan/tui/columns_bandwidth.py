"""The columns of the tables of what links carry, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.words import ABSENT, readable, tidy
from regplan.tui.bandwidth import TOPOLOGIES
from regplan.tui.table import Column
from regplan.tui.text import end, reference_text, size_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from regplan.model.bandwidth import NightsNeeded
    from regplan.tui.bandwidth import BarRow, EventRow, WayRow, YearRow
    from regplan.tui.table import Fact

__all__ = ["BARS", "COURSE", "EVENTS", "NIGHTS", "WAYS", "YEARS", "course_bar", "months_bar"]

# The key of the column that a Gantt chart is drawn in.
COURSE: Final = "course"
_LEVELS: Final = "▁▂▃▄▅▆▇█"
_WIDE: Final = 150


def course_bar(begin_s: float, fetched_s: float | None, end_s: float | None, ends_s: float, width: int) -> str:
    """Draw a pull along the time until `ends_s` in `width` cells: ▒ is fetched, █ unpacked; what never ends goes on as ░.

    >>> course_bar(0, 5, 10, 20, 8), course_bar(10, 20, 20, 20, 8), course_bar(5, None, None, 20, 8), course_bar(0, 0, 0, 0, 4)
    ('▒▒██', '    ▒▒▒▒', '  ░░░░░░', '▒')
    """
    if width < 1:
        return ""
    scale = width / ends_s if ends_s > 0 else 0.0
    first = min(int(begin_s * scale), width - 1)
    if end_s is None or fetched_s is None:
        return " " * first + "░" * (width - first)
    # Whatever is pulled is seen, however short it is.
    last = min(max(round(end_s * scale), first + 1), width)
    fetched = min(max(round(fetched_s * scale), first + (end_s <= fetched_s)), last)
    return " " * first + "▒" * (fetched - first) + "█" * (last - fetched)


def months_bar(months_bytes: tuple[int, ...], most_bytes: int) -> str:
    """Draw month by month how much is carried, beside the busiest month there is; nothing is a dot.

    >>> months_bar((100, 0, 50, 1), 100)
    '█·▄▁'
    """
    steps = len(_LEVELS)
    return "".join(
        _LEVELS[max(-(-size * steps // most_bytes), 1) - 1] if size and most_bytes else "·" for size in months_bytes
    )


def _size(
    key: str,
    label: str,
    size_of: Callable[[Any], int | None],
    *,
    from_width: int = 0,
    fact: str = "",
) -> Column[Any]:
    """Tell a size; `fact` is its name in an export."""
    return Column(
        key,
        label,
        lambda row, binary: ABSENT if size_of(row) is None else size_text(size_of(row), binary=binary),
        lambda row: -1 if size_of(row) is None else size_of(row),
        right=True,
        largest_first=True,
        from_width=from_width,
        facts=lambda row: {fact or f"{key.replace('-', '_')}_bytes": size_of(row)},
    )


def _time(key: str, label: str, time_of: Callable[[Any], float | None], *, from_width: int = 0) -> Column[Any]:
    return Column(
        key,
        label,
        lambda row, _: readable(time_of(row), "s", absent=ABSENT),
        lambda row: -1.0 if time_of(row) is None else time_of(row),
        right=True,
        largest_first=True,
        from_width=from_width,
        facts=lambda row: {f"{key.replace('-', '_')}_s": time_of(row)},
    )


WAYS: Final[tuple[Column[WayRow], ...]] = (
    Column("way", "WAY", lambda row, _: row.boot.name, lambda row: row.place, names=True),
    _time("ready-p50", "UNPACKED p50", lambda row: row.boot.ready_p50_s),
    _time("ready-p95", "p95", lambda row: row.boot.ready_p95_s),
    _time("ready-max", "max", lambda row: row.boot.ready_max_s),
    _time("least", "LEAST", lambda row: row.boot.least_s, from_width=90),
    _size("internet", "INTERNET", lambda row: row.carried and row.carried.wan_bytes, fact="wan_bytes"),
    _size("lan", "LAN", lambda row: row.carried and row.carried.lan_bytes, from_width=70, fact="lan_bytes"),
    _size("media", "MEDIA", lambda row: row.carried and row.carried.media_bytes, from_width=100, fact="media_bytes"),
    Column(
        "peak",
        "PEAK",
        lambda row, _: readable(row.boot.peak_bps, "bps", absent=ABSENT),
        lambda row: row.boot.peak_bps or 0.0,
        right=True,
        largest_first=True,
        from_width=115,
        facts=lambda row: {"peak_bps": row.boot.peak_bps, "busiest_bytes": row.boot.busiest_bytes},
    ),
    Column(
        "requests",
        "REQUESTS",
        lambda row, _: readable(row.boot.requests, "", absent=ABSENT),
        lambda row: row.boot.requests or 0,
        right=True,
        largest_first=True,
        from_width=_WIDE,
        facts=lambda row: {"requests": row.boot.requests, "tier": row.boot.tier},
    ),
)


def _carried(topology: str) -> tuple[Column[EventRow], Column[EventRow]]:
    """Tell what the internet link and, where there is room, the local network carry under a topology."""

    def facts(row: EventRow) -> Mapping[str, Fact]:
        way = row.ways.get(topology)
        names = ("wan", "wan_low", "wan_high", "media")
        sizes: tuple[int | None, ...] = (None,) * 4
        if way is not None:
            sizes = (way.wan_bytes, way.wan_low_bytes, way.wan_high_bytes, way.media_bytes)
        told = zip(names, sizes, strict=True)
        return {f"{topology.replace('-', '_')}_{name}_bytes": size for name, size in told}

    internet: Column[EventRow] = Column(
        topology,
        topology.upper(),
        lambda row, binary: size_text(row.ways[topology].wan_bytes, binary=binary) if topology in row.ways else ABSENT,
        lambda row: row.ways[topology].wan_bytes if topology in row.ways else -1,
        right=True,
        largest_first=True,
        facts=facts,
    )
    lan = _size(
        f"lan-{topology}",
        f"LAN {topology}",
        lambda row: row.ways[topology].lan_bytes if topology in row.ways else None,
        from_width=_WIDE,
        fact=f"{topology.replace('-', '_')}_lan_bytes",
    )
    return internet, lan


_CARRIED: Final = tuple(zip(*map(_carried, TOPOLOGIES), strict=True))
EVENTS: Final[tuple[Column[EventRow], ...]] = (
    Column("event", "EVENT", lambda row, _: row.event, lambda row: row.event, names=True),
    *_CARRIED[0],
    *_CARRIED[1],
)


def _nights(topology: str) -> Column[NightsNeeded]:
    def nights_of(row: NightsNeeded) -> int | None:
        return next((nights for name, _, nights in row.ways if name == topology), None)

    return Column(
        topology,
        topology.upper(),
        lambda row, _: ABSENT if nights_of(row) is None else f"{nights_of(row):,}",
        lambda row: nights_of(row) or 0,
        right=True,
        largest_first=True,
        facts=lambda row: {f"{topology.replace('-', '_')}_nights": nights_of(row)},
    )


NIGHTS: Final[tuple[Column[NightsNeeded], ...]] = (
    Column("event", "NIGHTS FOR", lambda row, _: row.event, lambda row: row.event, names=True),
    *map(_nights, TOPOLOGIES),
)

YEARS: Final[tuple[Column[YearRow], ...]] = (
    Column("topology", "TOPOLOGY", lambda row, _: row.way.topology, lambda row: row.place, names=True),
    _size("internet", "INTERNET", lambda row: row.way.wan_bytes, fact="wan_bytes"),
    _size("busiest", "BUSIEST MONTH", lambda row: max(row.way.wan_month_bytes, default=0), fact="month_most_bytes"),
    _size("saved", "SAVED", lambda row: row.way.saved_bytes),
    _size("saved-low", "LEAST", lambda row: row.way.saved_low_bytes, from_width=90),
    _size("saved-high", "MOST", lambda row: row.way.saved_high_bytes, from_width=90),
    _size("media", "MEDIA", lambda row: row.way.media_bytes, from_width=_WIDE, fact="media_bytes"),
    Column(
        "visits",
        "VISITS",
        lambda row, _: str(row.way.visits),
        lambda row: row.way.visits,
        right=True,
        largest_first=True,
        from_width=_WIDE,
        facts=lambda row: {"visits": row.way.visits},
    ),
    Column(
        "cost",
        "COST",
        lambda row, _: ABSENT if row.way.cost is None else f"{row.way.cost:,.2f}",
        lambda row: -1.0 if row.way.cost is None else row.way.cost,
        right=True,
        largest_first=True,
        facts=lambda row: {"cost": row.way.cost},
    ),
    Column(
        "months",
        "MONTHS",
        lambda row, _: months_bar(row.way.wan_month_bytes, row.most_month_bytes),
        lambda row: row.way.wan_month_bytes,
        shorten=end,
        flexible=True,
        from_width=100,
        facts=lambda row: {"wan_month_bytes": " ".join(map(str, row.way.wan_month_bytes))},
    ),
)

BARS: Final[tuple[Column[BarRow], ...]] = (
    Column("host", "HOST", lambda row, _: tidy(row.bar.host), lambda row: row.bar.host, flexible=True, most=20),
    Column(
        "image",
        "IMAGE",
        lambda row, _: tidy(row.bar.image) or "(seeding)",
        lambda row: row.bar.image,
        shorten=reference_text,
        flexible=True,
        names=True,
    ),
    Column("source", "FROM", lambda row, _: row.bar.source, lambda row: row.bar.source, from_width=150),
    _time("begin", "BEGUN", lambda row: row.bar.begin_s, from_width=100),
    _time("fetched", "FETCHED", lambda row: row.bar.fetched_s, from_width=150),
    _time("end", "READY", lambda row: row.bar.end_s),
    Column(COURSE, "COURSE", lambda _row, _binary: "", lambda row: row.bar.begin_s, facts=lambda _: {}),
)
