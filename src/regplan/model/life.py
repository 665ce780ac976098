"""What a site's links carry over its life: event by event, and as expected over a scenario."""

from __future__ import annotations

from regplan.values import dataclass

__all__ = ["CarriedEvent", "ExpectedWay", "Life", "LifeExpected", "OutageEffect"]


@dataclass(frozen=True, slots=True)
class CarriedEvent:
    """What one event carries under one topology, in bytes: the mean over the hosts that it may happen to.

    `wan_low_bytes` and `wan_high_bytes` are the least and the most of them, with the images of unknown placement on one
    host and on every host. `bootstrap-full` is the bootstrap with the room that the claim has, where that is too little, and
    `upgrade-full` an upgrade of which the registry's disk takes nothing. `unknown_images` are those of which a cache fetches other platforms too whose sizes nobody
    told: the internet's bytes are then a lower bound.
    """

    event: str
    topology: str
    wan_bytes: int
    lan_bytes: int
    media_bytes: int
    wan_low_bytes: int
    wan_high_bytes: int
    unknown_images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutageEffect:
    """What an event meets under one topology while the internet or the registry is away, or the registry's `disk` is full.

    `blocked` are images that some host cannot pull then, `fallback` those that come over the internet past the registry.
    """

    outage: str
    event: str
    topology: str
    blocked: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectedWay:
    """What a scenario carries under one topology, as expected.

    `wan_month_bytes` are the internet bytes of each month, `parts` those of all by event. `visits` bring media. `waiting`
    is how many host set-ups, joins and moves are expected to fall into an outage that they wait for. `cost` is None
    without prices.
    """

    topology: str
    wan_bytes: int
    lan_bytes: int
    media_bytes: int
    wan_month_bytes: tuple[int, ...]
    parts: tuple[tuple[str, int], ...]
    visits: int
    waiting: float
    saved_bytes: int
    saved_low_bytes: int
    saved_high_bytes: int
    cost: float | None = None

    def saved_ratio(self, direct_bytes: int) -> float | None:
        """Tell the saved share of what direct pulls carry, None where they carry nothing."""
        return self.saved_bytes / direct_bytes if direct_bytes else None


@dataclass(frozen=True, slots=True)
class LifeExpected:
    """A scenario as expected: `given_upgrades` of its `upgrades` are versions that the site names, the rest are taken to be alike."""

    years: float
    upgrades: int
    given_upgrades: int
    ways: tuple[ExpectedWay, ...]
    break_even_hosts: int | None


@dataclass(frozen=True, slots=True)
class Life:
    """Every event under every topology, what outages block, and from how many hosts on the registry saves at the bootstrap.

    `hosts` is how many the site has. `cache` is the kind of the pull-through cache, `fallback` what happens to an image that the registry lacks. `refused` are
    images that the claim has no room for. `expected` is None where the site has no scenario; `why` tells why not where it
    has one. `upgrade_unresolved` are images of the version to upgrade to that nobody could tell: what upgrades carry is then a lower bound.
    """

    hosts: int
    cache: str
    fallback: str
    events: tuple[CarriedEvent, ...]
    outages: tuple[OutageEffect, ...]
    break_even_hosts: int | None
    refused: tuple[str, ...] = ()
    expected: LifeExpected | None = None
    why: str = ""
    upgrade_unresolved: tuple[str, ...] = ()
