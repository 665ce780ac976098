#!/usr/bin/env python3
"""The floor of seeding: the least program that copies images from one registry into another, in threads.

    .venv/bin/python benchmarks/floor.py STREAMS SOURCE TARGET PROJECT REPOSITORY:TAG...

Every blob is read once and sent once with the standard library's http.client, mounted where else it is needed, then come
the manifests. There is no login, no TLS, no retry, no check of a digest, no progress: what a seeder adds to this is its
price. It imports nothing of regplan.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

_ACCEPT = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
_PIECE = 2**20


class Registry:
    """One registry, with a connection for each thread."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._local = threading.local()

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> http.client.HTTPResponse:
        """Send a request on this thread's connection; raises RuntimeError for an answer of 400 and more."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = http.client.HTTPConnection(self._address, blocksize=_PIECE)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: HTTP {answer.status} {answer.read()!r}")
        return answer


def copy_all(streams: int, source: Registry, target: Registry, project: str, names: list[str]) -> int:
    """Copy images; tell how many blobs were sent."""
    manifests = {}
    places: dict[str, list[str]] = defaultdict(list)
    sizes: dict[str, int] = {}
    homes: dict[str, str] = {}

    def read(name: str) -> None:
        repository, _, tag = name.rpartition(":")
        answer = source.ask("GET", f"/v2/{repository}/manifests/{tag}", Accept=_ACCEPT)
        manifests[name] = (answer.headers["Content-Type"], answer.read())

    with ThreadPoolExecutor(streams) as pool:
        list(pool.map(read, names))
        for name in names:
            repository = name.rpartition(":")[0]
            document = json.loads(manifests[name][1])
            for blob in (document["config"], *document["layers"]):
                if repository not in places[blob["digest"]]:
                    places[blob["digest"]].append(repository)
                sizes[blob["digest"]] = blob["size"]
                homes.setdefault(blob["digest"], repository)

        def bring(digest: str) -> None:
            first = f"{project}/{places[digest][0]}"
            began = target.ask("POST", f"/v2/{first}/blobs/uploads/", b"")
            began.read()
            location = began.headers["Location"].partition("//")[2].partition("/")[2] or began.headers["Location"]
            joint = "&" if "?" in location else "?"
            blob = source.ask("GET", f"/v2/{homes[digest]}/blobs/{digest}")
            target.ask(
                "PUT", f"/{location.lstrip('/')}{joint}digest={digest}", blob, Content_Length=str(sizes[digest]),
                Content_Type="application/octet-stream",
            ).read()  # fmt: skip
            for other in places[digest][1:]:
                path = f"/v2/{project}/{other}/blobs/uploads/?mount={digest}&from={first}"
                target.ask("POST", path, b"").read()

        list(pool.map(bring, sorted(places, key=lambda digest: -sizes[digest])))

        def put(name: str) -> None:
            repository, _, tag = name.rpartition(":")
            media_type, raw = manifests[name]
            target.ask("PUT", f"/v2/{project}/{repository}/manifests/{tag}", raw, Content_Type=media_type).read()

        list(pool.map(put, names))
    return len(places)


if __name__ == "__main__":
    width, from_, to, below, *images = sys.argv[1:]
    print(copy_all(int(width), Registry(from_), Registry(to), below, images), "blobs")
