"""What changes where a registry lacks images: tier 0's sets, told once by which of them must be missing together.

Where the registry holds nothing else that has a piece, nobody seeds it, and each host that needs it pulls it past the
registry. So each number is a sum over sets of images, each of which counts in the draws in which all of its images are missing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from regplan.sim.carried.topology import Primary
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.sim.carried.life import Course
    from regplan.sim.carried.state import Key, State
    from regplan.sim.carried.topology import Topology

    # By sets of images, in bytes.
    Sets = Counter[frozenset[int]]
    Row = tuple[int, ...]

__all__ = ["Lacked", "Lacks", "WayLacks", "lacked_of"]


@dataclass(frozen=True, slots=True)
class Lacks:
    """The images that a registry lacks with a chance, each by itself; `groups` are the sets of them that anything hangs on."""

    images: int
    chance: float
    groups: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class WayLacks:
    """How many internet bytes are more or less under one topology, by group: what counts where all of its images are missing.

    Of the set-up; of an upgrade, and of each host in it that joined before; of a host that joins, by version; of one that is set up
    anew, by version and kind. `moves` are what pods bring that move: bytes by image, by the chance of a move to bring them. Where nobody
    told what an upgrade brings, it is the share `upgrade_share` of `whole_bytes`, to which `upgrade` is then added first.
    """

    set_up: Row
    upgrade: Row
    upgrade_joined: Row
    joins: tuple[Row, ...]
    failures: tuple[tuple[Row, ...], ...]
    moves: tuple[tuple[float, tuple[float, ...]], ...] = ()
    upgrade_share: float | None = None
    whole_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Rows:
    set_up: Sets
    upgrade: Sets
    upgrade_joined: Sets
    joins: tuple[Sets, ...]
    failures: tuple[tuple[Sets, ...], ...]
    moves: tuple[tuple[float, tuple[float, ...]], ...]


class Lacked:
    """A site whose registry may lack any of the images that it is seeded with at first."""

    def __init__(self, course: Course, firsts: Sequence[str], *, moves: bool) -> None:
        """Take the site, one host of each kind, and whether pods move."""
        self._course, self._firsts, self._moves = course, firsts, moves
        images, unknown_on = course.images, course.unknown_on
        self._versions = [images.version(number, unknown_on) for number in range(min(images.versions, 2))]
        self._joining = [images.joining(number, unknown_on) for number in range(len(self._versions))]
        self.numbers = {name: number for number, name in enumerate(self._versions[0].content)}
        # What a registry has after the upgrade of either version is served.
        self._content = [frozenset(self.numbers), frozenset(self.numbers).union(self._versions[-1].content)]

    def rows(self, topology: Primary, state: State) -> _Rows:
        """Tell what changes under a topology; `state` is the site once it is set up."""
        first, last = self._versions[0], self._versions[-1]
        goes_past, over_wan = topology.fallback is not None, topology.seeded == "wan"
        none, seeded = Counter[frozenset[int]](), self._seeded() if over_wan else Counter[frozenset[int]]()
        if not goes_past:
            kinds = len(self._firsts) + 1
            upgrade = (self._newly() if over_wan else none) if len(self._versions) > 1 else seeded
            return _Rows(seeded, upgrade, none, (none, none), ((none,) * kinds,) * 2, ())
        early = first.early if over_wan else frozenset[str]()
        blobs = self._course.images.library.blobs
        set_up = _sum(seeded, *(self._past(runs, 0, blobs(runs & early)) for _, runs in first.runs))
        joins = [self._past(runs, number) for number, runs in enumerate(self._joining)]
        failures = []
        for number, version in enumerate(self._versions):
            runs = dict(version.runs)
            kinds_of = [self._past(runs[name], number) for name in self._firsts]
            failures.append((*kinds_of, joins[number]))
        if len(self._versions) > 1:
            before = dict(first.runs)
            hosts = (self._past(runs, 1, blobs(before[name])) for name, runs in last.runs)
            upgrade = _sum(self._newly() if over_wan else none, *hosts)
            joined = self._past(self._joining[1], 1, blobs(self._joining[0]))
        else:
            # A share of what a site takes whose cluster is up.
            upgrade, joined = _sum(seeded, *(self._past(runs, 0) for _, runs in first.runs)), none
        moves = self._moved(state) if self._moves else ()
        return _Rows(set_up, upgrade, joined, (joins[0], joins[-1]), (failures[0], failures[-1]), moves)

    def _seeded(self) -> Sets:
        """Tell what is not seeded."""
        return _negative(self._holding(self._versions[0].content, frozenset(self.numbers)))

    def _newly(self) -> Sets:
        """Tell what an upgrade seeds besides, since an older version's image did not bring it, less what neither brings."""
        first, last = self._versions
        lacked = self._holding(first.content, self._content[0])
        still = self._holding((*first.content, *last.content), self._content[1])
        return _sum(lacked, _negative(still))

    def _past(self, runs: frozenset[str], number: int, held: frozenset[Key] = frozenset()) -> Sets:
        """Tell what a host pulls past the registry that runs these images in a version and holds so much."""
        return self._holding(runs, self._content[number], held)

    def _holding(self, names: Iterable[str], content: frozenset[str], held: frozenset[Key] = frozenset()) -> Sets:
        """Add up what is in these images by which of them must be missing for the registry not to give it.

        An image that is in no seeding gives nothing in any case; one that only the next version has is never missing.
        """
        library, holders = self._course.images.library, dict[object, set[str]]()
        for name in dict.fromkeys(names):
            for key in library.images[name].blobs - held if name in content else ():
                holders.setdefault(key, set()).add(name)
        found = Counter[frozenset[int]]()
        for key, holding in holders.items():
            if holding <= self.numbers.keys():
                found[frozenset(self.numbers[name] for name in holding)] += library.sizes[key]
        return found

    def _moved(self, state: State) -> tuple[tuple[float, tuple[float, ...]], ...]:
        """Tell what missing images bring to hosts that their pods move to, in as many of the moves as bring a piece first."""
        library, movable = self._course.images.library, self._course.images.movable(0)
        holders = Counter(key for name in movable for key in library.images[name].blobs)
        found: dict[int, list[int]] = {}
        for name in movable:
            if name in self.numbers:
                for held in state.hosts.values():
                    for key in library.images[name].blobs - held.blobs:
                        weights = found.setdefault(holders[key], [0] * len(self.numbers))
                        weights[self.numbers[name]] += library.sizes[key]
        places = len(movable) * len(state.hosts)
        return tuple(
            (count / places, tuple(size / count for size in weights)) for count, weights in sorted(found.items())
        )


