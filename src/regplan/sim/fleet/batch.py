"""Some sites of a block at once: each drawn from its own streams, and what they carry reckoned side by side."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from regplan.sim.fleet.events import drawn_events
from regplan.sim.fleet.ready import last_ready_ms
from regplan.sim.fleet.tables import Tables
from regplan.sim.fleet.years import years_of
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.sim.fleet.events import Events
    from regplan.sim.fleet.prices import Prices
    from regplan.sim.fleet.subject import Spec, Subject

__all__ = ["Batch", "batches", "drawn_together"]

# Draws of so many sites are looked at together: enough that a call takes longer than to call it, few enough for a processor's cache.
_DRAWS: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Batch:
    """What some sites drew: internet bytes by site, topology and draw, and in each draw what all of them do together.

    `release` is by topology, of one release that all take that take any; `lines_bps` what the lines of all carry at once. `ready` is of
    each site, by topology, when its last host is ready in milliseconds, none where nobody told its lines.
    """

    wan: Any
    release: Any
    lines_bps: Any
    ready: list[dict[str, Any]]


def batches(subjects: Sequence[Subject], spec: Spec) -> Iterator[list[int]]:
    """Part a block's sites, by their places, into some at a time: those that have the same prices beside each other."""
    first = {id(each.prices): place for place, each in reversed(list(enumerate(subjects)))}
    places = sorted(range(len(subjects)), key=lambda place: (first[id(subjects[place].prices)], place))
    size = max(1, _DRAWS // spec.draws)
    return (places[begin : begin + size] for begin in range(0, len(places), size))


def drawn_together(subjects: Sequence[Subject], spec: Spec) -> Batch:
    """Draw the years of some sites."""
    import numpy as np

    drawn = [drawn_events(subject, spec) for subject in subjects]
    wan, release = [], 0
    lines = np.zeros(spec.draws, dtype=np.int64)
    for prices, alike in _alike(subjects, drawn):
        years = years_of(alike, Tables(prices))
        shape = len(prices.ways), len(alike), spec.draws
        wan.append(years.wan.reshape(shape).swapaxes(0, 1))
        release = release + years.release.reshape(shape).sum(axis=1)
    for subject, events in zip(subjects, drawn, strict=True):
        if subject.line_bps is not None:
            lines += np.rint(events.internet * subject.line_bps).astype(np.int64)
    ready = last_ready_ms(
        (each.boot, events.internet, events.unpacking) for each, events in zip(subjects, drawn, strict=True)
    )
    return Batch(np.concatenate(wan), release, lines, ready)


def _alike(subjects: Sequence[Subject], drawn: Sequence[Events]) -> Iterator[tuple[Prices, list[Events]]]:
    """Part sites by their prices; one whose registry lacks images is by itself."""
    both = zip(subjects, drawn, strict=True)
    for key, group in groupby(
        both, key=lambda each: id(each[0].prices) if each[0].prices.lacks is None else id(each[0])
    ):
        del key
        found = list(group)
        yield found[0][0].prices, [events for _, events in found]
