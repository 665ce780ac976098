"""Blobs, whole and in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.registry.serving.ranges import Span, parse_range
from regplan.registry.serving.reply import Reply, refusal

if TYPE_CHECKING:
    from regplan.registry.serving.call import Call

__all__ = ["delete_blob", "get_blob"]


def get_blob(call: Call) -> Reply:
    """Send a blob, or the part of it that Range asks for."""
    digest = call.digest
    blob = call.shelf.open_blob(call.repository, digest)
    headers = {
        "Content-Type": "application/octet-stream",
        "Docker-Content-Digest": str(digest),
        "Accept-Ranges": "bytes",
        "ETag": f'"{digest}"',
    }
    asked = call.head.get("range") if call.head.method == "GET" else ""
    span = parse_range(asked, blob.size) if asked else None
    if span is None:
        return Reply(200, headers, blob=blob, span=Span(0, blob.size - 1))
    if not span.size:
        blob.close()
        message = f"the blob has {blob.size} bytes, and none of them is asked for"
        return refusal(416, "SIZE_INVALID", message, {"Content-Range": f"bytes */{blob.size}"})
    told = {"Content-Range": f"bytes {span.first}-{span.last}/{blob.size}"}
    return Reply(206, headers | told, blob=blob, span=span)


def delete_blob(call: Call) -> Reply:
    """Forget a blob of this repository."""
    call.writable.delete_blob(call.repository, call.digest)
    return Reply(202)
