"""Many lives of a site under every topology: what they come to, block by block, and when they are enough."""

from __future__ import annotations

from functools import partial, reduce
from math import ceil
from operator import add
from typing import TYPE_CHECKING, Final

from regplan.sim.carried.life import Course, topologies_of
from regplan.sim.carried.year import check_scenario
from regplan.sim.chance.boots import ready_in
from regplan.sim.chance.counted import DrawnWay, Line, counted_way, paying_hosts
from regplan.sim.chance.draws import LIVES, drawn_lives
from regplan.sim.chance.intervals import ENOUGH, mean_interval, ratio_interval
from regplan.sim.chance.summary import NOTHING, Summary
from regplan.sim.chance.walk import Walk
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from regplan.sim.carried.life import Terms
    from regplan.sim.carried.of_site import SiteImages
    from regplan.sim.chance.boots import Ready
    from regplan.sim.chance.closed import Boot
    from regplan.sim.chance.draws import Chances

__all__ = ["DIRECT", "Drawn", "Subject", "lives_of", "run_block"]

DIRECT: Final = "direct"
_PRIMARY: Final = "primary"
# As many as are looked at before it is asked whether they are enough.
_BLOCKS_AT_FIRST: Final = 2


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose lives are drawn: a site's images, its terms, its chances, and the share of all bytes that an upgrade brings.

    `delta` is for sites that name no version to upgrade to. `boot` tells its lines, None where they are not known, `line` what is
    told of the internet link by itself.
    """

    images: SiteImages
    terms: Terms
    chances: Chances
    delta: float | None = None
    boot: Boot | None = None
    line: Line = Line()


@dataclass(frozen=True, slots=True)
class Drawn:
    """What lives came to under every topology; `seed` and `blocks` draw the same ones again.

    `ready` is when hosts were ready at the bootstrap, by topology, where the site's lines are known. `pays` is from how many hosts
    on a registry seeded over the internet carried less, of those lives in which it ever does.
    """

    seed: int
    blocks: tuple[int, ...]
    ways: tuple[tuple[str, DrawnWay], ...]
    ready: tuple[tuple[str, Ready], ...] = ()
    pays: Summary = NOTHING

    @property
    def count(self) -> int:
        """How many lives were drawn."""
        return self.way(DIRECT).wan.count

    def way(self, topology: str) -> DrawnWay:
        """Tell one topology's."""
        return dict(self.ways)[topology]

    def __add__(self, other: Drawn) -> Drawn:
        """Merge blocks of the same seed, in any order. Raises `ValueError` where a block would count twice."""
        if self.seed != other.seed or set(self.blocks) & set(other.blocks):
            raise ValueError("blocks of another seed, or the same blocks once more, cannot be added")
        ways = tuple((name, way + other.way(name)) for name, way in self.ways)
        ready = tuple((name, one + two) for (name, one), (_, two) in zip(self.ready, other.ready, strict=True))
        blocks = tuple(sorted((*self.blocks, *other.blocks)))
        return Drawn(self.seed, blocks, ways, ready, self.pays + other.pays)

    def is_enough(self, share: float = ENOUGH) -> bool:
        """Tell whether direct pulls are known to within this share of them, and so is what each topology saves of them."""
        direct = self.way(DIRECT).beside
        if not direct.second.total:
            return True
        halves = (ratio_interval(way.beside).half for _, way in self.ways)
        return mean_interval(direct.second).is_enough(share) and all(half <= share for half in halves)


def run_block(subject: Subject, seed: int, block: int, most: int | None = None) -> Drawn:
    """Let the lives of one block happen under every topology; all topologies get the same lives.

    Where there are `most` lives in all, the last block has those that are left. Raises `InvalidSite` for a scenario of no
    time, or with upgrades of which nobody told what they bring.
    """
    told = subject.chances.scenario
    check_scenario(subject.images, told, ceil(told.upgrades_per_year * told.years), subject.delta)
    lives = drawn_lives(subject.chances, seed, block, LIVES if most is None else min(LIVES, most - block * LIVES))
    course = Course(subject.images, subject.terms.hosts_per_image)
    lived = {
        name: [walk.lived(each) for each in lives]
        for name, topology in topologies_of(subject.terms).items()
        for walk in (Walk(course, topology, subject.delta),)
    }
    direct, primary = lived[DIRECT], lived[_PRIMARY]
    ways = tuple((name, counted_way(each, direct, lives, told, subject.line)) for name, each in lived.items())
    ready = () if subject.boot is None else tuple(ready_in(subject.boot, lives).items())
    pays = (paying_hosts(one, other, subject.terms.hosts) for one, other in zip(primary, direct, strict=True))
    return Drawn(seed, (block,), ways, ready, Summary.of(hosts for hosts in pays if hosts is not None))


def lives_of(
    subject: Subject,
    seed: int,
    most: int,
    each_block: Callable[[Callable[[int], Drawn], Sequence[int]], Iterable[Drawn]] = map,
) -> Drawn:
    """Draw lives until they are enough, or `most` of them.

    `each_block` is `map`, or an executor's: whether lives are enough is asked after as many blocks however many workers
    there are, each time twice as many, so that all come to the same.
    """
    run = partial(run_block, subject, seed, most=most)
    rounds = _rounds(max(1, -(-most // LIVES)))
    found = reduce(add, each_block(run, next(rounds)))
    for blocks in rounds:
        if found.is_enough():
            break
        found = reduce(add, each_block(run, blocks), found)
    return found


def _rounds(most: int) -> Iterator[range]:
    done, until = 0, min(_BLOCKS_AT_FIRST, most)
    while done < most:
        yield range(done, until)
        done, until = until, min(2 * until, most)
