"""What an earlier seeding has written down, made whole: a manifest is read from the target itself, by its digest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import ContentError, InvalidManifest, NotFound
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.mediatype import is_foreign
from regplan.seed.tasks import each

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.seed import ManifestPut
    from regplan.oci.descriptor import Descriptor
    from regplan.seed.targets import SeedTarget

__all__ = ["learn_blobs"]

_AT_ONCE: Final = 16


async def learn_blobs(
    puts: Iterable[ManifestPut], target: SeedTarget
) -> tuple[tuple[ManifestPut, ...], tuple[tuple[str, Descriptor], ...]]:
    """Fetch the manifests that are known by digest, which proves their bytes, and tell which blobs their repositories need.

    One that is not there, or is broken, stays without blobs: that it is so is what verifying finds.
    """
    found: dict[ManifestPut, ManifestPut] = {}
    blobs: dict[tuple[str, Descriptor], None] = {}

    async def learn(put: ManifestPut) -> None:
        found[put] = put
        try:
            content = await target.fetch_manifest(put.repository, str(put.digest))
            document = None if content is None else parse_manifest(content.data, content.media_type)
        except (ContentError, InvalidManifest, NotFound):
            return
        if document is None or content is None:
            return
        if isinstance(document, Index):
            children = tuple(child.digest for child in document.manifests)
            found[put] = replace(put, raw=content.data, children=children)
            return
        needed = [document.config, *(layer for layer in document.layers if not is_foreign(layer.media_type))]
        blobs.update({(put.repository, blob): None for blob in needed})
        digests = tuple(dict.fromkeys(blob.digest for blob in needed))
        found[put] = replace(put, raw=content.data, blobs=digests)

    listed = tuple(puts)
    await each(learn, listed, _AT_ONCE)
    return tuple(found[put] for put in listed), tuple(blobs)
