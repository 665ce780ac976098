"""Small images as inventories, a source of their bytes, and a target in memory that behaves as distribution does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio

from regplan.errors import ErrorInfo, NotFound, RegistryError
from regplan.loops import in_thread
from regplan.model.image import Blob, Image, Inventory, KeptIndex, ResolvedReference
from regplan.model.preflight import NameFound, TargetFound
from regplan.model.source import Content
from regplan.model.verifying import BlobLength
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence

    from regplan.registry.inspection import Inspection
    from regplan.seed.passing import Passing

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def digest_of(data: bytes) -> Digest:
    return Digest("sha256", hashlib.sha256(data).hexdigest())


def make_image(
    layers: Sequence[bytes],
    label: str = "",
    *,
    platform: str = "linux/amd64",
    foreign: bytes | None = None,
    kind: str = MANIFEST,
) -> tuple[Image, dict[Digest, bytes]]:
    """An image with these layers, and its blobs by digest; `label` tells configs apart."""
    config = json.dumps({"architecture": platform.partition("/")[2], "os": "linux", "label": label}).encode()
    entries = [(LAYER, data) for data in layers] + ([(FOREIGN, foreign)] if foreign is not None else [])
    raw = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": kind,
            "config": _entry(CONFIG, config),
            "layers": [_entry(media_type, data) for media_type, data in entries],
        }
    ).encode()
    image = Image(
        digest=digest_of(raw),
        media_type=kind,
        platform=Platform.parse(platform),
        manifest_size=len(raw),
        config=Blob(digest_of(config), len(config)),
        layers=tuple(Descriptor(media_type, digest_of(data), len(data)) for media_type, data in entries),
        source="test",
        config_type=CONFIG,
        raw=raw,
    )
    return image, {digest_of(data): data for data in (config, *layers)}


def make_index(children: Sequence[Image | KeptIndex]) -> KeptIndex:
    """An index of these, each once, in order."""
    raw = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [_entry(child.media_type, child.raw or b"") for child in children],
        }
    ).encode()
    return KeptIndex(digest_of(raw), INDEX, len(raw), tuple(child.digest for child in children), raw)


def entry(reference: str, image: Image) -> ResolvedReference:
    """A reference that turned out to be one image."""
    return ResolvedReference(Reference.parse(reference), image.digest, (image,))


def whole(reference: str, images: Sequence[Image], *indexes: KeptIndex) -> ResolvedReference:
    """A reference that turned out to be an index, kept with all below it."""
    return ResolvedReference(Reference.parse(reference), indexes[-1].digest, tuple(images), indexes)


def inventory(*entries: ResolvedReference) -> Inventory:
    return Inventory(entries)


class MemorySource:
    """Blobs by digest; what was read stands in `reads`."""

    name = "memory"

    def __init__(self, blobs: Mapping[Digest, bytes], *, chunk: int = 7) -> None:
        self.blobs = dict(blobs)
        self.wrong: dict[str, dict[Digest, bytes]] = {}
        self.faults: list[Exception] = []
        self.reads: list[tuple[str, Digest]] = []
        self._chunk = chunk

    async def manifest(self, reference: Reference) -> Content:
        raise NotFound(f"{reference} is not asked for")

    async def blob(
        self, repository: str, descriptor: Descriptor, first: int = 0, last: int | None = None
    ) -> AsyncGenerator[bytes]:
        assert last is None
        self.reads.append((repository, descriptor.digest))
        if self.faults:
            raise self.faults.pop(0)
        data = self.wrong.get(repository, {}).get(descriptor.digest, self.blobs.get(descriptor.digest))
        if data is None:
            raise NotFound(f"{repository} has no {descriptor.digest}", status=404)
        for start in range(first, len(data), self._chunk):
            yield data[start : start + self._chunk]

    async def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:  # noqa: ARG002
        return ()


@dataclass(slots=True)
class Counted:
    requests: int = 0
    overhead: int = 0
    throttled: int = 0


@dataclass(slots=True)
class Folder:
    """What one repository of the target in memory holds."""

    blobs: set[Digest] = field(default_factory=set)
    manifests: dict[Digest, tuple[str, bytes]] = field(default_factory=dict)
    tags: dict[str, Digest] = field(default_factory=dict)


class MemoryTarget:
    """A registry as distribution is: it refuses manifests without their content, mounts, and counts its requests.

    `fault` is called with (verb, repository, what) before each request is taken, and may raise.
    """

    name = "memory"
    has_wire = True
    takes_single: bool | None = False
    may_be_zot = False

    def __init__(self, *, mounts: bool = True, checks_indexes: bool = True) -> None:
        self.folders: dict[str, Folder] = {}
        self.data: dict[Digest, bytes] = {}
        self.log: list[tuple[str, str, str]] = []
        self.mounts = mounts
        self.checks_indexes = checks_indexes
        self.lacks_code = "MANIFEST_BLOB_UNKNOWN"
        self.fault: Callable[[str, str, str], None] = lambda *_: None
        self.slow_s = 0.0
        self.begun: set[str] = set()

    @property
    def counts(self) -> Counted:
        return Counted(len(self.log))

    def folder(self, repository: str) -> Folder:
        return self.folders.setdefault(repository, Folder())

    def count(self, *verbs: str) -> int:
        return sum(verb in verbs for verb, _, _ in self.log)

    async def inspect(self, _: Inspection) -> TargetFound:
        return TargetFound(self.name)

    async def create_project(self, name: str) -> None:
        self.log.append(("CREATE", name, ""))

    async def repositories_of(self, project: str) -> tuple[str, ...]:
        self.log.append(("LIST", project, ""))
        return tuple(name for name in self.folders if name.startswith(f"{project}/"))

    async def look(self, repository: str, reference: str) -> Digest | None:
        self._request("HEAD", repository, reference)
        content = self._find(repository, reference)
        return None if content is None else content.digest

    async def find_name(self, repository: str, reference: str) -> NameFound:
        self._request("GETNAME", repository, reference)
        content = self._find(repository, reference)
        is_untouched = repository not in self.begun if self.may_be_zot else None
        return NameFound(None, is_untouched) if content is None else NameFound(content.digest)

    async def copy_blob(self, repository: str, mount_from: str, passing: Passing) -> bool:
        digest = passing.descriptor.digest
        self._request("MOUNT", repository, str(digest))
        await anyio.sleep(self.slow_s)
        if self.mounts and digest in self.folder(mount_from).blobs:
            self.folder(repository).blobs.add(digest)
            return False
        if passing.is_small:
            data = await passing.whole()
        else:
            async with passing.open() as body:
                data = await in_thread(lambda: b"".join(map(bytes, body)), body.cut)
        self._request("SEND", repository, str(digest))
        assert digest_of(data) == digest
        self.data[digest] = data
        self.folder(repository).blobs.add(digest)
        return True

    async def put_manifest(self, repository: str, reference: str, media_type: str, raw: bytes) -> None:
        self._request("PUT", repository, reference)
        folder, document = self.folder(repository), json.loads(raw)
        is_checked = self.checks_indexes or "manifests" not in document
        if is_checked and not _needs(document) <= folder.blobs | set(folder.manifests):
            unknown = ErrorInfo(self.lacks_code, "blob unknown to registry")
            raise RegistryError(f"{repository}:{reference} is refused", status=400, errors=(unknown,))
        folder.manifests[digest_of(raw)] = (media_type, raw)
        if ":" not in reference:
            folder.tags[reference] = digest_of(raw)

    async def fetch_manifest(self, repository: str, reference: str) -> Content | None:
        self._request("GET", repository, reference)
        return self._find(repository, reference)

    async def blob_size(self, repository: str, digest: Digest) -> int | None:
        self._request("HEADBLOB", repository, str(digest))
        return len(self.data[digest]) if digest in self.folder(repository).blobs else None

    async def blob_length(self, repository: str, descriptor: Descriptor) -> BlobLength | None:
        self._request("TAIL", repository, str(descriptor.digest))
        is_there = descriptor.digest in self.folder(repository).blobs
        return BlobLength(len(self.data[descriptor.digest])) if is_there else None

    async def read_blob(self, repository: str, descriptor: Descriptor) -> AsyncGenerator[bytes]:
        self._request("GETBLOB", repository, str(descriptor.digest))
        if descriptor.digest not in self.folder(repository).blobs:
            raise NotFound(f"{repository} has no {descriptor.digest}", status=404)
        yield self.data[descriptor.digest]

    def delete(self, repository: str, digest: Digest) -> None:
        """Delete a manifest with its tags, as DELETE does: its blobs stay."""
        folder = self.folder(repository)
        del folder.manifests[digest]
        folder.tags = {tag: tagged for tag, tagged in folder.tags.items() if tagged != digest}

    def _find(self, repository: str, reference: str) -> Content | None:
        folder = self.folder(repository)
        digest = Digest.parse(reference) if ":" in reference else folder.tags.get(reference)
        if digest is None or digest not in folder.manifests:
            return None
        media_type, raw = folder.manifests[digest]
        return Content(media_type, digest_of(raw), raw)

    def _request(self, verb: str, repository: str, what: str) -> None:
        self.log.append((verb, repository, what))
        self.fault(verb, repository, what)


def all_blobs(*parts: Mapping[Digest, bytes]) -> dict[Digest, bytes]:
    return {digest: data for part in parts for digest, data in part.items()}


def sizes(blobs: Iterable[bytes]) -> int:
    return sum(len(data) for data in blobs)


def _entry(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(digest_of(data)), "size": len(data)}


def _needs(document: Mapping[str, Any]) -> set[Digest]:
    entries = document.get("manifests")
    if entries is None:
        entries = [document["config"], *(layer for layer in document["layers"] if layer["mediaType"] != FOREIGN)]
    return {Digest.parse(each["digest"]) for each in entries}
