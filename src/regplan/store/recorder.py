"""Recordings written: contents first and `index.json` last, so that a run that dies leaves what was readable before."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from regplan.errors import Denied, InputError, QuotaExceeded, RecordIncomplete, RegistryError
from regplan.model.recording import Moved, RecordingWrite
from regplan.oci.digest import Digest
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.mediatype import INDEXES, OCI_INDEX
from regplan.store.entries import REF_NAME
from regplan.store.facts import FactLines
from regplan.store.files import read_bytes, read_text
from regplan.store.layout import MOST_INDEX_BYTES, MOST_MANIFEST_BYTES
from regplan.store.locks import exclusive
from regplan.store.recording import FACTS, SUBJECT, SUBJECTS, Recording
from regplan.store.tree import FORBIDDEN, FULL
from regplan.store.unpacked import UNPACKED, read_unpacked, unpacked_text
from regplan.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.recording import KeptEntry, KeptFact, RecordingDraft

__all__ = ["check_folder", "write_recording"]

_LAYOUT: Final = b'{"imageLayoutVersion":"1.0.0"}\n'
_PARTS: Final = frozenset({"blobs", "index.json", "oci-layout", FACTS, UNPACKED})


def check_folder(folder: Path) -> None:
    """Refuse a folder that a recording cannot be made in or added to; raises `InputError`.

    A new or empty folder will do, a recording, and what a run that died has left of one.
    """
    try:
        if not folder.exists():
            return
        if not folder.is_dir():
            raise InputError(f"{folder}: is a file, and a recording is a folder")
        names = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror})") from error
    if names & {"oci-layout", FACTS}:
        Recording(folder)
    elif others := sorted(name for name in names - _PARTS if not name.startswith(".")):
        raise InputError(f"{folder}: is no recording, and holds {others[0]}; name a new folder or a recording")


def write_recording(folder: Path, draft: RecordingDraft) -> RecordingWrite:
    """Add a draft to the recording in `folder`, which is made where it is not there; what is the same is not written.

    Raises `InputError` for a folder that holds something else, a `RegistryError` where nothing could be written, and
    `RecordIncomplete` where something was: what the recording held before can be read all the same.
    """
    check_folder(folder)
    writing = _Writing(folder)
    writing.make_folder()
    with exclusive(folder):
        return _write(writing, draft)


def _write(writing: _Writing, draft: RecordingDraft) -> RecordingWrite:
    folder = writing.folder
    index = _Index.read(folder)
    facts = FactLines.read(read_text(folder / FACTS) if (folder / FACTS).exists() else "")
    is_layout = bool(draft.entries) or (folder / "oci-layout").exists()
    if is_layout and not (folder / "oci-layout").exists():
        # Readable from here on, and empty: a folder is a layout once it has this file.
        writing.put(folder / "index.json", index.text())
        writing.put(folder / "oci-layout", _LAYOUT)
    for content in draft.contents:
        writing.put(_blob_path(folder, content.digest), content.data)
    if draft.unpacked:
        writing.put(folder / UNPACKED, unpacked_text(read_unpacked(folder) | dict(draft.unpacked)))
    index.put(draft.entries)
    facts.put(index.make_way(draft.facts))
    if facts.lines:
        writing.put(folder / FACTS, facts.text().encode())
    if is_layout:
        writing.put(folder / "index.json", index.text())
    moved = sorted((*index.moved, *facts.moved), key=lambda each: each.reference)
    added = sorted({*index.added, *facts.added} - {each.reference for each in moved})
    return RecordingWrite(tuple(added), tuple(moved), writing.files, writing.size_bytes)


@dataclass(slots=True)
class _Index:
    """The index.json of a layout while entries are put into it; entries of others stay as they are."""

    folder: Path
    document: dict[str, Any]
    added: list[str] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> _Index:
        path = folder / "index.json"
        document: Any = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
        if path.exists():
            raw = read_bytes(path, MOST_INDEX_BYTES)
            parse_manifest(raw, OCI_INDEX, where=str(path))
            document = {**json.loads(raw)}
            document["manifests"] = list(document.get("manifests") or [])
        return cls(folder, document)

    def put(self, entries: tuple[KeptEntry, ...]) -> None:
        """Put entries in, each in the place of what had its name."""
        old: dict[str, list[dict[str, Any]]] = {}
        for each in self.document["manifests"]:
            old.setdefault(_name(each), []).append(each)
        for entry in entries:
            known = old.setdefault(entry.name, [])
            same = [each for each in known if each["digest"] == str(entry.digest)]
            if known and not same:
                self.moved.append(Moved(entry.name, Digest.parse(known[0]["digest"]), entry.digest))
            if not known and entry.subject is None:
                self.added.append(entry.name)
            old[entry.name] = [_with_subjects(same[0], entry)] if same else [_entry(entry)]
        self._replace([each for entries in old.values() for each in entries])

    def make_way(self, facts: tuple[KeptFact, ...]) -> tuple[KeptFact, ...]:
        """Pick the facts that tell more than this layout; an entry whose name stands for something else now goes."""
        named = {_name(each): each for each in self.document["manifests"]}
        gone: dict[str, Moved] = {}
        for fact in facts:
            name, digest = str(fact.reference), fact.image.digest
            if name in named and digest not in self._reached(named[name]["digest"]):
                gone.setdefault(name, Moved(name, Digest.parse(named[name]["digest"]), digest))
        self.moved += gone.values()
        self._replace([each for each in self.document["manifests"] if _name(each) not in gone])
        return tuple(fact for fact in facts if str(fact.reference) in gone or str(fact.reference) not in named)

    def text(self) -> bytes:
        """Tell the whole file."""
        return json.dumps(self.document, indent=1, ensure_ascii=False).encode() + b"\n"

    def _replace(self, entries: list[dict[str, Any]]) -> None:
        self.document["manifests"] = sorted(entries, key=lambda each: (_name(each), each["digest"]))

    def _reached(self, digest: str) -> set[Digest]:
        """Tell a manifest's digest, and those that it lists where it is an index."""
        found = {Digest.parse(digest)}
        ahead = list(found)
        while ahead:
            path = _blob_path(self.folder, ahead.pop())
            if path.exists():
                document = parse_manifest(read_bytes(path, MOST_MANIFEST_BYTES), where=str(path))
                children = document.manifests if isinstance(document, Index) else ()
                ahead += [each.digest for each in children if each.media_type in INDEXES and each.digest not in found]
                found.update(each.digest for each in children)
        return found


