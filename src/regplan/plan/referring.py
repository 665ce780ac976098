"""What signatures, attestations and SBOMs beside a set of images take, and what they add to its sums."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.image import Unresolved
from regplan.model.layers import ReferrerReport, ReferrerSize
from regplan.plan.projects import project_of_repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from regplan.model.image import Blob, Inventory, Referrer, ResolvedReference
    from regplan.model.layers import LayerReport
    from regplan.oci.digest import Digest

__all__ = ["add_referrers", "measure_referrers", "referring_links"]


def measure_referrers(inventory: Inventory) -> ReferrerReport | None:
    """Measure what refers to a set of images, in bytes, each digest once; None where nobody asked for it.

    What the images hold themselves, such as an empty config, adds nothing.
    """
    if all(entry.referrers is None for entry in inventory.entries):
        return None
    added = _added(inventory.entries)
    found = {referrer.digest for _, referrer in _referrers(inventory.entries)}
    return ReferrerReport(len(found), sum(added.values()), tuple(_rows(inventory)), tuple(_unknown(inventory)))


def add_referrers(report: LayerReport, inventory: Inventory, names: Sequence[str] | None = None) -> LayerReport:
    """Put what refers to the images into the sums of their report; unchanged where nobody asked for it.

    The rows of the images stay as they are: what refers to them stands beside, in `referrers`. `names` are the
    repositories of the inventory's references at the registry, their own where none are given.
    """
    referrers = measure_referrers(inventory)
    if referrers is None:
        return report
    manifests = {referrer.digest for _, referrer in _referrers(inventory.entries)}
    added = _added(inventory.entries)
    own = [entry.reference.name for entry in inventory.entries]
    named = list(zip(names or own, inventory.entries, strict=True))
    links = {(name, digest) for name, entry in named for digest in _images_blobs(entry)}
    more = {(name, blob.digest) for name, entry in named for _, each in _referrers((entry,)) for blob in each.blobs}
    by_project = _grouped((project_of_repository(name), entry) for name, entry in named)
    projects = tuple(
        replace(each, quota_bytes=each.quota_bytes + sum(_added(by_project[each.project]).values()))
        for each in report.projects
    )
    return replace(
        report,
        referenced_bytes=report.referenced_bytes + sum(sum(_added((each,)).values()) for each in inventory.entries),
        unique_bytes=report.unique_bytes + referrers.size_bytes,
        blobs=report.blobs + len(added.keys() - manifests),
        manifests=report.manifests + len(added.keys() & manifests),
        pairs=report.pairs + len(more - links),
        stored_bytes=report.stored_bytes + sum(sum(_added(each).values()) for each in _grouped(named).values()),
        quota_bytes=sum(each.quota_bytes for each in projects) or report.quota_bytes + referrers.size_bytes,
        projects=projects,
        referrers=referrers,
    )


def referring_links(inventory: Inventory) -> Iterator[tuple[str, Digest]]:
    """Yield the (repository, config or layer) pairs of what refers to the images."""
    for entry, referrer in _referrers(inventory.entries):
        yield from ((entry.reference.name, blob.digest) for blob in referrer.blobs)


def _added(entries: Iterable[ResolvedReference]) -> dict[Digest, int]:
    """Map the digests that only what refers to the entries' images has to their sizes."""
    listed = tuple(entries)
    held = {blob.digest for entry in listed for blob in entry.content()}
    found: Iterable[Blob] = (blob for _, referrer in _referrers(listed) for blob in referrer.content())
    return {blob.digest: blob.size or 0 for blob in found if blob.digest not in held}


def _grouped(named: Iterable[tuple[str, ResolvedReference]]) -> dict[str, list[ResolvedReference]]:
    found: dict[str, list[ResolvedReference]] = {}
    for name, entry in named:
        found.setdefault(name, []).append(entry)
    return found


def _referrers(entries: Iterable[ResolvedReference]) -> Iterator[tuple[ResolvedReference, Referrer]]:
    for entry in entries:
        yield from ((entry, each) for each in (entry.referrers.found if entry.referrers is not None else ()))


def _images_blobs(entry: ResolvedReference) -> Iterator[Digest]:
    for image in entry.images:
        yield from (blob.digest for blob in image.content() if blob.digest != image.digest)


def _rows(inventory: Inventory) -> Iterator[ReferrerSize]:
    for entry in inventory.entries:
        kept = {*(image.digest for image in entry.images), *(index.digest for index in entry.indexes)}
        holds: dict[Digest, bool] = {digest: digest in kept for digest in entry.subjects}
        for _, referrer in _referrers((entry,)):
            # What refers to a signature holds as long as that does.
            holds[referrer.digest] = holds.get(referrer.subject, False)
            size_bytes = sum(blob.size or 0 for blob in referrer.content())
            yield ReferrerSize(
                str(entry.reference),
                referrer.subject,
                referrer.digest,
                referrer.artifact_type,
                size_bytes,
                holds[referrer.digest],
            )


def _unknown(inventory: Inventory) -> Iterator[Unresolved]:
    for entry in inventory.entries:
        if entry.referrers is not None and entry.referrers.problem:
            yield Unresolved(str(entry.reference), entry.referrers.problem, entry.provenance)
