"""The entries of an image layout's index.json: what each points to, and the many ways in which tools name them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, InvalidManifest, InvalidReference, NotFound
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.mediatype import OCI_INDEX
from regplan.oci.reference import Reference, is_tag
from regplan.patterns import pattern
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from regplan.model.source import Content
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.oci.manifest import Manifest

__all__ = [
    "LayoutEntry",
    "check_version",
    "find_entry",
    "home_reference",
    "is_referring",
    "named_entries",
    "read_entries",
    "subjects_of",
    "tags_of",
]

REF_NAME: Final = "org.opencontainers.image.ref.name"
CONTAINERD_NAME: Final = "io.containerd.image.name"
_REFERRING: Final = pattern(r"sha(?:256|384|512)-[0-9a-f]{32,128}(?:\.(?:sig|att|sbom))?")
_MOST_DEPTH: Final = 8


@dataclass(frozen=True, slots=True)
class LayoutEntry:
    """One entry of a layout's index.json: what it points to, and its name as written ("" for none).

    `reference` is the name in full, where the name says so much; a bare tag leaves it None.
    """

    descriptor: Descriptor
    name: str
    reference: Reference | None


def check_version(raw: bytes, where: str) -> None:
    """Read an `oci-layout` file; raises `InputError` for what is none, or of a version that is not known."""
    try:
        version = str(json.loads(raw)["imageLayoutVersion"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InputError(f"{where}: has no imageLayoutVersion, so this is not an OCI image layout") from None
    if version.partition(".")[0] != "1":
        raise InputError(f"{where}: imageLayoutVersion {version!r} is not one that regplan reads (1.0.0)")


def read_entries(raw: bytes, where: str) -> tuple[LayoutEntry, ...]:
    """Read an index.json; raises `InputError`."""
    index = parse_manifest(raw, OCI_INDEX, where=where)
    if not isinstance(index, Index):
        raise InputError(f"{where}: is a manifest, and the list of a layout's images is wanted")
    return tuple(_entry(descriptor) for descriptor in index.manifests)


def home_reference(entry: LayoutEntry, home: str) -> Reference:
    """Tell an entry's name in full; one that says no host is `localhost/HOME`, by its tag or its digest.

    What is no tag (a layout may hold any text) is nothing that a registry takes or a terminal should show.
    """
    if entry.reference is not None:
        return entry.reference
    repository = re.sub(r"[^a-z0-9]+", "-", home.lower()).strip("-") or "layout"
    if is_tag(entry.name):
        return Reference("localhost", repository, entry.name)
    return Reference("localhost", repository, None, entry.descriptor.digest)


def is_referring(tag: str | None) -> bool:
    """Tell whether a tag is one under which what refers to a digest is kept: the stand-in of the API, or cosign's.

    >>> is_referring(f"sha256-{'a' * 64}.sig"), is_referring("sha256"), is_referring(None)
    (True, False, False)
    """
    return _REFERRING.fullmatch(tag or "") is not None


def named_entries(entries: Sequence[LayoutEntry], ref: str) -> tuple[LayoutEntry, ...]:
    """Choose the entries that `ref` names: by name in full or as people write it, by tag, or as `@NUMBER` from 0."""
    number = ref.removeprefix("@")
    if ref.startswith("@") and number.isdecimal():
        return tuple(entries[int(number) : int(number) + 1])
    exact = tuple(entry for entry in entries if entry.name == ref)
    return exact or tuple(entry for entry in entries if ref in _names(entry))


def find_entry(entries: Sequence[LayoutEntry], reference: Reference, name: str) -> Descriptor:
    """Find the entry that `reference` names: by full name, else by bare tag, else the one nameless image.

    The first way of naming that knows it decides. Raises `NotFound`, also where a name is not one image's alone.
    """
    ways: tuple[Callable[[LayoutEntry], bool], ...] = (
        lambda entry: entry.reference == reference,
        lambda entry: entry.reference is None and entry.name == reference.tag,
        lambda entry: not entry.name and len(entries) == 1,
    )
    for way in ways:
        found = {entry.descriptor.digest: entry.descriptor for entry in entries if way(entry)}
        if len(found) > 1:
            raise NotFound(f"{name} has {len(found)} images named {reference}: ask for one by its digest")
        if found:
            return next(iter(found.values()))
    raise NotFound(f"{name} has no {reference}")


def subjects_of(
    read: Callable[[Digest], Content], descriptors: Iterable[Descriptor], name: str
) -> dict[Digest, tuple[Descriptor, ...]]:
    """Map each digest to the manifests whose subject it is, among all that `descriptors` lead to and `read` finds."""
    subjects: dict[Digest, dict[Digest, Descriptor]] = {}
    for descriptor, document in _walk(read, descriptors, (name, set()), _MOST_DEPTH):
        if document.subject is not None:
            subjects.setdefault(document.subject.digest, {})[descriptor.digest] = descriptor
    return {subject: tuple(found.values()) for subject, found in subjects.items()}


def tags_of(entries: Iterable[LayoutEntry], repository: str) -> frozenset[str]:
    """Tell the tags of a repository, and those that stand without a repository's name, and so are any one's."""
    names = (
        entry.name if entry.reference is None else entry.reference.tag
        for entry in entries
        if entry.reference is None or entry.reference.name == repository
    )
    return frozenset(name for name in names if name)


def _names(entry: LayoutEntry) -> set[str | None]:
    full = entry.reference
    return set() if full is None else {full.tag, str(full), full.familiar}


def _walk(
    read: Callable[[Digest], Content], descriptors: Iterable[Descriptor], told: tuple[str, set[Digest]], depth: int
) -> Iterator[tuple[Descriptor, Manifest | Index]]:
    """Yield every manifest and index that is there once, nested ones included."""
    name, seen = told
    for descriptor in descriptors if depth else ():
        if descriptor.digest in seen:
            continue
        seen.add(descriptor.digest)
        try:
            document = parse_manifest(
                read(descriptor.digest).data, descriptor.media_type, where=f"{name}: {descriptor.digest}"
            )
        except (NotFound, InvalidManifest):
            continue
        yield descriptor, document
        if isinstance(document, Index):
            yield from _walk(read, document.manifests, told, depth - 1)


def _entry(descriptor: Descriptor) -> LayoutEntry:
    annotations = dict(descriptor.annotations)
    name = annotations.get(REF_NAME, "")
    # skopeo writes the tag alone, umoci and recordings the whole name; containerd keeps that under a key of its own.
    full = name if "/" in name or ":" in name else annotations.get(CONTAINERD_NAME, "")
    try:
        reference = Reference.parse(full) if full else None
    except InvalidReference:
        reference = None
    return LayoutEntry(descriptor, name or full, reference)
