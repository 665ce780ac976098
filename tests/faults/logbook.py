"""What a run did by the target's own log: the numbers that its document must have, computed from the requests and the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from support import images
    from support.registry import Request

__all__ = ["Logged"]


@dataclass(frozen=True, slots=True)
class Logged:
    """The requests of a run at a distribution, and what was to be brought; `place` tells where a repository goes to."""

    built: Mapping[tuple[str, str], images.Tree]
    place: Callable[[str], str]
    requests: Sequence[Request]

    @property
    def done(self) -> dict[str, int]:
        """The document's `done`, as far as the log tells it of a run that placed everything and met no fault."""
        sent = self.sent
        return {
            "uploaded_blobs": len(sent),
            "uploaded_bytes": sum(self._sizes[digest] for digest in sent),
            "mounted": len(self._mounts),
            "present": len(self._pairs) - len(sent) - len(self._mounts),
            "manifests": len(self._puts),
            "requests": len(self.requests),
        }

    @property
    def sent(self) -> list[str]:
        """The digests of the blobs that were sent and taken, repeats included."""
        ends = (each for each in self._taken("PUT", "/blobs/uploads/"))
        return [parse_qs(each.query)["digest"][0] for each in ends]

    @property
    def _mounts(self) -> list[Request]:
        """The mounts from another repository; one from the repository itself asks whether the blob is there."""
        mounts = ((each, parse_qs(each.query)) for each in self._taken("POST", "/blobs/uploads/"))
        return [each for each, query in mounts if query["from"] != [_repository(each.path)]]

    @property
    def _puts(self) -> set[tuple[str, str]]:
        """The (repository, digest)s of the manifests that were put."""
        names = {(self.place(name), tag): tree.manifest.digest for (name, tag), tree in self.built.items()}
        places = ((_repository(each.path), _reference(each.path)) for each in self._taken("PUT", "/manifests/"))
        return {(place[0], names.get(place, place[1])) for place in places}

    @property
    def _pairs(self) -> set[tuple[str, str]]:
        return {(name, blob.digest) for (name, _), tree in self.built.items() for blob in tree.blobs()}

    @property
    def _sizes(self) -> dict[str, int]:
        return {blob.digest: blob.size for tree in self.built.values() for blob in tree.blobs()}

    def _taken(self, method: str, path: str) -> list[Request]:
        return [each for each in self.requests if (each.method, each.status) == (method, 201) and path in each.path]


def _repository(path: str) -> str:
    return path.removeprefix("/v2/").rpartition("/manifests/" if "/manifests/" in path else "/blobs/")[0]


def _reference(path: str) -> str:
    return path.rpartition("/")[2]
