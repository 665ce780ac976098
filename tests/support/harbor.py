"""A double of Harbor: its own checks before a distribution 2.8.

"source" is goharbor/harbor at c50c7ddd6 (August 2026), src/server where nothing else is said; "measured" what Debian's
docker-registry 2.8.2 answers, since Harbor runs distribution 2.8.3 behind itself (its Makefile, REGISTRY_SRC_TAG). The facts
on registries cite both, (e) above all. No Harbor itself was run for it.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from support.double import Double, Question, Reply, Session, digest_of, failure
from support.harbor_access import Access, Account, Project, Who, no_project
from support.harbor_pages import answer_page

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping
    from typing import Any, Self

__all__ = ["ADMIN", "PASSWORD", "Harbor", "HarborOptions", "Store"]

ADMIN: Final = "admin"
PASSWORD: Final = "Harbor12345"
_REPOSITORY: Final = re.compile(r"/v2/(?P<name>[^?]+?)/(?:manifests|blobs|tags|referrers)(?:/.*)?")
_ACTIONS: Final = {"GET": "pull", "HEAD": "pull", "DELETE": "delete"}
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_KNOWN: Final = ("application/vnd.oci.image.", "application/vnd.docker.distribution.manifest.")
# Go's server reads so much of a body that nobody wanted, and hangs up on the rest (net/http, maxPostHandlerReadBytes).
_READ_ANYWAY: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class HarborOptions:
    """How it is set up; `storage` is the URL of a store that it sends blobs' readers to, "" where it serves them itself.

    `plain_locations`: it takes itself to be reached by plain HTTP, as behind a proxy that ends TLS and does not say so.
    """

    only_admin_creates: bool = True
    default_quota_bytes: int = -1
    token_life_s: float = 1800.0
    volume_bytes: int = 10**12
    version: str = "v2.14.0"
    storage: str = ""
    read_only: bool = False
    plain_locations: bool = False


class Harbor(Double):
    """A Harbor with an administrator and the projects that it is given."""

    name = "harbor"

    def __init__(self, options: HarborOptions | None = None, context: ssl.SSLContext | None = None) -> None:
        """Take its configuration."""
        super().__init__(context)
        self.options = options or HarborOptions()
        self.access = Access(self.options.token_life_s)
        self.access.accounts[ADMIN] = Account(PASSWORD, is_admin=True)
        self.lengths: dict[str, int] = {}

    @contextmanager
    def running(self, *projects: Project) -> Iterator[Self]:
        """Listen until the end of the block, with these projects."""
        self.access.projects |= {project.name: project for project in projects}
        with super().running():
            yield self

    def truncate(self, digest: str, size: int) -> None:
        """Damage a blob on the disk; what is remembered of its length in Redis stays."""
        self.data[digest] = self.data[digest][:size]

    def answer(self, question: Question) -> Reply:
        """Answer as Harbor's core does, before distribution is asked."""
        if "sid=" in question.headers.get("cookie", "") and question.method not in _SAFE:
            # source: middleware/csrf: who sends the session's cookie back must send a token too; others need none.
            return failure(403, "FORBIDDEN", "CSRF token not found in request")
        if question.path == "/service/token":
            return self.access.give_token(question)
        if question.path.startswith("/api/"):
            holding = [name for name, kept in self.repositories.items() if kept.manifests]
            return answer_page(question, self.access, self.options, holding)
        found = _REPOSITORY.fullmatch(question.path)
        places = [] if found is None else [(found["name"], _ACTIONS.get(question.method, "push"))]
        if question.method == "POST" and question.first("from"):
            # source: middleware/v2auth/access.go: "need pull access for blob mount".
            places.append((question.first("from"), "pull"))
        if outside := [name for name, _ in places if "/" not in name]:
            # source: middleware/artifactinfo: "Fail early for now" where a name has no project.
            return failure(400, "BAD_REQUEST", f"bad request: invalid repository name: {outside[0]}")
        return self._refusal(question, places) or super().answer(question)

    def _refusal(self, question: Question, places: list[tuple[str, str]]) -> Reply | None:
        """Refuse who may not do this in these repositories."""
        who = self.access.who(question, tuple(name.partition("/")[0] for name, _ in places))
        if self.options.read_only and question.method not in _SAFE:
            # source: middleware/readonly.
            return failure(403, "DENIED", "The system is in read only mode. Any modification is prohibited.")
        if question.path == "/v2/" and who is None:
            return self._challenge(question, "", "unauthorized")
        if question.path == "/v2/_catalog" and (who is None or not who.is_admin):
            # source: v2auth/auth.go: HTTP Basic whoever asks: "we do not support providing a token to list catalog".
            return failure(401, "UNAUTHORIZED", "unauthorized to list catalog", WWW_Authenticate='Basic realm="harbor"')
        return self._outside(question, who, places)

    def _outside(self, question: Question, who: Who | None, places: list[tuple[str, str]]) -> Reply | None:
        """Refuse what is in a project that is not there, or not for this login."""
        for name, action in places:
            scope = f"repository:{name}:{'pull,push' if action == 'push' else action}"
            if "authorization" not in question.headers and question.method in {"GET", "HEAD"}:
                # source: v2auth/auth.go: whether the project is there or not; not so for a POST.
                return self._challenge(question, scope, "authorize header needed to send HEAD to repository")
            project = self.access.projects.get(name.partition("/")[0])
            if project is None:
                return no_project(name.partition("/")[0])
            if not (project.is_public and action == "pull") and (who is None or not who.can(action, project)):
                return self._challenge(question, scope, f"unauthorized to access repository: {name}, action: {action}")
        return None

    def _challenge(self, question: Question, scope: str, why: str) -> Reply:
        """Ask for a token; whoever sent a login or a token that will not do is asked for HTTP Basic instead."""
        # source: v2auth/auth.go getChallenge; facts (e): the realm has the scheme of the configured address.
        token = f'Bearer realm="{self.url}/service/token",service="harbor-registry"'
        challenge = f'{token},scope="{scope}"' if scope else token
        if "authorization" in question.headers:
            challenge = 'Basic realm="harbor"'
        told = {"WWW_Authenticate": challenge, "Docker_Distribution_Api_Version": "registry/2.0"}
        return failure(401, "UNAUTHORIZED", f"{why}: {why}", **told)

    def blob(self, question: Question, name: str, digest: str) -> Reply:
        """Answer end-2, by what Redis remembers of a length."""
        if question.method == "HEAD" and digest not in self.lengths:
            # source: middleware/blob/head_blob.go asks the database first.
            return failure(404, "NOT_FOUND", f"blob {digest} not found")
        if digest not in self.repository(name).blobs:
            return failure(404, "BLOB_UNKNOWN", "blob unknown to registry", digest)
        if self.options.storage:
            # source: distribution registry/storage/blobserver.go: 307 to the storage driver's URL, of GET and HEAD;
            # Harbor's make/photon/prepare/templates/registry/config.yml.jinja leaves that on (redirect.disable).
            return Reply(307, {"Location": f"{self.options.storage}/{digest}?X-Amz-Signature=5ecret"})
        data, size = self.data[digest], self.lengths[digest]
        told = {"Docker-Content-Digest": digest, "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", question.headers.get("range", ""))
        if span is None:
            # source: config.yml.jinja has `layerinfo: redis`; facts: measured on 2.8: a truncated blob keeps its length
            # where that is remembered, and a GET breaks off.
            return Reply(200, {**told, "Content-Length": str(size)}, data)
        first, last = int(span[1]), min(int(span[2] or size), size - 1)
        if first > last:
            return Reply(416)
        lengths = {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(last - first + 1)}
        return Reply(206, {**told, **lengths}, data[first : last + 1])

    def open_upload(self, question: Question, name: str) -> Reply:
        """Answer end-4a and end-11; end-4b is not known, and its body lost."""
        project = self._project(name)
        if project.is_proxy:
            # source: middleware/repoproxy DisableBlobAndManifestUploadMiddleware.
            return failure(403, "DENIED", f"denied: can not push artifact to a proxy project: {project.name}")
        mount, source = question.first("mount"), question.first("from")
        # source: middleware/quota/post_initiate_blob_upload.go: a mount asks for its size, anything else for none at all.
        asked = {mount: self.lengths[mount]} if mount in self.lengths else {}
        if refusal := project.refusal({} if mount and not asked else asked):
            return refusal
        if mount and source and mount in self.repository(source).blobs:
            self.link(name, mount)
            with self.lock:
                project.held |= asked
            return Reply(201, {"Location": self._place(f"/v2/{name}/blobs/{mount}"), "Docker-Content-Digest": mount})
        # measured: a mount without `from`, or of what is not there, is 202, and so is a single POST.
        session = Session(name)
        self.sessions[session.identity] = session
        return Reply(202, self._told(session))

    def session(self, question: Question, name: str, session: str) -> Reply:
        """Answer end-5, end-6, end-13 and end-14."""
        kept = self.sessions.get(session)
        if kept is None or kept.repository != name:
            return failure(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        if question.method == "DELETE":
            del self.sessions[session]
            return Reply(204, {"Docker-Upload-UUID": session})
        if question.first("_state") != str(len(kept.data)):
            # measured: `_state` has the offset; a PATCH that broke off left more than it says, and nothing goes on from there.
            return failure(404, "BLOB_UPLOAD_INVALID", "blob upload invalid")
        return Reply(204, self._told(kept)) if question.method == "GET" else self._more(question, name, kept)

    def _more(self, question: Question, name: str, kept: Session) -> Reply:
        """Take more bytes, and close the upload where that is asked for."""
        if question.method == "PUT" and (refusal := self._too_large(question, name, kept)):
            return refusal
        for piece in question.pieces():
            kept.data += piece
        if question.method == "PATCH":
            # measured: Content-Range is not looked at.
            return Reply(202, self._told(kept))
        return self._close(question, name, kept)

    def _too_large(self, question: Question, name: str, kept: Session) -> Reply | None:
        """Refuse a blob that goes beyond the quota, by its announced length, without reading it."""
        # source: middleware/quota/put_blob_upload.go: Content-Length, else what was sent in chunks.
        size = question.length or len(kept.data)
        refusal = self._project(name).refusal({question.first("digest"): size})
        if refusal is None:
            return None
        return Reply(refusal.status, refusal.headers, refusal.body, is_early=(question.length or 0) > _READ_ANYWAY)

    def _close(self, question: Question, name: str, kept: Session) -> Reply:
        digest = question.first("digest")
        if not self.keep_blob(name, bytes(kept.data), digest):
            # measured: 400, and the session stays with its bytes, where no `_state` leads any more.
            return failure(400, "DIGEST_INVALID", "provided digest did not match uploaded content", {"digest": digest})
        with self.lock:
            self.sessions.pop(kept.identity, None)
            self.lengths[digest] = len(kept.data)
            self._project(name).held[digest] = len(kept.data)
        return Reply(201, {"Location": self._place(f"/v2/{name}/blobs/{digest}"), "Docker-Content-Digest": digest})

    def manifest(self, question: Question, name: str, reference: str) -> Reply:
        """Answer end-3, end-7 and end-9, in the words of Harbor's database."""
        if question.method == "DELETE":
            return self._delete(name, reference)
        kept = self.repository(name)
        if question.method != "PUT" and kept.tags.get(reference, reference) not in kept.manifests:
            # source: controller/artifact/controller.go.
            return failure(404, "NOT_FOUND", f"artifact {name}:{reference} not found")
        return super().manifest(question, name, reference)

    def put_manifest(self, question: Question, name: str, reference: str) -> Reply:
        """Answer end-7a."""
        data, project, kept = question.body(), self._project(name), self.repository(name)
        if project.is_proxy:
            return failure(403, "DENIED", f"denied: can not push artifact to a proxy project: {project.name}")
        if reference in kept.tags and any(_keeps(rule, name.partition("/")[2], reference) for rule in project.rules):
            # source: middleware/immutable: also where the tag has this very manifest.
            what = f"'{name.partition('/')[2]}:{reference}' configured as immutable."
            return failure(412, "PRECONDITION", f"Failed to process request due to {what}")
        if malformed := _malformed(question, reference, data):
            return malformed
        with self.lock:
            held = {digest_of(data): len(data), **_sizes(data)}
            if refusal := project.refusal(held):
                return refusal
            if missing := self.lacking(name, data):
                # measured: blobs and an index's children are looked for.
                return failure(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", {"digest": missing[0]})
            project.held |= held
        digest = self.keep_manifest(name, question, data, [] if ":" in reference else [reference])
        told = {"Location": self._place(f"/v2/{name}/manifests/{digest}"), "Docker-Content-Digest": digest}
        # source: middleware/subject/subject.go.
        subject: dict[str, str] | None = json.loads(data).get("subject")
        return Reply(201, {**told, **({"OCI-Subject": subject["digest"]} if subject else {})})

    def _delete(self, name: str, reference: str) -> Reply:
        """Answer end-9."""
        kept = self.repository(name)
        if ":" not in reference:
            # source: registry/manifest.go deleteManifest: tags cannot be deleted here.
            return failure(400, "UNSUPPORTED", f"unsupported digest {reference}")
        if reference not in kept.manifests:
            return failure(404, "NOT_FOUND", f"artifact {name}@{reference} not found")
        rules = self._project(name).rules
        named = [tag for tag, digest in kept.tags.items() if digest == reference]
        if fixed := [tag for tag in named if any(_keeps(rule, name.partition("/")[2], tag) for rule in rules)]:
            # source: controller/tag/controller.go.
            return failure(412, "PRECONDITION", f"the tag {fixed[0]} configured as immutable, cannot be deleted")
        if any(reference in _children(data) for _, data in kept.manifests.values()):
            # source: controller/artifact/controller.go deleteDeeply.
            return failure(412, "VIOLATE_FOREIGN_KEY_CONSTRAINT", "the deleting artifact is referenced by others")
        _, data = kept.manifests.pop(reference)
        kept.tags = {tag: digest for tag, digest in kept.tags.items() if digest != reference}
        for child in _children(data):
            # source: deleteDeeply: children that have no tag and no other parent go too.
            others = any(child in _children(other) for _, other in kept.manifests.values())
            if child not in kept.tags.values() and not others:
                kept.manifests.pop(child, None)
        return Reply(202)

    def tags(self, question: Question, name: str) -> Reply:
        """Answer end-8, by pages where `n` is given."""
        if name not in self.repositories:
            return failure(404, "NOT_FOUND", f"repository {name} not found")
        # source: registry/util/util.go pickItems, SetLinkHeader: the link is relative, and only where there is more.
        return _paged(question, "tags", sorted(self.repository(name).tags), {"name": name})

    def catalog(self, question: Question) -> Reply:
        """Answer the catalogue of all projects."""
        # source: registry/catalog.go.
        return _paged(question, "repositories", sorted(name for name, kept in self.repositories.items() if kept.tags))

    def referrers(self, _: Question, name: str, digest: str) -> Reply:
        """Answer end-12."""
        # source: registry/referrers.go.
        listed = []
        for found, (media_type, data) in self.repository(name).manifests.items():
            document = json.loads(data)
            if (document.get("subject") or {}).get("digest") == digest:
                kind = document.get("artifactType") or document.get("config", {}).get("mediaType")
                listed.append({"mediaType": media_type, "digest": found, "size": len(data), "artifactType": kind})
        media_type = "application/vnd.oci.image.index.v1+json"
        body = json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": listed}).encode()
        return Reply(200, {"Content-Type": media_type, "X-Total-Count": str(len(listed))}, body)

    def _project(self, name: str) -> Project:
        return self.access.projects[name.partition("/")[0]]

    def _told(self, session: Session) -> dict[str, str]:
        # measured: an absolute Location that holds the state, and `Range: 0-0` for nothing.
        path = f"/v2/{session.repository}/blobs/uploads/{session.identity}?_state={len(session.data)}"
        last = max(len(session.data) - 1, 0)
        return {"Location": self._place(path), "Range": f"0-{last}", "Docker-Upload-UUID": session.identity}

    def _place(self, path: str) -> str:
        # goharbor/harbor#12135: behind a proxy that ends TLS Locations may come with http://.
        return f"{self.url.replace('https:', 'http:') if self.options.plain_locations else self.url}{path}"


class Store(Double):
    """The storage behind a Harbor that sends readers there: S3 or the like; it reads from the Harbor's own disk."""

    def __init__(self, harbor: Harbor) -> None:
        """Serve what this Harbor keeps."""
        super().__init__()
        self.data = harbor.data

    def answer(self, question: Question) -> Reply:
        """Answer whoever has a signed URL."""
        if "authorization" in question.headers:
            return Reply(400, {}, b"Only one auth mechanism allowed")  # as S3 has it
        self.link("store", digest := question.path.removeprefix("/"))
        return self.blob(question, "store", digest)


def _malformed(question: Question, reference: str, data: bytes) -> Reply | None:
    if ":" in reference and reference != digest_of(data):
        return failure(400, "DIGEST_INVALID", "provided digest did not match uploaded content")  # measured
    if not question.headers.get("content-type", "").startswith(_KNOWN):
        return failure(400, "MANIFEST_INVALID", "unmarshal manifest failed")  # source: middleware/quota/put_manifest.go
    return None


def _paged(question: Question, key: str, names: list[str], more: Mapping[str, Any] | None = None) -> Reply:
    most = int(question.first("n") or len(names))
    rest = [name for name in names if name > question.first("last")]
    told = {"Content-Type": "application/json; charset=utf-8"}
    if most and len(rest) > most:
        told["Link"] = f'<{question.path}?last={rest[most - 1]}&n={most}>; rel="next"'
    return Reply(200, told, json.dumps({**(more or {}), key: rest[:most]}).encode())


def _sizes(data: bytes) -> dict[str, int]:
    document = json.loads(data)
    parts = [document["config"], *document.get("layers", ())] if "config" in document else []
    return {part["digest"]: part["size"] for part in [*parts, *document.get("manifests", ())] if "urls" not in part}


def _children(data: bytes) -> list[str]:
    return [child["digest"] for child in json.loads(data).get("manifests", ())]


def _keeps(rule: dict[str, Any], repository: str, tag: str) -> bool:
    """Tell whether a rule holds a tag, for the patterns that tests use: `**` is anything, `*` anything but a slash."""
    # source: pkg/immutable/match/rule/match.go; its patterns are bmatcuk/doublestar's.
    scopes, tags = rule["scope_selectors"].get("repository"), rule["tag_selectors"]
    if rule.get("disabled") or not scopes or not tags:
        return False
    return _selects(scopes[0], repository) and _selects(tags[0], tag)


def _selects(selector: Mapping[str, str], value: str) -> bool:
    parts = re.split(r"(\*\*|\*)", selector["pattern"])
    pattern = "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)
    return (re.fullmatch(pattern, value) is not None) is not selector["decoration"].lower().endswith("excludes")
