"""Small OCI artefacts (plans, charts, bundle definitions) by way of oras-py; no image ever goes through here (docs/adr/0002).

Each call has an oras registry of its own, for one host and one repository, in a thread. Logins, TLS, redirects and error
messages are ours: oras neither reads login files, nor retries, nor keeps a token (`oras_session`).
"""

from __future__ import annotations

import tempfile
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from regplan.errors import ContentError, DigestMismatch, InputError, RegistryError, SizeMismatch, Unreachable
from regplan.oci.digest import Digest
from regplan.oci.manifest import Manifest, parse_manifest
from regplan.registry.auth import repository_scope
from regplan.registry.oras_session import MOST_ARTIFACT_BYTES, RefusedError, Way, container_of, open_registry, run
from regplan.registry.retry import Fault, Outcome, next_delay
from regplan.registry.session import Ask
from regplan.registry.threads import run_abandonable
from regplan.registry.wire import (
    ACCEPT_MANIFESTS,
    MOST_MANIFEST_BYTES,
    check_digest_header,
    manifest_path,
    retry_after_s,
)
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.oci.descriptor import Descriptor
    from regplan.oci.manifest import Index
    from regplan.oci.reference import Reference
    from regplan.registry.client import RegistryClient
    from regplan.registry.session import Session
    from regplan.registry.wire import Answer

__all__ = [
    "MOST_ARTIFACT_BYTES",
    "Artifact",
    "fetch_document",
    "fetch_manifest",
    "list_tags",
    "pull_artifact",
    "push_artifact",
    "title_of",
]

_TITLE: Final = "org.opencontainers.image.title"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Artifact:
    """One document as an OCI artefact: `artifact_type` is its config's media type, `title` its file name.

    `annotations` are the manifest's, when it is pushed.
    """

    artifact_type: str
    media_type: str
    title: str
    data: bytes = field(repr=False)
    annotations: Mapping[str, str] = field(default_factory=dict, compare=False)


async def push_artifact(client: RegistryClient, reference: Reference, artifact: Artifact) -> Digest:
    """Push a document under a tag and tell the digest of its manifest; raises `RegistryError`s."""
    if len(artifact.data) > MOST_ARTIFACT_BYTES:
        raise InputError(
            f"{artifact.title} has {len(artifact.data)} bytes; an artefact here has {MOST_ARTIFACT_BYTES} at most"
        )
    if reference.tag is None or reference.digest is not None or Path(artifact.title).name != artifact.title:
        raise InputError(f"{reference}: an artefact is pushed under a tag, with a plain file name as its title")
    # The folder is gone after an interrupt too, when nobody waits for the thread.
    with tempfile.TemporaryDirectory(prefix="regplan-", ignore_cleanup_errors=True) as folder:
        push = partial(_push, artifact=artifact, folder=Path(folder))
        return await _with_login(client, reference, ("pull", "push"), push)


async def pull_artifact(client: RegistryClient, reference: Reference) -> Artifact:
    """Pull a document of one layer, its digests and size checked; raises `RegistryError`s and `ContentError`s."""
    manifest = await fetch_manifest(client, reference)
    if not isinstance(manifest, Manifest) or len(manifest.layers) != 1:
        raise ContentError(f"{reference} is not an artefact of one document")
    layer = manifest.layers[0]
    data = await fetch_document(client, reference, layer)
    artifact_type = manifest.artifact_type or manifest.config.media_type
    return Artifact(artifact_type, layer.media_type, title_of(layer), data)


async def fetch_manifest(client: RegistryClient, reference: Reference) -> Manifest | Index:
    """Fetch a manifest, its digest checked, to see what kind of thing stands there; raises `RegistryError`s."""
    return await _with_login(client, reference, ("pull",), _manifest)


async def fetch_document(client: RegistryClient, reference: Reference, layer: Descriptor) -> bytes:
    """Fetch one layer of an artefact whole, its size and digest checked; raises `RegistryError`s and `ContentError`s."""
    if layer.size > MOST_ARTIFACT_BYTES:
        raise SizeMismatch(
            f"{reference} claims a document of {layer.size:,} bytes; an artefact here has {MOST_ARTIFACT_BYTES:,} at most"
        )
    return await _with_login(client, reference, ("pull",), partial(_document, layer=layer))


async def list_tags(client: RegistryClient, reference: Reference) -> tuple[str, ...]:
    """List the tags of a repository; raises `RegistryError`s."""
    return await _with_login(client, reference, ("pull",), _tags)


