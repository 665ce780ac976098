"""What stands where in an archive of images: one pass forward, nothing unpacked to the disk, memory within bounds.

Kept are each file's place and, of the small files, the bytes: manifests and configs may stand before the index that
tells what they are. Layers are passed over.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections import Counter
from dataclasses import field
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.progress import Progress
from regplan.store.forward import Damaged, Forward
from regplan.store.gathering import shown
from regplan.store.packed import telling
from regplan.store.signs import GZIP, looks_like_tar
from regplan.store.tarwalk import EntryKind, walk_tar
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regplan.model.progress import Report
    from regplan.store.packed import Packed, Unpacked
    from regplan.store.tarwalk import Entry

__all__ = ["ArchiveIndex", "Place", "index_archive"]

_BLOCK: Final = 512
_CHUNK: Final = 2**18
_TELL_BYTES: Final = 2**26
_MOST_MEMBERS: Final = 200_000
_MOST_NAME: Final = 4096
_MOST_NAME_BYTES: Final = 24 * 2**20
_MOST_HOPS: Final = 40
_MOST_TOLD: Final = 8
_MOST_TOPS: Final = 1000
_HEAD_BYTES: Final = 18
_TAIL_BYTES: Final = 4
_SMALL_BYTES: Final = 32 * 2**10
_MOST_JSON_BYTES: Final = 8 * 2**20
_MOST_KEPT_BYTES: Final = 32 * 2**20
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_BLOB: Final = re.compile(r"(?:.*/)?blobs/(sha256|sha384|sha512)/([0-9a-f]{64,128})")
# What manifests, indexes and images' configs have, and other documents that images come with mostly do not.
_TELLING: Final = (b'"schemaVersion"', b'"rootfs"', b'"RepoTags"')


class Place(NamedTuple):
    """Where a file's bytes begin in the unpacked archive, and how many they are."""

    offset: int
    size: int


@dataclass(slots=True)
class ArchiveIndex:
    """The files of an archive by their paths without `./`, in its order; `target` of a link is a path of the archive.

    `kept` has the bytes of small files, `digests` the sha256 of every file where they were asked for; `gzipped` names
    those that are compressed. `edges` has the first and the last few bytes of blobs that only a reader which goes all the
    way finds again: they tell how large a layer is unpacked. `first` are the
    names of the first members, `tops` counts members by the first folder, `kinds` by what they are, and `unread` names
    what is neither file nor folder nor a link inside.
    """

    name: str
    files: dict[str, Place] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    gzipped: set[str] = field(default_factory=set)
    edges: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    first: list[str] = field(default_factory=list)
    tops: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    unread: list[str] = field(default_factory=list)
    members: int = 0
    unpacked_bytes: int = 0

    def find(self, path: str) -> str | None:
        """Tell the path of the file that `path` leads to, links to files and folders followed; None for none."""
        left, done = [part for part in path.split("/") if part], ""
        hops = 0
        while left:
            done = posixpath.join(done, left.pop(0))
            if (target := self.links.get(done)) is not None:
                hops += 1
                if hops > _MOST_HOPS:
                    return None
                left, done = [*(part for part in target.split("/") if part), *left], ""
        return done if done in self.files else None

    def folders_with(self, name: str) -> Iterator[str]:
        """Yield each folder in which a file (or a link to one) of that name stands, "" for the top, the nearest first."""
        paths = {path for path in (*self.files, *self.links) if path == name or path.endswith(f"/{name}")}
        folders = (posixpath.dirname(path) for path in paths if self.find(path) is not None)
        return iter(sorted(folders, key=lambda folder: (folder.count("/"), folder)))

    def blobs(self) -> dict[str, Place]:
        """Map the digest that each file has by its name, standing like an image layout's blob, to its place."""
        named = ((_BLOB.fullmatch(path), place) for path, place in self.files.items())
        return {f"{match[1]}:{match[2]}": place for match, place in named if match is not None}

    def others(self) -> list[str]:
        """List the files that are no blob of a layout, nor one of its own two files, in the archive's order."""
        own = ("oci-layout", "index.json")
        return [path for path in self.files if not _BLOB.fullmatch(path) and posixpath.basename(path) not in own]


def index_archive(packed: Packed, *, digests: bool = False, report: Report | None = None) -> ArchiveIndex:
    """Go through an archive once; with `digests` every file is hashed on the way.

    Raises `InputError` naming the file for one that is no tar archive, is cut short or damaged, is beyond bounds, or has
    a member whose name leads out of it.
    """
    stream = packed.open()
    index = ArchiveIndex(packed.name)
    try:
        with telling(packed.name, packed.parts[-1]):
            _Pass(index, stream, _teller(packed, stream, report), digests=digests).run()
    finally:
        stream.close()
    return index


