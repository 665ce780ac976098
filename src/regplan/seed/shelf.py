"""A registry as something to list and to delete from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regplan.model.source import Content
    from regplan.oci.digest import Digest
    from regplan.registry.holdings import Holdings
    from regplan.registry.push import Pusher

__all__ = ["RegistryShelf"]


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