def title_of(layer: Descriptor) -> str:
    """Tell the file name that a layer was pushed under, or ""."""
    return dict(layer.annotations).get(_TITLE, "")


async def _with_login(
    client: RegistryClient, reference: Reference, actions: tuple[str, ...], do: Callable[[Way], _T]
) -> _T:
    """Run `do` in a thread with the login that our own flow finds, once more where the registry asks for another.

    Where it is busy the whole of it is done again after a while: nothing here does harm when it is done twice.
    """
    session = client.session(reference.registry)
    path = manifest_path(reference.repository, reference.target)
    scopes = frozenset({repository_scope(reference.repository, *actions)})
    ask = Ask("GET", path, f"artefact {reference}", reference.repository, scopes)
    attempt, may_log_in = 1, True
    while True:
        header = await session.authorize(ask)
        way = Way(session.endpoint, session.pool.options, reference, header)
        try:
            return await run_abandonable(partial(do, way))
        except RefusedError as refused:
            # What another host that we were sent on to wants of us is none of this registry's logins.
            if may_log_in and way.is_ours(refused.answer.url) and session.learn(ask, header, refused.answer):
                may_log_in = False
                continue
            delay = _delay(session, attempt, refused.answer)
            if delay is None:
                raise session.error(ask, refused.answer) from None
        except Unreachable as error:
            delay = _delay(session, attempt) if error.retryable else None
            if delay is None:
                raise
        attempt += 1
        await session.pool.surroundings.sleep(delay)


def _delay(session: Session, attempt: int, answer: Answer | None = None) -> float | None:
    """Tell how long to wait before the next attempt, or None; without an answer the connection broke."""
    surroundings = session.pool.surroundings
    if answer is None:
        outcome = Outcome("GET", fault=Fault.BROKEN)
    else:
        outcome = Outcome("GET", answer.status, retry_after_s=retry_after_s(answer.headers, surroundings.date()))
    return next_delay(attempt, outcome, surroundings.chance())


def _push(way: Way, artifact: Artifact, folder: Path) -> Digest:
    registry = open_registry(way)
    file, config = folder / "document" / artifact.title, folder / "config.json"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(artifact.data)
    config.write_bytes(b"{}")
    response = run(
        way,
        lambda: registry.push(
            target=container_of(way),
            files=[f"{file}:{artifact.media_type}"],
            manifest_config=f"{config}:{artifact.artifact_type}",
            manifest_annotations=dict(artifact.annotations),
            disable_path_validation=True,
            quiet=True,
        ),
    )
    digest = Digest.of(bytes(response.request.body))
    check_digest_header(_headers(response), digest, str(way.reference))
    return digest


def _manifest(way: Way) -> Manifest | Index:
    registry = open_registry(way)
    url = f"{registry.prefix}://{container_of(way).manifest_url()}"
    response = run(way, lambda: registry.do_request(url, headers={"Accept": ACCEPT_MANIFESTS}))
    raw, headers = response.content, _headers(response)
    if len(raw) > MOST_MANIFEST_BYTES:
        raise RegistryError(f"{way.host} answered with more than the {MOST_MANIFEST_BYTES:,} bytes of a manifest")
    wanted = way.reference.digest
    digest = Digest.of(raw, "sha256" if wanted is None else wanted.algorithm)
    if wanted is not None and digest != wanted:
        raise DigestMismatch(f"{way.reference}: what came has another digest")
    check_digest_header(headers, digest, str(way.reference))
    return parse_manifest(raw, headers.get("content-type", ""), where=str(way.reference))


def _document(way: Way, layer: Descriptor) -> bytes:
    registry = open_registry(way)
    data: bytes = run(way, lambda: registry.get_blob(container_of(way), str(layer.digest))).content
    if len(data) != layer.size:
        raise SizeMismatch(f"{way.reference}: the document has {len(data):,} bytes, and {layer.size:,} were claimed")
    if Digest.of(data, layer.digest.algorithm) != layer.digest:
        raise DigestMismatch(f"{way.reference}: the document has other content than its digest says")
    return data


def _tags(way: Way) -> tuple[str, ...]:
    registry = open_registry(way)
    found = run(way, lambda: registry.get_tags(container_of(way)))
    return tuple(tag for tag in found if isinstance(tag, str))


def _headers(response: object) -> dict[str, str]:
    headers: Mapping[str, str] = getattr(response, "headers", {})
    return {name.lower(): value for name, value in headers.items()}
