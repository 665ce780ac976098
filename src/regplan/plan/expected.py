"""What must stand at a target as an earlier seeding has written it down, beside what is resolved now. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from regplan.errors import InputError, InvalidDigest
from regplan.model.seed import BlobCopy, ManifestPut
from regplan.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from regplan.model.seed import SeedPlan
    from regplan.oci.descriptor import Descriptor

__all__ = ["expected_of", "names_in", "only_for", "with_expected"]


def expected_of(document: object, where: str, project: str) -> tuple[ManifestPut, ...]:
    """Read what a seed document says must stand at its target, under `project`; raises `InputError` naming the key.

    The document has digests and no manifests: their bytes, and so their blobs, are not known.
    """
    if not isinstance(document, Mapping) or document.get("kind") != "seed":
        raise InputError(f"{where}: it is no seed document; give what `regplan seed -o json` wrote")
    entries = document.get("expected")
    if not isinstance(entries, list):
        raise InputError(f"{where}: 'expected' is not a list; this seed document is of an older version")
    target = str(document.get("target") or "")
    before = target.removeprefix("docker://").partition("/")[2] if target.startswith("docker://") else ""
    return tuple(_put(entry, f"{where}: expected[{place}]", (before, project)) for place, entry in enumerate(entries))


def names_in(puts: Iterable[ManifestPut]) -> frozenset[str]:
    """Name the references that an earlier seeding knew the digest of."""
    return frozenset(name for put in puts for name in put.references)


def only_for(puts: Iterable[ManifestPut], names: Container[str]) -> tuple[ManifestPut, ...]:
    """Keep what these references need."""
    kept = (replace(put, references=tuple(name for name in put.references if name in names)) for put in puts)
    return tuple(put for put in kept if put.references)


def with_expected(plan: SeedPlan, puts: Sequence[ManifestPut], blobs: Iterable[tuple[str, Descriptor]]) -> SeedPlan:
    """Add manifests with their (repository, blob) pairs to a plan for verifying; what it has already stays as it is."""
    known = {(put.repository, put.digest): put for put in plan.manifests}
    more = [put for put in puts if (put.repository, put.digest) not in known]
    copies = {blob.descriptor.digest: (blob, dict.fromkeys(blob.repositories)) for blob in plan.blobs}
    for repository, descriptor in blobs:
        copies.setdefault(descriptor.digest, (BlobCopy(descriptor, (), ()), {}))[1][repository] = None
    merged = tuple(replace(blob, repositories=tuple(places)) for blob, places in copies.values())
    return replace(plan, manifests=(*plan.manifests, *more), blobs=merged)


def _put(entry: object, where: str, projects: tuple[str, str]) -> ManifestPut:
    if not isinstance(entry, Mapping):
        raise InputError(f"{where} is not an object")
    repository = str(entry.get("repository") or "")
    if not repository:
        raise InputError(f"{where}: 'repository' is missing")
    try:
        digest = Digest.parse(str(entry.get("digest")))
    except InvalidDigest as error:
        raise InputError(f"{where}: digest: {error}") from error
    before, project = projects
    if before and project and repository.startswith(f"{before}/"):
        repository = f"{project}/{repository.removeprefix(f'{before}/')}"
    tags, references = _texts(entry, "tags", where), _texts(entry, "references", where)
    return ManifestPut(repository, digest, str(entry.get("media_type") or ""), b"", tags, (), (), references)


def _texts(entry: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    told = entry.get(key) or []
    if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
        raise InputError(f"{where}: '{key}' is not a list of texts")
    return tuple(told)
