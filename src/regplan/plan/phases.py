"""The four steps by which a site gets its images: before its registry lives, the registry, its content, the proof.

An address such as `<node-ip>:30003` exists only once the cluster runs, so that what runs before cannot come from there
(Palette docs, "Deploy Cluster with a Primary Registry" and "Build Content Bundles").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.preflight import Phase
from regplan.plan.packs import REGISTRY_PACKS, is_early, is_provided, mentions_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.image import Inventory
    from regplan.model.profile import Declarations
    from regplan.oci.reference import Reference

__all__ = ["phases", "reached_phase"]

_TITLES: Final = (
    ("before the registry", "content bundle on each host"),
    ("the registry comes up", "on the hosts, from what phase 0 brought"),
    ("its content", "regplan seed, or content sync"),
    ("proof", "regplan verify"),
)


def reached_phase(*, answers: bool | None, complete: bool) -> int:
    """Tell in which phase a registry is that answers or not, and holds all or not; 0 where nobody asked.

    A registry that does not answer may not be there yet, and its hosts may still wait for what runs before it.

    >>> reached_phase(answers=False, complete=False), reached_phase(answers=True, complete=False)
    (1, 2)
    """
    if answers is None:
        return 0
    return (3 if complete else 2) if answers else 1


def phases(declarations: Declarations, inventory: Inventory, hosts: int, reached: int) -> tuple[Phase, ...]:
    """List the phases of a site with what each brings; sizes are of distinct digests, in bytes.

    `hosts` each get phase 0 whole. What lies in the provider image is in phase 0 too, since an appliance boots from it.
    """
    named = mentions_of(declarations)
    entries = tuple(entry.reference for entry in inventory.entries)
    early = tuple(each for each in entries if any(is_early(where) or is_provided(where) for where in named[each]))
    registry = tuple(each for each in early if any(where.pack.lower() in REGISTRY_PACKS for where in named[each]))
    content = (
        (early, _bytes(inventory, early), hosts),
        (registry, 0, 1),
        (entries, _bytes(inventory, entries), 1),
        ((), 0, 1),
    )
    return tuple(
        Phase(number, title, how, _state(number, reached), references, size_bytes, copies)
        for number, ((title, how), (references, size_bytes, copies)) in enumerate(zip(_TITLES, content, strict=True))
    )


def _state(number: int, reached: int) -> str:
    if number == 0 and reached == 1:
        return "unknown"
    return "done" if number < reached else "now" if number == reached else "later"


def _bytes(inventory: Inventory, references: Iterable[Reference]) -> int:
    wanted = frozenset(references)
    distinct = {
        blob.digest: blob.size or 0
        for entry in inventory.entries
        if entry.reference in wanted
        for blob in entry.content()
    }
    return sum(distinct.values())
