"""What the sites of a fleet name, read and resolved: each set of profiles once, over sources that stay open."""

from __future__ import annotations

from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from regplan.verbs.sources import open_sources
from regplan.verbs.study import prepare_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from regplan.model.progress import Report
    from regplan.model.site import Site
    from regplan.model.source import ImageSource
    from regplan.resolve import CachedSource
    from regplan.verbs.options import Options
    from regplan.verbs.study import Ready

__all__ = ["Preparing"]


class Preparing:
    """Reads and resolves sets, one after the other, in one loop: sources stay open, and remember what was asked."""

    def __init__(self, options: Options, stack: ExitStack, report: Report | None) -> None:
        """Begin with nothing opened; `stack` ends what is opened on the way."""
        self._options, self._stack, self._report = options, stack, report
        self._opened: dict[Any, tuple[CachedSource, ...]] = {}
        self._portal: Any = None
        self._kept: AsyncExitStack | None = None

    def __call__(self, site: Site) -> Ready:
        """Prepare what a site names; raises what preparing it alone would raise."""
        if self._portal is None:
            from anyio.from_thread import start_blocking_portal

            self._portal = self._stack.enter_context(start_blocking_portal())
            self._kept = self._stack.enter_context(self._portal.wrap_async_context_manager(AsyncExitStack()))
        ready: Ready = self._portal.call(self._prepare, site)
        return ready

    async def _prepare(self, site: Site) -> Ready:
        return await prepare_site(site, self._options, self._open, self._report)

    @asynccontextmanager
    async def _open(
        self, texts: Sequence[str], options: Options, more: Sequence[ImageSource] = (), report: Report | None = None
    ) -> AsyncIterator[tuple[CachedSource, ...]]:
        """Open sources as `open_sources` does, once for all sets that name them; a profile's own stay its own."""
        if more or self._kept is None:
            async with open_sources(texts, options, more, report) as own:
                yield own
            return
        key = tuple(texts), options.mirrors
        if key not in self._opened:
            self._opened[key] = await self._kept.enter_async_context(open_sources(texts, options, (), report))
        yield self._opened[key]
