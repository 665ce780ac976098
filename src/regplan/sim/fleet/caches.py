"""What a pull-through cache fetches, which hangs on who came before: every set of kinds of hosts is asked of once.

At the set-up hosts pull what runs before the cluster past the cache: it fetches that when the first host comes later, and then
never again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.sim.carried.carry import carry
from regplan.sim.carried.events import Reimage
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from regplan.sim.carried.state import State
    from regplan.sim.carried.topology import Topology

__all__ = ["Cold", "cold_of"]

# Sites with more kinds of hosts are asked about all of them together: the first that comes is taken to fetch for all.
_MOST_KINDS: Final = 2


@dataclass(frozen=True, slots=True)
class Cold:
    """Internet bytes of a cache in all, by how many hosts joined before the first upgrade, and by who was set up anew until then.

    Who was is a number with the bit `bits[kind]` for each kind; after the upgrade the next bit is for hosts that joined. `before`
    is of all until the first upgrade, `upgrades` of one upgrade, `after` of all else.
    """

    bits: tuple[int, ...]
    before: tuple[tuple[int, ...], ...]
    upgrades: tuple[tuple[int, ...], ...]
    after: tuple[tuple[tuple[int, ...], ...], ...]


def cold_of(
    first: Sequence[tuple[State, int]],
    hosts: Sequence[str],
    topology: Topology,
    upgrade: Callable[[State, int], tuple[State | None, int]],
    join: Callable[[State], tuple[State, int]],
) -> Cold:
    """Ask what a cache fetches: `first` are the site with 0, 1, ... hosts that joined, and bytes until then.

    `hosts` is one of each kind. `upgrade` tells the site after an upgrade, None where it stays as it is, and bytes; `join` the
    same of a host that joins then, or joined before and is set up anew.
    """
    is_apart = len(hosts) <= _MOST_KINDS
    groups = [[host] for host in hosts] if is_apart else [list(hosts)]
    bits = tuple(1 << place if is_apart else 1 for place in range(len(hosts)))
    masks = range(1 << len(groups))
    before, upgrades, after = [], [], []
    for joined, (state, size) in enumerate(first):
        warm = [_came(state, groups, mask, topology) for mask in masks]
        newer = [upgrade(each, joined) for each, _ in warm]
        before.append(tuple(size + fetched for _, fetched in warm))
        upgrades.append(tuple(new for _, new in newer))
        after.append(tuple(_later(each, groups, topology, join) for each, _ in newer))
    return Cold(bits, tuple(before), tuple(upgrades), tuple(after))


def _came(state: State, groups: Sequence[Sequence[str]], mask: int, topology: Topology) -> tuple[State, int]:
    """Set those hosts up anew whose bits are set, and tell what that carried."""
    fetched = 0
    for host in (host for place, group in enumerate(groups) if mask >> place & 1 for host in group):
        state, carried = carry(state, Reimage(host), topology)
        fetched += carried.wan_bytes
    return state, fetched


def _later(
    state: State | None,
    groups: Sequence[Sequence[str]],
    topology: Topology,
    join: Callable[[State], tuple[State, int]],
) -> tuple[int, ...]:
    """Tell what those fetch that come after an upgrade, for each set of kinds, without and then with hosts that joined."""
    masks = range(1 << len(groups))
    if state is None:
        return (0,) * (2 * len(masks))
    warm = [_came(state, groups, mask, topology) for mask in masks]
    return (*(size for _, size in warm), *(size + join(each)[1] for each, size in warm))
