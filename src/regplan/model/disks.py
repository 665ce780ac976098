"""What the registry's claim takes of the hosts' disks, with all its copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.formula import Formula

__all__ = ["DiskNeed", "HostRoom"]


@dataclass(frozen=True, slots=True)
class HostRoom:
    """A host's drive, what of it storage gives out, and what a copy of the claim takes there, in bytes.

    None is what the site file does not say; a host that need not hold a copy takes 0.
    """

    name: str
    storage_bytes: int | None
    usable_bytes: int | None
    takes_bytes: int


@dataclass(frozen=True, slots=True)
class DiskNeed:
    """The disks behind a claim: `raw_node_bytes` on each host that holds a copy, `raw_cluster_bytes` on all together.

    `backend` is the kind of storage, "" for one that nobody here knows; `reserve` is the share of a disk that it never gives
    out. `room_bytes` is what the drives can take of equal copies, None where a drive is not known.
    """

    backend: str
    copies: int
    copies_known: str
    reserve: float
    claimed_bytes: int
    raw_node_bytes: int
    raw_cluster_bytes: int
    room_bytes: int | None
    hosts: tuple[HostRoom, ...] = ()
    formulas: tuple[Formula, ...] = ()

    @property
    def fits(self) -> bool | None:
        """Whether the drives can take all copies; None where that is not known."""
        return None if self.room_bytes is None else self.room_bytes >= self.raw_cluster_bytes
