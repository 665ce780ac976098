"""`oci-archive:`, `docker-archive:` and `bundle:` opened: one pass over the file, and a source of its images."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.store.archive import index_archive
from regplan.store.archived import ArchivedImages
from regplan.store.found import Found, find_layouts
from regplan.store.packed import Packed
from regplan.store.parts import find_parts
from regplan.store.saved import MANIFEST, find_saved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.progress import Report
    from regplan.store.archive import ArchiveIndex
    from regplan.store.found import NamedEntry

__all__ = ["ARCHIVES", "is_saved", "look_into", "not_readable", "open_archive"]

OCI_ARCHIVE: Final = "oci-archive"
DOCKER_ARCHIVE: Final = "docker-archive"
BUNDLE: Final = "bundle"
ARCHIVES: Final = (OCI_ARCHIVE, DOCKER_ARCHIVE, BUNDLE)
_MOST_NAMED: Final = 6
_ENDING: Final = re.compile(r"(_part[0-9]+)?(\.(tar|tgz|gz|zst))*(_part[0-9]+)?$", re.IGNORECASE)
_SURE_WAY: Final = (
    "No content bundle of Palette's own has been tried with this version: `palette content serve`, and --from "
    "docker://HOST:PORT with the address that it serves at, is the documented sure way"
)


def open_archive(transport: str, path: str, ref: str = "", report: Report | None = None) -> ArchivedImages:
    """Open an archive of images, narrowed to the image `ref` names (a name, a tag, or `@NUMBER`), if any.

    Raises `InputError` naming the file for one that cannot be read, or holds no image where its transport expects them.
    """
    source = look_into(transport, path, report)
    if not source.references():
        raise InputError(not_readable(source))
    return source if not ref else _narrowed(source, ref)


def look_into(transport: str, path: str, report: Report | None = None) -> ArchivedImages:
    """Open an archive whatever is in it: one in which no image was found has none, and its index tells what there is."""
    packed = Packed.look(find_parts(path), path)
    index = index_archive(packed, digests=transport == DOCKER_ARCHIVE, report=report)
    name = f"{transport}:{path}"
    reader = ArchivedImages(name, packed, index, Found(()))
    home = _ENDING.sub("", packed.parts[0].name)
    found = find_layouts(index, reader.read, home)
    if transport != BUNDLE:
        # These two have one layout, at the top, which is no other image's that happens to lie in the archive.
        found = found if "" in found.folders else Found(())
    if transport == DOCKER_ARCHIVE and not found.folders:
        found = find_saved(index, reader.read, home)
    return ArchivedImages(name, packed, index, found)


def _narrowed(source: ArchivedImages, ref: str) -> ArchivedImages:
    entries = source.found.entries
    number = ref.removeprefix("@")
    if ref.startswith("@") and number.isdecimal():
        chosen = _numbered(source.found, int(number))
    else:
        chosen = tuple(each for each in entries if ref in _names(each))
    broken = {name: why for name, why in source.found.broken.items() if ref in {str(name), name.familiar, name.tag}}
    if not chosen and not broken:
        names = [str(each) for each in source.references()]
        listed = ", ".join(names[:_MOST_NAMED]) + (f" and {len(names) - _MOST_NAMED} more" * (len(names) > _MOST_NAMED))
        raise InputError(f"{source.packed.name}: holds no image {ref!r}; it holds {listed or 'none'}")
    beside = tuple(each for each in entries if each not in chosen)
    found = replace(source.found, entries=chosen, broken=broken, beside=beside)
    return ArchivedImages(f"{source.name}:{ref}", source.packed, source.index, found)


def _numbered(found: Found, number: int) -> tuple[NamedEntry, ...]:
    """Choose as skopeo counts: the entries of an index.json, and the images of a manifest.json with all their names."""
    if not found.made:
        return found.entries[number : number + 1]
    digests = list(dict.fromkeys(each.entry.descriptor.digest for each in found.entries))[number : number + 1]
    return tuple(each for each in found.entries if each.entry.descriptor.digest in digests)


def _names(named: NamedEntry) -> set[str | None]:
    return {named.entry.name, str(named.reference), named.reference.familiar, named.reference.tag}


def is_saved(index: ArchiveIndex) -> bool:
    """Tell whether an archive is what `docker save` writes."""
    return index.find(MANIFEST) is not None


def not_readable(source: ArchivedImages) -> str:
    """Say why an archive gives no image, and what to do."""
    name, transport = source.packed.name, source.name.partition(":")[0]
    if source.found.folders:
        return f"{name}: has an image layout whose index.json names no image"
    if transport == DOCKER_ARCHIVE:
        return f"{name}: {MANIFEST} names no image"
    return _not_understood(transport, source.index)


def _not_understood(transport: str, index: ArchiveIndex) -> str:
    """Say which transport reads an archive, or else what it holds instead of images, and which way there is."""
    if is_saved(index):
        return f"{index.name}: is what docker save writes; write docker-archive:{index.name}"
    deeper = next((folder for folder in index.folders_with("index.json") if folder), None)
    if transport != BUNDLE and deeper is not None:
        return f"{index.name}: has no image layout at its top, and seems to have one in {deeper}; write bundle:{index.name}"
    what = (
        f"{index.name}: holds no image layout (index.json with oci-layout and blobs beside it), so it is not understood"
    )
    return f"{what}. {_listed(index)}. {_SURE_WAY}"


def _listed(index: ArchiveIndex) -> str:
    if not index.members:
        return "It is empty"
    tops: Mapping[str, int] = dict(index.tops.most_common(_MOST_NAMED))
    more = len(index.tops) - len(tops)
    kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(index.kinds.items()))
    folders = ", ".join(f"{name} ({count})" for name, count in tops.items()) + (f" and {more} more" if more else "")
    return (
        f"It has {index.members} members ({kinds}); the first are {', '.join(index.first)}; at the top stand {folders}"
    )
