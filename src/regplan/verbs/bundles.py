"""`bundle inspect`: what a content bundle, or another archive of images, holds."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Final

from regplan.errors import ContentError, InvalidDigest, NotFound
from regplan.model.bundle import ArchiveFile, BlobCount, BundleImage, BundleLayout, BundleReport
from regplan.model.progress import Progress
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.registry.threads import run_abandonable
from regplan.resolve import CachedSource, Choice, resolve
from regplan.store.opening import ARCHIVES, is_saved, look_into, not_readable
from regplan.verbs.arguments import split_layout
from regplan.verbs.portal import from_worker, run_blocking

if TYPE_CHECKING:
    from regplan.model.image import Inventory, ResolvedReference
    from regplan.model.progress import Report
    from regplan.store.archived import ArchivedImages
    from regplan.store.found import Found

__all__ = ["inspect_bundle"]

_MOST_TOLD: Final = 20
_ALL: Final = Choice((), all_platforms=True)


def inspect_bundle(file: str, *, verify: bool = False, report: Report | None = None) -> BundleReport:
    """Tell what an archive of images holds, blocking; with `verify` every blob is read and held to its digest.

    `file` is a path, or a path with the transport that it is to be read as. Raises `InputError` for a file that cannot
    be read; one that can and holds no images has its reason in `why`.
    """
    return run_blocking(lambda: _inspect(file, report, verify=verify))


async def _inspect(file: str, report: Report | None, *, verify: bool) -> BundleReport:
    source = await run_abandonable(partial(_open, file, from_worker(report)))
    with closing(source):
        references = dict.fromkeys(source.references(), ())
        found = await resolve(references, [CachedSource(source)], _ALL, report)
        wrong = await _wrong(source, report) if verify else None
        return _report(source, found.inventory, wrong)


def _open(file: str, report: Report | None) -> ArchivedImages:
    transport, _, rest = file.partition(":")
    if transport in ARCHIVES:
        return look_into(transport, split_layout(rest, f"{transport}:FILE")[0], report)
    source = look_into("bundle", file, report)
    if source.found.folders or not is_saved(source.index):
        return source
    source.close()
    return look_into("docker-archive", file, report)


def _report(source: ArchivedImages, inventory: Inventory, wrong: tuple[str, ...] | None) -> BundleReport:
    index, found = source.index, source.found
    folders = {each.reference: each.folder for each in found.entries}
    blobs = {digest: place.size for digest, place in index.blobs().items()}
    needed = set(map(str, inventory.blobs()))
    rest = {digest: size for digest, size in blobs.items() if digest not in needed}
    if found.paths:
        blobs = {str(digest): index.files[path].size for digest, path in found.paths.items()}
    others = [*index.others(), *index.unread] if not found.paths else []
    return BundleReport(
        name=source.packed.name,
        parts=tuple(ArchiveFile(part.name, part.stat().st_size) for part in source.packed.parts),
        compression=source.packed.compression,
        unpacked_bytes=index.unpacked_bytes,
        members=index.members,
        layouts=_layouts(found),
        images=tuple(_image(entry, folders.get(entry.reference, "")) for entry in inventory.entries),
        blobs=BlobCount(len(blobs), sum(blobs.values())),
        unreferenced=BlobCount(len(rest), sum(rest.values())),
        unresolved=inventory.unresolved,
        notes=found.notes,
        not_understood=tuple(others[:_MOST_TOLD]),
        not_understood_count=len(others),
        why="" if source.references() else not_readable(source),
        wrong=wrong,
    )


def _layouts(found: Found) -> tuple[BundleLayout, ...]:
    counts = Counter(each.folder for each in found.entries)
    return tuple(BundleLayout(folder, _depth(folder), counts[folder]) for folder in found.folders)


def _image(entry: ResolvedReference, folder: str) -> BundleImage:
    platforms = dict.fromkeys(image.platform for image in entry.images if image.platform.is_known)
    size_bytes = sum(blob.size or 0 for blob in entry.content())
    return BundleImage(entry.reference, entry.digest, tuple(platforms), size_bytes, folder)


def _depth(folder: str) -> int:
    return len(folder.split("/")) if folder else 0


async def _wrong(source: ArchivedImages, report: Report | None) -> tuple[str, ...]:
    """Read every blob in the archive's order and tell those that are not what their names say."""
    wrong: list[str] = []
    blobs = source.index.blobs()
    total, done = sum(place.size for place in blobs.values()), 0
    for digest, place in blobs.items():
        try:
            async for _ in source.blob("", Descriptor("", Digest.parse(digest), place.size)):
                pass
        except NotFound:
            # It stands like a blob in a folder that is no layout.
            pass
        except (ContentError, InvalidDigest) as error:
            wrong.append(str(error))
        done += place.size
        if report is not None:
            report(Progress(done, total, "bytes", f"checking {digest[:19]}"))
    return tuple(wrong)
