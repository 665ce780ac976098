"""Manifests: their verbatim bytes in and out, by tag and by digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidManifest
from regplan.model.source import Content
from regplan.oci.digest import Digest
from regplan.oci.manifest import parse_manifest
from regplan.oci.mediatype import INDEXES, MANIFESTS
from regplan.registry.serving.call import parse_digest
from regplan.registry.serving.reply import Refused, Reply, refusal
from regplan.registry.serving.routes import is_tag

if TYPE_CHECKING:
    from regplan.oci.manifest import Index, Manifest
    from regplan.registry.serving.call import Call

__all__ = ["delete_manifest", "get_manifest", "put_manifest"]

_MOST_BYTES: Final = 4 * 2**20
_MOST_TAGS: Final = 64
# What clients say that do not know what they send; the manifest itself then says it.
_UNTOLD: Final = frozenset({"", "application/json", "application/octet-stream"})


def get_manifest(call: Call) -> Reply:
    """Send a manifest as it was put."""
    content = call.shelf.manifest(call.repository, call.target())
    headers = {"Content-Type": content.media_type, "Docker-Content-Digest": str(content.digest)}
    return Reply(200, headers, content.data)


def put_manifest(call: Call) -> Reply:
    """Keep a manifest under its digest, and under the tag of the path or the tags of the query."""
    target = call.target()
    raw = call.body.read(_MOST_BYTES, "a manifest")
    document = _parsed(raw, call.head.get("content-type").partition(";")[0].strip().lower())
    digest, tags = _names(call, target, raw)
    call.writable.put_manifest(call.repository, tags, Content(document.media_type, digest, raw))
    headers = {"Location": f"/v2/{call.repository}/manifests/{digest}", "Docker-Content-Digest": str(digest)}
    if document.subject is not None:
        headers["OCI-Subject"] = str(document.subject.digest)
    if tags and ":" in target:
        headers["OCI-Tag"] = ", ".join(tags)
    return Reply(201, headers)


def delete_manifest(call: Call) -> Reply:
    """Forget a tag, or a manifest with its tags."""
    call.writable.delete_manifest(call.repository, call.target())
    return Reply(202)


def _parsed(raw: bytes, said: str) -> Manifest | Index:
    if said not in _UNTOLD and said not in INDEXES and said not in MANIFESTS:
        raise Refused(refusal(415, "UNSUPPORTED", f"{said[:128]!r} is no media type of a manifest that is kept here"))
    try:
        document = parse_manifest(raw, said)
    except InvalidManifest as error:
        raise Refused(refusal(400, "MANIFEST_INVALID", str(error)[:300])) from None
    if said not in _UNTOLD and document.media_type != said:
        message = f"it is sent as {said} and says that it is {document.media_type[:128]}"
        raise Refused(refusal(400, "MANIFEST_INVALID", message))
    return document


def _names(call: Call, target: str, raw: bytes) -> tuple[Digest, list[str]]:
    if ":" not in target:
        return Digest.of(raw), [target]
    digest, tags = parse_digest(target), list(dict.fromkeys(call.head.parameters("tag")))
    if (found := Digest.of(raw, digest.algorithm)) != digest:
        raise Refused(refusal(400, "DIGEST_INVALID", f"the manifest that came is {found} and not {digest}"))
    if len(tags) > _MOST_TAGS:
        raise Refused(refusal(414, "MANIFEST_INVALID", f"at most {_MOST_TAGS} tags can be given at once"))
    if wrong := next((tag for tag in tags if not is_tag(tag)), None):
        raise Refused(refusal(400, "MANIFEST_INVALID", f"{wrong[:128]!r} is not a tag"))
    return digest, tags