class _Pass:
    """One pass through an archive."""

    def __init__(self, index: ArchiveIndex, stream: Unpacked, tell: Callable[[], None], *, digests: bool) -> None:
        self._index, self._stream, self._tell, self._digests = index, stream, tell, digests
        self._is_forward = not digests and not stream.is_plain
        self._name_bytes = self._kept_bytes = 0

    def run(self) -> None:
        head = self._stream.read(_BLOCK)
        if not head:
            raise Damaged("it is empty")
        if not looks_like_tar(head) and head.strip(b"\0"):
            raise Damaged("it is no tar archive, with gzip, with zstd or without")
        # The first block goes back in front of the rest.
        for entry in walk_tar(Forward(_Again(head, self._stream))):
            self._take(entry)
            self._tell()
        self._index.unpacked_bytes = self._stream.position + self._stream.drain()

    def _take(self, entry: Entry) -> None:
        index = self._index
        index.members += 1
        index.kinds[entry.kind.value] += 1
        path = self._path(entry.name)
        if entry.kind is EntryKind.FILE:
            self._file(path, entry.data, entry.size)
        elif entry.kind in {EntryKind.SYMLINK, EntryKind.HARD_LINK}:
            self._link(path, entry)
        elif entry.kind is EntryKind.OTHER:
            self._unread(path, "is no file")

    def _path(self, name: str) -> str:
        """Tell a member's path without `./`; counts it."""
        index = self._index
        if index.members > _MOST_MEMBERS:
            raise InputError(f"{index.name}: holds more than {_MOST_MEMBERS:,} members, as no archive of images does")
        self._name_bytes += len(name)
        if len(name) > _MOST_NAME or self._name_bytes > _MOST_NAME_BYTES:
            raise InputError(f"{index.name}: the names of its members are longer than those of any archive of images")
        parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
        if name.startswith(("/", "\\")) or _DRIVE.match(name) or ".." in parts:
            raise InputError(f"{index.name}: {shown(name)}: leads out of the archive, as no image's file does")
        if len(index.first) < _MOST_TOLD:
            index.first.append(shown(name))
        if parts and (parts[0] in index.tops or len(index.tops) < _MOST_TOPS):
            index.tops[parts[0]] += 1
        return "/".join(parts)

    def _file(self, path: str, data: Forward, size: int) -> None:
        index = self._index
        index.links.pop(path, None)
        index.files[path] = Place(self._stream.position, size)
        index.kept.pop(path, None)
        index.edges.pop(path, None)
        hasher = hashlib.sha256() if self._digests else None
        head = data.peek(_HEAD_BYTES)
        if size <= _SMALL_BYTES or (size <= _MOST_JSON_BYTES and head.lstrip()[:1] in {b"{", b"["}):
            raw = data.read(size)
            if hasher is not None:
                hasher.update(raw)
            self._keep(path, raw)
        elif self._is_forward and _BLOB.fullmatch(path):
            data.pass_over(size - _TAIL_BYTES)
            index.edges[path] = (head, data.read(_TAIL_BYTES))
        while hasher is not None and (chunk := data.read(_CHUNK)):
            hasher.update(chunk)
        if hasher is not None:
            index.digests[path] = hasher.hexdigest()
            if head.startswith(GZIP):
                index.gzipped.add(path)

    def _keep(self, path: str, raw: bytes) -> None:
        """Keep a small file, or a document that is a manifest or a config, while there is room: others are read again."""
        is_wanted = len(raw) <= _SMALL_BYTES or any(word in raw for word in _TELLING)
        if is_wanted and self._kept_bytes + len(raw) <= _MOST_KEPT_BYTES:
            self._kept_bytes += len(raw)
            self._index.kept[path] = raw

    def _link(self, path: str, entry: Entry) -> None:
        goal = entry.target.replace("\\", "/")
        self._name_bytes += len(goal)
        above = posixpath.dirname(path) if entry.kind is EntryKind.SYMLINK else ""
        inside = posixpath.normpath(posixpath.join(above, goal))
        if goal.startswith("/") or _DRIVE.match(goal) or f"{inside}/".startswith("../") or inside == path:
            # A layer unpacked beside the images may hold such links, which nobody follows.
            self._unread(path, "is a link that leads out of the archive")
            return
        self._index.files.pop(path, None)
        self._index.links[path] = inside

    def _unread(self, path: str, why: str) -> None:
        if len(self._index.unread) < _MOST_TOLD:
            self._index.unread.append(f"{shown(path)} {why}")


class _Again:
    """A stream of which some bytes were read already."""

    def __init__(self, head: bytes, stream: Unpacked) -> None:
        self._head, self._stream = head, stream

    def read(self, size: int, /) -> bytes:
        if not self._head:
            return self._stream.read(size)
        head, self._head = self._head[:size], self._head[size:]
        return head

    def pass_over(self, size: int, /) -> int:
        return len(self.read(size)) if self._head else self._stream.pass_over(size)


def _teller(packed: Packed, stream: Unpacked, report: Report | None) -> Callable[[], None]:
    told = 0

    def tell() -> None:
        nonlocal told
        if report is not None and stream.packed_position - told >= _TELL_BYTES:
            told = stream.packed_position
            report(Progress(told, packed.size, "bytes", f"reading {packed.parts[0].name}"))

    return tell
