"""One host looked at as `regplan doctor` does: with every check on first, and without them only to show the certificate.

Nothing that is ours goes over a connection that is not trusted: credentials are used through a session, as by every verb.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import httpx
from anyio import to_thread

from regplan.errors import RegistryError, RegplanError
from regplan.model.probe import HostFound, LoginFound, TlsFound
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.registry.auth import CATALOG_SCOPE, repository_scope
from regplan.registry.bodies import Sending, read_bounded
from regplan.registry.certificates import read_chain
from regplan.registry.client import RegistryClient
from regplan.registry.faults import Failure, perhaps_tls
from regplan.registry.fingerprints import FURTHER, PING, kind_of
from regplan.registry.options import ConnectionOptions, HostOptions, host_key
from regplan.registry.pool import Pool, Surroundings
from regplan.registry.session import Ask
from regplan.registry.wire import Answer, catalog_path, parse_challenges, parse_names, referrers_path
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from regplan.model.probe import RegistryKind
    from regplan.registry.credentials import Credentials
    from regplan.registry.session import Session

__all__ = ["examine_host", "find_kind"]

_HUB: Final = "docker.io"
# Docker's documentation names this repository for looking at the limit; a HEAD of its manifest costs no pull.
_HUB_PREVIEW: Final = "ratelimitpreview/test"
_NOBODY: Final = Digest("sha256", "0" * 64)
_NO_SUCH: Final = "regplan/doctor"
_MOST_BYTES: Final = 64 * 2**10
_ANY: Final = frozenset(range(200, 600)) - {401}


@dataclass(frozen=True, slots=True)
class _Met:
    """The first answer of a host, and the TLS connection that it came over, None where it is plain HTTP."""

    answer: Answer
    tls: TlsFound | None


async def examine_host(
    host: str, options: ConnectionOptions, credentials: Credentials, surroundings: Surroundings | None = None
) -> HostFound:
    """Find out all that `HostFound` tells of HOST[:PORT]; what fails is told in it.

    Raises `InputError` for certificate files that cannot be used.
    """
    world, key = surroundings or Surroundings(), host_key(host)
    strict = _with(options, key, tls_verify=True)
    met = await _meet(key, strict, world)
    if not isinstance(met, _Met):
        if not met.tls or met.tls in {"no-tls", "old-tls"}:
            return HostFound(host, problem=str(perhaps_tls(met).error))
        return await _untrusted(host, met, options, world)
    tls = None if met.tls is None else replace(met.tls, trusted_by=_trusted_by(strict.for_host(key)))
    async with RegistryClient(options, credentials, surroundings) as client:
        session = client.session(key)
        known = await to_thread.run_sync(credentials.find, key)
        login = await _login(session, met.answer, "" if known is None else known.origin or "the command line")

        async def get(path: str) -> Answer | None:
            # Whatever goes wrong says only that it is not the product that has this page.
            with suppress(RegplanError):
                return await session.fetch(Ask("GET", path, f"its {path}", good=_ANY), _MOST_BYTES)
            return None

        kind = await find_kind(key, met.answer, get)
        found = HostFound(host, tls=tls, status=met.answer.status, kind=kind, login=login)
        if not kind.is_registry:
            return replace(found, login=None)
        return await _abilities(found, client, session)


def _with(options: ConnectionOptions, host: str, **changes: object) -> ConnectionOptions:
    """Say something else of one host; what was said of all hosts is in it, and could else stand in for what is unsaid."""
    told = replace(options.for_host(host), **changes)  # type: ignore[arg-type]  # names and types are HostOptions' own
    return replace(options, by_host={host: told})


def _trusted_by(reach: HostOptions) -> str:
    if reach.tls_fingerprint is not None:
        return "fingerprint"
    return "system" if reach.ca_cert is None else "ca-cert"


async def _meet(host: str, options: ConnectionOptions, world: Surroundings) -> _Met | Failure:
    """Ask for `/v2/` once, as nobody, and keep what the handshake showed."""
    pool = Pool(options, world)
    sending = Sending("GET", f"{options.endpoint(host)}{PING}", {}, host)
    tls: TlsFound | None = None
    pool.check_online(host)
    try:
        response = await pool.send(sending)
        if isinstance(response, Failure):
            return response
        assert isinstance(response, httpx.Response)  # noqa: S101  nothing is to be read of it at once
        tls = _handshake(response, world)
        answer = await read_bounded(response, sending, _MOST_BYTES)
        return _Met(answer, tls) if isinstance(answer, Answer) else answer
    except RegistryError as error:
        # A page that is longer than any registry's answer.
        return _Met(Answer("GET", sending.url, error.status or 200, {"content-type": "text/html"}), tls)
    finally:
        await pool.aclose()


def _handshake(response: httpx.Response, world: Surroundings) -> TlsFound | None:
    stream = response.extensions.get("network_stream")
    connection = None if stream is None else stream.get_extra_info("ssl_object")
    if connection is None:
        return None
    return TlsFound(version=connection.version() or "", chain=read_chain(connection, world.date()))


async def _untrusted(host: str, refused: Failure, options: ConnectionOptions, world: Surroundings) -> HostFound:
    """Show the certificate that was refused, and what can be told of a registry without a login."""
    key = host_key(host)
    # Who cannot be trusted is shown no certificate of ours either.
    loose = _with(options, key, tls_verify=False, tls_fingerprint=None, client_cert=None, client_key=None)
    shown = await _meet(key, loose, world)
    reason = str(refused.error)
    if not isinstance(shown, _Met):
        return HostFound(host, tls=TlsFound(problem=refused.tls, reason=reason))
    tls = replace(shown.tls or TlsFound(), problem=refused.tls, reason=reason)
    login = _challenged(shown.answer)
    pool = Pool(loose, world)

    async def get(path: str) -> Answer | None:
        sending = Sending("GET", f"{loose.endpoint(key)}{path}", {}, key)
        with suppress(RegistryError):
            response = await pool.send(sending)
            read = await read_bounded(response, sending, _MOST_BYTES) if isinstance(response, httpx.Response) else None
            return read if isinstance(read, Answer) else None
        return None

    try:
        kind = await find_kind(key, shown.answer, get)
    finally:
        await pool.aclose()
    return HostFound(host, tls=tls, status=shown.answer.status, kind=kind, login=login if kind.is_registry else None)


def _challenged(ping: Answer) -> LoginFound:
    """Tell how a host wants to know us, by its answer to nobody."""
    if ping.status != 401:
        return LoginFound("none")
    challenges = {each.scheme: each for each in reversed(parse_challenges(ping.headers.get("www-authenticate", "")))}
    chosen = challenges.get("bearer") or challenges.get("basic")
    if chosen is None:
        return LoginFound("other")
    return LoginFound(chosen.scheme, chosen.get("realm"), chosen.get("service"))


async def _login(session: Session, ping: Answer, origin: str) -> LoginFound:
    """Log in as every verb does, and tell what came of it."""
    told = replace(_challenged(ping), origin=origin)
    if told.scheme == "none":
        return replace(told, accepted=True)
    try:
        await session.fetch(Ask("GET", PING, "its /v2/"))
    except RegplanError as error:
        return replace(told, accepted=False, reason=str(error))
    return replace(told, accepted=True)


async def find_kind(host: str, ping: Answer, get: Callable[[str], Awaitable[Answer | None]]) -> RegistryKind:
    """Tell which registry answers, asking for further pages through `get` only as far as they are needed."""
    further: dict[str, Answer] = {}
    for path in FURTHER:
        kind = kind_of(host, ping, further)
        if kind is not None:
            return kind
        further[path] = await get(path) or Answer("GET", path, 404, {})
    last = kind_of(host, ping, further)
    assert last is not None  # noqa: S101  with every further answer there is a kind
    return last


async def _abilities(found: HostFound, client: RegistryClient, session: Session) -> HostFound:
    """Tell what a registry can that lets us in, and what is left of its pulls."""
    if found.login is not None and found.login.accepted:
        repository = await _any_repository(session)
        found = replace(found, referrers=await _referrers(session, repository))
        if session.host == _HUB:
            with suppress(RegplanError):
                await client.look(Reference(_HUB, _HUB_PREVIEW, "latest"))
    return replace(found, rate_limit=session.rate_limit)


async def _any_repository(session: Session) -> str:
    """Name a repository that is there, "" where none is listed: most public registries list none."""
    with suppress(RegplanError):
        ask = Ask("GET", catalog_path(1), "its catalogue", scopes=frozenset({CATALOG_SCOPE}))
        names = parse_names((await session.fetch(ask, _MOST_BYTES)).body, "repositories", session.host)
        return next(iter(names), "")
    return ""


async def _referrers(session: Session, repository: str) -> str:
    """Ask what refers to a digest that nothing has: who knows the API lists nothing, who does not knows no such page."""
    name = repository or _NO_SUCH
    scopes = frozenset({repository_scope(name, "pull")})
    ask = Ask("GET", referrers_path(name, _NOBODY), "referrers", name, scopes, good=frozenset({200, 400, 404, 405}))
    try:
        answer = await session.fetch(ask, _MOST_BYTES)
    except RegplanError:
        return "unknown"
    if answer.status == 200 and isinstance(_json(answer).get("manifests"), list):
        return "supported"
    # A repository that is not there is answered for in the specification's words, by who knows the API.
    return "unknown" if isinstance(_json(answer).get("errors"), list) and not repository else "unsupported"


def _json(answer: Answer) -> dict[str, object]:
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
