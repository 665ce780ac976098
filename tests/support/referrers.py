"""Signatures, attestations and SBOMs beside images, as cosign and oras make them; written without regplan."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from support.content import Blob, Image, Index, Layer, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["cosign_signature", "cosign_tag", "fallback", "fallback_tag", "referrer"]

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
INDEX: Final = "application/vnd.oci.image.index.v1+json"
EMPTY: Final = Blob("application/vnd.oci.empty.v1+json", b"{}")
SIMPLE_SIGNING: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
SPDX: Final = "application/spdx+json"


def referrer(subject: Blob, kind: str = SPDX, *, seed: int = 1, size: int = 1200) -> Image:
    """An artefact of `kind` whose `subject` is an image, an index or another artefact."""
    body = Blob(kind, random.Random(seed).randbytes(size))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": kind,
        "config": EMPTY.descriptor(),
        "layers": [body.descriptor()],
        "subject": subject.descriptor(),
    }
    return Image(Blob(MANIFEST, encode(manifest)), EMPTY, (Layer(body, body.digest),), "unknown/unknown")


def cosign_signature(seed: int = 1, size: int = 300) -> Image:
    """A signature as cosign pushes it under a tag: an image without a subject, whose layer is what was signed."""
    body = Blob(SIMPLE_SIGNING, random.Random(f"signature {seed}").randbytes(size))
    config_value = {"architecture": "", "os": "", "config": {}, "rootfs": {"type": "layers", "diff_ids": [body.digest]}}
    config = Blob("application/vnd.oci.image.config.v1+json", encode(config_value))
    value = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.descriptor(),
        "layers": [body.descriptor(annotations={"dev.cosignproject.cosign/signature": f"MEUC{seed}"})],
    }
    return Image(Blob(MANIFEST, encode(value)), config, (Layer(body, body.digest),), "unknown/unknown")


def cosign_tag(subject: Blob, suffix: str = "sig") -> str:
    """The tag under which cosign keeps what it says of a digest."""
    return f"{fallback_tag(subject)}.{suffix}"


def fallback_tag(subject: Blob) -> str:
    """The tag that stands in for the referrers API."""
    return subject.digest.replace(":", "-")


def fallback(found: Sequence[Image]) -> Index:
    """The index that stands under the fallback tag, as a client maintains it."""
    entries = [each.manifest.descriptor(artifactType=_kind(each)) for each in found]
    value = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    return Index(Blob(INDEX, encode(value)), tuple(found))


def _kind(each: Image) -> str:
    return each.layers[0].blob.media_type
