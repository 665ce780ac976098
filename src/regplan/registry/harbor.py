"""What Harbor tells of a project beyond the distribution API: that it is there, its quota, its immutable tags.

Source: goharbor/harbor, api/v2.0/swagger.yaml: `/projects/{name}/summary`, `/projects/{name}/immutabletagrules`,
`/projects`, `/systeminfo/volumes`. These pages take HTTP Basic, also where `/v2/` hands out tokens. Who may read no project,
such as a robot that only pushes, gets 403 for one that is not there too; a HEAD of `/projects` tells everybody who is logged
in whether there is one.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from regplan.errors import Denied, RegistryError, Unauthorized
from regplan.model.preflight import ImmutableRule, ProjectFound
from regplan.registry.session import Ask

if TYPE_CHECKING:
    from regplan.registry.session import Session

__all__ = ["HarborProjects", "creation_call", "read_immutable_rules", "read_quota"]

_MOST_BYTES: Final = 256 * 2**10
_PROJECTS: Final = "/api/v2.0/projects"
_VOLUMES: Final = "/api/v2.0/systeminfo/volumes"
_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}
# Else a name of digits alone is taken for a project's number.
_BY_NAME: Final = {"Accept": "application/json", "X-Is-Resource-Name": "true"}


class HarborProjects:
    """Projects of the Harbor behind a session."""

    def __init__(self, session: Session) -> None:
        """Ask nothing yet."""
        self._session = session

    async def find(self, name: str) -> ProjectFound | None:
        """Tell what there is of a project; None where this login may not know. Raises `RegistryError`s of other kinds."""
        summary = await self._get(f"{_project(name)}/summary", f"project {name}")
        if summary is None:
            is_there = await self._is_there(name)
            return None if is_there is None else ProjectFound(name, exists=is_there)
        if summary == _ABSENT:
            return ProjectFound(name, exists=False)
        quota_bytes, used_bytes = read_quota(summary)
        rules = await self._get(f"{_project(name)}/immutabletagrules", f"immutable tags of project {name}")
        return ProjectFound(
            name,
            exists=True,
            quota_bytes=quota_bytes,
            used_bytes=used_bytes,
            immutable=read_immutable_rules(rules),
            is_proxy=isinstance(summary, dict) and bool(summary.get("registry")),
        )

    async def free_bytes(self) -> int | None:
        """Tell the room on the disk behind Harbor, which it shows to its administrators; None to others."""
        document = await self._get(_VOLUMES, "its volumes")
        volumes = document.get("storage") if isinstance(document, dict) else None
        sizes = [each.get("free") for each in volumes or () if isinstance(each, dict)]
        known = [size for size in sizes if isinstance(size, int) and size > 0]
        return min(known, default=None)

    async def create(self, name: str) -> None:
        """Create a private project without a quota of its own; one that is there already will do."""
        body = json.dumps({"project_name": name, "metadata": {"public": "false"}}).encode()
        what = f"creation of project {name}"
        ask = Ask("POST", _PROJECTS, what, headers=_JSON, body=body, good=frozenset({201, 409}), is_basic=True)
        await self._session.fetch(ask)

    async def _is_there(self, name: str) -> bool | None:
        """Ask for nothing but whether there is such a project; None where even that is not told."""
        ask = Ask(
            "HEAD",
            f"{_PROJECTS}?{urlencode({'project_name': name})}",
            f"project {name}",
            good=frozenset({200, 404}),
            is_basic=True,
        )
        try:
            return (await self._session.fetch(ask)).status == 200
        except (Unauthorized, Denied):
            return None

    async def _get(self, path: str, what: str) -> Any:  # noqa: ANN401  a JSON document of any shape
        """Fetch a page; `_ABSENT` where there is none, None where this login may not read it or it is none of Harbor's."""
        good = frozenset({200, 404})
        ask = Ask("GET", path, what, headers=_BY_NAME, good=good, is_basic=True)
        try:
            answer = await self._session.fetch(ask, _MOST_BYTES)
        except (Unauthorized, Denied):
            return None
        if answer.status == 404:
            return _ABSENT
        with suppress(ValueError, RecursionError):
            return json.loads(answer.body)
        raise RegistryError(f"{self._session.host} answers {what} with something that is no JSON", status=answer.status)


_ABSENT: Final = "absent"


def creation_call(endpoint: str, name: str) -> str:
    """Write the call that creates a project, for whoever wants to make it by hand; it asks for the password.

    >>> print(creation_call("https://10.0.0.5:30003", "spectro-images"))
    curl -u USER -X POST https://10.0.0.5:30003/api/v2.0/projects -H 'Content-Type: application/json' -d '{"project_name": "spectro-images", "metadata": {"public": "false"}}'
    """
    body = json.dumps({"project_name": name, "metadata": {"public": "false"}})
    return f"curl -u USER -X POST {endpoint}{_PROJECTS} -H 'Content-Type: application/json' -d '{body}'"


def read_quota(summary: object) -> tuple[int | None, int | None]:
    """Read a project's summary: its storage quota (None where there is none) and what is used (None: not told), in bytes.

    >>> read_quota({"quota": {"hard": {"storage": -1}, "used": {"storage": 5}}})
    (None, 5)
    """
    quota = summary.get("quota") if isinstance(summary, dict) else None
    hard, used = (_storage(quota.get(part)) if isinstance(quota, dict) else None for part in ("hard", "used"))
    return (hard if hard is not None and hard >= 0 else None), used


def read_immutable_rules(document: object) -> tuple[ImmutableRule, ...]:
    """Read the rules that keep tags from being moved; those that hold nothing are left out.

    Source: goharbor/harbor, src/pkg/immutable/match/rule/match.go: a rule that is switched off, or has no selector of
    repositories or none of tags, is passed over.
    """
    entries = document if isinstance(document, list) else []
    rules = (_rule(entry) for entry in entries if isinstance(entry, dict) and not entry.get("disabled"))
    return tuple(rule for rule in rules if rule is not None)


def _rule(entry: dict[str, Any]) -> ImmutableRule | None:
    scopes = entry.get("scope_selectors")
    repositories = _selector(scopes.get("repository") if isinstance(scopes, dict) else None)
    tags = _selector(entry.get("tag_selectors"))
    if repositories is None or tags is None:
        return None
    return ImmutableRule(repositories[0], tags[0], repositories[1], tags[1])


def _selector(selectors: object) -> tuple[str, bool] | None:
    """Read the first of a list of selectors, which is all that Harbor looks at; an empty pattern is any."""
    first = next(iter(selectors), None) if isinstance(selectors, list) else None
    if not isinstance(first, dict):
        return None
    return str(first.get("pattern") or "**"), str(first.get("decoration") or "").lower().endswith("excludes")


def _storage(part: object) -> int | None:
    size = part.get("storage") if isinstance(part, dict) else None
    return size if isinstance(size, int) and not isinstance(size, bool) else None


def _project(name: str) -> str:
    return f"{_PROJECTS}/{quote(name, safe='')}"
