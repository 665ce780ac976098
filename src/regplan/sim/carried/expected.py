"""Closed forms over what is carried: when a registry pays, and what pods pull that move at random."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.sim.carried.state import State

__all__ = ["break_even_hosts", "distinct_hosts", "expected_moves", "move_bytes", "move_weights", "unavailability"]


def break_even_hosts(registry_bytes: int, host_bytes: int, early_bytes: int = 0) -> int | None:
    """Tell from how many hosts on a registry carries fewer internet bytes than direct pulls; None where it never does.

    `registry_bytes` go into the registry, with all upgrades of the time looked at; each host pulls `host_bytes` in that
    time directly, and `early_bytes` of them in any case. With G upgrades of a share d each and q further pulls of its
    images p by each host, that is floor(B (1 + G d) / (p (1 + G d + q))) + 1.

    >>> break_even_hosts(1_000, 400), break_even_hosts(1_000, 500), break_even_hosts(1_000, 400, 400)
    (3, 3, None)
    """
    served = host_bytes - early_bytes
    return registry_bytes // served + 1 if served > 0 else None


def distinct_hosts(hosts: int, moves: float) -> float:
    """Tell on how many of `hosts` a pod has been, as expected, that was placed so many times, each time on any of them.

    >>> round(distinct_hosts(12, 20), 3)
    9.894
    """
    return hosts * (1 - _misses(1 / hosts, moves))


def move_bytes(state: State, movable: Iterable[str], moves: float) -> float:
    """Tell how many bytes hosts pull, as expected, where so often a pod of any of these images moves to any host.

    Each move takes one of the images and one of the hosts at random. A host has pulled a piece unless no move brought it
    an image that holds it: what images share is counted once. Exact, since expectations of pieces add up.
    """
    return expected_moves(move_weights(state, movable), moves)


def move_weights(state: State, movable: Iterable[str]) -> tuple[tuple[float, int], ...]:
    """Tell what hosts lack of movable images, in bytes, by how likely it is that a move brings it to one of them."""
    images, hosts = tuple(movable), tuple(state.hosts.values())
    holders = Counter(key for name in images for key in state.library.images[name].blobs)
    lacked = Counter[int]()
    for held in hosts:
        for key, count in holders.items():
            if key not in held.blobs:
                lacked[count] += state.library.sizes[key]
    return tuple((count / (len(images) * len(hosts)), size) for count, size in sorted(lacked.items()))


def expected_moves(weights: Iterable[tuple[float, int]], moves: float) -> float:
    """Tell what so many moves carry, as expected, from what `move_weights` told."""
    return sum(size * (1 - _misses(chance, moves)) for chance, size in weights)


def _misses(chance: float, moves: float) -> float:
    """Tell how likely it is that none of so many moves hits."""
    missed: float = (1 - chance) ** moves
    return missed


def unavailability(per_year: float, lasting_s: float, year_s: float = 365 * 86_400) -> float:
    """Tell which share of the time something is away that fails so often while it is there, and is then away so long.

    With the rate l and the mean length m that is l m / (1 + l m).

    >>> unavailability(1, 365 * 86_400)
    0.5
    """
    away = per_year * lasting_s / year_s
    return away / (1 + away)
