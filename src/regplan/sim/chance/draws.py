"""Lives of a site, drawn at random before any topology is looked at, so that all of them live the same.

Each block of lives has a seed of its own, and in it each kind of event a stream of its own: neither how blocks are spread
over workers nor how often something else happens shifts a draw.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any, Final

from regplan.sim.carried.expected import unavailability
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regplan.model.site import Scenario

__all__ = [
    "FAILURE",
    "JOIN",
    "LIVES",
    "MOVE",
    "RELEASE",
    "YEAR_S",
    "Chances",
    "DrawnLife",
    "Happening",
    "Varied",
    "drawn_lives",
]

YEAR_S: Final = 365 * 86_400
# How many lives a block holds; another number would draw other lives.
LIVES: Final = 50
JOIN, FAILURE, MOVE, RELEASE = "node-add", "reimage", "reschedule", "upgrade"
_STREAMS: Final = (JOIN, FAILURE, MOVE, RELEASE, "internet", "registry", "missing", "internet rate", "unpack rate")


@dataclass(frozen=True, slots=True)
class Varied:
    """What a rate of the site is multiplied by: one of these ratios, each as likely, times a lognormal one of median 1.

    `spread` is the standard deviation of its logarithm.
    """

    ratios: tuple[float, ...] = (1.0,)
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Chances:
    """What lives are drawn from: a scenario's rates, how many hosts the site has at first, and what else may vary.

    Each of `images` is missing in the registry in the share `missing` of all lives.
    """

    scenario: Scenario
    hosts: int
    images: tuple[str, ...] = ()
    missing: float = 0.0
    internet: Varied = Varied()
    unpacking: Varied = Varied()


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of a life: when, in years, and to which host, in the order in which hosts joined, -1 for all.

    `image` is a share from 0 to 1: which of the images that can move then.
    """

    at: float
    kind: str
    host: int = -1
    image: float = 0.0


@dataclass(frozen=True, slots=True)
class DrawnLife:
    """A life of a site: its events by time, the spans in which the internet and the registry are away, and its rates' ratios.

    Times are in years. What is away at the end is so until then.
    """

    years: float
    happenings: tuple[Happening, ...] = ()
    internet_away: tuple[tuple[float, float], ...] = ()
    registry_away: tuple[tuple[float, float], ...] = ()
    missing: frozenset[str] = frozenset()
    internet_ratio: float = 1.0
    unpack_ratio: float = 1.0


def drawn_lives(chances: Chances, seed: int, block: int, count: int = LIVES) -> tuple[DrawnLife, ...]:
    """Draw the lives of a block: the same ones for the same seed and block, whoever asks.

    Releases, failures and moves come at random at their rates, hosts that join at any time; the internet and the registry
    are up and away by turns, both for random times, and at the beginning away as often as at any other time.
    """
    import numpy as np

    children = np.random.SeedSequence(seed, spawn_key=(block,)).spawn(len(_STREAMS))
    streams = {name: np.random.default_rng(child) for name, child in zip(_STREAMS, children, strict=True)}
    return tuple(_drawn(chances, streams) for _ in range(count))


def _drawn(chances: Chances, streams: dict[str, Any]) -> DrawnLife:
    told, years = chances.scenario, chances.scenario.years
    joins = sorted((streams[JOIN].random(told.node_adds) * years).tolist())
    happenings = [
        *(Happening(at, JOIN) for at in joins),
        *_failures(chances, streams[FAILURE], joins),
        *_moves(chances, streams[MOVE], joins),
        *(Happening(at, RELEASE) for at in _times(streams[RELEASE], told.upgrades_per_year, years)),
    ]
    unlucky = streams["missing"].random(len(chances.images)).tolist()
    return DrawnLife(
        years,
        tuple(sorted(happenings, key=lambda each: each.at)),
        _spans(streams["internet"], told.internet_outages_per_year, told.internet_outage_s, years),
        _spans(streams["registry"], told.registry_outages_per_year, told.registry_outage_s, years),
        frozenset(name for name, drawn in zip(chances.images, unlucky, strict=True) if drawn < chances.missing),
        _ratio(chances.internet, streams["internet rate"]),
        _ratio(chances.unpacking, streams["unpack rate"]),
    )


def _times(stream: Any, per_year: float, years: float) -> list[float]:  # noqa: ANN401
    times: list[float] = (stream.random(stream.poisson(per_year * years)) * years).tolist()
    return times


def _failures(chances: Chances, stream: Any, joins: list[float]) -> Iterator[Happening]:  # noqa: ANN401
    """Let every host fail at its rate, from the beginning or from when it joins."""
    most = chances.hosts + len(joins)
    times = _times(stream, chances.scenario.reimages_per_node_year * most, chances.scenario.years)
    hosts = stream.integers(most, size=len(times)).tolist() if times else []
    for at, host in zip(times, hosts, strict=True):
        if host < _present(chances, joins, at):
            yield Happening(at, FAILURE, host)


def _moves(chances: Chances, stream: Any, joins: list[float]) -> Iterator[Happening]:  # noqa: ANN401
    """Let pods move, each to any of the hosts that are there then."""
    times = _times(stream, chances.scenario.reschedules_per_year, chances.scenario.years)
    drawn = stream.random((len(times), 2)).tolist()
    for at, (host, image) in zip(times, drawn, strict=True):
        yield Happening(at, MOVE, int(host * _present(chances, joins, at)), image)


def _present(chances: Chances, joins: Iterable[float], at: float) -> int:
    return chances.hosts + sum(1 for joined in joins if joined < at)


def _spans(stream: Any, per_year: float, lasting_s: float, years: float) -> tuple[tuple[float, float], ...]:  # noqa: ANN401
    """Draw when something is away: up and away by turns, as if it had gone on so for ever."""
    if not (per_year and lasting_s):
        return ()
    mean = lasting_s / YEAR_S
    is_away = bool(stream.random() < unavailability(per_year, lasting_s, YEAR_S))
    scales = (mean, 1 / per_year) if is_away else (1 / per_year, mean)
    turns = years / sum(scales)
    edges = [0.0]
    while edges[-1] < years:
        # As many turns as are likely to be needed, at once.
        for lengths in stream.standard_exponential((int(turns + 6 * turns**0.5) + 4, 2)).tolist():
            for scale, length in zip(scales, lengths, strict=True):
                edges.append(edges[-1] + scale * length)
    spans = zip(edges[not is_away :: 2], edges[1 + (not is_away) :: 2], strict=False)
    return tuple((begin, min(end, years)) for begin, end in spans if begin < years)


def _ratio(varied: Varied, stream: Any) -> float:  # noqa: ANN401
    drawn, normal = stream.random(), stream.standard_normal()
    return varied.ratios[int(drawn * len(varied.ratios))] * exp(varied.spread * normal)
