"""What a recording must keep so that the same references can be planned with again, for the same platforms, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.image import Image
from regplan.model.recording import KeptEntry, KeptFact, RecordingDraft
from regplan.model.source import Content

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.model.image import Inventory, KeptIndex, ResolvedReference
    from regplan.oci.digest import Digest

__all__ = ["draft_recording"]


def draft_recording(inventory: Inventory, configs: Mapping[Digest, bytes]) -> RecordingDraft:
    """Tell what is kept of an inventory: everything that was read to resolve it, and of `configs` what it refers to.

    A reference is named for what it names at its source: for an index also where one platform alone was chosen, so that
    a later choice is made as it would be there. Layers are never kept. The order does not depend on the inventory's.
    """
    entries: dict[tuple[str, Digest], KeptEntry] = {}
    contents: dict[Digest, Content] = {}
    facts: dict[tuple[str, str], KeptFact] = {}
    for resolved in inventory.entries:
        if resolved.named.raw is None:
            facts |= {
                (str(resolved.reference), str(image.platform)): KeptFact(resolved.reference, image)
                for image in resolved.images
            }
            continue
        for entry in (_named(resolved), *_referring(resolved)):
            entries[entry.name, entry.digest] = entry
        for content in _contents(resolved, configs):
            contents[content.digest] = content
    return RecordingDraft(
        tuple(entries[key] for key in sorted(entries)),
        tuple(contents[digest] for digest in sorted(contents)),
        tuple(facts[key] for key in sorted(facts)),
    )


def _named(resolved: ResolvedReference) -> KeptEntry:
    top, referrers = resolved.named, resolved.referrers
    looked_at: tuple[Digest, ...] = ()
    if referrers is not None and not referrers.problem:
        looked_at = tuple(sorted({*resolved.subjects, *(each.digest for each in referrers.found)}))
    return KeptEntry(str(resolved.reference), top.digest, top.media_type, len(top.raw or b""), subjects=looked_at)


def _referring(resolved: ResolvedReference) -> Iterator[KeptEntry]:
    """Yield an entry for each referrer: by its tag where a tag told of it, else by its digest."""
    for each in resolved.referrers.found if resolved.referrers is not None else ():
        name = f"{resolved.reference.name}:{each.tag}" if each.tag else f"{resolved.reference.name}@{each.digest}"
        yield KeptEntry(name, each.digest, each.media_type, each.size, each.artifact_type, each.subject)


def _contents(resolved: ResolvedReference, configs: Mapping[Digest, bytes]) -> Iterator[Content]:
    for each in (*resolved.images, *resolved.indexes, *resolved.passed):
        yield from _verbatim(each)
        if isinstance(each, Image) and each.config is not None and each.config.digest in configs:
            yield Content(each.config_type, each.config.digest, configs[each.config.digest])
    for referrer in resolved.referrers.found if resolved.referrers is not None else ():
        yield Content(referrer.media_type, referrer.digest, referrer.raw or b"")


def _verbatim(each: Image | KeptIndex) -> Iterator[Content]:
    if each.raw is not None:
        yield Content(each.media_type, each.digest, each.raw)
