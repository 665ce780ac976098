"""Blobs for worker threads, from sources of every kind."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from regplan.loops import pumped
from regplan.model.source import BulkSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator
    from contextlib import AbstractAsyncContextManager

    from regplan.errors import RegplanError
    from regplan.model.source import ImageSource, Pipe
    from regplan.oci.descriptor import Descriptor

__all__ = ["WholePipe", "first_pipe", "open_pipe"]


class WholePipe:
    """A blob that is at hand."""

    def __init__(self, data: bytes) -> None:
        """Give `data`."""
        self._data = data

    def __iter__(self) -> Iterator[bytes]:
        """Give it in one piece, an empty one in none."""
        return iter((self._data,) if self._data else ())

    def cut(self) -> None:
        """Nobody waits here."""


@asynccontextmanager
async def open_pipe(
    source: ImageSource, repository: str, descriptor: Descriptor, first: int = 0
) -> AsyncIterator[Pipe]:
    """Open a blob of `source` from its byte `first` on for a worker thread of this loop; what is not there is raised here.

    A source that knows no threads is read by a task of this loop, to its end or to the end of this block.
    """
    if isinstance(source, BulkSource) and not first:
        async with source.pipe(repository, descriptor) as pipe:
            yield pipe
        return
    async with pumped(source.blob(repository, descriptor, first)) as pipe:
        yield pipe


@asynccontextmanager
async def first_pipe(
    doors: Iterable[AbstractAsyncContextManager[Pipe]],
    silent: tuple[type[RegplanError], ...],
    failure: Callable[[list[RegplanError]], RegplanError],
) -> AsyncIterator[Pipe]:
    """Open the first of several that opens, past `silent` errors; where none does, `failure` makes one error of theirs."""
    failures: list[RegplanError] = []
    async with AsyncExitStack() as stack:
        for door in doors:
            try:
                pipe = await stack.enter_async_context(door)
            except silent as error:
                failures.append(error)
            else:
                yield pipe
                return
    raise failure(failures)
