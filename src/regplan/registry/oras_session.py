"""What oras sends, sent our way: one login for one host, our TLS, bounded answers, redirects by our rule.

oras reads no login file here, keeps no token, follows nothing and repeats nothing: every request of it ends in `_exchange`.
"""

from __future__ import annotations

import logging
import ssl
import time
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from regplan.errors import RegistryError, RegplanError, Unreachable
from regplan.oci.digest import Digest
from regplan.registry.faults import CONNECT_S, READ_S
from regplan.registry.options import is_loopback
from regplan.registry.redact import redact_text
from regplan.registry.redirects import refusal
from regplan.registry.tls import explain_tls, make_context, parse_fingerprint
from regplan.registry.wire import (
    MOST_ERROR_BYTES,
    Answer,
    origin_of,
    resolve_location,
    with_digest,
    without_user,
)
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regplan.oci.reference import Reference
    from regplan.registry.options import ConnectionOptions, HostOptions, Secret

__all__ = ["MOST_ARTIFACT_BYTES", "RefusedError", "Way", "container_of", "open_registry", "run"]

MOST_ARTIFACT_BYTES: Final = 16 * 2**20
# In all; a document of that size takes two minutes at 1 Mbit/s.
_ANSWER_S: Final = 300.0
_CHUNK: Final = 64 * 2**10
_MOST_REDIRECTS: Final = 5
# Each call here is for one artefact, or for one list of tags.
_MOST_REQUESTS: Final = 64
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_HEADERS: Final = {"User-Agent": "regplan", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Way:
    """How one registry is reached by one call of oras; `header` is the Authorization for it and for nobody else."""

    endpoint: str
    options: ConnectionOptions
    reference: Reference
    header: Secret | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        """The registry's name in messages."""
        return self.reference.registry

    def is_ours(self, url: str) -> bool:
        """Tell whether a URL is this registry's own."""
        return origin_of(url) == origin_of(self.endpoint)


@dataclass(frozen=True, slots=True)
class _Sent:
    """One request as oras makes it."""

    method: str
    url: str
    headers: dict[str, str]
    body: dict[str, Any]


class RefusedError(Exception):
    """A registry's error answer, on its way out of oras."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer."""
        super().__init__(answer.status)
        self.answer = answer


def run(way: Way, do: Callable[[], Any]) -> Any:  # noqa: ANN401  (oras has no types)
    """Call oras, and let none of its exceptions or those of the libraries below it out."""
    import oras.provider
    import urllib3.exceptions

    requests = oras.provider.requests
    try:
        return do()
    except requests.exceptions.SSLError as error:
        raise Unreachable(_explain_tls(error, way.host)) from None
    except requests.exceptions.JSONDecodeError:
        raise RegistryError(f"{way.host} answered about {way.reference} with something that is not JSON") from None
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        # What broke in the middle may go through at once; who cannot be connected to, or is silent, is told of.
        is_broken = any(isinstance(each, urllib3.exceptions.ProtocolError) for each in _causes(error))
        raise Unreachable(f"{way.host} cannot be reached: {_kind(error)}", retryable=is_broken) from None
    except RegplanError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise RegistryError(f"{way.host}: oras could not handle {way.reference} ({type(error).__name__})") from error


def container_of(way: Way) -> Any:  # noqa: ANN401
    """Tell oras the reference part by part: its own parser takes localhost/a for a name on Docker Hub."""
    import oras.container

    reference, netloc = way.reference, urlsplit(way.endpoint).netloc
    container = oras.container.Container(f"{netloc}/{reference.repository}")
    container.registry = netloc
    container.namespace, container.repository = None, reference.repository
    container.tag, container.digest = reference.tag, None if reference.digest is None else str(reference.digest)
    return container


def open_registry(way: Way) -> Any:  # noqa: ANN401
    """Make an oras registry for one host and one repository, to be used once."""
    import oras.logger
    import oras.provider

    # It writes to standard error by a handler of its own, whatever logging is told.
    oras.logger.logger.set_level(logging.CRITICAL)

    class Registry(oras.provider.Registry):  # type: ignore[misc]
        def do_request(self, url: str, method: str = "GET", **parts: Any) -> Any:  # noqa: ANN401
            self.asked = getattr(self, "asked", 0) + 1
            if self.asked > _MOST_REQUESTS:
                raise RegistryError(f"{way.host} has more pages than any repository needs")
            if method == "GET" and not way.is_ours(url):
                raise RegistryError(f"{way.host} continues a list on another host; it is not followed")
            body = {name: parts[name] for name in ("data", "json") if parts.get(name) is not None}
            return _exchange(self.session, way, _Sent(method, url, dict(parts.get("headers") or {}), body))

        def _get_location(self, r: Any, container: Any) -> str:  # noqa: ANN401, ARG002
            return resolve_location(r.url, r.headers.get("location", ""), way.endpoint)

        def put_upload(self, blob: str, container: Any, layer: dict[str, Any]) -> Any:  # noqa: ANN401
            # oras's own loses values of the session's query, which registries sign.
            started = self.do_request(f"{self.prefix}://{container.upload_blob_url()}", "POST")
            url = with_digest(self._get_location(started, container), Digest.parse(layer["digest"]))
            with open(blob, "rb") as file:  # noqa: PTH123
                return self.do_request(
                    url, "PUT", data=file.read(), headers={"Content-Type": "application/octet-stream"}
                )

    is_checked = way.options.for_host(urlsplit(way.endpoint).netloc).tls_verify is not False
    registry = Registry(insecure=way.endpoint.startswith("http:"), tls_verify=is_checked)
    registry.auth.load_configs = lambda *_, **__: None
    registry.session.trust_env = False
    registry.session.headers.update(_HEADERS)
    return registry


def _exchange(session: Any, way: Way, sent: _Sent) -> Any:  # noqa: ANN401
    """Send one request, following redirects of what is only read: the login stays with its own origin."""
    url = sent.url
    response = _send(session, way, url, sent)
    for _ in range(_MOST_REDIRECTS):
        if response.status_code not in _REDIRECTS or sent.method not in {"GET", "HEAD"}:
            break
        location = response.headers.get("location", "")
        if not location:
            break
        onward, peer = urljoin(url, location), _peer(response)
        response.close()
        if why := refusal(url, onward, peer, way.options):
            raise RegistryError(f"{way.host} sends us on to {why}")
        url = without_user(onward)
        response = _send(session, way, url, sent)
    return _checked(response, sent.method, way.host)


def _send(session: Any, way: Way, url: str, sent: _Sent) -> Any:  # noqa: ANN401
    import oras.provider

    netloc = urlsplit(url).netloc
    options = way.options.for_host(netloc)
    if url.startswith("https:"):
        # Each host has its own CA, client certificate and pin.
        session.mount(f"https://{netloc}/", _adapter(options))
    headers = dict(sent.headers)
    if way.header is not None and way.is_ours(url):
        headers["Authorization"] = way.header.reveal()
    # Like Go's clients: no proxy stands between us and this very machine.
    proxies = {} if is_loopback(netloc) else oras.provider.requests.utils.get_environ_proxies(url)
    return session.request(
        sent.method,
        url,
        headers=headers,
        proxies=proxies,
        stream=True,
        verify=options.tls_verify is not False and options.tls_fingerprint is None,
        timeout=(CONNECT_S, READ_S),
        allow_redirects=False,
        **sent.body,
    )


def _adapter(options: HostOptions) -> Any:  # noqa: ANN401
    import oras.provider

    class Adapter(oras.provider.requests.adapters.HTTPAdapter):  # type: ignore[misc]
        def init_poolmanager(self, *sizes: Any, **settings: Any) -> None:  # noqa: ANN401
            super().init_poolmanager(*sizes, **settings, **_tls(options))

        def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:  # noqa: ANN401
            return super().proxy_manager_for(proxy, **settings, **_tls(options))

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ANN401
            """Trust what our context trusts, and not requests' own list of CAs besides."""

    return Adapter()


def _tls(options: HostOptions) -> dict[str, Any]:
    pin = options.tls_fingerprint
    settings: dict[str, Any] = {"ssl_context": make_context(options)}
    return settings if pin is None else {**settings, "assert_fingerprint": parse_fingerprint(pin)}


def _checked(response: Any, method: str, host: str) -> Any:  # noqa: ANN401
    """Read a bounded body into oras's response, and turn error answers into exceptions of ours."""
    status = response.status_code
    is_fine = status < 300 or (status == 404 and method == "HEAD")
    most = MOST_ARTIFACT_BYTES if is_fine else MOST_ERROR_BYTES
    with response:
        body = b"" if method == "HEAD" else _body(response, most, host)
    if is_fine and len(body) > most:
        raise RegistryError(f"{host} answered with more than the {most:,} bytes of an artefact", status=status)
    response._content = body[:most]  # noqa: SLF001  (what `content` hands out)
    response._content_consumed = True  # noqa: SLF001
    if not is_fine:
        headers = {name.lower(): value for name, value in response.headers.items()}
        raise RefusedError(Answer(method, response.url, status, headers, body[:most]))
    return response


def _body(response: Any, most: int, host: str) -> bytes:  # noqa: ANN401
    """Read up to one byte more than `most`, however it is sent, and not for longer than anyone waits."""
    # `read` waits until it has as many bytes as were asked for, so that a dripping answer would never be looked at.
    read = getattr(response.raw, "read1", response.raw.read)
    chunks: list[bytes] = []
    size, until_s = 0, time.monotonic() + _ANSWER_S
    while size <= most and (chunk := read(min(_CHUNK, most + 1 - size))):
        chunks.append(chunk)
        size += len(chunk)
        if time.monotonic() > until_s:
            raise Unreachable(f"{host} cannot be reached: its answer was not whole after {_ANSWER_S:.0f} s")
    return b"".join(chunks)


def _peer(response: Any) -> str:  # noqa: ANN401
    """Tell the IP address that an answer came from; "" where nobody knows, which allows the least."""
    try:
        return str(response.raw.connection.sock.getpeername()[0])
    except (AttributeError, OSError):
        return ""


def _explain_tls(error: Exception, host: str) -> str:
    found = next((each for each in _causes(error) if isinstance(each, ssl.SSLError)), None)
    return f"TLS with {host} failed; `regplan doctor {host}` tells why" if found is None else explain_tls(found, host)


def _kind(error: Exception) -> str:
    """Tell what went wrong at the bottom, in the system's own words where it has some."""
    found = next((each for each in _causes(error) if isinstance(each, OSError) and each.strerror), None)
    return type(error).__name__ if found is None else redact_text(str(found.strerror))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was made of: the libraries put the cause among the arguments, or behind `reason`."""
    waiting, seen = [error], 0
    while waiting and seen < 20:
        each = waiting.pop(0)
        seen += 1
        yield each
        more = (*each.args, getattr(each, "reason", None), each.__cause__, each.__context__)
        waiting += [cause for cause in more if isinstance(cause, BaseException)]
