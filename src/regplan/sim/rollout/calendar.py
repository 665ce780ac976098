"""The nights of a rollout, and the minutes of each in which head office and a site are both open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.rollout import NightHours
from regplan.model.windows import moment_on
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regplan.model.rollout import RolloutRules, SiteNeed
    from regplan.model.windows import Windows

__all__ = ["Calendar", "check_meetings", "met", "night_start"]

_DAY_S: Final = 86_400
_NOON_S: Final = 43_200
_MINUTE_S: Final = 60
# Windows that do not meet in so many nights never do: clocks are put twice a year.
_MOST_APART: Final = 400
_MOST_TOLD: Final = 10

Spans = tuple[tuple[int, int], ...]


def night_start(head: Windows, sites: Iterable[Windows]) -> int:
    """Tell the second of head office's day on which a night begins: where its windows first open.

    Where they are open all day, nights go from noon to noon if no site is open at noon, and else from midnight.
    """
    if not _is_open_all_day(head):
        return head.spans[0][0]
    return 0 if any(_shows(each, _NOON_S) for each in sites) else _NOON_S


def met(first: Spans, second: Spans) -> Spans:
    """Tell what two lists of spans have in common.

    >>> met(((0, 10), (20, 30)), ((5, 25),))
    ((5, 10), (20, 25))
    """
    found = []
    for begins, ends in first:
        for start, end in second:
            low, high = max(begins, start), min(ends, end)
            if low < high:
                found.append((low, high))
    return tuple(sorted(found))


@dataclass(slots=True)
class Calendar:
    """The nights of a rollout by number, from 0 on; `start_s` is the second of the day on which they begin."""

    rules: RolloutRules
    start_s: int
    _nights: list[NightHours]
    _open: dict[tuple[int, Windows], Spans]
    _met: dict[tuple[int, Windows], Spans]

    @classmethod
    def of(cls, rules: RolloutRules, needs: Iterable[SiteNeed]) -> Calendar:
        """Make the calendar of a rollout."""
        return cls(rules, night_start(rules.hours, {need.hours for need in needs}), [], {}, {})

    def night(self, number: int) -> NightHours:
        """Tell a night: it ends where the next one begins, so that it is 23 or 25 hours long where clocks are put."""
        while len(self._nights) <= number:
            day = self.rules.start + timedelta(days=len(self._nights))
            begins, ends = (self._begins(each) for each in (day, day + timedelta(days=1)))
            self._nights.append(NightHours(day, begins, ends))
        return self._nights[number]

    def is_allowed(self, number: int) -> bool:
        """Tell whether anything may be sent in a night."""
        return self.rules.is_allowed(self.night(number).day)

    def uplink(self, number: int) -> Spans:
        """Tell the minutes of a night in which head office's windows are open."""
        return self._opened(number, self.rules.hours)

    def open(self, number: int, hours: Windows) -> Spans:
        """Tell the minutes of a night in which head office's windows and a site's are both open."""
        key = number, hours
        if key not in self._met:
            self._met[key] = met(self.uplink(number), self._opened(number, hours))
        return self._met[key]

    def minutes(self, number: int, hours: Windows) -> int:
        """Count those minutes."""
        return sum(ends - begins for begins, ends in self.open(number, hours))

    def _begins(self, day: date) -> int:
        return moment_on(day, self.start_s, self.rules.zone) // _MINUTE_S

    def _opened(self, number: int, hours: Windows) -> Spans:
        key = number, hours
        if key not in self._open:
            night = self.night(number)
            spans = hours.open_between(night.begins_min * _MINUTE_S, night.ends_min * _MINUTE_S)
            self._open[key] = tuple((begins // _MINUTE_S, ends // _MINUTE_S) for begins, ends in spans)
        return self._open[key]


def check_meetings(calendar: Calendar, needs: Iterable[SiteNeed]) -> None:
    """Raise `InputError` for sites whose windows never meet head office's: their rollout would never end."""
    apart: dict[Windows, list[str]] = {}
    for need in needs:
        if need.size_bytes:
            apart.setdefault(need.hours, []).append(need.name)
    told = [
        f"{_names(names)}: {hours} never meets head office's {calendar.rules.hours}"
        for hours, names in apart.items()
        if not any(calendar.is_allowed(each) and calendar.minutes(each, hours) for each in range(_MOST_APART))
    ]
    if told:
        raise InputError("this rollout would never end: " + "; ".join(told))


def _names(names: list[str]) -> str:
    more = len(names) - _MOST_TOLD
    return ", ".join(names[:_MOST_TOLD]) + (f" and {more} more" if more > 0 else "")


def _is_open_all_day(hours: Windows) -> bool:
    return hours.longest_s == float("inf")


def _shows(hours: Windows, second: int) -> bool:
    spans: Iterator[tuple[int, int]] = iter(hours.spans)
    return any(first <= second < last if first < last else second >= first or second < last for first, last in spans)
