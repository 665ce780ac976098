"""A registry as something to list and to delete from, and a tree of layouts as something to list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio.to_thread import run_sync

from regplan.errors import Unsupported
from regplan.store.tree import LayoutFolder, layouts

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.source import Content
    from regplan.oci.digest import Digest
    from regplan.registry.holdings import Holdings
    from regplan.registry.push import Pusher

__all__ = ["RegistryShelf", "TreeShelf"]


class TreeShelf:
    """A tree of layouts on a disk, which tells everything that it holds; nothing is deleted from it."""

    def __init__(self, path: Path) -> None:
        """Look below `path`."""
        self.name = f"oci:{path}"
        self._path = path

    async def repositories(self, _: str) -> tuple[tuple[str, ...] | None, bool]:
        """List every layout."""
        found = await run_sync(lambda: tuple(sorted(name for name, _ in layouts(self._path))))
        return found, True

    async def tags(self, repository: str) -> tuple[str, ...]:
        """List a layout's tags."""
        return await run_sync(self._folder(repository).tags)

    async def look(self, repository: str, reference: str) -> Digest | None:
        """Tell which digest a tag or digest has."""
        content = await self.fetch_manifest(repository, reference)
        return None if content is None else content.digest

    async def fetch_manifest(self, repository: str, reference: str) -> Content | None:
        """Read a manifest."""
        return await run_sync(self._folder(repository).content, reference)

    async def delete_manifest(self, repository: str, digest: Digest) -> bool:
        """Refuse."""
        raise Unsupported(f"{self.name}: nothing is deleted from a tree; {repository}@{digest} stays")

    async def manifests(self, repository: str) -> tuple[tuple[str, Digest], ...]:
        """List all manifests of a layout, with a tag or without."""
        return tuple((repository, digest) for digest in await run_sync(self._folder(repository).digests))

    def _folder(self, repository: str) -> LayoutFolder:
        return LayoutFolder(self._path / repository)


class RegistryShelf:
    """One registry: its catalogue where this login may read it, else its project where it is a Harbor."""

    def __init__(self, pusher: Pusher, holdings: Holdings) -> None:
        """Look through `pusher`, list and delete through `holdings`."""
        self._pusher, self._holdings = pusher, holdings

    @property
    def name(self) -> str:
        """HOST[:PORT]."""
        return self._pusher.host

    async def repositories(self, project: str) -> tuple[tuple[str, ...] | None, bool]:
        """List all, or those of the project; True tells that these are all that the registry has."""
        listed = await self._holdings.repositories()
        if listed is not None:
            return listed, True
        return (await self._holdings.repositories_of(project.partition("/")[0]) if project else None), False

    async def tags(self, repository: str) -> tuple[str, ...]:
        """List a repository's tags."""
        return await self._holdings.tags(repository)

    async def look(self, repository: str, reference: str) -> Digest | None:
        """Ask with a HEAD."""
        return await self._pusher.head_manifest(repository, reference)

    async def fetch_manifest(self, repository: str, reference: str) -> Content | None:
        """Fetch a manifest."""
        return await self._pusher.fetch_manifest(repository, reference)

    async def delete_manifest(self, repository: str, digest: Digest) -> bool:
        """Delete by digest."""
        return await self._holdings.delete_manifest(repository, digest)