def lacked_of(
    lacked: Lacked, chance: float, ways: Sequence[tuple[Topology, State]]
) -> tuple[Lacks, list[WayLacks | None]]:
    """Tell what changes under each topology, None where nothing does; `ways` have the site once it is set up."""
    rows = [lacked.rows(topology, state) if isinstance(topology, Primary) else None for topology, state in ways]
    groups = set[frozenset[int]]()
    for each in rows:
        if each is not None:
            told = (each.set_up, each.upgrade, each.upgrade_joined, *each.joins, *each.failures[0], *each.failures[1])
            groups.update(group for row in told for group in row)
    # In an order of their own: that of sets is another in each run.
    ordered = sorted(groups, key=sorted)
    named = tuple(tuple(sorted(group)) for group in ordered)
    return Lacks(len(lacked.numbers), chance, named), [None if each is None else _laid(each, ordered) for each in rows]


def _laid(rows: _Rows, groups: Sequence[frozenset[int]]) -> WayLacks:
    def row(sets: Sets) -> Row:
        return tuple(sets[group] for group in groups)

    return WayLacks(
        row(rows.set_up),
        row(rows.upgrade),
        row(rows.upgrade_joined),
        tuple(map(row, rows.joins)),
        tuple(tuple(map(row, kinds)) for kinds in rows.failures),
        rows.moves,
    )


def _sum(*sets: Sets) -> Sets:
    found = Counter[frozenset[int]]()
    for each in sets:
        found.update(each)
    return found


def _negative(sets: Sets) -> Sets:
    return Counter({group: -size for group, size in sets.items()})
