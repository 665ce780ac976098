"""Seeding as data: what is to be copied where, and what came of it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.showing import shown
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest

__all__ = ["BlobCopy", "ManifestPut", "SeedCounts", "SeedDone", "SeedPlan", "SeedResult"]


@dataclass(frozen=True, slots=True)
class BlobCopy:
    """One config or layer and where it must go: uploaded to the first repository, mounted into the others.

    `repositories` are the target's, without its host; `sources` the full source names that hold it, first choice first.
    `offset` is where a source that is read forward has it, None where any order costs the same.
    """

    descriptor: Descriptor
    repositories: tuple[str, ...]
    sources: tuple[str, ...]
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class ManifestPut:
    """One manifest or index to put into one repository, after its blobs and children; `tags` are put last.

    `subject` is what it refers to in that repository, which is put before it: a signature follows its image.
    """

    repository: str
    digest: Digest
    media_type: str
    raw: bytes = field(repr=False)
    tags: tuple[str, ...]
    blobs: tuple[Digest, ...]
    children: tuple[Digest, ...] = ()
    references: tuple[str, ...] = ()
    subject: Digest | None = None


@dataclass(frozen=True, slots=True)
class SeedCounts:
    """The numbers of a seed plan as the contract names them; `requests_min` is for what is left to do.

    `referrers` are among the manifests: signatures and the like.
    """

    manifests: int
    tags: int
    blobs: int
    pairs: int
    blob_bytes: int
    unique_bytes: int
    naive_bytes: int
    requests_min: int
    requests_probe: int
    referrers: int = 0


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """Everything that must stand at the target, and the numbers of it; `target` never holds a credential.

    `orphans` are referrers that are not copied, since what they refer to is not: one sentence each.
    """

    target: str
    manifests: tuple[ManifestPut, ...]
    blobs: tuple[BlobCopy, ...]
    counts: SeedCounts
    foreign: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()

    _repr_mimebundle_ = shown


@dataclass(frozen=True, slots=True)
class SeedDone:
    """What a seeding did; `requests` leaves tokens, 401s and retries out, which `overhead_requests` counts.

    `mounted` and `present` are (repository, blob) pairs; `present` are those that stood there, as was known before or was found
    meanwhile, so that of a run that is done sent, mounted and present are all pairs of the plan.
    """

    uploaded_blobs: int = 0
    uploaded_bytes: int = 0
    mounted: int = 0
    present: int = 0
    manifests: int = 0
    requests: int = 0
    overhead_requests: int = 0


@dataclass(frozen=True, slots=True)
class SeedResult:
    """A plan and what came of it; `failed` holds one sentence for each item that could not be placed.

    `interrupted` tells that somebody asked to stop before everything was placed. `rerun` are the references that lack
    something, and `journal` is the file that says what they do not lack, if one was kept.
    """

    plan: SeedPlan
    done: SeedDone
    failed: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    verified: bool = False
    interrupted: bool = False
    rerun: tuple[str, ...] = ()
    journal: str = ""

    _repr_mimebundle_ = shown
