"""Small OCI artefacts (our own plans and reports) by way of oras-py; no image ever goes through here (docs/adr/0002).

Each call has an oras registry of its own, for one host and one repository, in a thread. Logins, TLS and error messages
are ours: oras neither reads login files, nor retries, nor keeps a token.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

import anyio

from regplan.errors import ContentError, DigestMismatch, InputError, RegistryError, SizeMismatch, Unreachable
from regplan.oci.digest import Digest
from regplan.oci.manifest import Manifest, parse_manifest
from regplan.registry.auth import repository_scope
from regplan.registry.faults import CONNECT_S, READ_S
from regplan.registry.options import is_loopback
from regplan.registry.session import Ask
from regplan.registry.tls import make_context, parse_fingerprint
from regplan.registry.wire import (
    ACCEPT_MANIFESTS,
    MOST_ERROR_BYTES,
    MOST_MANIFEST_BYTES,
    Answer,
    check_digest_header,
    manifest_path,
    origin_of,
    resolve_location,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.oci.reference import Reference
    from regplan.registry.client import RegistryClient
    from regplan.registry.options import HostOptions, Secret

__all__ = ["MOST_ARTIFACT_BYTES", "Artifact", "pull_artifact", "push_artifact"]

MOST_ARTIFACT_BYTES: Final = 16 * 2**20
_TITLE: Final = "org.opencontainers.image.title"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Artifact:
    """One document as an OCI artefact: `artifact_type` is its config's media type, `title` its file name."""

    artifact_type: str
    media_type: str
    title: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Way:
    """How one registry is reached by one call of oras."""

    endpoint: str
    options: HostOptions
    reference: Reference
    header: Secret | None


