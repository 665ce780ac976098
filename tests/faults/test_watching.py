"""What is to see a tag on an image that is not whole does see one, and excuses no more than it says."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from faults import watching
from faults.reading import EMPTIED, Reader
from support import http, images

if TYPE_CHECKING:
    from collections.abc import Iterator

    from faults.watching import Watched, Watcher
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.docker_registry]

TREE = images.image([images.layer(4_000, 91)], label="watched")
PLACE = "a/watched"
LINK = f"docker/registry/v2/repositories/{PLACE}/_manifests/tags/1/current/link"


@contextmanager
def watched(watcher: Watcher, registry: Registry, after: str = "") -> Iterator[Watched]:
    """Push an image, bring something, and watch the image's tag before and after the block; pushing is not in the log."""
    images.push(registry, PLACE, TREE, ["1"])
    registry.forget_requests()
    if after:
        again(registry, after)
    with watcher.watching(registry, [(PLACE, "1", TREE.manifest.digest)]) as looking:
        assert looking.wait_for(1)
        yield looking
        assert looking.wait_for(len(looking.looks()) + 2)


def write_slowly(looking: Watched, after: str) -> None:
    """Bring something, then write a tag's link as distribution 2.8 does, but for a fifth of a second, until that was seen."""
    link = looking.registry.root / LINK
    digest = link.read_text()
    for _ in range(20):
        again(looking.registry, after)
        before = len(looking.looks())
        link.write_text("")
        time.sleep(0.2)
        link.write_text(digest)
        assert looking.wait_for(before + 2)
        if any(look["emptied"] for look in looking.looks()):
            return
    raise AssertionError


def test_a_tag_on_an_image_that_is_whole_is_none(watcher: Watcher, start_registry: StartRegistry) -> None:
    with watched(watcher, start_registry()) as looking:
        assert looking.looks()[-1]["seen"] == 1


def test_a_tag_that_lacks_a_blob_is_seen(watcher: Watcher, start_registry: StartRegistry) -> None:
    registry, lost = start_registry(), TREE.layers[0].blob

    with (
        pytest.raises(AssertionError, match=f"{lost.digest}: 404 with .* not {lost.size}"),
        watched(watcher, registry),
    ):
        http.request("DELETE", f"{registry.url}/v2/{PLACE}/blobs/{lost.digest}")


def test_a_link_that_is_being_written_is_excused_while_its_manifest_is_put(
    watcher: Watcher, start_registry: StartRegistry
) -> None:
    with watched(watcher, start_registry()) as looking:
        write_slowly(looking, "put under 1")


def test_a_link_that_is_being_written_while_nobody_puts_its_manifest_is_an_error(
    watcher: Watcher, start_registry: StartRegistry
) -> None:
    with (
        pytest.raises(AssertionError, match="nobody was putting them"),
        watched(watcher, start_registry()) as looking,
    ):
        write_slowly(looking, "upload")


def test_a_link_that_is_being_written_long_after_its_manifest_was_put_is_an_error(
    watcher: Watcher, start_registry: StartRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_PUT_S", 0.0)
    with (
        pytest.raises(AssertionError, match="nobody was putting them"),
        watched(watcher, start_registry()) as looking,
    ):
        write_slowly(looking, "put under 1")


def test_a_link_that_stays_empty_is_an_error_also_where_its_manifest_was_just_put(
    watcher: Watcher, start_registry: StartRegistry
) -> None:
    with (
        pytest.raises(AssertionError, match="answered with 500"),
        watched(watcher, start_registry(), "put under 1") as looking,
    ):
        (looking.registry.root / LINK).write_text("")


def again(registry: Registry, how: str) -> None:
    """Bring once more what is there: a manifest, under its own or another tag, or a blob."""
    blob, place = TREE.layers[0].blob, f"{registry.url}/v2/{PLACE}"
    if how.startswith("put"):
        typed = {"Content-Type": TREE.manifest.media_type}
        done = http.request(
            "PUT", f"{place}/manifests/{how.rpartition(' ')[2]}", body=TREE.manifest.data, headers=typed
        )
    elif how == "mount":
        done = http.request("POST", f"{place}/blobs/uploads/?mount={blob.digest}&from={PLACE}")
    else:
        began = http.request("POST", f"{place}/blobs/uploads/")
        typed = {"Content-Type": "application/octet-stream"}
        done = http.request("PUT", f"{began.headers['location']}&digest={blob.digest}", body=blob.data, headers=typed)
    assert done.status == 201, done


@pytest.mark.slow
@pytest.mark.parametrize("how", ["put under 1", "put under 2", "mount", "upload"])
def test_nothing_but_a_manifest_that_is_put_is_ever_unreadable(start_registry: StartRegistry, how: str) -> None:
    registry, over = start_registry(), threading.Event()
    images.push(registry, PLACE, TREE, ["1"])

    def bring() -> None:
        while not over.is_set():
            again(registry, how)

    bringing = threading.Thread(target=bring)
    bringing.start()
    reader, until_s, answers = Reader(registry.address), time.monotonic() + 5, set()
    try:
        while time.monotonic() < until_s:
            for what in ("manifests/1", f"manifests/{TREE.manifest.digest}"):
                status, data, _ = reader.ask("GET", f"/v2/{PLACE}/{what}")
                answers.add((status, data if status != 200 else b""))
            status, data, _ = reader.ask("GET", f"/v2/{PLACE}/blobs/{TREE.layers[0].blob.digest}")
            assert (status, data) == (200, TREE.layers[0].blob.data)
    finally:
        over.set()
        bringing.join()
        reader.close()
    assert answers <= {(200, b""), *([EMPTIED] if how.startswith("put") else [])}


@pytest.mark.slow
def test_a_tag_that_is_new_may_be_unreadable_before_it_is_there(start_registry: StartRegistry) -> None:
    registry, answers, ended = start_registry(), list[tuple[int, bytes]](), threading.Event()
    images.push(registry, PLACE, TREE, ["0"])

    def ask(tag: str) -> None:
        reader = Reader(registry.address)
        while not ended.is_set():
            status, data, _ = reader.ask("GET", f"/v2/{PLACE}/manifests/{tag}")
            answers.append((status, data if status == 500 else b""))
        reader.close()

    for tag in range(1, 2_000):
        ended.clear()
        asking = threading.Thread(target=ask, args=[str(tag)])
        asking.start()
        again(registry, f"put under {tag}")
        ended.set()
        asking.join()
        if EMPTIED in answers:
            break
    # Whoever finds that it never is may hold the watcher to it.
    assert set(answers) == {(404, b""), (200, b""), EMPTIED}
