"""`--from` texts in, open sources out: registries, mirrors, layouts, trees, archives and recordings behind the one port."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.oci.reference import refuse_password
from regplan.patterns import pattern
from regplan.resolve import CachedSource
from regplan.store.files import user_path
from regplan.verbs.arguments import split_layout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from regplan.model.progress import Report
    from regplan.model.source import ImageSource
    from regplan.registry.client import RegistryClient
    from regplan.store.archived import ArchivedImages
    from regplan.store.cache import DigestCache
    from regplan.store.layout import ImageLayout
    from regplan.store.recording import Recording
    from regplan.store.tags import TagMemory
    from regplan.store.tree import LayoutTree
    from regplan.verbs.options import Options

__all__ = [
    "check_sources",
    "open_archived",
    "open_layout",
    "open_recording",
    "open_source",
    "open_sources",
    "registry_client",
]

ORIGIN = "origin"
MIRRORS = "mirrors"
_ON_DISK = ("oci:", "recording:", "oci-archive:", "docker-archive:", "bundle:")
_SOURCE = pattern(r"docker://[^/].*|(?:oci|recording|oci-archive|docker-archive|bundle):.+")


@asynccontextmanager
async def registry_client(options: Options) -> AsyncIterator[RegistryClient]:
    """Open the one client of a run: a connection pool for each host, closed at the end."""
    from regplan.registry.client import RegistryClient
    from regplan.registry.credentials import Credentials
    from regplan.registry.pool import Surroundings

    credentials = Credentials(options.connection, options.environment)
    async with RegistryClient(
        options.connection, credentials, Surroundings(pulls=options.pulls, heard=options.heard)
    ) as client:
        yield client


@asynccontextmanager
async def open_sources(
    texts: Sequence[str], options: Options, more: Sequence[ImageSource] = (), report: Report | None = None
) -> AsyncIterator[tuple[CachedSource, ...]]:
    """Open `texts` in order (the references' own registries where there is none), after the sources of `more`.

    Only registries are cached: a folder answers for what lies in it, and for nothing that was seen elsewhere. Offline
    their tags are as they were last seen. `report` hears how far reading a large archive has come.
    """
    async with AsyncExitStack() as stack:
        wanted = texts or ((ORIGIN,) if not more else ())
        opened = [await _open(text, options, stack, report) for text in wanted]
        remote = [not text.startswith(_ON_DISK) for text in wanted]
        kept = _memories(options) if any(remote) else ()
        offline = options.connection.offline
        yield (
            *(CachedSource(source) for source in more),
            *(
                CachedSource(source, *kept, offline=offline) if far else CachedSource(source)
                for source, far in zip(opened, remote, strict=True)
            ),
        )


def _memories(options: Options) -> tuple[DigestCache, TagMemory]:
    from regplan.store.cache import DigestCache
    from regplan.store.tags import TagMemory

    return DigestCache(options.cache), TagMemory(options.cache)


@asynccontextmanager
async def open_source(text: str, options: Options) -> AsyncIterator[ImageSource]:
    """Open one source as it is, without a memory before it."""
    async with AsyncExitStack() as stack:
        yield await _open(text, options, stack)


def check_sources(texts: Sequence[str]) -> None:
    """Refuse a source that cannot be, before anything is opened; raises `InputError`."""
    for text in texts:
        refuse_password(text)
        if text not in {ORIGIN, MIRRORS} and _SOURCE.fullmatch(text) is None:
            raise InputError(
                f"{text!r} is not a source this version reads; "
                "write docker://HOST[/PREFIX], oci:DIR, oci-archive:FILE, docker-archive:FILE, bundle:FILE, "
                "recording:DIR, origin or mirrors"
            )


def open_layout(path: str, name: str = "") -> ImageLayout | LayoutTree:
    """Open `oci:DIR`: one layout where `oci-layout` stands at the top, narrowed to `name` if any, else a tree of them."""
    from regplan.store.layout import ImageLayout
    from regplan.store.tree import LayoutTree

    folder = user_path(path)
    if not folder.is_dir():
        raise InputError(f"oci:{path}: no such folder")
    if (folder / "oci-layout").is_file():
        return ImageLayout(folder, name)
    if name.startswith("@"):
        raise InputError(f"oci:{path}:{name}: is a tree of layouts, whose images have names and no numbers")
    return LayoutTree(folder)


def open_archived(transport: str, path: str, name: str = "", report: Report | None = None) -> ArchivedImages:
    """Open `oci-archive:FILE`, `docker-archive:FILE` or `bundle:FILE`, which is read through once."""
    from regplan.store.opening import open_archive

    return open_archive(transport, path, name, report)


def open_recording(path: str) -> Recording:
    """Open `recording:DIR`."""
    from regplan.store.recording import Recording

    return Recording(user_path(path))


async def _open(text: str, options: Options, stack: AsyncExitStack, report: Report | None = None) -> ImageSource:
    check_sources((text,))
    transport, _, rest = text.partition(":")
    if transport == "recording":
        return open_recording(rest)
    if transport == "oci":
        return open_layout(*split_layout(rest))
    if text.startswith(_ON_DISK):
        from regplan.registry.threads import run_abandonable
        from regplan.verbs.portal import from_worker

        path, name = split_layout(rest, f"{transport}:FILE")
        archived = await run_abandonable(partial(open_archived, transport, path, name, from_worker(report)))
        stack.callback(archived.close)
        return archived
    if text == MIRRORS and not options.mirrors:
        raise InputError(
            "--from mirrors needs a mirror: --mirror SOURCE-HOST=HOST[/PREFIX], or the site file's `mirrors`"
        )
    client = await stack.enter_async_context(registry_client(options))
    if text == ORIGIN and not options.mirrors:
        return client
    if text in {ORIGIN, MIRRORS}:
        from regplan.registry.mirrors import MirroredSource

        return MirroredSource(client, dict(options.mirrors), with_origin=text == ORIGIN)
    from regplan.registry.mirror import MirrorSource

    host, _, prefix = rest.removeprefix("//").strip("/").partition("/")
    return MirrorSource(client, host, prefix)
