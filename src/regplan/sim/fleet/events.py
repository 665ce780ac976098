"""What happens to a site in many years at once, drawn before any topology is looked at.

Every site has streams of its own, by its name, and each kind of event one of them: neither the place of a site in a table
nor how it is spread over workers nor how often something else happens shifts a draw. Releases are the same for all sites
of a fleet, as software is released to all: a site takes those that its rate takes.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from math import ceil, inf
from typing import TYPE_CHECKING, Any

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from regplan.sim.chance.draws import Varied
    from regplan.sim.fleet.subject import Spec, Subject

__all__ = ["Events", "beside", "drawn_events"]

_RELEASES, _SITES = 0, 1
_RATES, _FAILURES, _MOVES, _MISSING = range(4)


@dataclass(frozen=True, slots=True)
class Events:
    """What happens to a site in each of so many draws, before any topology is looked at.

    `upgrades` and `first_upgrade` (in years, infinite without one) have one value for each draw, `joins` a row for each host that joins.
    `failure_*` are of each host that is set up anew: its draw, when, and which host, in the order in which hosts join. `moves` is
    how many pods move. `*_past` are chances from 0 to 1: where they are below that of the registry to be away, it is.
    `internet` and `unpacking` are what the site's rates are multiplied by: one for each draw, or one for all. `missing` tells of
    each draw (rows) which images the registry lacks, None where it has all.
    """

    joins: Any
    joins_past: Any
    upgrades: Any
    first_upgrade: Any
    upgrade_past: Any
    failure_draws: Any
    failure_at: Any
    failure_hosts: Any
    failures_past: Any
    moves: Any
    internet: Any
    unpacking: Any
    missing: Any = None


def drawn_events(subject: Subject, spec: Spec) -> Events:
    """Draw what happens to a site: the same for the same seed and name, whoever asks."""
    import numpy as np

    stream_of = _streams(spec.seed, subject.name)
    draws, years, prices = spec.draws, subject.years, subject.prices
    rates = stream_of(_RATES)
    internet, unpacking = (_ratios(varied, rates, draws) for varied in (subject.internet, subject.unpacking))
    # How many hosts join shifts nothing that is drawn before them.
    chances = rates.random((2 * prices.joins + 1, draws)) if prices.joins or prices.past else np.ones((1, draws))
    past_from = 1 + prices.joins
    hosts = len(prices.kinds)
    of, drawn, which = _failures(subject.failures_per_year * hosts * years, hosts, draws, stream_of)
    upgrades, first = _releases(spec.seed, draws, subject.upgrades_per_year, years)
    moves = (
        stream_of(_MOVES).poisson(subject.moves_per_year * years, draws)
        if subject.moves_per_year
        else np.zeros(draws, np.int64)
    )
    lacks = prices.lacks
    missing = None if lacks is None else stream_of(_MISSING).random((draws, lacks.images)) < lacks.chance
    return Events(
        chances[1:past_from] * years,
        chances[past_from:],
        upgrades,
        first,
        chances[0],
        of,
        drawn[0] * years,
        which,
        drawn[1],
        moves,
        internet,
        unpacking,
        missing,
    )


def beside(drawn: Sequence[Events]) -> Events:
    """Put the draws of sites that are alike beside each other, as if one site had them all.

    Hosts that are set up anew are left out, and so is what differs from site to site.
    """
    import numpy as np

    def each(key: str) -> Any:  # noqa: ANN401
        return np.concatenate([getattr(events, key) for events in drawn], axis=-1)

    return Events(
        each("joins"),
        each("joins_past"),
        each("upgrades"),
        each("first_upgrade"),
        each("upgrade_past"),
        *(None,) * 4,
        each("moves"),
        None,
        None,
    )


def _failures(expected: float, hosts: int, draws: int, stream_of: Callable[[int], Any]) -> tuple[Any, Any, Any]:
    """Draw hosts that are set up anew: of which draw, two chances for each, and which host."""
    import numpy as np

    if not expected:
        return np.zeros(0, np.int64), np.zeros((2, 0)), np.zeros(0, np.int64)
    stream = stream_of(_FAILURES)
    # As many in all draws as in one that lasts as long, each in any of them: what is in one is then Poisson too.
    count = stream.poisson(expected * draws)
    return stream.integers(draws, size=count), stream.random((2, count)), stream.integers(hosts, size=count)


def _streams(seed: int, name: str) -> Callable[[int], Any]:
    """Tell how to open a site's streams, by their numbers: those of `SeedSequence(seed, spawn_key=(_SITES, *words, number))`."""
    import numpy as np

    digest = hashlib.sha256(name.encode()).digest()
    # What numpy puts together of a seed, filled up to 128 bits, and a key; that takes it as long as all else.
    seed_bytes = seed.to_bytes(max(16, 4 * ceil(seed.bit_length() / 32)), "little")
    begun = [*np.frombuffer(seed_bytes, "<u4").tolist(), _SITES, *np.frombuffer(digest[:16], ">u4").tolist()]
    return lambda number: np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(np.array([*begun, number], dtype=np.uint32)))
    )


@lru_cache(maxsize=8)
def _releases(seed: int, draws: int, per_year: float, years: float) -> tuple[Any, Any]:
    """Tell how many releases a site takes in each draw, and when the first comes.

    They are the points of a process over time and level, at one a year and level: a site takes those below its rate, so that
    one that takes fewer takes some of those that others take.
    """
    import numpy as np

    counts, first = np.zeros(draws, dtype=np.int64), np.full(draws, inf)
    for level in range(ceil(per_year)):
        for year in range(ceil(years)):
            cell = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_RELEASES, level, year)))
            of = np.repeat(np.arange(draws), cell.poisson(1.0, draws))
            drawn = cell.random((2, of.size))
            taken = (level + drawn[0] < per_year) & (year + drawn[1] < years)
            counts += np.bincount(of[taken], minlength=draws)
            np.minimum.at(first, of[taken], year + drawn[1][taken])
    return counts, first


def _ratios(varied: Varied, stream: Any, draws: int) -> Any:  # noqa: ANN401
    """Draw what a rate is multiplied by; what does not vary is told once."""
    import numpy as np

    drawn, normal = stream.random(draws), stream.standard_normal(draws)
    if len(varied.ratios) == 1:
        (ratios,) = varied.ratios
        return ratios * np.exp(varied.spread * normal) if varied.spread else np.array(varied.ratios)
    ratios = np.array(varied.ratios)[(drawn * len(varied.ratios)).astype(np.int64)]
    return ratios * np.exp(varied.spread * normal)
