"""The seeder killed, and the registry killed, while uploads are open: the next run sends nothing again that had arrived."""

from __future__ import annotations

import random
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from support import http, images
from support.faulty import FaultyProxy
from support.link import Link
from support.seeding import Finished, events, seeding, taken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.faulty import Exchange
    from support.registry import Registry
    from support.starter import StartRegistry

# The long run: each of these waits for a thin link.
pytestmark = [pytest.mark.registry, pytest.mark.slow]

PROJECT = "spectro-images"
NAMES = [f"edge/app-{number}" for number in range(6)]
BASE = [images.layer(350_000, 1), images.layer(60_000, 2)]
TREES = [images.image([*BASE, images.layer(300_000 + number, 100 + number)], label=f"app-{number}") for number in range(6)]  # fmt: skip
DIGESTS = {blob.digest for tree in TREES for blob in tree.blobs()}
ACCEPT = {"Accept": "application/vnd.oci.image.manifest.v1+json"}


@pytest.fixture
def source(start_registry: StartRegistry) -> Registry:
    registry = start_registry()
    for name, tree in zip(NAMES, TREES, strict=True):
        images.push(registry, name, tree, ["1.0"])
    registry.forget_requests()
    return registry


def arguments(source: Registry, proxy: FaultyProxy, journal: Path) -> list[str]:
    named = [f"{source.address}/{name}:1.0" for name in NAMES]
    return [*named, "--to", f"docker://{proxy.address}/{PROJECT}", "--plain-http", "--journal", str(journal)]


def place(source: Registry, name: str) -> str:
    return f"{PROJECT}/{source.address.replace(':', '_')}/{name}"


def tags_at(source: Registry, target: Registry) -> list[str]:
    """The digest that each tag has at the target, asked without our client; "" where it is not there."""
    answers = [http.request("HEAD", f"{target.url}/v2/{place(source, name)}/manifests/1.0", headers=ACCEPT) for name in NAMES]  # fmt: skip
    return [answer.headers.get("docker-content-digest", "") if answer.status == 200 else "" for answer in answers]


def assert_whole(source: Registry, target: Registry) -> None:
    assert tags_at(source, target) == [tree.manifest.digest for tree in TREES]
    for name, tree in zip(NAMES, TREES, strict=True):
        for blob in tree.blobs():
            assert http.request("GET", f"{target.url}/v2/{place(source, name)}/blobs/{blob.digest}").body == blob.data


def kill_at(source: Registry, target: Registry, journal: Path, is_time: Callable[[FaultyProxy], bool]) -> None:
    """Seed over a thin link, and kill the seeder once it is time and an upload is open."""
    with (
        FaultyProxy(target.address, link=Link(rate_bps=24_000_000)) as proxy,
        seeding(arguments(source, proxy, journal)) as run,
    ):
        assert proxy.wait_until(lambda: is_time(proxy) or run.process.poll() is not None)
        run.kill()
    assert set(tags_at(source, target)) <= {"", *(tree.manifest.digest for tree in TREES)}


def go_on(source: Registry, target: Registry, journal: Path) -> Finished:
    with FaultyProxy(target.address) as proxy, seeding(arguments(source, proxy, journal)) as run:
        return run.finish()


@pytest.mark.parametrize("bytes_before", [200_000, 1_500_000])
def test_a_seeder_that_is_killed_while_an_upload_is_open_sends_nothing_again_that_had_arrived(
    source: Registry, start_registry: StartRegistry, tmp_path: Path, bytes_before: int
) -> None:
    target, journal = start_registry(), tmp_path / "journal"

    kill_at(source, target, journal, lambda proxy: sent(proxy) >= bytes_before and bool(proxy.uploads()))
    done = go_on(source, target, journal)

    assert done.code == 0, done.said
    assert_whole(source, target)
    assert taken(target) == Counter(DIGESTS)


@pytest.mark.docker_registry
@pytest.mark.parametrize("seed", range(8))
def test_a_seeder_may_be_killed_at_any_instant_again_and_again(
    source: Registry, start_registry: StartRegistry, tmp_path: Path, seed: int
) -> None:
    chance, target, journal = random.Random(seed), start_registry(), tmp_path / "journal"
    for _ in range(3):
        bytes_before = chance.randrange(1, 900_000)
        kill_at(source, target, journal, lambda proxy, least=bytes_before: sent(proxy) >= least)  # type: ignore[misc]
        if seed == 7:
            journal.unlink(missing_ok=True)

    done = go_on(source, target, journal)

    assert done.code == 0, done.said
    assert_whole(source, target)
    assert taken(target) == Counter(DIGESTS)


@pytest.mark.parametrize("tags", [0, 3])
def test_a_seeder_that_is_killed_between_a_blob_and_its_tag_goes_on_with_the_tag(
    source: Registry, start_registry: StartRegistry, tmp_path: Path, tags: int
) -> None:
    target, journal = start_registry(), tmp_path / "journal"

    def is_put(proxy: FaultyProxy) -> bool:
        return len([each for each in proxy.asked("PUT", "/manifests/") if each.status]) > tags

    kill_at(source, target, journal, is_put)
    before = taken(target)
    done = go_on(source, target, journal)

    assert done.code == 0, done.said
    assert_whole(source, target)
    assert all(count == 1 for count in taken(target).values())
    assert before <= taken(target)


def sent(proxy: FaultyProxy) -> int:
    return sum(piece.size for piece in proxy.pieces if piece.direction == "up")


@pytest.mark.docker_registry
def test_a_registry_that_is_restarted_in_the_midst_costs_what_was_under_way(
    source: Registry, start_registry: StartRegistry, tmp_path: Path
) -> None:
    target, journal = start_registry(), tmp_path / "journal"
    with FaultyProxy(target.address, link=Link(rate_bps=40_000_000)) as proxy:

        def stop_and_start() -> None:
            target.stop()
            target.start()

        restart, once = threading.Thread(target=stop_and_start), threading.Lock()

        def hook(exchange: Exchange) -> None:
            # Exchanges are heard in threads of their own.
            if exchange.is_upload and len(proxy.stored()) >= 4 and once.acquire(blocking=False):
                restart.start()

        proxy.hook = hook
        with seeding(arguments(source, proxy, journal)) as run:
            done = run.finish()
        restart.join()
    assert done.code == 0, done.said
    assert_whole(source, target)
    assert set(taken(target)) == DIGESTS


@pytest.mark.docker_registry
def test_where_the_registry_stays_away_the_run_says_how_to_go_on_and_the_next_one_does(
    source: Registry, start_registry: StartRegistry, tmp_path: Path
) -> None:
    target, journal = start_registry(), tmp_path / "journal"
    with FaultyProxy(target.address, link=Link(rate_bps=24_000_000)) as proxy:
        proxy.hook = lambda exchange: target.stop() if exchange.is_upload and len(proxy.stored()) >= 4 else None
        with seeding(arguments(source, proxy, journal)) as run:
            done = run.finish()
    assert done.code == 5
    assert done.document["rerun"]
    assert set(done.document["rerun"]) <= {f"{source.address}/{name}:1.0" for name in NAMES}
    assert done.document["journal"] == str(journal)
    assert events(journal)[-1]["state"] == "gone"
    target.start()

    again = go_on(source, target, journal)

    assert again.code == 0, again.said
    assert again.document["rerun"] == []
    assert_whole(source, target)
    assert taken(target) == Counter(DIGESTS)
