"""Palette's API, read and never written: cluster profiles with what stands beside them, Edge hosts, and clusters.

Source: the public API specification (palette.json, "Palette APIs - 4.8"); the headers are `ApiKey` and `ProjectUid`.
"""

from __future__ import annotations

import json
import logging
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urljoin

import anyio

from regplan.errors import InputError, NotFound, RegistryError
from regplan.registry.bodies import Sending, read_bounded
from regplan.registry.faults import READ_S, Failure
from regplan.registry.palette_answers import dig, items_of
from regplan.registry.palette_problems import palette_error, read_json
from regplan.registry.pool import Pool, Surroundings
from regplan.registry.redact import redact_url
from regplan.registry.retry import Outcome, next_delay
from regplan.registry.wire import Answer, origin_of, retry_after_s
from regplan.values import dataclass

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from regplan.registry.options import ConnectionOptions
    from regplan.registry.palette_target import PaletteTarget

__all__ = ["PaletteClient"]

_log = logging.getLogger(__name__)
_MOST_PROFILE_BYTES: Final = 16 * 2**20  # as much as is read of any text
_MOST_LIST_BYTES: Final = 16 * 2**20
_MOST_PAGES: Final = 400
_PAGE_ITEMS: Final = 50  # "Maximum value of the limit is 50"
_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_AT_ONCE: Final = 4

