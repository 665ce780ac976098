"""What stands at a registry, read back by nothing but the standard library: every tag, manifest and blob, hashed."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["EMPTIED", "Reader", "problems"]

_TYPES: Final = (
    "oci.image.index.v1",
    "oci.image.manifest.v1",
    "docker.distribution.manifest.list.v2",
    "docker.distribution.manifest.v2",
)
# What distribution 2.8 answers who reads a link that it has emptied and not yet written, and for how long at most.
EMPTIED: Final = (500, b'{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{}}]}\n')
_EMPTIED_S: Final = 2.0
# Of no client that is tested: what is read here is left out where requests are listed (`support.registry`).
AGENT: Final = "regplan-test-marker/reader"
ACCEPT: Final = ", ".join(f"application/vnd.{name}+json" for name in _TYPES)


class Reader:
    """One kept connection to a registry at HOST:PORT; what does not answer raises OSError or HTTPException.

    `seen` counts the manifests that were read. Where `emptied` is a list, a manifest whose link is just being written is asked for
    again, and its (repository, reference) noted there with the time of that answer: see `faults.watching`.
    """

    def __init__(self, address: str, timeout_s: float = 20.0) -> None:
        host, _, port = address.rpartition(":")
        self.emptied: list[tuple[str, str, float]] | None = None
        self.seen = 0
        self._connection = http.client.HTTPConnection(host, int(port), timeout=timeout_s)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def ask(self, method: str, path: str) -> tuple[int, bytes, Mapping[str, str]]:
        """Ask once; a kept connection that the registry has closed meanwhile is opened again by the next one."""
        try:
            self._connection.request(method, path, headers={"Accept": ACCEPT, "User-Agent": AGENT})
            answer = self._connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    def wrongs(self, repository: str, reference: str, *, whole: bool) -> Iterator[str]:
        """Tell what is wrong with the image behind a tag or digest; nothing where there is none.

        With `whole` every blob is read and hashed, else it is asked for its length.
        """
        status, data = self._manifest(repository, reference)
        where = f"{repository}:{reference}"
        if status == 404:
            if reference.startswith("sha256:"):
                yield f"{where} is not there"
            return
        if status != 200:
            yield f"{where} is answered with {status}"
            return
        if reference.startswith("sha256:") and _digest(data) != reference:
            yield f"{where} has other bytes"
            return
        document: dict[str, Any] = json.loads(data)
        for child in document.get("manifests", ()):
            yield from self.wrongs(repository, child["digest"], whole=whole)
        for blob in [document["config"], *document["layers"]] if "config" in document else ():
            yield from self._blob(repository, blob, whole=whole)

    def _manifest(self, repository: str, reference: str) -> tuple[int, bytes]:
        path, until_s = f"/v2/{repository}/manifests/{reference}", time.monotonic() + _EMPTIED_S
        status, data, _ = self.ask("GET", path)
        while self.emptied is not None and (status, data) == EMPTIED and time.monotonic() < until_s:
            self.emptied.append((repository, reference, time.time()))
            time.sleep(0.002)
            status, data, _ = self.ask("GET", path)
        self.seen += status == 200
        return status, data

    def _blob(self, repository: str, blob: Mapping[str, Any], *, whole: bool) -> Iterator[str]:
        path = f"/v2/{repository}/blobs/{blob['digest']}"
        status, data, headers = self.ask("GET" if whole else "HEAD", path)
        size = len(data) if whole else int(headers.get("content-length", "-1"))
        if status != 200 or size != blob["size"]:
            yield f"{repository} {blob['digest']}: {status} with {size} bytes, not {blob['size']}"
        elif whole and _digest(data) != blob["digest"]:
            yield f"{repository} {blob['digest']} has other bytes"


def problems(address: str, wanted: Iterable[tuple[str, str, str]]) -> list[str]:
    """Tell what is not as it should be of (repository, tag, digest): every tag resolves, every blob hashes right."""
    reader, found = Reader(address), list[str]()
    for repository, tag, digest in wanted:
        try:
            status, data, _ = reader.ask("GET", f"/v2/{repository}/manifests/{tag}")
            if status != 200 or _digest(data) != digest:
                found.append(f"{repository}:{tag} is {status} {_digest(data)}, not {digest}")
            found += reader.wrongs(repository, tag, whole=True)
        except (OSError, http.client.HTTPException) as error:
            found.append(f"{repository}:{tag}: {error!r}")
    reader.close()
    return found


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
