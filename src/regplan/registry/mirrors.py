"""Mirrors for single source hosts: asked before the host itself, as containerd and registries.conf have it."""

from __future__ import annotations

import copy
import logging
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from regplan.errors import ContentError, InputError, NotFound, RegistryError
from regplan.registry.mirror import MirrorSource
from regplan.registry.options import host_key

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

    from regplan.model.limits import RateLimit
    from regplan.model.source import Content, Pipe
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference
    from regplan.registry.client import RegistryClient

__all__ = ["MirroredSource"]

_log = logging.getLogger(__name__)
_FAILURES = (RegistryError, ContentError)


class MirroredSource:
    """The references' own registries, each behind its mirrors; `client` must be open.

    `mirrors` maps a source host to HOST[/PREFIX] texts in the order in which they are asked; whatever fails there, the
    next is asked, and the host itself last. Without `with_origin` it is never asked. Names, digests and what is told of
    where an image comes from stay the original's, and every host gets its own credentials alone.
    """

    def __init__(
        self, client: RegistryClient, mirrors: Mapping[str, Sequence[str]], *, with_origin: bool = True
    ) -> None:
        """Send nothing yet."""
        self._client = client
        self._mirrors = {
            host_key(host): tuple(_mirror(client, text) for text in texts) for host, texts in mirrors.items()
        }
        self._with_origin = with_origin
        self._answered: dict[str, MirrorSource | RegistryClient] = {}

    @property
    def name(self) -> str:
        """The source as `--from` takes it."""
        return "origin" if self._with_origin else "mirrors"

    @property
    def rate_limits(self) -> tuple[RateLimit, ...]:
        """What is left of the pulls that hosts allow, as far as they told."""
        return self._client.rate_limits

    async def manifest(self, reference: Reference) -> Content:
        """Fetch a manifest from the first of its host's mirrors that has it, else from the host itself."""
        failures: list[tuple[str, RegistryError | ContentError]] = []
        for source in self._sources(reference.name):
            try:
                content = await source.manifest(reference)
            except _FAILURES as error:
                _log.debug("%s: %s: %s", source.name, reference, error)
                failures.append((source.name, error))
            else:
                self._answered[reference.name] = source
                return content
        raise self._told(failures, reference.registry, str(reference))

    async def look(self, reference: Reference, place: str = "") -> Digest | None:
        """Ask with a HEAD which digest a tag names, where it was found before; None where it is not told.

        What fails here is asked for again as a whole, of all hosts.
        """
        for source in self._sources(reference.name):
            is_there = isinstance(source, MirrorSource) or place == source.place_of(reference.name)
            with suppress(*_FAILURES):
                digest = await source.look(reference, place) if is_there else None
                if digest is not None:
                    self._answered[reference.name] = source
                    return digest
        return None

    def place_of(self, repository: str) -> str:
        """Tell where a repository was found: at a mirror under its name there, or at its own registry."""
        source = self._answered.get(repository)
        return "" if source is None else source.place_of(repository)

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Stream a blob from the first that has it, whoever gave the manifest first of all."""
        failures: list[tuple[str, RegistryError | ContentError]] = []
        for source in self._sources(repository):
            is_first = True
            try:
                async with aclosing(source.blob(repository, descriptor, first, last)) as chunks:
                    async for chunk in chunks:
                        is_first = False
                        yield chunk
            except _FAILURES as error:
                if not is_first:
                    raise
                failures.append((source.name, error))
            else:
                return
        raise self._told(failures, repository.partition("/")[0], f"{repository} {descriptor.digest}")

    @asynccontextmanager
    async def pipe(self, repository: str, descriptor: Descriptor) -> AsyncIterator[Pipe]:
        """Open a whole blob of the first that has it, for a worker thread."""
        failures: list[tuple[str, RegistryError | ContentError]] = []
        async with AsyncExitStack() as stack:
            for source in self._sources(repository):
                try:
                    opened = await stack.enter_async_context(source.pipe(repository, descriptor))
                except _FAILURES as error:
                    failures.append((source.name, error))
                else:
                    yield opened
                    return
        raise self._told(failures, repository.partition("/")[0], f"{repository} {descriptor.digest}")

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List what refers to `digest`, as the first says that knows of any: a pull-through cache may know of none."""
        failures: list[tuple[str, RegistryError | ContentError]] = []
        for source in self._sources(repository):
            try:
                if found := await source.referrers(repository, digest):
                    return found
            except _FAILURES as error:
                failures.append((source.name, error))
        worse = [each for each in failures if not isinstance(each[1], NotFound)]
        if worse:
            raise self._told(worse, repository.partition("/")[0], f"{repository}@{digest}")
        return ()

    def _sources(self, repository: str) -> Sequence[MirrorSource | RegistryClient]:
        """List who is asked for a repository: the one that answered for it before, then the others in their order."""
        mirrors = self._mirrors.get(host_key(repository.partition("/")[0]), ())
        sources = (*mirrors, *((self._client,) if self._with_origin else ()))
        known = self._answered.get(repository)
        return sorted(sources, key=lambda source: source is not known) if known is not None else sources

    def _told(
        self, failures: Sequence[tuple[str, RegistryError | ContentError]], host: str, what: str
    ) -> RegistryError | ContentError:
        """Make one error of what every host said: the last one's, with the mirrors' own words behind it."""
        if not failures:
            return NotFound(f"{what}: no mirror is named for {host}: give --mirror {host}=HOST, or --from origin")
        last = failures[-1][1]
        if len(failures) == 1 or all(isinstance(error, NotFound) for _, error in failures):
            return last
        told = copy.copy(last)
        told.args = ("; ".join([str(last), *(f"{name}: {error}" for name, error in failures[:-1])]),)
        return told


def _mirror(client: RegistryClient, text: str) -> MirrorSource:
    host, _, prefix = text.strip("/").partition("/")
    if not host:
        raise InputError(f"{text!r} is no mirror; write HOST[:PORT][/PREFIX]")
    # The repository's own path first, as containerd asks; the mapped name is where regplan and Palette put it.
    return MirrorSource(client, host, prefix, ("plain", "host"))