@dataclass(slots=True)
class _Writing:
    """Files put into place one after the other, each whole or not at all, and the count of what was written."""

    folder: Path
    files: int = 0
    size_bytes: int = 0

    def make_folder(self) -> None:
        """Have the folder be there, so that it can be held while it is written to."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._failure(self.folder, error) from error

    def put(self, path: Path, data: bytes) -> None:
        """Write a file, unless it holds the same already; raises an error of ours that says what is left."""
        new = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}.tmp")
        try:
            if _holds(path, data):
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            with new.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except OSError as error:
            raise self._failure(path, error) from error
        finally:
            with suppress(OSError):
                new.unlink(missing_ok=True)
        self.files += 1
        self.size_bytes += len(data)

    def _failure(self, path: Path, error: OSError) -> RecordIncomplete | RegistryError:
        what = f"cannot write {path}: {error.strerror or error}"
        if self.files:
            return RecordIncomplete(
                f"{what}; {self.folder} is partly written, and still answers what it did before: run it again"
            )
        kind = QuotaExceeded if error.errno in FULL else Denied if error.errno in FORBIDDEN else RegistryError
        return kind(f"{what}; nothing was recorded")


def _blob_path(folder: Path, digest: Digest) -> Path:
    return folder / "blobs" / digest.algorithm / digest.encoded


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data


def _name(entry: dict[str, Any]) -> str:
    annotations = entry.get("annotations")
    return str(annotations.get(REF_NAME) or "") if isinstance(annotations, dict) else ""


def _entry(entry: KeptEntry) -> dict[str, Any]:
    typed = {"artifactType": entry.artifact_type} if entry.artifact_type else {}
    annotations = {REF_NAME: entry.name, **({} if entry.subject is None else {SUBJECT: str(entry.subject)})}
    told = {"mediaType": entry.media_type, "digest": str(entry.digest), "size": entry.size, **typed}
    return _with_subjects({**told, "annotations": annotations}, entry)


def _with_subjects(document: dict[str, Any], entry: KeptEntry) -> dict[str, Any]:
    """Add to an entry the digests whose referrers are recorded now."""
    annotations = document["annotations"]
    known = set(filter(None, str(annotations.get(SUBJECTS) or "").split(",")))
    subjects = sorted({*known, *map(str, entry.subjects)})
    return {**document, "annotations": {**annotations, SUBJECTS: ",".join(subjects)}} if subjects else document
