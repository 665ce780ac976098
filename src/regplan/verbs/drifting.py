"""Which tags name other images at their source by now than those that were seeded."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidManifest, InvalidReference, NotFound, RegplanError
from regplan.model.source import TagSource
from regplan.model.verifying import Drift, Moved
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.reference import Reference
from regplan.verbs.sources import ORIGIN, open_source

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from regplan.model.image import Inventory, ResolvedReference
    from regplan.model.source import Content, ImageSource
    from regplan.oci.digest import Digest
    from regplan.verbs.options import Options

__all__ = ["find_drift"]

_AT_ONCE: Final = 8
_GONE: Final = 404
_REMOTE: Final = ("docker://", ORIGIN, "mirrors")


async def find_drift(
    seeded: Mapping[str, Digest], inventory: Inventory, alike: Collection[str], texts: Sequence[str], options: Options
) -> Drift:
    """Ask the source of each reference, by a HEAD for each tag, what it names now, and hold it against what was seeded.

    The registries among the sources `texts` are asked, else the references' own. `alike` are references of which the target
    has the same image in another form than `inventory` tells. Where a HEAD shows another digest that was not seen before,
    a GET tells whether it is an index with the image that was seeded in it.
    """
    from regplan.seed.tasks import each

    if options.connection.offline:
        return Drift(why_not="being offline allows no connection, so that no source was asked")
    async with AsyncExitStack() as stack:
        remote = [text for text in texts if text.startswith(_REMOTE)] or [ORIGIN]
        sources = [await stack.enter_async_context(open_source(text, options)) for text in remote]
        looker = _Looker(sources, {str(entry.reference): entry for entry in inventory.entries}, frozenset(alike))
        await each(looker.look, [item for item in seeded.items() if _has_tag(item[0])], _AT_ONCE)
        return looker.drift


class _Looker:
    """One call of `find_drift`."""

    def __init__(
        self, sources: Sequence[ImageSource], entries: Mapping[str, ResolvedReference], alike: frozenset[str]
    ) -> None:
        self._sources, self._entries, self._alike = sources, entries, alike
        self._asked = 0
        self._moved: dict[str, Moved] = {}
        self._unknown: dict[str, str] = {}

    @property
    def drift(self) -> Drift:
        moved = tuple(self._moved[name] for name in sorted(self._moved))
        return Drift(self._asked, moved, tuple(sorted(self._unknown.items())))

    async def look(self, item: tuple[str, Digest]) -> None:
        """Ask for one tag."""
        name, seeded = item
        self._asked += 1
        failure: RegplanError | None = None
        for source in self._sources:
            try:
                now = await _now(source, Reference.parse(name))
                if await self._is_moved(source, name, seeded, now):
                    self._moved[name] = Moved(name, seeded, now)
            except RegplanError as error:
                failure = error if failure is None or isinstance(failure, NotFound) else failure
            else:
                return
        if isinstance(failure, NotFound) and failure.status == _GONE:
            self._moved[name] = Moved(name, seeded, None)
        else:
            self._unknown[name] = str(failure)

    async def _is_moved(self, source: ImageSource, name: str, seeded: Digest, now: Digest) -> bool:
        entry = self._entries.get(name)
        if seeded == now:
            return False
        if entry is not None and entry.digest == now:
            known = {image.digest for image in entry.images} | {index.digest for index in entry.indexes}
            return name not in self._alike and seeded not in known
        reference = Reference.parse(name)
        content = await source.manifest(Reference(reference.registry, reference.repository, None, now))
        return seeded not in _children(content)


async def _now(source: ImageSource, reference: Reference) -> Digest:
    """Tell what a tag names now, by a HEAD where the source knows one."""
    digest = await source.look(reference) if isinstance(source, TagSource) else None
    return digest or (await source.manifest(reference)).digest


def _children(content: Content) -> frozenset[Digest]:
    try:
        document = parse_manifest(content.data, content.media_type)
    except InvalidManifest:
        return frozenset()
    return frozenset(child.digest for child in document.manifests) if isinstance(document, Index) else frozenset()


def _has_tag(name: str) -> bool:
    """Tell whether a reference is by tag alone: one with a digest never moves."""
    try:
        reference = Reference.parse(name)
    except InvalidReference:
        return False
    return reference.tag is not None and reference.digest is None
