"""What packs declare to need of CPU and memory beyond what their pods ask for.

A pack's `constraints.resources` (pack.json) name the least that its components ask for together, on which kind of hosts
(`scheduleType`). What its containers ask for is part of that, and is not counted twice: what is counted is the rest. The
scheduler knows nothing of it, so that it never makes a finding FAIL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.profile import Spread
from regplan.plan.hosts.demand import Demand

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.profile import Pack

__all__ = ["needed_beside"]

# On which hosts a component runs by its scheduleType; one that says nothing, or worker, runs where there is room.
_SPREADS: Final = {"all": Spread.EVERY_HOST, "master": Spread.CONTROL_PLANE}
_FREE: Final = frozenset({Spread.REPLICAS, Spread.UNKNOWN})


def needed_beside(packs: Sequence[Pack], pods: Sequence[tuple[Spread, Demand]]) -> Iterator[tuple[Spread, Demand]]:
    """Yield what is left of each pack's declared needs, by where it is asked for; `diskSize` is not counted."""
    for pack in packs:
        for spread in dict.fromkeys(_SPREADS.get(each.per, Spread.REPLICAS) for each in pack.needs):
            mine = [each for told, each in pods if pack.name in each.packs and _is_there(told, spread)]
            cpu = _declared(pack, "cpu", spread) - sum(each.cpu_milli * each.count for each in mine)
            memory = _declared(pack, "memory", spread) - sum(each.memory_bytes * each.count for each in mine)
            if cpu > 0 or memory > 0:
                name = f"{pack.name}, as its constraints declare"
                yield spread, Demand(name, max(cpu, 0), max(memory, 0), 0, 0, packs=frozenset((pack.name,)))


def _declared(pack: Pack, kind: str, spread: Spread) -> int:
    return sum(
        each.amount for each in pack.needs if each.kind == kind and _SPREADS.get(each.per, Spread.REPLICAS) is spread
    )


def _is_there(told: Spread, spread: Spread) -> bool:
    return told in _FREE if spread is Spread.REPLICAS else told is spread
