"""Whether another manifest is the same image: platform, config and layers agree, whatever form they were written in.

A registry that skopeo, Harbor or Zot has filled may hold an image under another digest: inside the index that the source
has, alone where the index has one image, with the media types of the other dialect, or written anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import ContentError, InvalidManifest, RegistryError
from regplan.oci.manifest import Index, Manifest, parse_manifest
from regplan.oci.mediatype import is_foreign
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from regplan.model.seed import ManifestPut
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.seed.targets import SeedTarget

    # Reads a config of ours, by the reference that names its image.
    ConfigReader = Callable[[str, Descriptor], Awaitable[bytes]]

__all__ = ["Counterpart", "find_same"]

_MOST_CHILDREN: Final = 32
_MOST_CONFIG_BYTES: Final = 8 * 2**20
_TOLD: Final = ("architecture", "os", "variant", "os.version", "rootfs", "config")


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A target's own form of an image: how it differs, and the blobs that it has instead of ours."""

    why: str
    blobs: tuple[Descriptor, ...] = ()


async def find_same(
    put: ManifestPut, reference: str, target: SeedTarget, read_ours: ConfigReader | None = None
) -> Counterpart | None:
    """Tell in which form `target` holds the image of `put` under `reference`; None where it holds another, or none."""
    return await _Comparison(put, target, read_ours).find(reference)


class _Comparison:
    def __init__(self, put: ManifestPut, target: SeedTarget, read_ours: ConfigReader | None) -> None:
        self._put, self._target, self._read_ours = put, target, read_ours

    async def find(self, reference: str) -> Counterpart | None:
        theirs = await self._fetch(reference)
        if theirs is None:
            return None
        if isinstance(theirs, Index):
            return await (self._in_index(theirs) if not self._put.children else self._same_index(theirs))
        if self._put.children:
            return self._only_child(theirs)
        return await self._same_image(theirs)

    async def _fetch(self, reference: str) -> Manifest | Index | None:
        try:
            content = await self._target.fetch_manifest(self._put.repository, reference)
            return None if content is None else parse_manifest(content.data, content.media_type)
        except (ContentError, InvalidManifest):
            return None

    async def _in_index(self, theirs: Index) -> Counterpart | None:
        """Look for our image in an index: by its digest, else for one that is written otherwise."""
        put = self._put
        if any(child.digest == put.digest for child in theirs.manifests):
            is_there = await self._target.look(put.repository, str(put.digest)) is not None
            return Counterpart("it stands in an index there") if is_there else None
        for child in _images(theirs)[:_MOST_CHILDREN]:
            inner = await self._fetch(str(child.digest))
            if isinstance(inner, Manifest) and (found := await self._same_image(inner)):
                return replace(found, why=f"it stands in an index there, {found.why}")
        return None

    async def _same_index(self, theirs: Index) -> Counterpart | None:
        """Tell whether an index holds every image of ours, however the list itself is written."""
        wanted = [child.digest for child in self._our_images()] or list(self._put.children)
        held = {child.digest for child in theirs.manifests}
        for digest in wanted:
            if digest not in held or await self._target.look(self._put.repository, str(digest)) is None:
                return None
        return Counterpart("its index is written otherwise there")

    def _only_child(self, theirs: Manifest) -> Counterpart | None:
        images = self._our_images()
        if len(images) == 1 and images[0].digest == theirs.digest:
            return Counterpart("the one image of its index stands there alone", _blobs(theirs))
        return None

    async def _same_image(self, theirs: Manifest) -> Counterpart | None:
        blobs = _blobs(theirs)
        if theirs.config.digest in self._put.blobs:
            return Counterpart("its manifest is written otherwise there", blobs)
        ours = self._ours()
        if not isinstance(ours, Manifest) or _layers(ours) != _layers(theirs):
            return None
        if await self._configs_agree(ours.config, theirs.config):
            return Counterpart("its manifest and config are written otherwise there", blobs)
        return None

    async def _configs_agree(self, ours: Descriptor, theirs: Descriptor) -> bool:
        if self._read_ours is None or max(ours.size, theirs.size) > _MOST_CONFIG_BYTES or not self._put.references:
            return False
        try:
            mine = await self._read_ours(self._put.references[0], ours)
            chunks = self._target.read_blob(self._put.repository, theirs)
            other = b"".join([chunk async for chunk in chunks])
            return _meaning(mine) == _meaning(other)
        except (ContentError, InvalidManifest, RegistryError, ValueError, RecursionError):
            return False

    def _ours(self) -> Manifest | Index | None:
        try:
            return parse_manifest(self._put.raw, self._put.media_type) if self._put.raw else None
        except InvalidManifest:
            return None

    def _our_images(self) -> tuple[Descriptor, ...]:
        ours = self._ours()
        return _images(ours) if isinstance(ours, Index) else ()


def _images(index: Index) -> tuple[Descriptor, ...]:
    """List the images of an index: an attestation is for an unknown platform."""
    return tuple(child for child in index.manifests if child.platform is None or child.platform.is_known)


def _blobs(manifest: Manifest) -> tuple[Descriptor, ...]:
    return (manifest.config, *(layer for layer in manifest.layers if not is_foreign(layer.media_type)))


def _layers(manifest: Manifest) -> tuple[Digest, ...]:
    return tuple(layer.digest for layer in manifest.layers)


def _meaning(config: bytes) -> dict[str, Any]:
    """Tell what a config says of platform, layers and how to run, without what says nothing."""
    document = json.loads(config)
    if not isinstance(document, Mapping):
        raise InvalidManifest("a config is not an object")
    return {
        key: dict(_said(document[key])) if isinstance(document[key], Mapping) else document[key]
        for key in _told_in(document)
    }


def _told_in(document: Mapping[str, Any]) -> Iterator[str]:
    return (key for key in _TOLD if document.get(key))


def _said(part: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what is said: builders write the same absence as null, false, "", or not at all."""
    return ((key, value) for key, value in part.items() if value)
