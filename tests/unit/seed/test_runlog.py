"""What a run's log tells: true bytes, each item's end, the rate of the last minute, and what is waited for."""

from __future__ import annotations

import pytest

from regplan.model.seed import SeedDone, SeedResult
from regplan.plan.seeding import plan_seed
from regplan.seed.machine import Known
from regplan.seed.runlog import RunLog
from regplan.seed.steps import CopyBlob, Event, Outcome, PutManifest
from unit.seed.samples import digest_of, entry, inventory, make_image

BASE, TOP = bytes(1_000_000), b"\1" * 500_000
ONE, _ = make_image([BASE], "one")
TWO, _ = make_image([BASE, TOP], "two")
PLAN = plan_seed(inventory(entry("one:1", ONE), entry("two:1", TWO)), "t", "p", "plain")
P_ONE, P_TWO = (put.repository for put in PLAN.manifests)
TOTAL = sum(blob.descriptor.size for blob in PLAN.blobs)


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def copy(data: bytes, repository: str, attempt: int = 0) -> CopyBlob:
    return CopyBlob(digest_of(data), repository, repository, "docker.io/library/one", attempt)


def begun(known: Known | None = None) -> tuple[RunLog, Clock]:
    clock = Clock()
    log = RunLog(clock, lambda: 1_000_000.0 + clock.now_s)
    log.begin(PLAN, known or Known())
    return log, clock


