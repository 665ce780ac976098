"""Pruning as data: what a registry holds, what of it nobody needs, and what came of taking it away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest

__all__ = ["Census", "Held", "Holding", "Orphans", "PruneItem", "PrunePlan", "PruneResult", "Unneeded"]


@dataclass(frozen=True, slots=True)
class Holding:
    """One manifest or index in one repository: its tags there, what it needs, and what it refers to (`subject`)."""

    repository: str
    digest: Digest
    media_type: str
    size_bytes: int
    tags: tuple[str, ...] = ()
    blobs: tuple[Descriptor, ...] = ()
    children: tuple[Digest, ...] = ()
    subject: Digest | None = None


@dataclass(frozen=True, slots=True)
class Census:
    """Everything that was found in a registry; `is_whole` tells that every repository of it was looked at.

    `troubles` say what could not be read: what it needs is not known, so nothing that it may need counts as free.
    """

    holdings: tuple[Holding, ...]
    repositories: tuple[str, ...] = ()
    is_whole: bool = True
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PruneItem:
    """One manifest that no kept version needs: the tags that go with it, and the versions that needed it.

    `why` is version (an older one named it), child (of an index that goes), signature (of what goes) or unnamed.
    """

    repository: str
    digest: Digest
    tags: tuple[str, ...]
    versions: tuple[str, ...]
    why: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Held:
    """What an older version named and stays all the same, and why."""

    repository: str
    digest: Digest
    why: str


@dataclass(frozen=True, slots=True)
class Unneeded:
    """What no version names in a set of repositories: manifests, and the bytes that collecting them would free."""

    items: tuple[PruneItem, ...] = ()
    freed_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Orphans:
    """What no version names in the `repositories` that some version names, and what collecting it would free.

    `is_upper_bound` tells that something that could not be looked at may need some of it. `unlisted` says what no one can
    list, and `troubles` what could not be read, one sentence each.
    """

    found: Unneeded
    repositories: tuple[str, ...]
    is_upper_bound: bool = False
    unlisted: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What pruning would delete, in the order in which it is deleted, and what that frees once garbage is collected.

    `kept` and `dropped` name versions. `is_upper_bound` tells that not all of the registry could be looked at, so that
    others may need some of the bytes. `unnamed` is in the same repositories, and no version names it.
    """

    target: str
    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    items: tuple[PruneItem, ...]
    freed_bytes: int
    is_upper_bound: bool = False
    held: tuple[Held, ...] = ()
    unnamed: Unneeded = Unneeded()
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PruneResult:
    """What was deleted, what was gone already, what somebody needed meanwhile, and what the registry refused."""

    plan: PrunePlan
    deleted: tuple[PruneItem, ...] = ()
    gone: tuple[PruneItem, ...] = ()
    skipped: tuple[Held, ...] = ()
    failed: tuple[Held, ...] = ()
    freed_bytes: int = 0
