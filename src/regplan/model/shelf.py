"""What a registry of our own serves from: blocking calls that several threads make at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from regplan.errors import ErrorInfo, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from regplan.model.source import Content
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest

__all__ = [
    "OpenBlob",
    "Shelf",
    "UploadSession",
    "WritableShelf",
    "unknown_blob",
    "unknown_manifest",
    "unknown_name",
    "unknown_upload",
]


class OpenBlob(Protocol):
    """A blob that is being read; `file` is a real file that the kernel can send, or None where there is none."""

    @property
    def size(self) -> int:
        """The blob's size in bytes."""
        ...

    @property
    def file(self) -> BinaryIO | None:
        """The blob as a file of its own, at any position."""
        ...

    def chunks(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes from `first` to `last` inclusive."""
        ...

    def close(self) -> None:
        """Let go of what was opened."""
        ...


class UploadSession(Protocol):
    """An upload while one request works on it; what it got stays for the next request unless it is finished."""

    @property
    def size(self) -> int:
        """How many bytes are there."""
        ...

    def write(self, data: memoryview) -> None:
        """Add bytes."""
        ...

    def finish(self, digest: Digest) -> None:
        """Make a blob of the bytes; raises `RegistryError` (DIGEST_INVALID) for others, which are then gone."""
        ...

    def cancel(self) -> None:
        """Remove the session with its bytes."""
        ...

    def close(self) -> None:
        """Let the next request have the session."""
        ...


@runtime_checkable
class Shelf(Protocol):
    """Repositories, tags, manifests and blobs, as a registry has them; `repository` is named without a host.

    Raises `NotFound` with the specification's code for what is not there, other `RegplanError`s for what cannot be read.
    """

    @property
    def name(self) -> str:
        """What narration calls it."""
        ...

    def repositories(self) -> Sequence[str]:
        """List the repositories, sorted as bytes are."""
        ...

    def tags(self, repository: str) -> Sequence[str]:
        """List the tags of a repository, sorted as bytes are."""
        ...

    def manifest(self, repository: str, target: str) -> Content:
        """Read the manifest that a tag or a digest names."""
        ...

    def open_blob(self, repository: str, digest: Digest) -> OpenBlob:
        """Open a blob for reading; the caller closes it."""
        ...

    def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List what refers to `digest`, with artifact types and annotations."""
        ...


@runtime_checkable
class WritableShelf(Shelf, Protocol):
    """A shelf that takes uploads, manifests and deletions."""

    def put_manifest(self, repository: str, tags: Sequence[str], content: Content) -> None:
        """Keep a manifest under its digest and under `tags`; raises `RegistryError` where something that it names lacks."""
        ...

    def delete_manifest(self, repository: str, target: str) -> None:
        """Forget a tag, or a manifest with all its tags."""
        ...

    def delete_blob(self, repository: str, digest: Digest) -> None:
        """Forget a blob of one repository."""
        ...

    def mount(self, repository: str, digest: Digest, origin: str | None) -> bool:
        """Share a blob of the repository `origin`, or of any; tell whether it was there."""
        ...

    def start_upload(self, repository: str) -> str:
        """Start an upload and tell its name."""
        ...

    def upload_size(self, repository: str, upload: str) -> int:
        """Tell how many bytes an upload has, whoever works on it."""
        ...

    def open_upload(self, repository: str, upload: str, algorithm: str = "sha256") -> UploadSession:
        """Work on an upload, alone; `algorithm` is that of the digest to come, as far as known. The caller closes it."""
        ...


def unknown_name(repository: str) -> NotFound:
    """Tell that there is no such repository.

    >>> unknown_name("a/b").errors[0].code
    'NAME_UNKNOWN'
    """
    return _not_found("NAME_UNKNOWN", f"there is no repository {repository}")


def unknown_manifest(repository: str, target: str) -> NotFound:
    """Tell that a repository has no such manifest."""
    return _not_found("MANIFEST_UNKNOWN", f"{repository} has no manifest {target}")


def unknown_blob(repository: str, digest: Digest) -> NotFound:
    """Tell that a repository has no such blob."""
    return _not_found("BLOB_UNKNOWN", f"{repository} has no blob {digest}")


def unknown_upload(repository: str, upload: str) -> NotFound:
    """Tell that a repository has no such upload."""
    return _not_found("BLOB_UPLOAD_UNKNOWN", f"{repository} has no upload {upload}")


def _not_found(code: str, message: str) -> NotFound:
    return NotFound(message, status=404, errors=(ErrorInfo(code, message),))
