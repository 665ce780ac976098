"""What `docker save` writes, and skopeo's `docker-archive:`: images without manifests, whose manifests are made here.

Such an archive holds an image's config and its layers, uncompressed, and nothing that a registry would give as its
manifest. A manifest of the OCI kind is made of the config's verbatim bytes and the layers as they stand, so that the
same archive always has the same digests. A registry that another tool pushed the image to has other ones: that tool
compresses the layers.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import DigestMismatch, InputError, InvalidReference, NotFound
from regplan.model.source import Content
from regplan.oci.config import parse_config
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_CONFIG, OCI_LAYER, OCI_LAYER_TAR, OCI_MANIFEST
from regplan.oci.reference import Reference
from regplan.store.entries import LayoutEntry, home_reference
from regplan.store.found import Found, NamedEntry
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from regplan.errors import RegplanError
    from regplan.store.archive import ArchiveIndex

__all__ = ["MANIFEST", "find_saved"]

MANIFEST: Final = "manifest.json"
_MOST_MANIFEST_BYTES: Final = 8 * 2**20
_MOST_CONFIG_BYTES: Final = 8 * 2**20
_NOTE: Final = (
    "its manifests are made by regplan, of uncompressed layers, as docker save writes them: "
    "a tool that compresses while it pushes stores fewer bytes"
)


@dataclass(frozen=True, slots=True)
class _Saved:
    """One entry of manifest.json: the paths of an image's config and layers, base first, and its names."""

    config: str
    layers: tuple[str, ...]
    tags: tuple[str, ...]


def find_saved(index: ArchiveIndex, read: Callable[[str, int], bytes], home: str) -> Found:
    """Find the images that manifest.json tells; the archive's files were hashed when it was indexed.

    Raises `InputError` where that file is absent or cannot be understood. What is wrong with one image stands in
    `broken`, and the others are there all the same.
    """
    path = index.find(MANIFEST)
    if path is None:
        older = " (it has `repositories` only, as Docker before 1.10 wrote it: load it and save it again)"
        why = older if "repositories" in index.files else ""
        raise InputError(f"{index.name}: has no {MANIFEST} at the top, so this is not what docker save writes{why}")
    entries: list[NamedEntry] = []
    paths: dict[Digest, str] = {}
    made: dict[Digest, Content] = {}
    broken: dict[Reference, RegplanError] = {}
    where = f"{index.name}: {MANIFEST}"
    for number, saved in enumerate(_read_list(read(path, _MOST_MANIFEST_BYTES), where)):
        try:
            content = _manifest(index, read, saved, paths)
        except (DigestMismatch, InputError, NotFound) as error:
            names = _names(saved.tags, where) or (Reference("localhost", _plain(home), f"image-{number}"),)
            broken |= dict.fromkeys(names, error)
            continue
        made[content.digest] = content
        entries += _entries(content, saved, where, home)
    return Found(tuple(entries), (), paths, made, broken, (_NOTE,) if entries else ())


def _manifest(
    index: ArchiveIndex, read: Callable[[str, int], bytes], saved: _Saved, paths: dict[Digest, str]
) -> Content:
    """Make an image's manifest, and note where its config and layers are; raises for what is absent or not as named."""
    config_path = index.find(saved.config)
    if config_path is None:
        raise NotFound(f"{index.name}: config {saved.config} is not in the archive")
    raw = read(config_path, _MOST_CONFIG_BYTES)
    config = Descriptor(OCI_CONFIG, Digest.of(raw), len(raw))
    named = re.search(r"([0-9a-f]{64})(?:\.json)?$", saved.config)
    if named is not None and named[1] != config.digest.encoded:
        raise DigestMismatch(f"{index.name}: config {saved.config} has other content: its digest is {config.digest}")
    layers = [_layer(index, path) for path in saved.layers]
    _check_layers(index, saved, layers, parse_config(raw, where=f"{index.name}: {saved.config}").diff_ids)
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _shown(config),
        "layers": [_shown(layer) for layer, _ in layers],
    }
    paths[config.digest] = config_path
    paths.update({layer.digest: path for layer, path in layers})
    data = json.dumps(document, separators=(",", ":")).encode()
    return Content(OCI_MANIFEST, Digest.of(data), data)


def _layer(index: ArchiveIndex, named: str) -> tuple[Descriptor, str]:
    path = index.find(named)
    if path is None:
        raise NotFound(f"{index.name}: layer {named} is not in the archive")
    kind = OCI_LAYER if path in index.gzipped else OCI_LAYER_TAR
    return Descriptor(kind, Digest("sha256", index.digests[path]), index.files[path].size), path


def _check_layers(
    index: ArchiveIndex, saved: _Saved, layers: Sequence[tuple[Descriptor, str]], diff_ids: Sequence[Digest]
) -> None:
    """Hold layers to what their config says of them, which is of their uncompressed bytes."""
    if len(layers) != len(diff_ids):
        raise InputError(
            f"{index.name}: {saved.config} tells of {len(diff_ids)} layers, and {MANIFEST} of {len(layers)}"
        )
    for (layer, path), diff_id in zip(layers, diff_ids, strict=True):
        if layer.media_type == OCI_LAYER_TAR and layer.digest != diff_id:
            raise DigestMismatch(f"{index.name}: layer {diff_id} has other content, with digest {layer.digest}: {path}")


def _entries(content: Content, saved: _Saved, where: str, home: str) -> list[NamedEntry]:
    top = Descriptor(content.media_type, content.digest, len(content.data))
    names = _names(saved.tags, where)
    if not names:
        nameless = LayoutEntry(top, "", None)
        return [NamedEntry(nameless, "", home_reference(nameless, home))]
    return [NamedEntry(LayoutEntry(top, str(name), name), "", name) for name in names]


def _names(tags: Sequence[str], where: str) -> tuple[Reference, ...]:
    try:
        return tuple(Reference.parse(tag) for tag in tags)
    except InvalidReference as error:
        raise InputError(f"{where}: RepoTags: {error}") from error


def _plain(home: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", home.lower()).strip("-") or "archive"


def _read_list(raw: bytes, where: str) -> tuple[_Saved, ...]:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise InputError(f"{where}: is not JSON") from None
    if not isinstance(document, list):
        raise InputError(f"{where}: is not a list of images")
    return tuple(_saved(entry, f"{where}: [{place}]") for place, entry in enumerate(document))


def _saved(entry: object, where: str) -> _Saved:
    if not isinstance(entry, dict) or not isinstance(entry.get("Config"), str):
        raise InputError(f"{where}: has no Config, which names an image's config")
    return _Saved(entry["Config"], _texts(entry, "Layers", where), _texts(entry, "RepoTags", where))


def _texts(entry: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    # Go writes a list without entries as null.
    texts = entry.get(key) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InputError(f"{where}: {key} is not a list of texts")
    return tuple(texts)


def _shown(descriptor: Descriptor) -> dict[str, object]:
    return {"mediaType": descriptor.media_type, "digest": str(descriptor.digest), "size": descriptor.size}
