"""What was found of images in an archive: image layouts at any depth, each with its entries."""

from __future__ import annotations

import posixpath
from dataclasses import field
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, InvalidReference
from regplan.oci.reference import Reference
from regplan.store.entries import check_version, home_reference, read_entries
from regplan.store.tree import source_of
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.errors import RegplanError
    from regplan.model.source import Content
    from regplan.oci.digest import Digest
    from regplan.store.archive import ArchiveIndex
    from regplan.store.entries import LayoutEntry

__all__ = ["Found", "NamedEntry", "find_layouts"]

_MOST_INDEX_BYTES: Final = 8 * 2**20


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """One image of an archive: its entry, the folder of the layout that lists it ("" at the top), its name in full."""

    entry: LayoutEntry
    folder: str
    reference: Reference


@dataclass(frozen=True, slots=True)
class Found:
    """The images of an archive, and where their content is: in layouts, or in `paths` by digest.

    `made` are manifests that are not in the archive and were made for it; `broken` tells why an image that is named
    there cannot be had. `beside` are the entries that nobody asked for: what refers to an image is among them. `notes` say
    what is unusual, one sentence each.
    """

    entries: tuple[NamedEntry, ...]
    folders: tuple[str, ...] = ()
    paths: Mapping[Digest, str] = field(default_factory=dict)
    made: Mapping[Digest, Content] = field(default_factory=dict)
    broken: Mapping[Reference, RegplanError] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    beside: tuple[NamedEntry, ...] = ()


def find_layouts(index: ArchiveIndex, read: Callable[[str, int], bytes], home: str) -> Found:
    """Find every image layout: a folder with index.json beside `oci-layout`, or beside blobs.

    `read` gives a file's bytes, at most so many; `home` names what stands nameless at the top. Raises `InputError` for
    a layout that cannot be read.
    """
    whole = set(index.folders_with("oci-layout"))
    entries: list[NamedEntry] = []
    folders, notes = [], []
    for folder in index.folders_with("index.json"):
        if folder not in whole and not _has_blobs(index, folder):
            continue
        shown = folder or "the top"
        if folder in whole:
            path = index.find(posixpath.join(folder, "oci-layout")) or ""
            check_version(read(path, 2**16), f"{index.name}: {posixpath.join(folder, 'oci-layout')}")
        else:
            notes.append(f"{shown} has index.json and blobs, and no oci-layout beside them; it was read as a layout")
        folders.append(folder)
        entries += _entries(index, read, folder, home)
    notes += [f"{folder or 'the top'} has oci-layout and no index.json" for folder in sorted(whole - set(folders))]
    return Found(tuple(entries), tuple(folders), notes=tuple(notes))


def _has_blobs(index: ArchiveIndex, folder: str) -> bool:
    start = posixpath.join(folder, "blobs/")
    return any(path.startswith(start) for path in index.files)


def _entries(index: ArchiveIndex, read: Callable[[str, int], bytes], folder: str, home: str) -> tuple[NamedEntry, ...]:
    path = index.find(posixpath.join(folder, "index.json")) or ""
    where = f"{index.name}: {posixpath.join(folder, 'index.json')}"
    if index.files[path].size > _MOST_INDEX_BYTES:
        raise InputError(f"{where}: is larger than the {_MOST_INDEX_BYTES:,} bytes that such a file may have")
    entries = read_entries(read(path, _MOST_INDEX_BYTES), where)
    return tuple(NamedEntry(entry, folder, _name(entry, folder, home)) for entry in entries)


def _name(entry: LayoutEntry, folder: str, home: str) -> Reference:
    """Tell an entry's name in full: as it says itself, else by its layout's folder, as trees of layouts are named."""
    if entry.reference is None and folder and entry.name:
        registry, repository = source_of(folder)
        try:
            return Reference.parse(f"{registry}/{repository}:{entry.name}")
        except InvalidReference:
            pass
    return home_reference(entry, folder or home)
