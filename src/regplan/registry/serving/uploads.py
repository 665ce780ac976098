"""Uploads: at once, in chunks or as a stream; mounts; and what a broken one needs to go on (distribution-spec, "Push")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.errors import QuotaExceeded
from regplan.registry.serving.call import parse_digest
from regplan.registry.serving.ranges import parse_chunk, progress
from regplan.registry.serving.reply import Refused, Reply, refusal
from regplan.registry.serving.routes import is_repository

if TYPE_CHECKING:
    from regplan.model.shelf import UploadSession
    from regplan.oci.digest import Digest
    from regplan.registry.serving.call import Call

__all__ = ["add_chunk", "cancel_upload", "finish_upload", "start_upload", "tell_upload"]


def start_upload(call: Call) -> Reply:
    """Mount a blob, take one that is sent at once, or start an upload."""
    mounted = call.head.parameter("mount")
    if mounted:
        digest, origin = parse_digest(mounted), call.head.parameter("from")
        if (not origin or is_repository(origin)) and call.writable.mount(call.repository, digest, origin or None):
            return _created(call, digest)
    sent = "" if mounted else call.head.parameter("digest")
    digest_sent = parse_digest(sent) if sent else None
    upload = call.writable.start_upload(call.repository)
    if digest_sent is None:
        return Reply(202, _where(call, upload, 0) | {"Docker-Upload-UUID": upload})
    session = call.writable.open_upload(call.repository, upload, digest_sent.algorithm)
    try:
        _take(call, session)
        session.finish(digest_sent)
    except BaseException:
        session.cancel()  # nobody was told of it, so that nobody can go on with it
        raise
    finally:
        session.close()
    return _created(call, digest_sent)


def add_chunk(call: Call) -> Reply:
    """Take a chunk, or a stream of unknown length."""
    upload = call.route.target
    session = call.writable.open_upload(call.repository, upload)
    try:
        _check_place(call, session)
        _take(call, session)
        return Reply(202, _where(call, upload, session.size) | {"Docker-Upload-UUID": upload})
    finally:
        session.close()


def finish_upload(call: Call) -> Reply:
    """Take the rest, and make a blob of it all."""
    digest = parse_digest(call.head.parameter("digest"))
    session = call.writable.open_upload(call.repository, call.route.target, digest.algorithm)
    try:
        _check_place(call, session)
        _take(call, session)
        session.finish(digest)
    finally:
        session.close()
    return _created(call, digest)


def tell_upload(call: Call) -> Reply:
    """Tell how far an upload is."""
    size = call.writable.upload_size(call.repository, call.route.target)
    return Reply(204, _where(call, call.route.target, size) | {"Docker-Upload-UUID": call.route.target})


def cancel_upload(call: Call) -> Reply:
    """Forget an upload."""
    session = call.writable.open_upload(call.repository, call.route.target)
    try:
        session.cancel()
    finally:
        session.close()
    return Reply(204)


def _take(call: Call, session: UploadSession) -> None:
    try:
        for piece in call.body.pieces():
            session.write(piece)
    except QuotaExceeded:
        # What cannot be finished must not keep the disk full.
        session.cancel()
        raise


def _check_place(call: Call, session: UploadSession) -> None:
    """Hold a chunk to where the upload is: one that does not follow is refused before a byte of it is read."""
    said = call.head.get("content-range")
    if not said:
        return
    span = parse_chunk(said)
    if span is None:
        raise Refused(refusal(400, "BLOB_UPLOAD_INVALID", "Content-Range is not FIRST-LAST"))
    if span.first != session.size:
        message = f"the upload has {session.size} bytes, and this chunk starts at {span.first}"
        headers = _where(call, call.route.target, session.size)
        raise Refused(refusal(416, "BLOB_UPLOAD_INVALID", message, headers))
    if call.body.length is not None and call.body.length != span.size:
        raise Refused(refusal(400, "SIZE_INVALID", "Content-Range and Content-Length tell of two sizes"))


def _where(call: Call, upload: str, size: int) -> dict[str, str]:
    return {"Location": f"/v2/{call.repository}/blobs/uploads/{upload}", "Range": progress(size)}


def _created(call: Call, digest: Digest) -> Reply:
    location = f"/v2/{call.repository}/blobs/{digest}"
    return Reply(201, {"Location": location, "Docker-Content-Digest": str(digest)})
