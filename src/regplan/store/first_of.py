"""Several sources as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.errors import ContentError, NotFound, RegistryError
from regplan.loops import closing_stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from regplan.errors import RegplanError
    from regplan.model.source import Content, Pipe
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference
    from regplan.store.cached import CachedSource

    _Blob = tuple[str, Digest]

__all__ = ["FirstOf"]


class FirstOf:
    """Several sources as one: each question goes to them in order until one answers it.

    One that gave other bytes than a blob's can be passed over for it, since only who reads the blob to its end can tell.
    """

    def __init__(self, sources: Sequence[CachedSource], *, tells_wrong: bool = False) -> None:
        """Ask `sources` in order; with `tells_wrong` what one has wrong is raised, for who tells it to `pass_over` it."""
        self._sources = tuple(sources)
        self._silent = (RegistryError,) if tells_wrong else (RegistryError, ContentError)
        # By repository and digest: who gave the bytes last, and who is asked for them no more.
        self._givers: dict[_Blob, CachedSource] = {}
        self._passed_over: dict[_Blob, list[CachedSource]] = {}

    @property
    def name(self) -> str:
        """The names of the sources, in order."""
        return ", ".join(source.name for source in self._sources)

    async def manifest(self, reference: Reference) -> Content:
        """Fetch a manifest from the first source that has it."""
        failures: list[RegplanError] = []
        for source in self._sources:
            try:
                return await source.manifest(reference)
            except (RegistryError, ContentError) as error:
                failures.append(error)
        raise self._failure(failures, str(reference))

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncIterator[bytes]:
        """Stream a blob from the first source that has it; one that fails after its first bytes has failed."""
        failures: list[RegplanError] = []
        for source in self._choose(repository, descriptor.digest):
            is_first = True
            try:
                async with closing_stream(chunks := source.blob(repository, descriptor, first, last)):
                    async for chunk in chunks:
                        is_first = False
                        yield chunk
            except (RegistryError, ContentError) as error:
                if not is_first or not isinstance(error, self._silent):
                    raise
                failures.append(error)
            else:
                return
        raise self._lacks(repository, descriptor.digest, failures)

    def pipe(self, repository: str, descriptor: Descriptor) -> AbstractAsyncContextManager[Pipe]:
        """Open a whole blob of the first source that has it, for a worker thread."""
        from regplan.store.piped import first_pipe

        chosen = self._choose(repository, descriptor.digest)
        doors = (source.pipe(repository, descriptor) for source in chosen)
        return first_pipe(doors, self._silent, lambda failures: self._lacks(repository, descriptor.digest, failures))

    def giver(self, repository: str, digest: Digest) -> str:
        """Name the source that gave a blob's bytes last; all of them where none did."""
        giver = self._givers.get((repository, digest))
        return self.name if giver is None else giver.name

    def pass_over(self, repository: str, digest: Digest) -> str:
        """Ask the source that gave a blob's bytes last no more for it; names those that are left, "" where none is."""
        giver = self._givers.pop((repository, digest), None)
        passed = [*self._passed_over.get((repository, digest), ()), *([] if giver is None else [giver])]
        left = [source.name for source in self._sources if source not in passed]
        if giver is None or not left:
            return ""
        self._passed_over[repository, digest] = passed
        return ", ".join(left)

    def _choose(self, repository: str, digest: Digest) -> Iterator[CachedSource]:
        """Yield the sources to ask for a blob, each noted as its giver until the next one is asked, or none is left."""
        passed = self._passed_over.get((repository, digest), ())
        for source in self._sources:
            if source not in passed:
                self._givers[repository, digest] = source
                yield source
        self._givers.pop((repository, digest), None)

    def _lacks(self, repository: str, digest: Digest, failures: Sequence[RegplanError]) -> RegplanError:
        what = f"{repository} {digest}"
        if passed := self._passed_over.get((repository, digest)):
            others = ", ".join(source.name for source in self._sources if source not in passed)
            liars = ", ".join(source.name for source in passed)
            return _worse(failures) or NotFound(f"{what}: {liars} gave other bytes, and it is in none of {others}")
        return self._failure(failures, what)

    def offset_of(self, digest: Digest) -> int | None:
        """Tell where the first source that is read forward has a blob."""
        offsets = (source.offset_of(digest) for source in self._sources)
        return next((offset for offset in offsets if offset is not None), None)

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List what refers to `digest`, as the first source that knows of any says."""
        failures: list[RegplanError] = []
        for source in self._sources:
            try:
                if found := await source.referrers(repository, digest):
                    return found
            except (RegistryError, ContentError) as error:
                failures.append(error)
        if (worse := _worse(failures)) is not None:
            raise worse
        return ()

    def _failure(self, failures: Sequence[RegplanError], what: str) -> RegplanError:
        return _worse(failures) or NotFound(f"{what} is in none of {self.name}")


def _worse(failures: Iterable[RegplanError]) -> RegplanError | None:
    """Find the first failure that says more than that a source does not have what was asked for."""
    return next((error for error in failures if not isinstance(error, NotFound)), None)
