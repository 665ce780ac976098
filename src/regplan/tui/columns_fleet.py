"""The columns of the tables of a fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from regplan.model.finding import Verdict
from regplan.report.words import ABSENT, WORST_FIRST, marked, tidy
from regplan.tui.table import Column
from regplan.tui.text import end, quantity, size_text
from regplan.tui.theme import VERDICT_STYLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.fleet import FleetProblem, FleetSite, HardwareClass
    from regplan.tui.fleets import BoundRow

__all__ = ["BOUND", "HARDWARE", "PROBLEMS", "SITES", "rules_words"]

Row = TypeVar("Row")


def _size(key: str, label: str, size: Callable[[Row], int | None], from_width: int = 0, name: str = "") -> Column[Row]:
    return Column(
        key,
        label,
        lambda row, binary: ABSENT if size(row) is None else size_text(size(row), binary=binary),
        lambda row: _known(size(row)),
        right=True,
        largest_first=True,
        from_width=from_width,
        facts=lambda row: {name or f"{key}_bytes": size(row)},
    )


def _count(key: str, label: str, count: Callable[[Row], int], from_width: int = 0) -> Column[Row]:
    return Column(
        key,
        label,
        lambda row, _: f"{count(row):,}",
        count,
        right=True,
        largest_first=True,
        from_width=from_width,
        facts=lambda row: {key: count(row)},
    )


def _known(value: float | None) -> float:
    """Sort what nobody knows below what is 0."""
    return -1 if value is None else value


def _bound(site: FleetSite) -> str:
    """Tell what binds a site; what passes is bound by nothing."""
    return ABSENT if site.verdict is Verdict.PASS else site.binding_constraint or ABSENT


def _number_order(value: float | str | None) -> tuple[int, float, str]:
    if value is None:
        return 0, 0.0, ""
    return (1, 0.0, value) if isinstance(value, str) else (2, value, "")


def _required(site: FleetSite) -> int:
    return site.required_bytes


SITES: Final[tuple[Column[FleetSite], ...]] = (
    Column(
        "verdict",
        "VERDICT",
        lambda row, _: marked(row.verdict),
        lambda row: WORST_FIRST.index(row.verdict),
        style=lambda row: VERDICT_STYLES[row.verdict],
        facts=lambda row: {"verdict": str(row.verdict)},
    ),
    Column("site", "SITE", lambda row, _: tidy(row.name), lambda row: row.name, flexible=True, names=True),
    Column(
        "bound",
        "BOUND BY",
        lambda row, _: _bound(row),
        _bound,
        facts=lambda row: {"binding_constraint": row.binding_constraint},
    ),
    Column(
        "where", "WHERE", lambda row, _: tidy(row.where), lambda row: row.where, flexible=True, most=20, from_width=100
    ),
    Column(
        "need",
        "NEED",
        lambda row, binary: quantity(row.required, row.unit, binary=binary),
        lambda row: _number_order(row.required),
        right=True,
        largest_first=True,
        facts=lambda row: {"required": row.required, "unit": row.unit},
    ),
    Column(
        "have",
        "HAVE",
        lambda row, binary: quantity(row.measured, row.unit, binary=binary),
        lambda row: _number_order(row.measured),
        right=True,
        largest_first=True,
        facts=lambda row: {"measured": row.measured, "unit": row.unit},
    ),
    _count("hosts", "HOSTS", lambda row: row.hosts),
    Column(
        "required",
        "IMAGES NEED",
        lambda row, binary: size_text(row.required_bytes, binary=binary, unknown=row.unresolved),
        _required,
        right=True,
        largest_first=True,
        from_width=110,
        facts=lambda row: {"required_bytes": row.required_bytes, "unresolved": row.unresolved},
    ),
    _size("claimed", "PVC", lambda row: row.claimed_bytes, 110),
    _size("saved", "SAVED", lambda row: row.saved_bytes, 120),
    _count("line", "LINE", lambda row: row.line, 140),
)

HARDWARE: Final[tuple[Column[HardwareClass], ...]] = (
    Column(
        "cpu",
        "CPU",
        lambda row, binary: quantity(row.shape.cpu_milli, "milli", binary=binary),
        lambda row: _known(row.shape.cpu_milli),
        largest_first=True,
        facts=lambda row: {"cpu_milli": row.shape.cpu_milli},
    ),
    _size("memory", "MEMORY", lambda row: row.shape.memory_bytes),
    _size("drive", "DRIVE", lambda row: row.shape.storage_bytes, 44, name="storage_bytes"),
    Column("arch", "ARCH", lambda row, _: tidy(row.shape.arch), lambda row: row.shape.arch, from_width=55),
    _count("hosts", "HOSTS", lambda row: row.hosts),
    _count("sites", "SITES", lambda row: row.sites, 55),
    _count("failing", "FAIL", lambda row: row.failing),
    Column(
        "rules",
        "RULES",
        lambda row, _: rules_words(row.rules),
        lambda row: rules_words(row.rules),
        shorten=end,
        flexible=True,
        from_width=70,
    ),
)

BOUND: Final[tuple[Column[BoundRow], ...]] = (
    Column("rule", "BOUND BY", lambda row, _: row.rule, lambda row: row.rule, names=True, flexible=True),
    _count("sites", "SITES", lambda row: row.sites),
    _count("failing", "FAIL", lambda row: row.failing),
)

PROBLEMS: Final[tuple[Column[FleetProblem], ...]] = (
    _count("line", "LINE", lambda row: row.line),
    Column("column", "COLUMN", lambda row, _: tidy(row.column), lambda row: row.column, flexible=True, most=24),
    Column("site", "SITE", lambda row, _: tidy(row.site), lambda row: row.site, names=True, flexible=True, most=24),
    Column("problem", "WHAT", lambda row, _: tidy(row.problem), lambda row: row.problem, shorten=end, flexible=True),
)


def rules_words(rules: tuple[tuple[str, int], ...]) -> str:
    """Write which rules hosts fail, and how often each."""
    return ", ".join(f"{rule} {count:,}" for rule, count in rules)
