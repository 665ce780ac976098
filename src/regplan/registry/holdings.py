"""What a registry holds, listed, and manifests taken out of it.

How deleting differs: distribution answers 405 UNSUPPORTED where `storage.delete.enabled` is not set (and 2.8 takes all
tags of a manifest away with it); Zot answers 405 DENIED for a manifest that an index there holds (pkg/api/routes.go,
DeleteManifest); Harbor takes digests only, with every tag of theirs, and answers 412 for an immutable one
(src/server/registry/manifest.go). No registry frees a byte before it collects garbage.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from regplan.errors import Denied, RegistryError, Unauthorized
from regplan.registry.ask import Ask
from regplan.registry.auth import CATALOG_SCOPE, repository_scope
from regplan.registry.wire import catalog_path, manifest_path, next_link, parse_names, tags_path

if TYPE_CHECKING:
    from regplan.oci.digest import Digest
    from regplan.registry.session import Session

__all__ = ["Holdings"]

_PAGE: Final = 1000
_HARBOR_PAGE: Final = 100
_MOST_PAGES: Final = 1000
_MOST_BYTES: Final = 4 * 2**20
_NO_LIST: Final = frozenset({400, 401, 403, 404, 405, 501})


class Holdings:
    """Lists and deletes at one registry, through a client's session."""

    def __init__(self, session: Session) -> None:
        """Ask nothing yet."""
        self._session = session

    async def repositories(self) -> tuple[str, ...] | None:
        """List every repository of the registry by its catalogue; None where this login may not read it."""
        ask = Ask("GET", catalog_path(_PAGE), "list of repositories", scopes=frozenset({CATALOG_SCOPE}))
        try:
            return await self._pages(ask, "repositories")
        except RegistryError as error:
            if error.status in _NO_LIST:
                return None
            raise

    async def repositories_of(self, project: str) -> tuple[str, ...] | None:
        """List the repositories of one Harbor project, which a member may read; None where this is no Harbor."""
        names: list[str] = []
        for page in range(1, _MOST_PAGES):
            path = f"/api/v2.0/projects/{quote(project, safe='')}/repositories?page={page}&page_size={_HARBOR_PAGE}"
            ask = Ask("GET", path, f"repositories of {project}", good=frozenset({200, 404}), is_basic=True)
            try:
                answer = await self._session.fetch(ask, _MOST_BYTES)
            except (Unauthorized, Denied):
                return None
            listed = _objects(answer.body) if answer.status == 200 else None
            if listed is None:
                return None
            names += [str(each["name"]) for each in listed if isinstance(each.get("name"), str)]
            if len(listed) < _HARBOR_PAGE:
                return tuple(names)
        return None

    async def tags(self, repository: str) -> tuple[str, ...]:
        """List the tags of a repository; none where there is no such repository."""
        scopes = frozenset({repository_scope(repository, "pull")})
        what = f"tags of {repository}"
        ask = Ask("GET", tags_path(repository, _PAGE), what, repository, scopes, good=frozenset({200, 404}))
        return await self._pages(ask, "tags")

    async def delete_manifest(self, repository: str, digest: Digest) -> bool:
        """Delete a manifest with every tag that it has there; False where it was not there. Raises `RegistryError`."""
        scopes = frozenset({repository_scope(repository, "pull", "push", "delete")})
        what = f"deletion of {repository}@{digest}"
        good = frozenset({200, 202, 204, 404})
        ask = Ask("DELETE", manifest_path(repository, str(digest)), what, repository, scopes, good=good)
        return (await self._session.fetch(ask)).status != 404

    async def _pages(self, first: Ask, key: str) -> tuple[str, ...]:
        names: dict[str, None] = {}
        ask = first
        for _ in range(_MOST_PAGES):
            answer = await self._session.fetch(ask, _MOST_BYTES)
            if answer.status == 404:
                break
            names.update(dict.fromkeys(parse_names(answer.body, key, self._session.host)))
            following = next_link(answer, self._session.endpoint)
            if following is None or following == ask.url:
                break
            ask = replace(ask, url=following)
        return tuple(names)


def _objects(body: bytes) -> list[dict[str, Any]] | None:
    with suppress(ValueError, RecursionError):
        document = json.loads(body)
        if isinstance(document, list) and all(isinstance(each, dict) for each in document):
            return document
    return None
