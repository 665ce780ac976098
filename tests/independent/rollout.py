"""A rollout minute by minute: everybody looks at the clock on the wall, and nothing is skipped. No line is regplan's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

Span = tuple[int, int]


@dataclass(frozen=True)
class Place:
    """A clock, and the minutes of its day from which to which it is open; the second is smaller over midnight."""

    zone: str
    spans: tuple[Span, ...]

    def is_open(self, minute: int) -> bool:
        shown = shown_minute(self.zone, minute)
        return any(a <= shown < b if a < b else shown >= a or shown < b for a, b in self.spans)


@dataclass(frozen=True)
class OwnSite:
    size: int
    link: int  # bytes a minute
    place: Place
    pulls: int = 0
    wave: int = 0


@dataclass(frozen=True)
class OwnRules:
    start: date
    head: Place
    begins: int  # the minute of head office's day on which nights begin
    uplink: int  # bytes a minute
    at_once: int = 10**9
    per_night: int = 10**9
    hub_pulls: int | None = None
    hub_minutes: int = 360
    shared: bool = True
    waits: tuple[int, ...] = (1,)
    closed: frozenset[date] = frozenset()


@dataclass
class Course:
    """By site: bytes and pulls of each day; by day and window of the hub: pulls."""

    sizes: list[dict[date, int]]
    pulls: list[dict[date, int]]
    windows: dict[int, int] = field(default_factory=dict)

    def ends(self) -> list[date]:
        return [max(days) for days in self.sizes]


@cache
def shown_minute(zone: str, minute: int) -> int:
    shown = datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(zone))
    return shown.hour * 60 + shown.minute


@cache
def minutes_of(head: Place, place: Place, begins: int, ends: int) -> frozenset[int]:
    return frozenset(minute for minute in range(begins, ends) if head.is_open(minute) and place.is_open(minute))


def night_begins(rules: OwnRules, day: date) -> int:
    shown = datetime.combine(day, time(rules.begins // 60, rules.begins % 60), ZoneInfo(rules.head.zone))
    return int(shown.timestamp()) // 60


def walk(rules: OwnRules, sites: list[OwnSite], most_nights: int = 200) -> Course:
    left = [site.size for site in sites]
    asked = [site.pulls for site in sites]
    course = Course([{} for _ in sites], [{} for _ in sites])
    day, wave, ready = rules.start, 0, rules.start
    while any(left) and most_nights:
        while not any(site.wave == wave for site in sites):
            wave += 1
        if day >= ready and day not in rules.closed:
            one_night(rules, sites, (day, wave), (left, asked), course)
            if not any(size for size, site in zip(left, sites, strict=True) if site.wave == wave):
                ready = day + timedelta(days=rules.waits[wave])
                wave += 1
        day += timedelta(days=1)
        most_nights -= 1
    assert not any(left)
    return course


def one_night(
    rules: OwnRules, sites: list[OwnSite], night: tuple[date, int], rest: tuple[list[int], list[int]], course: Course
) -> None:
    (day, wave), (left, asked) = night, rest
    begins, ends = night_begins(rules, day), night_begins(rules, day + timedelta(days=1))
    opens = {
        number: minutes_of(rules.head, site.place, begins, ends)
        for number, site in enumerate(sites)
        if site.wave == wave and left[number]
    }
    tonight = [number for number, minutes in opens.items() if minutes][: rules.per_night]
    may = {number: asked[number] for number in tonight}
    for minute in range(begins, ends):
        if rules.hub_pulls is not None and (minute - begins) % rules.hub_minutes == 0:
            last = minute + rules.hub_minutes
            budget = rules.hub_pulls if last <= ends else 0
            may = {}
            for number in tonight:
                if any(minute <= each < last for each in opens[number]):
                    may[number] = min(asked[number], budget)
                    budget -= may[number] if rules.shared else 0
        if not any(minute in each for each in opens.values()):
            continue
        room = rules.uplink
        for number in [each for each in tonight if left[each] and minute in opens[each]][: rules.at_once]:
            size = min(room, sites[number].link, left[number])
            room -= size
            if size and may.get(number, 0):
                count = may.pop(number)
                asked[number] -= count
                course.pulls[number][day] = course.pulls[number].get(day, 0) + count
                window = minute - (minute - begins) % rules.hub_minutes
                course.windows[window] = course.windows.get(window, 0) + count
            if size and not asked[number]:
                left[number] -= size
                course.sizes[number][day] = course.sizes[number].get(day, 0) + size