class _RefusedError(Exception):
    """A registry's error answer, on its way out of oras."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


async def push_artifact(client: RegistryClient, reference: Reference, artifact: Artifact) -> Digest:
    """Push a document under a tag and tell the digest of its manifest; raises `RegistryError`s."""
    if len(artifact.data) > MOST_ARTIFACT_BYTES:
        raise InputError(
            f"{artifact.title} has {len(artifact.data)} bytes; an artefact here has {MOST_ARTIFACT_BYTES} at most"
        )
    if reference.tag is None or Path(artifact.title).name != artifact.title:
        raise InputError(f"{reference}: an artefact is pushed under a tag, with a plain file name as its title")
    return await _with_login(client, reference, ("pull", "push"), partial(_push, artifact=artifact))


async def pull_artifact(client: RegistryClient, reference: Reference) -> Artifact:
    """Pull a document of one layer, its digests and size checked; raises `RegistryError`s and `ContentError`s."""
    return await _with_login(client, reference, ("pull",), _pull)


async def _with_login(
    client: RegistryClient, reference: Reference, actions: tuple[str, ...], do: Callable[[_Way], _T]
) -> _T:
    """Run `do` in a thread with the login that our own flow finds; once more where the registry asks for one."""
    session = client.session(reference.registry)
    options = session.pool.options
    path = manifest_path(reference.repository, reference.target)
    scopes = frozenset({repository_scope(reference.repository, *actions)})
    ask = Ask("GET", path, f"artefact {reference}", reference.repository, scopes)
    may_log_in = True
    while True:
        header = await session.authorize(ask)
        way = _Way(session.endpoint, options.for_host(reference.registry), reference, header)
        try:
            return await anyio.to_thread.run_sync(do, way)
        except _RefusedError as refused:
            if may_log_in and session.learn(ask, header, refused.answer):
                may_log_in = False
                continue
            raise session.error(ask, refused.answer) from None


def _push(way: _Way, artifact: Artifact) -> Digest:
    registry = _registry(way)
    with tempfile.TemporaryDirectory(prefix="regplan-") as folder:
        file, config = Path(folder) / artifact.title, Path(folder) / "config.json"
        file.write_bytes(artifact.data)
        config.write_bytes(b"{}")
        response = _run(
            way,
            lambda: registry.push(
                target=_container(way),
                files=[f"{file}:{artifact.media_type}"],
                manifest_config=f"{config}:{artifact.artifact_type}",
                disable_path_validation=True,
                quiet=True,
            ),
        )
    digest = Digest.of(bytes(response.request.body))
    check_digest_header({name.lower(): value for name, value in response.headers.items()}, digest, str(way.reference))
    return digest


def _pull(way: _Way) -> Artifact:
    registry, container = _registry(way), _container(way)
    url = f"{registry.prefix}://{container.manifest_url()}"
    raw = _run(way, lambda: registry.do_request(url, headers={"Accept": ACCEPT_MANIFESTS})).content
    wanted = way.reference.digest
    if wanted is not None and Digest.of(raw, wanted.algorithm) != wanted:
        raise DigestMismatch(f"{way.reference}: what came has another digest")
    manifest = parse_manifest(raw, where=str(way.reference))
    if not isinstance(manifest, Manifest) or len(manifest.layers) != 1:
        raise ContentError(f"{way.reference} is not an artefact of one document")
    layer = manifest.layers[0]
    if layer.size > MOST_ARTIFACT_BYTES:
        raise SizeMismatch(
            f"{way.reference} claims {layer.size} bytes; an artefact here has {MOST_ARTIFACT_BYTES} at most"
        )
    data = _run(way, lambda: registry.get_blob(container, str(layer.digest))).content
    if Digest.of(data, layer.digest.algorithm) != layer.digest:
        raise DigestMismatch(f"{way.reference}: the document has other content than its digest says")
    title = dict(layer.annotations).get(_TITLE, "")
    return Artifact(manifest.artifact_type or manifest.config.media_type, layer.media_type, title, data)


def _run(way: _Way, do: Callable[[], Any]) -> Any:  # noqa: ANN401  (oras has no types)
    """Call oras, and let none of its exceptions or those of requests out."""
    import oras.provider

    host = way.reference.registry
    try:
        return do()
    except oras.provider.requests.exceptions.SSLError:
        raise Unreachable(f"TLS with {host} failed; `regplan doctor {host}` tells why") from None
    except oras.provider.requests.RequestException as error:
        raise Unreachable(f"{host} cannot be reached: {type(error).__name__}", retryable=True) from None
    except (ValueError, KeyError, OSError, json.JSONDecodeError) as error:
        raise RegistryError(f"{host}: oras could not handle {way.reference} ({type(error).__name__})") from error


def _container(way: _Way) -> Any:  # noqa: ANN401
    """Tell oras the reference part by part: its own parser takes localhost/a for a name on Docker Hub."""
    import oras.container

    reference = way.reference
    container = oras.container.Container(f"{urlsplit(way.endpoint).netloc}/{reference.repository}")
    container.registry = urlsplit(way.endpoint).netloc
    container.namespace, container.repository = None, reference.repository
    container.tag, container.digest = reference.tag, None if reference.digest is None else str(reference.digest)
    return container


def _registry(way: _Way) -> Any:  # noqa: ANN401
    """Make an oras registry whose every request goes our way: our login, our TLS, bounded, once."""
    import oras.provider

    requests = oras.provider.requests
    options = way.options
    is_pinned = options.tls_fingerprint is not None
    verify = options.tls_verify is not False and not is_pinned

    class Adapter(requests.adapters.HTTPAdapter):  # type: ignore[misc, name-defined]
        def init_poolmanager(self, *sizes: Any, **settings: Any) -> None:  # noqa: ANN401
            settings["ssl_context"] = make_context(options)
            if options.tls_fingerprint is not None:
                settings["assert_fingerprint"] = parse_fingerprint(options.tls_fingerprint)
            super().init_poolmanager(*sizes, **settings)

    class Registry(oras.provider.Registry):  # type: ignore[misc]
        def do_request(self, url: str, method: str = "GET", **parts: Any) -> Any:  # noqa: ANN401
            if origin_of(url) != origin_of(way.endpoint):
                raise RegistryError(f"{way.reference.registry} sends an artefact to another host; it is not followed")
            response = self.session.request(
                method,
                url,
                data=parts.get("data"),
                json=parts.get("json"),
                headers=parts.get("headers"),
                stream=True,
                verify=verify,
                timeout=(CONNECT_S, READ_S),
                allow_redirects=method in {"GET", "HEAD"},
            )
            return _checked(response, method, way.reference.registry)

        def _get_location(self, r: Any, container: Any) -> str:  # noqa: ANN401, ARG002
            return resolve_location(r.url, r.headers.get("location", ""), way.endpoint)

    registry = Registry(insecure=way.endpoint.startswith("http:"), tls_verify=verify or is_pinned)
    registry.auth.load_configs = lambda *_, **__: None
    registry.session.mount("https://", Adapter())
    registry.session.trust_env = False
    if not is_loopback(urlsplit(way.endpoint).netloc):
        registry.session.proxies = requests.utils.get_environ_proxies(way.endpoint)
    registry.session.headers.update({"User-Agent": "regplan", "Accept-Encoding": "identity"})
    if way.header is not None:
        # requests takes it off where a redirect leads to another host.
        registry.session.headers["Authorization"] = way.header.reveal()
    return registry


def _checked(response: Any, method: str, host: str) -> Any:  # noqa: ANN401
    """Read a bounded body into oras's response, and turn error answers into exceptions of ours."""
    status = response.status_code
    is_fine = status < 300 or (status == 404 and method == "HEAD")
    most = MOST_ERROR_BYTES if not is_fine else max(MOST_MANIFEST_BYTES, MOST_ARTIFACT_BYTES)
    with response:
        body = response.raw.read(most + 1, decode_content=True) or b""
    if is_fine and len(body) > most:
        raise RegistryError(f"{host} answered with more bytes than an artefact has", status=status)
    response._content = body[:most]  # noqa: SLF001  (what `content` hands out)
    response._content_consumed = True  # noqa: SLF001
    if not is_fine:
        headers = {name.lower(): value for name, value in response.headers.items()}
        raise _RefusedError(Answer(method, response.url, status, headers, body[:most]))
    return response
