"""Everything that a registry holds, read: repositories, their tags, and the manifests behind them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from regplan.errors import ContentError, InvalidManifest, RegistryError, Unreachable
from regplan.model.progress import Progress
from regplan.model.pruning import Census, Holding
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.mediatype import is_foreign
from regplan.seed.tasks import each

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.progress import Report
    from regplan.model.source import Content
    from regplan.oci.digest import Digest

__all__ = ["Shelf", "take_census"]

_AT_ONCE: Final = 16


class Shelf(Protocol):
    """What listing and deleting need of a registry; repositories are named without its host."""

    @property
    def name(self) -> str:
        """What errors call it."""
        ...

    async def repositories(self, project: str) -> tuple[tuple[str, ...] | None, bool]:
        """List the repositories of the registry, or of `project` alone; None where it tells nobody; True: these are all."""
        ...

    async def tags(self, repository: str) -> tuple[str, ...]:
        """List the tags of a repository; none where there is no such repository."""
        ...

    async def look(self, repository: str, reference: str) -> Digest | None:
        """Tell which digest a tag or digest has, or None where it is not there."""
        ...

    async def fetch_manifest(self, repository: str, reference: str) -> Content | None:
        """Fetch a manifest, or None where it is not there."""
        ...

    async def delete_manifest(self, repository: str, digest: Digest) -> bool:
        """Delete a manifest with its tags; False where it was not there."""
        ...


async def take_census(
    shelf: Shelf,
    named: Iterable[str],
    project: str,
    extra: Iterable[tuple[str, Digest]] = (),
    report: Report | None = None,
) -> Census:
    """Read what the repositories `named` hold, and all others that the registry tells of.

    `extra` are manifests by digest, which no tag may lead to. What cannot be read is told among the troubles; raises
    `Unreachable` where the registry does not answer.
    """
    known = dict.fromkeys(named)
    listed, is_whole = await shelf.repositories(project)
    repositories = tuple(dict.fromkeys((*known, *(listed or ()))))
    reader = _Reader(shelf, report, len(repositories))
    await each(reader.repository, repositories, _AT_ONCE)
    await each(reader.manifest, tuple(extra), _AT_ONCE)
    found = (reader.holdings[key] for key in sorted(reader.holdings, key=str))
    return Census(tuple(found), repositories, listed is not None and is_whole, tuple(sorted(reader.troubles)))


class _Reader:
    def __init__(self, shelf: Shelf, report: Report | None, total: int) -> None:
        self.holdings: dict[tuple[str, Digest], Holding] = {}
        self.troubles: dict[str, None] = {}
        self._shelf, self._report, self._total, self._done = shelf, report, total, 0

    async def repository(self, repository: str) -> None:
        tags: dict[Digest, list[str]] = {}
        try:
            for tag in await self._shelf.tags(repository):
                digest = await self._shelf.look(repository, tag)
                if digest is not None:
                    tags.setdefault(digest, []).append(tag)
        except Unreachable:
            raise
        except (RegistryError, ContentError, InvalidManifest) as error:
            self.troubles[f"{repository}: {error}"] = None
        for digest, names in tags.items():
            await self._read(repository, digest, tuple(names))
        self._done += 1
        if self._report is not None:
            self._report(Progress(self._done, self._total, "repositories", repository))

    async def manifest(self, key: tuple[str, Digest]) -> None:
        await self._read(*key, ())

    async def _read(self, repository: str, digest: Digest, tags: tuple[str, ...]) -> None:
        """Read a manifest, and all that it holds if it is an index."""
        open_ends = [(digest, tags)]
        while open_ends:
            digest, tags = open_ends.pop()
            if (repository, digest) in self.holdings:
                known = self.holdings[repository, digest]
                if set(tags) - set(known.tags):
                    self.holdings[repository, digest] = _tagged(known, tags)
                continue
            holding = await self._fetch(repository, digest, tags)
            if holding is not None:
                self.holdings[repository, digest] = holding
                open_ends += [(child, ()) for child in holding.children]

    async def _fetch(self, repository: str, digest: Digest, tags: tuple[str, ...]) -> Holding | None:
        try:
            content = await self._shelf.fetch_manifest(repository, str(digest))
            if content is None:
                return None
            document = parse_manifest(content.data, content.media_type)
        except Unreachable:
            raise
        except (RegistryError, ContentError, InvalidManifest) as error:
            self.troubles[f"{repository}@{digest}: {error}"] = None
            return None
        blobs = () if isinstance(document, Index) else (document.config, *document.layers)
        children = document.manifests if isinstance(document, Index) else ()
        return Holding(
            repository,
            digest,
            document.media_type,
            len(content.data),
            tags,
            tuple({blob.digest: blob for blob in blobs if not is_foreign(blob.media_type)}.values()),
            tuple(child.digest for child in children),
            None if document.subject is None else document.subject.digest,
        )


def _tagged(holding: Holding, tags: tuple[str, ...]) -> Holding:
    return replace(holding, tags=tuple(dict.fromkeys((*holding.tags, *tags))))
