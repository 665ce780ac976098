"""Hours in which something may be sent, by the clock of a place; pure: the moment is an argument.

A window is open exactly while the clock on the wall there shows a time in it. So where clocks are put forward a night is
an hour shorter, where they are put back an hour longer, and an hour that the clock shows twice is open twice.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

__all__ = ["Windows", "moment_on", "wall_clock"]

_DAY_S: Final = 86_400
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", re.ASCII)
_DAYS_AHEAD: Final = 4


@dataclass(frozen=True, slots=True)
class Windows:
    """Daily windows by the clock of `zone` (an IANA name; None: this machine's); moments are Unix times in seconds.

    `spans` holds the first second of the day that is in a window and the first that is not any more, which is the
    smaller one where the window goes over midnight.
    """

    spans: tuple[tuple[int, int], ...]
    zone: str | None = None

    @classmethod
    def parse(cls, texts: str | Iterable[str], zone: str | None = None) -> Windows:
        """Read one or several windows; raises `InputError`.

        >>> str(Windows.parse("22:00-05:00", "Europe/Berlin"))
        '22:00-05:00 (Europe/Berlin)'
        """
        listed = (texts,) if isinstance(texts, str) else tuple(texts)
        spans = tuple(_span(part) for text in listed for part in text.split(","))
        return cls(spans, zone)

    def __str__(self) -> str:
        """Write the windows as `--window` takes them, and whose clock they go by."""
        spans = ", ".join(f"{_time(start)}-{_time(end)}" for start, end in self.spans)
        return f"{spans} ({self.zone or 'the clock of this machine'})"

    @property
    def longest_s(self) -> float:
        """The longest time without a break that the windows are open, on a day whose clocks are not put."""
        return max(self._run_from(start) for start, _ in self.spans)

    def is_open(self, now_s: float) -> bool:
        """Tell whether something may be sent at a moment."""
        return self._shows_open(_second_of_day(now_s, self.zone))

    def closes_in_s(self, now_s: float) -> float:
        """Tell after how many seconds nothing may be sent any more: 0 where that is so now, infinite where never."""
        return self._change_in_s(now_s) if self.is_open(now_s) else 0.0

    def opens_in_s(self, now_s: float) -> float:
        """Tell after how many seconds something may be sent: 0 where that is so now."""
        return 0.0 if self.is_open(now_s) else self._change_in_s(now_s)

    def open_between(self, first_s: int, last_s: int) -> tuple[tuple[int, int], ...]:
        """Tell when the windows are open from a moment until another: begins and ends, in order."""
        found, place = [], first_s
        while place < last_s:
            begins = place + math.ceil(min(self.opens_in_s(place), last_s - place))
            ends = begins + math.ceil(min(self.closes_in_s(begins), last_s - begins)) if begins < last_s else begins
            if ends > begins:
                found.append((begins, ends))
            place = max(ends, begins)
        return tuple(found)

    def _shows_open(self, second: int) -> bool:
        return any(_holds(start, end, second) for start, end in self.spans)

    def _change_in_s(self, now_s: float) -> float:
        """Tell when the windows open or close next: go from edge to edge, and stop where clocks are put in between."""
        state = self.is_open(now_s)
        edges = {edge % _DAY_S for span in self.spans for edge in span}
        place, last = math.floor(now_s), math.floor(now_s) + _DAYS_AHEAD * _DAY_S
        while place < last:
            second = _second_of_day(place, self.zone)
            there = place + min((edge - second) % _DAY_S or _DAY_S for edge in edges)
            place = _first_other(place, there, self.zone)
            if self.is_open(place) != state:
                return place - now_s
        return math.inf

    def _run_from(self, start: int) -> float:
        end = start
        while end - start < _DAY_S:
            reached = [
                (last - end) % _DAY_S or _DAY_S for first, last in self.spans if _holds(first, last, end % _DAY_S)
            ]
            if not reached:
                return float(end - start)
            end += max(reached)
        return math.inf


def wall_clock(at_s: float, zone: str | None = None) -> datetime:
    """Tell what the clock of a place shows at a moment; None: the clock of this machine.

    >>> wall_clock(0, "Europe/Berlin").isoformat()
    '1970-01-01T01:00:00+01:00'
    """
    return datetime.fromtimestamp(at_s, UTC).astimezone(None if zone is None else _zone(zone))


def moment_on(day: date, second: int, zone: str) -> int:
    """Tell when the clock of a place shows a second of a day, the first time; where it leaves that out, as much later.

    >>> moment_on(date(1970, 1, 1), 3600, "Europe/Berlin")
    0
    """
    shown = datetime.combine(day, time(second // 3600, second % 3600 // 60, second % 60), _zone(zone))
    return round(shown.timestamp())


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    # Only a seeding with windows needs zones, and loading them reads the disk.
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InputError(f"no time zone {name!r} is known here; write one such as Europe/Berlin") from error


def _first_other(here: int, there: int, zone: str | None) -> int:
    """Tell the first second after `here`, up to `there`, at which the clock has been put; else `there`."""
    offset = _offset(here, zone)
    if _offset(there, zone) == offset:
        return there
    before, after = here, there
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(middle, zone) == offset else (before, middle)
    return after


def _offset(at_s: int, zone: str | None) -> float:
    offset = wall_clock(at_s, zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()


def _second_of_day(at_s: float, zone: str | None) -> int:
    shown = wall_clock(math.floor(at_s), zone)
    return shown.hour * 3600 + shown.minute * 60 + shown.second


def _holds(start: int, end: int, second: int) -> bool:
    return start <= second < end if start < end else second >= start or second < end


def _span(text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text.strip()!r} is not a window; write two times of day, such as 22:00-05:00")
    start, end = (_second(match[hour], match[hour + 1], text) for hour in (1, 3))
    if start % _DAY_S == end % _DAY_S and (start, end) != (0, _DAY_S):
        raise InputError(f"{text.strip()!r} is a window that never opens; the whole day is 00:00-24:00")
    return start % _DAY_S, end


def _second(hour: str, minute: str, text: str) -> int:
    second = int(hour) * 3600 + int(minute) * 60
    if int(minute) > 59 or second > _DAY_S:
        raise InputError(f"{text.strip()!r}: a day has no {hour}:{minute}; write 00:00 to 24:00")
    return second


def _time(second: int) -> str:
    return f"{second // 3600:02}:{second % 3600 // 60:02}"