Document = dict[str, Any] | list[Any]


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request: `what` reads like "cluster profile infra"; a body makes it a POST, which reads all the same."""

    path: str
    what: str
    body: bytes | None = field(default=None, repr=False)
    most_bytes: int = _MOST_LIST_BYTES

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"


class PaletteClient:
    """One Palette during a run; use it as an async context manager.

    Answers are JSON objects or lists as they came. Every failure is a `RegistryError` with one sentence, or an
    `InputError` for what does not exist. The API key goes to the target's own origin and nowhere else.
    """

    def __init__(
        self,
        target: PaletteTarget,
        options: ConnectionOptions,
        surroundings: Surroundings | None = None,
        read_s: float = READ_S,
    ) -> None:
        """Open nothing yet; `read_s` is how many seconds of silence are borne."""
        self.target = target
        self._pool = Pool(options, surroundings or Surroundings())
        self._read_s = read_s
        self._limit = anyio.CapacityLimiter(_AT_ONCE)
        self._met = False

    async def __aenter__(self) -> Self:
        """Hand over the client itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def profile(self, uid: str) -> dict[str, Any]:
        """Fetch a cluster profile with its packs' values and presets; raises `InputError` where there is none."""
        ask = _Ask(f"/v1/clusterprofiles/{quote(uid, safe='')}?includePackMeta=presets", f"cluster profile {uid}")
        try:
            return await self._object(replace(ask, most_bytes=_MOST_PROFILE_BYTES))
        except NotFound as error:
            raise InputError(str(error)) from error

    async def manifests(self, uid: str) -> dict[str, Any]:
        """Fetch the content of the manifests of a profile's packs."""
        return await self._beside(uid, "packs/manifests", "the manifests")

    async def variables(self, uid: str) -> dict[str, Any]:
        """Fetch a profile's variables with their defaults."""
        return await self._beside(uid, "variables", "the variables")

    async def resolved_values(self, uid: str) -> dict[str, Any]:
        """Fetch the values of a profile's packs as Palette resolves them."""
        return await self._beside(uid, "packs/resolvedValues", "the resolved values")

    async def profiles(self, name: str = "") -> list[dict[str, Any]]:
        """List summaries of cluster profiles: all that the project sees, or those of one name."""
        body = {"filter": {"profileName": {"eq": name, "ignoreCase": False}}} if name else {}
        return await self._pages("/v1/dashboard/clusterprofiles", "the list of cluster profiles", body)

    async def hosts(self) -> list[dict[str, Any]]:
        """List the project's Edge hosts, each whole: what a search leaves out is asked for one by one."""
        found = await self._pages("/v1/dashboard/edgehosts/search", "the list of Edge hosts", {})
        return [each if dig(each, "spec", "device") else await self._host(each) for each in found]

    async def clusters(self) -> list[dict[str, Any]]:
        """List the clusters' names and ids."""
        ask = _Ask("/v1/dashboard/spectroclusters/metadata", "the list of clusters")
        return items_of(await self._object(ask))

    async def cluster(self, uid: str) -> dict[str, Any]:
        """Fetch a cluster; raises `InputError` where there is none."""
        path = f"/v1/spectroclusters/{quote(uid, safe='')}"
        try:
            return await self._object(_Ask(path, f"cluster {uid}", most_bytes=_MOST_PROFILE_BYTES))
        except NotFound as error:
            raise InputError(str(error)) from error

    async def cluster_hosts(self, uid: str) -> list[dict[str, Any]]:
        """List the Edge hosts of a cluster."""
        path = f"/v1/spectroclusters/{quote(uid, safe='')}/edge-native/edgeHosts"
        return items_of(await self._object(_Ask(path, f"the Edge hosts of cluster {uid}")))

    async def cluster_variables(self, uid: str) -> Document:
        """Fetch the profile variables as a cluster sets them."""
        path = f"/v1/spectroclusters/{quote(uid, safe='')}/variables"
        return await self._fetch(_Ask(path, f"the variables of cluster {uid}"))

    async def machine_pools(self, config_uid: str) -> dict[str, Any]:
        """Fetch the machine pools of an Edge Native cluster, by the id of its cloud configuration."""
        path = f"/v1/cloudconfigs/edge-native/{quote(config_uid, safe='')}"
        return await self._object(_Ask(path, f"the machine pools {config_uid}"))

    async def _beside(self, uid: str, path: str, what: str) -> dict[str, Any]:
        ask = _Ask(f"/v1/clusterprofiles/{quote(uid, safe='')}/{path}", f"{what} of cluster profile {uid}")
        return await self._object(replace(ask, most_bytes=_MOST_PROFILE_BYTES))

    async def _host(self, summary: dict[str, Any]) -> dict[str, Any]:
        uid = str(dig(summary, "metadata", "uid") or "")
        return await self._object(_Ask(f"/v1/edgehosts/{quote(uid, safe='')}", f"Edge host {uid}")) if uid else summary

    async def _pages(self, path: str, what: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Read a list to its end: by token, and by offset where an answer has none and says that there is more."""
        found: list[dict[str, Any]] = []
        query: dict[str, str] = {}
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            url = f"{path}?{urlencode({'limit': str(_PAGE_ITEMS)} | query)}"
            answer = await self._object(_Ask(url, what, json.dumps(body).encode()))
            items = items_of(answer)
            found += items
            token, count = dig(answer, "listmeta", "continue"), dig(answer, "listmeta", "count")
            if isinstance(token, str) and token:
                query = {"continue": token}
            elif items and type(count) is int and count > len(found):
                query = {"offset": str(len(found))}
            else:
                return found
            if (page := str(query)) in seen:
                raise RegistryError(f"{self.target.host} gives the same page of {what} again and again")
            seen.add(page)
        raise RegistryError(f"{self.target.host} gives {what} in more than {_MOST_PAGES} pages")

    async def _object(self, ask: _Ask) -> dict[str, Any]:
        document = await self._fetch(ask)
        if isinstance(document, dict):
            return document
        raise RegistryError(f"{self.target.host} answered to {ask.what} with a list, where one object is expected")

    async def _fetch(self, ask: _Ask) -> Document:
        """Ask until there is a good answer or no hope; the lists are asked for by POST and change nothing."""
        self._pool.check_online(self.target.host)
        surroundings = self._pool.surroundings
        for attempt in range(1, 100):
            async with self._limit:
                read = await self._send(ask)
            if isinstance(read, Failure):
                outcome = Outcome(ask.method, fault=read.fault, known_host=self._met)
                error: Exception = read.given_up
            else:
                self._met = True
                if read.status == 200:
                    return read_json(read, self.target, ask.what)
                wait = retry_after_s(read.headers, surroundings.date())
                outcome = Outcome(ask.method, status=read.status, retry_after_s=wait)
                error = palette_error(read, self.target, ask.what, surroundings.date())
            delay = next_delay(attempt, outcome, surroundings.chance())
            if delay is None:
                raise error
            _log.debug("%s %s: again in %.1f s", ask.method, ask.what, delay)
            await surroundings.sleep(delay)
        raise AssertionError

    async def _send(self, ask: _Ask) -> Answer | Failure:
        """Send once, following redirects within the target's own origin."""
        target = self.target
        headers = {"Accept": "application/json", "ApiKey": target.key.reveal()}
        if target.project:
            headers["ProjectUid"] = target.project
        if ask.body is not None:
            headers["Content-Type"] = "application/json"
        url = f"{target.endpoint}{ask.path}"
        sending = Sending(ask.method, url, headers, target.host, ask.body, self._read_s)
        response = await self._pool.send(sending)
        for _ in range(_MOST_REDIRECTS):
            if isinstance(response, Failure) or response.status_code not in _REDIRECTS:
                break
            if "location" not in response.headers:
                break
            await response.aclose()
            sending = self._next(sending, response.headers["location"], response.status_code)
            response = await self._pool.send(sending)
        if isinstance(response, Failure):
            return response
        return await read_bounded(response, sending, ask.most_bytes)

    def _next(self, sending: Sending, location: str, status: int) -> Sending:
        """Tell the request that follows a redirect; to another origin there is none, since the key must not go there."""
        url = urljoin(sending.url, location)
        if origin_of(url) != origin_of(sending.url):
            raise RegistryError(
                f"{self.target.host} sends us on to {redact_url(url)}, where the API key does not go: "
                "give the address of Palette's API itself",
                status=status,
                request=sending.shown,
            )
        if sending.method == "POST" and status not in {307, 308}:
            raise RegistryError(
                f"{self.target.host} redirects where no redirect belongs", status=status, request=sending.shown
            )
        return replace(sending, url=url)
