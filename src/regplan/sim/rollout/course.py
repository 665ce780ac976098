"""A rollout from its first night to its last, and what slips where one of them fails."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.rollout import Rollout, RolloutSite, RolloutSlip
from regplan.sim.rollout.calendar import Calendar, check_meetings
from regplan.sim.rollout.night import run_night
from regplan.sim.rollout.state import Ground, Left, minute_bytes
from regplan.units import format_count
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from regplan.model.rollout import RolloutNight, RolloutRules, SiteNeed, SitePart

__all__ = ["rollout_of"]

_MOST_NIGHTS: Final = 3_660


def rollout_of(rules: RolloutRules, needs: Iterable[SiteNeed], failing: Collection[date] | None = ()) -> Rollout:
    """Tell a rollout; sites of a wave are sent to in the order of `needs`.

    `failing` are the nights of which it is asked what slips where they fail, each alone; None is every night. Raises
    `InputError` for a rollout that never ends, or takes over ten years.
    """
    ordered = tuple(sorted(needs, key=lambda each: each.wave))
    calendar = Calendar.of(rules, ordered)
    check_meetings(calendar, ordered)
    ground = Ground.of(rules, ordered, calendar)
    course = _Course.of(ground)
    kept: dict[int, Left] = {}
    while course.is_going:
        if failing is None or calendar.night(course.number).day in failing:
            kept[course.number] = course.left.copy()
        course.go()
    told = tuple(_site(ground, place, tuple(parts)) for place, parts in enumerate(course.parts))
    last = {number for number, _ in course.nights}
    slips = (_slip(ground, number, kept[number], told) for number in sorted(kept) if number in last)
    return Rollout(rules, tuple(night for _, night in course.nights), told, tuple(slips))


@dataclass(slots=True)
class _Course:
    """A rollout under way: the number of the night that comes, what is left, what came of it so far."""

    ground: Ground
    left: Left
    number: int
    nights: list[tuple[int, RolloutNight]]
    parts: list[list[SitePart]]

    @classmethod
    def of(cls, ground: Ground, left: Left | None = None, number: int = 0) -> _Course:
        """Begin with everything to be done, or go on with what is left in a night."""
        if left is None:
            sizes = [each.size_bytes for each in ground.needs]
            pulls = [each.pulls if each.size_bytes else 0 for each in ground.needs]
            left = Left(sizes, pulls, ground.rules.start)
        return cls(ground, left, number, [], [[] for _ in ground.needs])

    @property
    def is_going(self) -> bool:
        """Tell whether a wave is left; waves without sites are passed by."""
        while self.left.wave < len(self.ground.waves) and not self.ground.waves[self.left.wave]:
            self.left.wave += 1
        return self.left.wave < len(self.ground.waves)

    def go(self) -> None:
        """Let the next night happen."""
        if self.number >= _MOST_NIGHTS:
            done = format_count(sum(not size for size in self.left.sizes), "site")
            raise InputError(
                f"this rollout takes over ten years: {done} of {len(self.left.sizes):,} would be done by then"
            )
        night, parts = run_night(self.ground, self.left, self.number)
        for site, part in parts:
            self.parts[site].append(part)
        if night is not None:
            self.nights.append((self.number, night))
            self._end_wave(night.night)
        self.number += 1

    def _end_wave(self, day: date) -> None:
        if any(self.left.sizes[site] for site in self.ground.waves[self.left.wave]):
            return
        self.left.ready = day + timedelta(days=self.ground.rules.waves[self.left.wave].wait_days)
        self.left.wave += 1
        self.left.is_begun = False


def _slip(ground: Ground, number: int, left: Left, planned: Sequence[RolloutSite]) -> RolloutSlip:
    """Go on from the night after one in which nothing was sent, and tell what is done later than planned."""
    course = _Course.of(ground, left, number + 1)
    while course.is_going:
        course.go()
    ends = [parts[-1].night if parts else site.last_night for site, parts in zip(planned, course.parts, strict=True)]
    moved = tuple(
        (site.need.name, site.last_night, end)
        for site, end in zip(planned, ends, strict=True)
        if end != site.last_night
    )
    last, before = max(ends), max(site.last_night for site in planned)
    return RolloutSlip(ground.calendar.night(number).day, moved, last, (last - before).days)


def _site(ground: Ground, place: int, parts: tuple[SitePart, ...]) -> RolloutSite:
    need, rules = ground.needs[place], ground.rules
    rate_bps = min(need.link_bps or rules.uplink_bps, rules.uplink_bps)
    return RolloutSite(need, parts, _alone(ground.calendar, need, minute_bytes(rate_bps, rules.overhead)), rate_bps)


def _alone(calendar: Calendar, need: SiteNeed, size: int) -> int:
    """Count the nights that a site would take if it were the only one, from the first allowed one on."""
    left, number, used = need.size_bytes, 0, 0
    while left > 0:
        minutes = calendar.minutes(number, need.hours) if calendar.is_allowed(number) else 0
        left -= minutes * size
        used += minutes > 0
        number += 1
    return used
