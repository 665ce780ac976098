"""A registry that holds other registries' images under mapped names, as `--from docker://HOST[/PREFIX]`."""

from __future__ import annotations

from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import Denied, InputError, NotFound, RegistryError, Unauthorized
from regplan.oci.reference import Reference
from regplan.plan.mapping import MAPPINGS, target_repository
from regplan.registry.options import host_key

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from regplan.model.limits import RateLimit
    from regplan.model.source import Content, Pipe
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.registry.client import RegistryClient

__all__ = ["MirrorSource"]

# Harbor answers 401 or 403, and not 404, for a project that is not there.
_NOT_THERE = (NotFound, Denied, Unauthorized)


class MirrorSource:
    """Images of any registry, read from one: HOST/PREFIX/SOURCE-HOST/PATH first, then HOST/PREFIX/PATH.

    References and repositories keep their original names; `client` must be open.
    """

    def __init__(
        self, client: RegistryClient, host: str, prefix: str = "", mappings: tuple[str, ...] = MAPPINGS
    ) -> None:
        """Send nothing yet; `host` is HOST[:PORT], `mappings` are the ways in which names are tried, in order."""
        self._client = client
        self._host = host_key(host)
        self._prefix = prefix.strip("/")
        self._mappings = mappings
        self._known: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The source as `--from` takes it."""
        return f"docker://{self._host}/{self._prefix}".rstrip("/")

    @property
    def rate_limits(self) -> tuple[RateLimit, ...]:
        """What is left of the pulls that this registry allows, where it told."""
        return self._client.rate_limits

    async def manifest(self, reference: Reference) -> Content:
        """Fetch a manifest under the first of its names that is there."""
        first: RegistryError | None = None
        for repository in self._candidates(reference.registry, reference.repository):
            try:
                content = await self._client.manifest(replace(reference, registry=self._host, repository=repository))
            except _NOT_THERE as error:
                first = first or error
            else:
                self._known[reference.name] = repository
                return content
        raise first or NotFound(f"{self.name} can hold no {reference}")

    async def look(self, reference: Reference, place: str = "") -> Digest | None:
        """Ask with a HEAD which digest a tag names, under the name where it was found before; None where it is not told."""
        host, _, repository = place.partition("/")
        # What was remembered leads to no other host, and to no name that this mirror would not be asked for.
        if host != self._host or repository not in self._candidates(reference.registry, reference.repository):
            return None
        try:
            digest = await self._client.look(replace(reference, registry=self._host, repository=repository))
        except _NOT_THERE:
            return None
        if digest is not None:
            self._known[reference.name] = repository
        return digest

    def place_of(self, repository: str) -> str:
        """Tell under which of its names a repository was found."""
        known = self._known.get(repository)
        return "" if known is None else f"{self._host}/{known}"

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Stream a blob from the first of the repository's names that has it."""
        refusal: RegistryError | None = None
        host, _, path = repository.partition("/")
        for candidate in self._candidates(host, path):
            try:
                chunks = self._client.blob(f"{self._host}/{candidate}", descriptor, first, last)
                async with aclosing(chunks):
                    async for chunk in chunks:
                        # From here on this is the one: what fails now has failed.
                        self._known[repository] = candidate
                        yield chunk
            except _NOT_THERE as error:
                refusal = refusal or error
            else:
                return
        raise refusal or NotFound(f"{self.name} can hold no {repository}")

    @asynccontextmanager
    async def pipe(self, repository: str, descriptor: Descriptor) -> AsyncIterator[Pipe]:
        """Open a whole blob under the first of the repository's names that has it, for a worker thread."""
        refusal: RegistryError | None = None
        host, _, path = repository.partition("/")
        async with AsyncExitStack() as stack:
            for candidate in self._candidates(host, path):
                opening = self._client.pipe(f"{self._host}/{candidate}", descriptor)
                try:
                    opened = await stack.enter_async_context(opening)
                except _NOT_THERE as error:
                    refusal = refusal or error
                else:
                    self._known[repository] = candidate
                    yield opened
                    return
        raise refusal or NotFound(f"{self.name} can hold no {repository}")

    async def piece(self, repository: str, descriptor: Descriptor, first: int, last: int) -> bytes:
        """Fetch a few bytes of a blob from the first of the repository's names that has it."""
        refusal: RegistryError | None = None
        host, _, path = repository.partition("/")
        for candidate in self._candidates(host, path):
            try:
                found = await self._client.piece(f"{self._host}/{candidate}", descriptor, first, last)
            except _NOT_THERE as error:
                refusal = refusal or error
            else:
                self._known[repository] = candidate
                return found
        raise refusal or NotFound(f"{self.name} can hold no {repository}")

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List what refers to `digest` under the first name that lists anything."""
        host, _, path = repository.partition("/")
        for candidate in self._candidates(host, path):
            try:
                found = await self._client.referrers(f"{self._host}/{candidate}", digest)
            except _NOT_THERE:
                continue
            if found:
                return found
        return ()

    async def tags_among(self, repository: str, tags: frozenset[str]) -> frozenset[str]:
        """Tell which of `tags` a repository has under the first name that has any."""
        host, _, path = repository.partition("/")
        for candidate in self._candidates(host, path):
            with suppress(*_NOT_THERE):
                if found := await self._client.tags_among(f"{self._host}/{candidate}", tags):
                    return found
        return frozenset()

    def _candidates(self, host: str, path: str) -> tuple[str, ...]:
        """Tell where a repository may be, the one that was found before alone."""
        known = self._known.get(f"{host}/{path}")
        if known is not None:
            return (known,)
        names = [path] if host_key(host) == self._host else []
        for mapping in self._mappings:
            # A name that no registry takes cannot be there.
            with suppress(InputError):
                names.append(target_repository(Reference(host, path), self._prefix, mapping))
        return tuple(dict.fromkeys(names))