def sent(log: RunLog, clock: Clock, data: bytes, repository: str, seconds: float = 1.0) -> None:
    step = copy(data, repository)
    log.started(step)
    for part in range(1, 5):
        clock.now_s += seconds / 4
        log.moving(step, len(data) * part // 4)
    log.heard(Event(step, Outcome.SENT, sent_bytes=len(data)))


def test_bytes_on_their_way_are_no_bytes_that_are_there() -> None:
    log, _ = begun()
    log.started(copy(BASE, P_ONE))
    log.moving(copy(BASE, P_ONE), 250_000)

    told = log.snapshot()
    assert (told.total_bytes, told.confirmed_bytes, told.moving_bytes) == (TOTAL, 0, 250_000)
    assert told.left_bytes == TOTAL - 250_000
    assert [(sent, size) for _, sent, size in told.under_way] == [(250_000, 1_000_000)]


def test_what_is_confirmed_never_falls_and_an_attempt_that_broke_stays_on_the_wire() -> None:
    log, clock = begun()
    first, second = copy(BASE, P_ONE), copy(BASE, P_ONE, 1)
    log.started(first)
    log.moving(first, 900_000)
    log.retried(first, "the connection broke", 0.5)
    broken = log.snapshot()
    log.started(second)
    clock.now_s += 2
    log.moving(second, 1_000_000)
    log.heard(Event(second, Outcome.SENT, sent_bytes=1_000_000))

    told = log.snapshot()
    assert (broken.confirmed_bytes, broken.moving_bytes, broken.wire_bytes) == (0, 0, 900_000)
    assert (told.confirmed_bytes, told.moving_bytes, told.wire_bytes, told.retries) == (1_000_000, 0, 1_900_000, 1)
    item = next(item for item in log.record().items if item.name == str(digest_of(BASE)) and item.repository == P_ONE)
    assert (item.state, item.attempts, item.wire_bytes, item.seconds) == ("sent", 2, 1_900_000, 2.0)


def test_sent_mounted_present_and_skipped_are_told_apart() -> None:
    log, clock = begun(Known(places={digest_of(TOP): (P_TWO,)}))
    sent(log, clock, BASE, P_ONE)
    log.heard(Event(copy(BASE, P_TWO), Outcome.MOUNTED))
    log.heard(Event(PutManifest(0, "1"), Outcome.PUT))

    told = log.snapshot()
    states = {state: told.count(f"blob {state}") for state in ("sent", "mounted", "present", "skipped", "waiting")}
    # The put of the first image proves its config, which had no step of its own.
    assert states == {"sent": 1, "mounted": 1, "present": 1, "skipped": 1, "waiting": 1}
    assert (told.count("manifest put"), told.count("manifest waiting")) == (1, 1)
    assert sum(states.values()) == told.blobs == PLAN.counts.pairs


def test_an_image_that_is_known_to_be_right_is_skipped_with_all_its_blobs() -> None:
    log, _ = begun(Known(right=frozenset({(P_TWO, "1")})))

    told = log.snapshot()
    assert (told.count("blob skipped"), told.count("manifest skipped")) == (3, 1)
    assert told.confirmed_bytes == sum(blob.descriptor.size for blob in PLAN.blobs if P_TWO in blob.repositories)


@pytest.mark.parametrize("seconds", [10, 200])
def test_the_rate_is_that_of_the_last_minute_or_of_what_there_is_of_it(seconds: int) -> None:
    log, clock = begun()
    step = copy(BASE, P_ONE)
    for second in range(seconds):
        clock.now_s = 100.0 + second
        log.moving(step, (second + 1) * 1_000)
    clock.now_s += 1

    assert log.snapshot().rate_bps == 8_000
    assert log.record().timeline == (1_000,) * seconds


@pytest.mark.parametrize("seconds", [0.5, 0.9, 2.5])
def test_the_rate_is_measured_from_the_first_moment_on(seconds: float) -> None:
    log, clock = begun()
    step = copy(BASE, P_ONE)
    log.moving(step, 1_000)
    clock.now_s += seconds
    log.moving(step, 2_000)

    assert log.snapshot().rate_bps == pytest.approx(16_000 / seconds)


def test_a_burst_of_the_first_milliseconds_is_no_rate() -> None:
    log, clock = begun()
    clock.now_s += 0.001
    log.moving(copy(BASE, P_ONE), 1_000)

    assert 0 < log.snapshot().rate_bps <= 8_000 / 0.25


def test_what_is_waited_for_is_told_and_kept_with_its_length() -> None:
    log, clock = begun()
    log.waiting("outside the window", 500.0)
    clock.now_s += 20
    log.waiting("outside the window", 500.0)
    assert (log.snapshot().waits, log.snapshot().waits_until_s) == ("outside the window", 500.0)
    log.waiting("", 0.0)
    clock.now_s += 5

    assert log.snapshot().waits == ""
    assert [(wait.why, wait.at_s, wait.seconds) for wait in log.record().waits] == [("outside the window", 0.0, 20.0)]


def test_a_record_tells_what_failed_and_why_and_the_result() -> None:
    log, _ = begun()
    log.heard(Event(copy(TOP, P_TWO), Outcome.BAD_SOURCE, "the source gives other bytes"))
    log.ended(SeedResult(PLAN, SeedDone(), failed=("x",)))

    record = log.record(error="it broke off")
    item = next(item for item in record.items if item.state == "failed")
    assert (item.kind, item.problem, item.why) == ("blob", "bad-source", "the source gives other bytes")
    assert (record.began_at_s, record.error) == (1_000_100.0, "it broke off")
    assert record.result is not None


def test_a_run_that_never_began_has_a_record_too() -> None:
    log = RunLog(Clock(), lambda: 5.0)
    assert not log.has_begun
    log.planned(PLAN)

    record = log.record(error="no way to the target")
    assert (record.plan, record.items, record.timeline, record.began_at_s) == (PLAN, (), (), 5.0)
    assert log.snapshot().rate_bps == 0


def test_what_is_begun_once_more_without_a_failure_puts_its_bytes_on_the_wire_again() -> None:
    log, clock = begun()
    for _ in range(2):
        log.started(copy(BASE, P_ONE))
        clock.now_s += 1
        log.moving(copy(BASE, P_ONE), 400_000)

    told = log.snapshot()
    assert (told.wire_bytes, told.moving_bytes, told.retries) == (800_000, 400_000, 0)
