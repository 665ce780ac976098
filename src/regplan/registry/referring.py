"""What refers to an image in a registry: by the referrers API, by the tag that stands in for it, and by cosign's tags."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import field
from typing import TYPE_CHECKING, Final

import anyio

from regplan.errors import ContentError, Denied, NotFound, Unauthorized, Unsupported
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.reference import Reference
from regplan.registry.auth import repository_scope
from regplan.registry.session import Ask
from regplan.registry.wire import (
    ACCEPT_INDEX,
    ACCEPT_MANIFESTS,
    MOST_MANIFEST_BYTES,
    manifest_path,
    next_link,
    parse_names,
    referrers_path,
    tag_of_referrers,
    tags_path,
)
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from regplan.model.source import Content
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.registry.session import Session
    from regplan.registry.wire import Answer

__all__ = ["Referring"]

_MOST_PAGES: Final = 64
_MOST_REFERRERS: Final = 2000
_TAGS_AT_ONCE: Final = 1000
# What a registry answers that does not know the endpoint, beside 200.
_ANSWERS: Final = frozenset({200, 400, 404, 405})
# A registry that lets nobody list tags, or does not know how to, may still be asked for each.
_UNLISTED: Final = (NotFound, Denied, Unauthorized, Unsupported)


@dataclass(slots=True)
class _Repository:
    """What is known of one repository: whether it has the API, and its tags as far as the first page tells."""

    asking: anyio.Lock = field(default_factory=anyio.Lock)
    has_api: bool | None = None
    tags: frozenset[str] | None = None
    is_complete: bool = False


class Referring:
    """The questions about referrers to every registry of a run; each repository is probed for the API once."""

    def __init__(self, session: Callable[[str], Session], manifest: Callable[[Reference], Awaitable[Content]]) -> None:
        """Ask through `session`, and fetch the tag that stands in for the API with `manifest`."""
        self._session = session
        self._manifest = manifest
        self._repositories: dict[str, _Repository] = {}

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List what refers to `digest`: by the referrers API, else by the tag that stands in for it.

        Raises `ContentError` for a list that does not end, or is longer than any image needs.
        """
        known = self._known(repository)
        # Others wait for the first answer, so that a registry without the API is asked for it once.
        async with known.asking if known.has_api is None else nullcontext():
            found = await self._by_api(repository, digest) if known.has_api is not False else None
        return await self._by_tag(repository, digest) if found is None else found

    async def tags_among(self, repository: str, tags: frozenset[str]) -> frozenset[str]:
        """Tell which of `tags` a repository has: by one page of its list, and one HEAD for each that this leaves open."""
        known = self._known(repository)
        async with known.asking:
            if known.tags is None and len(tags) > 1:
                known.tags, known.is_complete = await self._listed(repository)
        there = tags & (known.tags or frozenset())
        for tag in () if known.is_complete else sorted(tags - there):
            if await self._has(repository, tag):
                there |= {tag}
        return there

    def _known(self, repository: str) -> _Repository:
        return self._repositories.setdefault(repository, _Repository())

    async def _by_api(self, repository: str, digest: Digest) -> tuple[Descriptor, ...] | None:
        """Ask the API for every page; None where the registry has none."""
        host, _, path = repository.partition("/")
        session, known = self._session(host), self._known(repository)
        found: dict[Digest, Descriptor] = {}
        what = f"list of referrers of {path}@{digest}"
        url: str | None = referrers_path(path, digest)
        for _ in range(_MOST_PAGES):
            ask = Ask("GET", url or "", what, path, _pull(path), {"Accept": ACCEPT_INDEX}, good=_ANSWERS)
            answer = await session.fetch(ask, MOST_MANIFEST_BYTES)
            if answer.status != 200:
                # Where the API is known to be there, nothing refers to what it does not find.
                known.has_api = bool(known.has_api)
                return tuple(found.values()) if known.has_api else None
            entries = _entries(answer.body, answer.headers.get("content-type", ""), what)
            known.has_api = True
            found.update({entry.digest: entry for entry in entries})
            _check_count(len(found), f"{host}: {what}")
            url = next_link(answer, session.endpoint)
            if url is None:
                return tuple(found.values())
        raise ContentError(f"{host}: {what} has more than {_MOST_PAGES} pages")

    async def _by_tag(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        host, _, path = repository.partition("/")
        known, tag = self._known(repository), tag_of_referrers(digest)
        if known.is_complete and tag not in (known.tags or ()):
            return ()
        what = f"list of referrers of {path}@{digest}"
        try:
            content = await self._manifest(Reference(host, path, tag))
        except NotFound:
            return ()
        entries = _entries(content.data, content.media_type, what)
        _check_count(len(entries), f"{host}: {what}")
        return entries

    async def _listed(self, repository: str) -> tuple[frozenset[str], bool]:
        """Read the first page of a repository's tags, and tell whether it is the only one."""
        host, _, path = repository.partition("/")
        session = self._session(host)
        ask = Ask("GET", tags_path(path, _TAGS_AT_ONCE), f"tags of {path}", path, _pull(path), good=_ANSWERS)
        try:
            answer: Answer = await session.fetch(ask, MOST_MANIFEST_BYTES)
            if answer.status != 200:
                return frozenset(), False
            names = frozenset(parse_names(answer.body, "tags", host))
            return names, next_link(answer, session.endpoint) is None
        except _UNLISTED:
            return frozenset(), False

    async def _has(self, repository: str, tag: str) -> bool:
        host, _, path = repository.partition("/")
        headers = {"Accept": ACCEPT_MANIFESTS}
        what = f"manifest {path}:{tag}"
        good = frozenset({200, 404})
        answer = await self._session(host).fetch(
            Ask("HEAD", manifest_path(path, tag), what, path, _pull(path), headers, good=good)
        )
        return answer.status == 200


def _pull(path: str) -> frozenset[str]:
    return frozenset({repository_scope(path, "pull")})


def _entries(body: bytes, media_type: str, what: str) -> tuple[Descriptor, ...]:
    document = parse_manifest(body, media_type, where=what)
    if not isinstance(document, Index):
        raise ContentError(f"{what}: a manifest came where a list was asked for")
    return document.manifests


def _check_count(count: int, what: str) -> None:
    if count > _MOST_REFERRERS:
        raise ContentError(f"{what} has {count} entries; {_MOST_REFERRERS} are allowed")
