"""What ends a run in the middle, or gets in its way: registries that go and come back, seeders that are killed or two at once."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from faults.scene import Scene, build, scene
from support import images
from support.faults import Fault, Rule
from support.link import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from faults.watching import Watcher
    from support.faulty import Exchange
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [
    pytest.mark.registry,
    pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED: signals to single processes on Windows"),
]

THIN_BPS: Final = 16_000_000
LONGEST_S: Final = 90.0


@pytest.fixture
def thin(
    shared_source: Registry,
    start_registry: StartRegistry,
    built: Mapping[tuple[str, str], images.Tree],
    watcher: Watcher,
) -> Iterator[Scene]:
    """The same behind a thin link, on which a seeding takes a second."""
    with scene(shared_source, start_registry(), built, Link(THIN_BPS), watcher) as opened:
        yield opened


def once(holds: Callable[[Exchange], bool], act: Callable[[], None]) -> Callable[[Exchange], None]:
    """Give a hook that acts on the first exchange of which something holds, in a thread of its own."""
    left = [True]

    def hook(exchange: Exchange) -> None:
        if left[0] and holds(exchange):
            left[0] = False
            threading.Thread(target=act, daemon=True).start()

    return hook


def forget_journals() -> None:
    """Delete what runs have written down of themselves."""
    shutil.rmtree(Path(os.environ["XDG_STATE_HOME"]), ignore_errors=True)


def test_a_registry_that_is_killed_and_comes_back_is_waited_for(thin: Scene) -> None:
    def restart() -> None:
        time.sleep(0.1)
        thin.target.stop()
        thin.near_target.break_all()
        time.sleep(0.3)
        thin.target.start()

    thin.near_target.hook = once(lambda exchange: exchange.is_upload and exchange.length > 600_000, restart)

    said = thin.seed()

    thin.assert_done(said)


@pytest.mark.slow
@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("number", range(5))
def test_a_registry_that_is_killed_at_any_point_and_comes_back_is_waited_for(
    start_registry: StartRegistry,
    built: Mapping[tuple[str, str], images.Tree],
    watcher: Watcher,
    side: str,
    number: int,
) -> None:
    chance, source = random.Random(500 + number), start_registry()
    for (repository, tag), tree in built.items():
        images.push(source, repository, tree, [tag])
    with scene(source, start_registry(), built, Link(THIN_BPS), watcher) as stage:
        proxy, registry = {
            "source": (stage.near_source, stage.source),
            "target": (stage.near_target, stage.target),
        }[side]
        share, away_s = chance.uniform(0.05, 0.9), chance.uniform(0.1, 1.5)

        def restart() -> None:
            assert stage.near_target.wait_until(in_an_upload(stage, share), LONGEST_S)
            registry.stop()
            proxy.break_all()
            time.sleep(away_s)
            registry.start()

        restarting = threading.Thread(target=restart)
        restarting.start()
        said = stage.seed()
        restarting.join()

        stage.assert_done(said)
        assert stage.verify("deep").code == 0


@pytest.mark.slow
def test_a_registry_that_is_killed_for_good_is_told_of_and_gone_on_with_when_it_is_back(thin: Scene) -> None:
    thin.near_target.hook = once(
        lambda exchange: "/manifests/" in exchange.target and exchange.method == "PUT", thin.target.stop
    )
    said = thin.seed()
    assert said.code == 5, said.err
    assert said.document["verified"] is False
    assert said.document["failed"]
    thin.target.start()
    assert thin.halves() == []
    stored = set(thin.near_target.stored())
    thin.near_target.forget()

    thin.assert_done(thin.seed())
    assert stored.isdisjoint(thin.near_target.stored())


def test_two_seeders_at_once_leave_what_one_would_have(thin: Scene, tmp_path: Path) -> None:
    both = [thin.start("--cache-dir", str(tmp_path / str(number)), is_beside=number > 0) for number in range(2)]
    said = [process.communicate(timeout=LONGEST_S) for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    assert thin.problems() == []
    documents, logged = [json.loads(out) for out, _ in said], thin.logged()
    assert [(each["verified"], each["failed"]) for each in documents] == [(True, []), (True, [])]
    for name in ("uploaded_blobs", "uploaded_bytes", "mounted"):
        assert sum(each["done"][name] for each in documents) == logged.done[name]
    # One's put of a manifest may meet the other's question, which is asked again then: that is counted apart.
    asked = sum(each["done"]["requests"] + each["done"]["overhead_requests"] for each in documents)
    assert asked == len(logged.requests)


def test_a_tag_that_moves_at_the_source_while_it_is_seeded_stays_what_it_was_when_it_was_looked_at(
    start_registry: StartRegistry, built: Mapping[tuple[str, str], images.Tree], watcher: Watcher
) -> None:
    source = start_registry()
    for (repository, tag), tree in built.items():
        images.push(source, repository, tree, [tag])
    moved = images.image([images.layer(40_000, 77)], label="moved")
    with scene(source, start_registry(), built, watcher=watcher) as stage:
        moves = threading.Event()

        def move() -> None:
            images.push(source, "tools/side", moved, ["3"])
            moves.set()

        stage.near_target.hook = once(lambda exchange: exchange.method == "POST", move)
        stage.near_target.rules = (Rule(Fault(wait_s=0.5), "PUT", "/manifests/", times=0),)
        said = stage.seed()
        assert moves.wait(20)
        stage.assert_done(said)

        stage.near_target.rules = ()
        stage.built = {**built, ("tools/side", "3"): moved}
        stage.assert_done(stage.seed("--cache-dir", str(source.folder / "cache")))


def test_another_registry_at_the_same_address_is_not_taken_for_done(
    stage: Scene, start_registry: StartRegistry, watcher: Watcher
) -> None:
    other = start_registry()
    stage.more += ["--journal", str(other.folder / "journal")]
    stage.assert_done(stage.seed())
    first, stage.target, stage.near_target.upstream = stage.target, other, other.address
    stage.near_target.break_all()
    with watcher.watching(other, stage.wanted):
        stage.assert_done(stage.seed())

    stage.target, stage.near_target.upstream = first, first.address
    stage.near_target.break_all()
    stage.near_target.forget()
    stage.assert_done(stage.seed())
    assert stage.near_target.stored() == []


@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupted_seeder_leaves_nothing_half_and_is_gone_on_with(thin: Scene, times: int) -> None:
    process = thin.start()
    try:
        assert thin.near_target.wait_until(in_an_upload(thin, 0.3), LONGEST_S)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.2)
        out, err = process.communicate(timeout=LONGEST_S)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "Traceback" not in err
    assert thin.halves() == []
    if times == 1:
        # What was under way has ended; nothing new was begun. A 202 is of the blob that asked whether one request will do.
        statuses = [each.status for each in thin.near_target.exchanges if each.is_upload]
        assert set(statuses) <= {201, 202}
        assert statuses.count(202) <= 1
    told, logged = json.loads(out), thin.logged()
    assert (told["interrupted"], told["verified"], told["failed"]) == (True, False, [])
    for name in ("uploaded_blobs", "uploaded_bytes", "mounted", "manifests"):
        # Of what was cut off the registry may have taken something whose answer nobody read.
        assert told["done"][name] == logged.done[name] if times == 1 else told["done"][name] <= logged.done[name]

    go_on(thin, set(thin.near_target.stored()))


# Killed at any point


def kill(stage: Scene, is_time: Callable[[], object]) -> set[str]:
    """Seed, and kill the seeder once it is time; tells which blobs the registry had said that it took."""
    stage.near_target.forget()
    process = stage.start()
    try:
        assert stage.near_target.wait_until(lambda: is_time() or process.poll() is not None, LONGEST_S)
        assert process.poll() is None, process.communicate()
    finally:
        process.kill()
        process.communicate()
    stored = set(stage.near_target.stored())
    assert stage.halves() == []
    return stored


def go_on(stage: Scene, stored: set[str]) -> None:
    """Seed again, and see that no blob goes twice that had arrived, and that the document says what the target's log says.

    What the killed one had sent may be on its way still; once it has arrived the log is the new one's alone.
    """
    assert stage.near_target.wait_until(lambda: not any(each.is_open for each in stage.near_target.asked()), LONGEST_S)
    stage.near_target.forget()
    process = stage.start()
    out, err = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 0, err + out
    assert stage.problems() == []
    stage.assert_true(json.loads(out))
    assert stored.isdisjoint(stage.near_target.stored())


def in_an_upload(stage: Scene, share: float) -> Callable[[], object]:
    """Tell whether an upload is open, when that share of all bytes has passed."""
    total = sum({blob.digest: blob.size for tree in stage.built.values() for blob in tree.blobs()}.values())
    proxy = stage.near_target
    return lambda: sum(piece.size for piece in proxy.pieces) >= share * total and proxy.uploads()


def after_the_blobs(stage: Scene, wait_s: float) -> Callable[[], object]:
    """Tell whether every blob has arrived, and so many seconds have passed since; manifests must be held back."""
    since: list[float] = []

    def is_time() -> bool:
        if not since and stage.digests <= set(stage.near_target.stored()):
            since.append(time.monotonic())
        return bool(since) and time.monotonic() - since[0] >= wait_s

    return is_time


HELD_BACK: Final = Rule(Fault(wait_s=0.6), "PUT", "/manifests/", times=0)


def test_a_seeder_killed_in_an_upload_goes_on_from_there(thin: Scene) -> None:
    go_on(thin, kill(thin, in_an_upload(thin, 0.6)))


def test_a_seeder_killed_between_the_last_blob_and_the_tag_sends_no_blob_again(thin: Scene) -> None:
    thin.near_target.rules = (HELD_BACK,)
    stored = kill(thin, after_the_blobs(thin, 0.3))
    assert stored == thin.digests
    assert thin.problems() != []

    thin.near_target.rules = ()
    go_on(thin, stored)


@pytest.mark.slow
def test_a_seeder_killed_at_50_points_leaves_nothing_half_and_goes_on_from_each(thin: Scene) -> None:
    chance = random.Random(20_261_129)
    for number in range(50):
        thin.enter(f"kill-{number}")
        is_late, loses_journal = number % 5 == 0, number % 10 == 1
        thin.near_target.rules = (HELD_BACK,) if is_late else ()
        share, wait_s = chance.uniform(0.02, 0.9), chance.uniform(0.0, 0.5)
        stored = kill(thin, after_the_blobs(thin, wait_s) if is_late else in_an_upload(thin, share))
        thin.near_target.rules = ()
        if loses_journal:
            forget_journals()
        go_on(thin, stored)
    assert thin.watched is not None
    assert thin.watched.wait_for(1_000)


@pytest.mark.slow
def test_a_seeder_killed_among_larger_blobs_goes_on_too(start_registry: StartRegistry, watcher: Watcher) -> None:
    source, large = start_registry(), build(8)
    for (repository, tag), tree in large.items():
        images.push(source, repository, tree, [tag])
    with scene(source, start_registry(), large, Link(60_000_000), watcher) as stage:
        for number, share in enumerate((0.1, 0.5, 0.9)):
            stage.enter(f"large-{number}")
            go_on(stage, kill(stage, in_an_upload(stage, share)))
