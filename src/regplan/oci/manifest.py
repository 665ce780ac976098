"""Manifests and indexes of both dialects, with their verbatim bytes (image specification, manifest.md, image-index.md).

What was parsed stands beside the bytes it came from, so that the digest of what is sent on is the digest of what came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from regplan.errors import InvalidDigest, InvalidManifest
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.document import read_object
from regplan.oci.mediatype import DOCKER_INDEX, DOCKER_MANIFEST, INDEXES, MANIFESTS, OCI_INDEX, OCI_MANIFEST, SCHEMA1
from regplan.oci.platform import Platform
from regplan.values import dataclass

__all__ = ["Index", "Manifest", "parse_manifest"]

_MOST_SIZE: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """An image's (or an artefact's) config and layers, base first; a layer may stand more than once."""

    raw: bytes = field(repr=False)
    media_type: str
    digest: Digest
    config: Descriptor
    layers: tuple[Descriptor, ...]
    subject: Descriptor | None = None
    artifact_type: str = ""

    @property
    def size(self) -> int:
        """The size of the verbatim bytes."""
        return len(self.raw)


@dataclass(frozen=True, slots=True)
class Index:
    """A list of manifests, one for each platform as a rule; an index may hold indexes."""

    raw: bytes = field(repr=False)
    media_type: str
    digest: Digest
    manifests: tuple[Descriptor, ...]
    subject: Descriptor | None = None
    artifact_type: str = ""

    @property
    def size(self) -> int:
        """The size of the verbatim bytes."""
        return len(self.raw)


def parse_manifest(raw: bytes, media_type: str = "", *, where: str = "manifest") -> Manifest | Index:
    """Read a manifest or an index; `media_type` is what the transport said, `where` names it in errors.

    The body's own `mediaType` is believed before the transport's. Raises `InvalidManifest`.
    """
    document = read_object(raw, "a manifest", where)
    kind = _media_type(document, media_type.partition(";")[0].strip(), where)
    digest = Digest.of(raw)
    subject = _optional(document, "subject", where)
    artifact_type = str(document.get("artifactType") or "")
    if kind in INDEXES:
        manifests = _descriptors(document, "manifests", where)
        return Index(raw, kind, digest, manifests, subject, artifact_type)
    config = _descriptor(document.get("config"), f"{where}: config")
    layers = _descriptors(document, "layers", where)
    _check_sizes((config, *layers), where)
    return Manifest(raw, kind, digest, config, layers, subject, artifact_type)


def _media_type(document: Mapping[str, Any], said: str, where: str) -> str:
    own = document.get("mediaType")
    kind = own if isinstance(own, str) and own else said
    if document.get("schemaVersion") == 1 or kind in SCHEMA1:
        raise InvalidManifest(f"{where} is of Docker's schema 1, which nothing serves any more: push the image again")
    is_image = document.get("config") is not None or document.get("layers") is not None
    if is_image and document.get("manifests") is not None:
        # CVE-2021-41190: what one client takes for an image is an index to another.
        raise InvalidManifest(f"{where} is a manifest and an index at once: it has 'manifests' beside config or layers")
    if kind in INDEXES or kind in MANIFESTS:
        return kind
    if "manifests" in document:
        return DOCKER_INDEX if said == DOCKER_INDEX else OCI_INDEX
    if "config" in document and "layers" in document:
        return DOCKER_MANIFEST if said == DOCKER_MANIFEST else OCI_MANIFEST
    raise InvalidManifest(f"{where} is neither a manifest nor an index (media type {kind!r})")


def _descriptors(document: Mapping[str, Any], key: str, where: str) -> tuple[Descriptor, ...]:
    # Builders in Go write a list without entries as null; an image without layers may leave the key out.
    entries = document.get(key, None if key == "layers" else ...)
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise InvalidManifest(f"{where} has no list {key!r}")
    return tuple(_descriptor(entry, f"{where}: {key}[{place}]") for place, entry in enumerate(entries))


def _check_sizes(descriptors: Sequence[Descriptor], where: str) -> None:
    """Refuse two sizes of one digest: one of them is a lie, and a sum would depend on which is read first."""
    sizes: dict[Digest, int] = {}
    for each in descriptors:
        if sizes.setdefault(each.digest, each.size) != each.size:
            raise InvalidManifest(f"{where} gives {each.digest} two sizes: {sizes[each.digest]} and {each.size}")


def _optional(document: Mapping[str, Any], key: str, where: str) -> Descriptor | None:
    entry = document.get(key)
    return None if entry is None else _descriptor(entry, f"{where}: {key}")


def _descriptor(entry: object, where: str) -> Descriptor:
    if not isinstance(entry, Mapping):
        raise InvalidManifest(f"{where} is not a descriptor")
    size = entry.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= _MOST_SIZE:
        raise InvalidManifest(f"{where} has no valid size: {size!r}")
    try:
        digest = Digest.parse(str(entry.get("digest")))
    except InvalidDigest as error:
        raise InvalidManifest(f"{where}: {error}") from error
    return Descriptor(
        str(entry.get("mediaType") or ""),
        digest,
        size,
        _platform(entry.get("platform")),
        str(entry.get("artifactType") or ""),
        _annotations(entry.get("annotations")),
    )


def _platform(entry: object) -> Platform | None:
    if not isinstance(entry, Mapping):
        return None
    names = [str(entry.get(key) or "") for key in ("os", "architecture", "variant", "os.version")]
    return Platform.of(*names) if names[0] or names[1] else None


def _annotations(entry: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(entry, Mapping):
        return ()
    return tuple(sorted((str(key), str(value)) for key, value in entry.items()))
