"""What Debian's registry fetches as a cold pull-through cache, beside what tier 0 says of it (docs/bandwidth.md)."""

from __future__ import annotations

import hashlib
import os
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from regplan.sim.carried.carry import carry
from regplan.sim.carried.events import Bootstrap
from regplan.sim.carried.state import CarriedImage, Library, State, Version
from regplan.sim.carried.topology import PullThrough

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = pytest.mark.docker_registry

SIZE = 300_000
PATIENCE_S = 10


def put(registry: Registry, repository: str, data: bytes) -> str:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    begin = urllib.request.Request(f"{registry.url}/v2/{repository}/blobs/uploads/", method="POST")
    with urllib.request.urlopen(begin) as answer:
        where = answer.headers["Location"]
    end = urllib.request.Request(
        f"{where}&digest={digest}", data, {"Content-Type": "application/octet-stream"}, method="PUT"
    )
    urllib.request.urlopen(end).close()
    return digest


def get(registry: Registry, repository: str, digest: str) -> None:
    with urllib.request.urlopen(f"{registry.url}/v2/{repository}/blobs/{digest}") as answer:
        assert len(answer.read()) == SIZE


def fetched(origin: Registry, digest: str) -> int:
    """Add up the bytes of a blob that the origin gave."""
    return sum(each.size for each in origin.requests() if each.method == "GET" and each.path.endswith(digest))


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait: a cache stores what it fetched after its client has it."""
    until = time.monotonic() + PATIENCE_S
    while not is_so() and time.monotonic() < until:
        time.sleep(0.02)


def told(hosts: int) -> int:
    """Tell what tier 0 says that a cold cache of this kind fetches, asked by so many hosts at once."""
    library = Library({"app": CarriedImage(frozenset({"blob"}))}, {"blob": SIZE})
    runs = tuple((f"node-{number}", frozenset({"app"})) for number in range(hosts))
    state = State.of(library, Version(runs, ("app",)))
    return carry(state, Bootstrap(), PullThrough("distribution-2"))[1].wan_bytes


def test_a_cold_blob_is_fetched_once_more_than_it_is_asked_for_and_then_never_again(
    start_registry: StartRegistry,
) -> None:
    origin = start_registry()
    cache = start_registry(upstream=origin)
    digest = put(origin, "shop/app", os.urandom(SIZE))

    get(cache, "shop/app", digest)

    wait_for(lambda: fetched(origin, digest) >= told(1))
    assert fetched(origin, digest) == told(1) == 2 * SIZE

    def is_kept() -> bool:
        origin.forget_requests()
        get(cache, "shop/app", digest)
        return fetched(origin, digest) == 0

    wait_for(is_kept)
    assert is_kept()
