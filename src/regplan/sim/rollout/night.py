"""One night of a rollout, in whole minutes and whole bytes.

Sites have their order, and none overtakes another by what that one will need: in each minute the first gets what its link
takes, the next what is left of the uplink, and so on. A site that waits for a hub keeps its place and its share. So a
faster uplink makes no site later, and a night that fails makes none earlier.
"""

from __future__ import annotations

from dataclasses import field
from itertools import pairwise
from typing import TYPE_CHECKING

from regplan.model.rollout import BOUNDS, RolloutNight, SitePart
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.rollout import NightHours
    from regplan.sim.rollout.calendar import Spans
    from regplan.sim.rollout.state import Ground, Left

__all__ = ["run_night"]

_MINUTE_S = 60


@dataclass(slots=True)
class _Got:
    """What a site got in a night."""

    size: int = 0
    pulls: int = 0
    begins: int = 0
    ends: int = 0
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class _Minute:
    """What sites take in a minute, for how many minutes it stays so, and what holds up the first that gets less."""

    takes: tuple[tuple[int, int], ...]
    lasts: int
    why: str


@dataclass(slots=True)
class _Night:
    """A night under way: the sites that are sent to tonight, and what came of it so far."""

    ground: Ground
    left: Left
    number: int
    tonight: list[int]
    is_cut: bool
    spans: dict[int, Spans]
    got: dict[int, _Got] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    hub_pulls: dict[int, int] = field(default_factory=dict)
    entitled: dict[int, int] = field(default_factory=dict)

    @property
    def hours(self) -> NightHours:
        return self.ground.calendar.night(self.number)

    def run(self) -> None:
        """Go from one moment at which anything opens, closes or begins anew to the next."""
        window = -1
        for begins, ends in self._stretches():
            if self._hub_window(begins) != window:
                window = self._hub_window(begins)
                self._entitle(begins)
            now = [site for site in self.tonight if self.left.sizes[site] and self._is_open(site, begins)]
            self._send(now, begins, ends)

    def _stretches(self) -> Iterator[tuple[int, int]]:
        """Cut head office's open minutes where a site opens or closes, and where the hub counts anew."""
        cuts = {edge for spans in set(self.spans.values()) for span in spans for edge in span}
        hub, hours = self.ground.rules.hub, self.hours
        if hub is not None:
            cuts |= set(range(hours.begins_min, hours.ends_min, hub.window_s // _MINUTE_S))
        for begins, ends in self.ground.calendar.uplink(self.number):
            inside = sorted(cut for cut in cuts if begins < cut < ends)
            yield from pairwise((begins, *inside, ends))

    def _is_open(self, site: int, minute: int) -> bool:
        return any(begins <= minute < ends for begins, ends in self.spans[site])

    def _hub_window(self, minute: int) -> int:
        hub = self.ground.rules.hub
        return 0 if hub is None else (minute - self.hours.begins_min) // (hub.window_s // _MINUTE_S)

    def _entitle(self, minute: int) -> None:
        """Tell how many pulls each site may make in a hub's window: in the sites' order, whoever opens in it; unused ones lapse.

        So none takes what one before it will need that opens later. A window that the night cuts short has none, so that
        two windows never lie closer than the hub counts.
        """
        hub = self.ground.rules.hub
        self.entitled = {}
        if hub is None:
            return
        length = hub.window_s // _MINUTE_S
        begins = self.hours.begins_min + self._hub_window(minute) * length
        if begins + length > self.hours.ends_min:
            return
        budget = hub.pulls
        for site in self.tonight:
            wanted = self.left.pulls[site]
            if wanted and any(first < begins + length and last > begins for first, last in self.spans[site]):
                self.entitled[site] = min(wanted, budget if hub.is_shared else hub.pulls)
                budget -= self.entitled[site]

    def _pull(self, site: int, minute: int) -> None:
        """Make the pulls that a site may make, when it is first sent to."""
        hub, wanted = self.ground.rules.hub, self.left.pulls[site]
        count = wanted if hub is None else self.entitled.pop(site, 0)
        if not count:
            return
        self.got.setdefault(site, _Got(begins=minute, ends=minute)).pulls += count
        self.left.pulls[site] -= count
        if hub is not None:
            begins = self.hours.begins_min + self._hub_window(minute) * (hub.window_s // _MINUTE_S)
            self.hub_pulls[begins] = self.hub_pulls.get(begins, 0) + count

    def _send(self, now: list[int], begins: int, ends: int) -> None:
        """Send to the sites that are open, as long as nothing opens or closes."""
        place = begins
        while place < ends and now:
            step = self._minute(now, place)
            minutes = min(ends - place, step.lasts)
            for site, size in step.takes:
                self._sent(site, size * minutes, place, minutes)
                if not self.left.sizes[site]:
                    now.remove(site)
            place += minutes
            self.held[step.why] = self.held.get(step.why, 0) + minutes
        if place < ends and (why := self._why_idle()):
            self.held[why] = self.held.get(why, 0) + ends - place

    def _minute(self, now: Sequence[int], minute: int) -> _Minute:
        """Share out one minute."""
        sizes, pulls, links = self.left.sizes, self.left.pulls, self.ground.links
        most = self.ground.rules.at_once
        room, takes, lasts = self.ground.uplink, [], self.hours.ends_min
        waits = is_short = False
        for site in now[:most]:
            wanted = min(links[site], sizes[site])
            size = min(wanted, room)
            is_short = is_short or size < wanted
            if not size:
                break
            room -= size
            if pulls[site]:
                self._pull(site, minute)
            if pulls[site]:
                waits = True
            else:
                takes.append((site, size))
                lasts = min(lasts, sizes[site] // size)
        is_shut = most is not None and len(now) > most
        return _Minute(tuple(takes), lasts, _why(waits=waits, is_short=is_short, is_shut=is_shut, is_cut=self.is_cut))

    def _sent(self, site: int, size: int, minute: int, minutes: int) -> None:
        got = self.got.setdefault(site, _Got(begins=minute))
        got.size += size
        got.minutes += minutes
        got.ends = minute + minutes
        self.left.sizes[site] -= size

    def _why_idle(self) -> str:
        """Tell why nobody is sent to, although head office is open: "" where nothing is left."""
        if any(self.left.sizes[site] for site in self.tonight):
            return "window"
        return "per_night" if self.is_cut else "wave" if any(self.left.sizes) else ""


def run_night(ground: Ground, left: Left, number: int) -> tuple[RolloutNight | None, tuple[tuple[int, SitePart], ...]]:
    """Let a night happen: `left` is then what is left after it; None where nothing was sent and nobody was done.

    A night that is not allowed, or in which no wave may begin yet, is none.
    """
    calendar, day = ground.calendar, ground.calendar.night(number).day
    if day < left.ready or not calendar.is_allowed(number):
        return None, ()
    wave = ground.waves[left.wave]
    spans = {site: calendar.open(number, ground.needs[site].hours) for site in wave if left.sizes[site]}
    able = [site for site in spans if spans[site]]
    most = ground.rules.per_night
    night = _Night(ground, left, number, able[:most], most is not None and len(able) > most, spans)
    if not left.is_begun:
        # What needs nothing over the uplink is done when its wave begins.
        night.got |= {
            site: _Got(begins=night.hours.begins_min, ends=night.hours.begins_min)
            for site in wave
            if not left.sizes[site]
        }
        left.is_begun = True
    night.run()
    return _told(night)


def _told(night: _Night) -> tuple[RolloutNight | None, tuple[tuple[int, SitePart], ...]]:
    ground, day = night.ground, night.hours.day
    parts = tuple(
        (site, SitePart(day, got.size, got.pulls, got.begins * _MINUTE_S, got.ends * _MINUTE_S, got.minutes))
        for site, got in sorted(night.got.items())
    )
    if not parts:
        return None, ()
    minutes = sum(ends - begins for begins, ends in ground.calendar.uplink(night.number))
    held = sorted(night.held.items(), key=lambda each: (-each[1], BOUNDS.index(each[0])))
    names = [(site, ground.needs[site].name) for site, _ in parts]
    return RolloutNight(
        night=day,
        sites=tuple(name for _, name in names),
        done=tuple(name for site, name in names if not night.left.sizes[site]),
        size_bytes=sum(part.size_bytes for _, part in parts),
        pulls=sum(part.pulls for _, part in parts),
        open_minutes=minutes,
        most_bytes=minutes * ground.uplink,
        held=tuple(held),
        hub_pulls=tuple(sorted(night.hub_pulls.items())),
    ), parts


def _why(*, waits: bool, is_short: bool, is_shut: bool, is_cut: bool) -> str:
    """Name what holds sites up: what could be had for more of it comes first, then what was decided, then their own links."""
    told = (("hub", waits), ("uplink", is_short), ("at_once", is_shut), ("per_night", is_cut))
    return next((name for name, is_so in told if is_so), "link")
