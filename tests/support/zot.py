"""A double of Zot. "source" is project-zot/zot at 6d19b445 (August 2026), "measured" what that Zot answered when it was run."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from support.double import Double, Gone, Late, Question, Reply, Repository, Session, digest_of, failure

if TYPE_CHECKING:
    import ssl

__all__ = ["Zot", "ZotOptions"]

_OCTETS: Final = "application/octet-stream"
_DOCKER: Final = "application/vnd.docker."
_SPAN: Final = re.compile(r"(?:bytes )?(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class ZotOptions:
    """What its configuration says: `docker` is `http.compat: ["docker2s2"]`; `login` is "user:password" of an htpasswd file.

    `read_timeout_s` is `http.readTimeout`, which bounds the whole of a request with its body, but not what is between
    requests (source: pkg/cli/server/root.go, whose defaultReadTimeout is 60 s; measured with 3 s).
    """

    dedupe: bool = True
    docker: bool = False
    login: str = ""
    read_timeout_s: float = 60.0


class Zot(Double):
    """An empty Zot."""

    name = "zot"

    def __init__(self, options: ZotOptions | None = None, context: ssl.SSLContext | None = None) -> None:
        """Take its configuration."""
        super().__init__(context)
        self.options = options or ZotOptions()

    def answer(self, question: Question) -> Reply:
        """Answer as whoever is asked to log in, or as the distribution specification has it."""
        wanted = f"Basic {base64.b64encode(self.options.login.encode()).decode()}"
        if self.options.login and question.headers.get("authorization") != wanted:
            # measured: one error as it is, and no list of errors.
            told = {"WWW-Authenticate": 'Basic realm="zot"', "Content-Type": "application/json"}
            return Reply(401, told, b'{"code":"UNAUTHORIZED","message":"authentication required"}')
        try:
            return super().answer(question)
        except Late:
            # measured, of a body that takes longer than readTimeout, in a POST, a PATCH and a PUT: 500 without a body, and
            # the connection is closed half a second after that (source: Go's net/http).
            return Reply(500, {"Connection": "close"}, is_early=True)

    def blob(self, question: Question, name: str, digest: str) -> Reply:
        """Answer a HEAD by linking: it is a mount."""
        # source: pkg/storage/imagestore CheckBlob looks into the dedupe cache and links what it finds; measured: 200.
        if question.method == "HEAD" and self.options.dedupe and digest in self.data:
            self.link(name, digest)
        return super().blob(question, name, digest)

    def open_upload(self, question: Question, name: str) -> Reply:
        """Answer end-4a, end-4b and end-11."""
        if mount := question.first("mount"):
            # source: routes.go CreateBlobUpload: `from` is not read; CheckBlob tells whether any repository has it.
            # measured: 201 without Docker-Content-Digest, with and without `from`.
            if mount in self.repository(name).blobs or (self.options.dedupe and mount in self.data):
                self.link(name, mount)
                return Reply(201, {"Location": f"/v2/{name}/blobs/{mount}"})
            return self._opened(name)
        return self._single(question, name) if question.first("digest") else self._opened(name)

    def _single(self, question: Question, name: str) -> Reply:
        """Answer end-4b."""
        digest = question.first("digest")
        # source: routes.go CreateBlobUpload with `digest`: another Content-Type is 415, no length 400.
        if question.headers.get("content-type") != _OCTETS:
            return Reply(415)
        if question.length is None:
            return Reply(400)
        self.begin(name)
        session = Session(name)
        if not self.keep_blob(name, self._read(question, session), digest):
            return self._wrong(digest)
        # measured: Blob-Upload-UUID, and no Docker-Content-Digest.
        return Reply(201, {"Location": f"/v2/{name}/blobs/{digest}", "Blob-Upload-UUID": session.identity})

    def session(self, question: Question, name: str, session: str) -> Reply:
        """Answer end-5, end-6, end-13 and end-14."""
        kept = self.sessions.get(session)
        if kept is None or kept.repository != name:
            return failure(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", {"session_id": session})
        if question.method == "DELETE":
            del self.sessions[session]
            return Reply(204)
        if question.method == "GET":
            return Reply(204, self._told(kept))
        if self._offset(question) not in {None, len(kept.data)}:
            # measured: 416 BLOB_UPLOAD_INVALID, for a PATCH that is repeated and for a last PUT with a body and no
            # Content-Range, which counts as offset 0.
            return failure(416, "BLOB_UPLOAD_INVALID", "blob upload invalid", {"session_id": session})
        return self._more(question, name, kept)

    def _more(self, question: Question, name: str, kept: Session) -> Reply:
        """Take more bytes, and close the upload where that is asked for."""
        kept.data += self._read(question, kept)
        if question.method == "PATCH":
            return Reply(202, {**self._told(kept), "Blob-Upload-UUID": kept.identity})
        digest = question.first("digest")
        if not self.keep_blob(name, bytes(kept.data), digest):
            return self._wrong(digest)
        del self.sessions[kept.identity]
        return Reply(201, {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest})

    def put_manifest(self, question: Question, name: str, reference: str) -> Reply:
        """Answer end-7a and end-7b."""
        data, media_type = question.body(), question.headers.get("content-type", "")
        if media_type.startswith(_DOCKER) and not self.options.docker:
            # source: routes.go UpdateManifest, IsSupportedMediaType; measured: 415 MANIFEST_INVALID.
            return failure(415, "MANIFEST_INVALID", "manifest invalid")
        if "." in question.every("tag"):
            # source: routes.go normalizeManifestExtraTags, before the store is asked; measured: 400, and no repository.
            return failure(400, "MANIFEST_INVALID", "manifest invalid")
        self.begin(name)
        if reference.startswith("sha256:") and reference != digest_of(data):
            return failure(400, "MANIFEST_INVALID", "manifest invalid")  # measured
        if self.lacking(name, data):
            # source: imagestore ValidateManifest: blobs and an index's children are looked for; measured: 400.
            return failure(400, "MANIFEST_INVALID", "manifest invalid")
        tags = question.every("tag") if reference.startswith("sha256:") else [reference]
        digest = self.keep_manifest(name, question, data, tags)
        told = {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest}
        # measured: one OCI-Tag header per tag of the query.
        return Reply(201, told | ({"OCI-Tag": tags[-1]} if question.every("tag") else {}))

    def manifest(self, question: Question, name: str, reference: str) -> Reply:
        """Answer as usual, but say of a repository that nothing was put into that its name is unknown."""
        # measured: 404 NAME_UNKNOWN, with the specification's words in its detail, as of MANIFEST_UNKNOWN.
        words = {"description": "what the specification says of this code"}
        if question.method in {"GET", "HEAD"} and name not in self.repositories:
            reply = failure(404, "NAME_UNKNOWN", "repository name not known to registry", {**words, "name": name})
        else:
            reply = super().manifest(question, name, reference)
        if question.method == "GET" and reply.status == 404 and name in self.repositories:
            reply = failure(404, "MANIFEST_UNKNOWN", "manifest unknown", {**words, "reference": reference})
        # source: routes.go getUIHeadersHandler, for HEAD alone; measured.
        pages = {"Access-Control-Allow-Headers": "Authorization,content-type,X-ZOT-API-CLIENT"}
        return Reply(reply.status, {**reply.headers, **(pages if question.method == "HEAD" else {})}, reply.body)

    def other(self, question: Question) -> Reply:
        """Answer the extension's question by which Zot is known."""
        if question.path == "/v2/_oci/ext/discover":
            # measured, of a build without extensions.
            return Reply(200, {"Content-Type": "application/json"}, b'{"extensions":[]}')
        return super().other(question)

    def begin(self, name: str) -> None:
        """Make a repository, as whatever is begun in one does, also a manifest that is then refused."""
        # source: imagestore InitRepo; measured: MANIFEST_UNKNOWN from then on, and in the catalogue.
        self.repositories.setdefault(name, Repository())

    def catalog(self, question: Question) -> Reply:
        """Answer with every repository, an empty one too."""
        reply = super().catalog(question)
        names = sorted(self.repositories)[: int(question.first("n") or "1000")]
        return Reply(200, reply.headers, json.dumps({"repositories": names}).encode())

    def _opened(self, name: str) -> Reply:
        self.begin(name)
        session = Session(name)
        self.sessions[session.identity] = session
        # measured: a relative Location, and Range 0-0 for nothing.
        return Reply(202, {"Location": f"/v2/{name}/blobs/uploads/{session.identity}", "Range": "0-0"})

    def _told(self, session: Session) -> dict[str, str]:
        where = f"/v2/{session.repository}/blobs/uploads/{session.identity}"
        return {"Location": where, "Range": f"0-{max(len(session.data) - 1, 0)}"}

    def _offset(self, question: Question) -> int | None:
        """Tell where the body belongs; None where it goes to the end whatever there is."""
        if found := _SPAN.fullmatch(question.headers.get("content-range", "")):
            return int(found[1])
        return 0 if question.method == "PUT" and question.length else None

    def _read(self, question: Question, session: Session) -> bytes:
        """Read a body; where it breaks off or takes too long the session is gone, with all that it had."""
        try:
            return b"".join(question.pieces(self.options.read_timeout_s))
        except (Gone, Late):
            # source: routes.go PatchBlobUpload and UpdateBlobUpload, "removing .uploads/ files"; measured: the session is
            # unknown from then on, after a PATCH with and without Content-Range, with chunks before it, and after a PUT.
            self.sessions.pop(session.identity, None)
            raise

    def _wrong(self, digest: str) -> Reply:
        # measured: 400, and the session with its bytes stays.
        return failure(400, "DIGEST_INVALID", "provided digest did not match uploaded content", {"digest": digest})
