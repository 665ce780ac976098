"""The seeding's screen: what is planned, asked, steered and told; and that a day of progress leaves nothing behind."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.run import RunItem
from regplan.plan.seeding import plan_seed
from regplan.registry.options import Secret
from regplan.report.seed_run.images import SeedImages
from regplan.seed.lines import RunLines
from regplan.seed.machine import Known
from regplan.seed.runlog import RunLog
from regplan.seed.steps import CopyBlob, Event, Outcome
from regplan.tui.session import Flags
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.work import Newest
from tui.driving import Source, app_of, job_when, press, run_app, seen, settle, type_in
from tui.seeding import Conducting, seed_services
from tui.studies import site_study
from unit.seed.samples import entry, inventory, make_image

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from regplan.tui.jobs import Job

BASE, APP = b"base" * 100, b"app" * 50
APP_IMAGE, _ = make_image([BASE, APP], "app")


def test_an_image_is_there_once_each_of_its_blobs_manifests_and_tags_is() -> None:
    plan = plan_seed(inventory(entry("app:1", APP_IMAGE)), "t", "p", "plain")
    images = SeedImages(plan)
    parts = [str(digest) for digest in plan.manifests[0].blobs]
    size = sum(blob.descriptor.size for blob in plan.blobs) + len(plan.manifests[0].raw)

    (fresh,) = images.rows()
    (half,) = images.rows([RunItem("blob", "p/library/app", parts[0], 1, "sent")])
    (whole,) = images.rows([RunItem("", "p/library/app", name, 1, "mounted") for name in (*parts, "1")])
    (lost,) = images.rows([RunItem("blob", "p/library/app", parts[0], 1, "failed", why="no room")])

    assert (fresh.state, fresh.parts, fresh.there_parts, fresh.size_bytes, fresh.there_bytes) == (
        "waiting",
        4,
        0,
        size,
        0,
    )
    assert (half.state, half.there_parts) == ("moving", 1)
    assert (whole.state, whole.there_parts, whole.there_bytes) == ("there", 4, size)
    assert (lost.state, lost.why) == ("failed", "no room")


def test_a_log_keeps_its_newest_lines_and_counts_those_that_it_lets_go() -> None:
    lines = RunLines(lambda: 7.0, most=3)
    for number in range(10):
        lines.note(str(number))

    assert [line.text for line in lines.lines()] == ["7", "8", "9"]
    assert (lines.said, lines.left_out) == (10, 7)


def test_items_of_which_there_is_nothing_new_are_the_same_values_as_before() -> None:
    plan = plan_seed(inventory(entry("app:1", APP_IMAGE)), "t", "p", "plain")
    log = RunLog(clock=lambda: 1.0)
    log.begin(plan, Known())
    before = log.items()
    blob = plan.blobs[0]
    step = CopyBlob(blob.descriptor.digest, blob.repositories[0], blob.repositories[0], "s")
    log.started(step)
    log.moving(step, 5)
    log.heard(Event(step, Outcome.SENT, sent_bytes=blob.descriptor.size))

    changed = [new for old, new in zip(before, log.items(), strict=True) if old is not new]
    assert [(each.name, each.state, each.wire_bytes, each.attempts) for each in changed] == [
        (str(blob.descriptor.digest), "sent", blob.descriptor.size, 1)
    ]


@pytest.mark.slow
def test_a_days_progress_of_a_seeding_leaves_nothing_behind_for_each_message() -> None:
    """A day of a run at 20 messages a second and one of 2: what both leave is the same."""

    def left_by(each_s: int, seconds: int = 20_000) -> tuple[int, int]:
        now, told = [0.0], list[object]()
        plan = plan_seed(inventory(entry("app:1", APP_IMAGE)), "t", "p", "plain")
        log, lines, news = RunLog(clock=lambda: now[0]), RunLines(), Newest[Any](told.append)
        blob = max(plan.blobs, key=lambda each: each.descriptor.size)
        step = CopyBlob(blob.descriptor.digest, blob.repositories[0], blob.repositories[0], "s")
        log.begin(plan, Known())
        log.started(step)
        tracemalloc.start()
        for second in range(seconds):
            now[0] = float(second)
            for part in range(each_s):
                log.moving(step, second * each_s + part)
                lines.moving(step, second * each_s + part)
            if second % 100 == 0:
                news.put(log.snapshot())
                log.retried(step, "it broke off", 1.0)
                lines.retried(step, "it broke off", 1.0)
                log.started(step)
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size, len(told)

    few, few_told = left_by(1)
    many, many_told = left_by(10)

    assert few_told == many_told == 1
    assert abs(many - few) < 300_000


# --- the screen ---------------------------------------------------------------------------------------------------------

screens = [pytest.mark.anyio, pytest.mark.tui, pytest.mark.slow]


def table(pilot: Pilot[None], name: str) -> RecordTable[Any]:
    return pilot.app.screen.query_one(f"#{name}", RecordTable)


def at(stage: str) -> Any:
    def check(job: Job) -> bool:
        return getattr(job.progress, "stage", "") == stage

    return check


class Test:
    """Each in an app of its own."""

    pytestmark = screens

    async def test_before_anybody_is_asked_the_plan_and_what_to_do_next_are_told(self) -> None:
        conducting = Conducting()
        async with run_app(Source(), "site.yaml", (120, 40), services=seed_services(conducting)) as pilot:
            await press(pilot, "8")
            await job_when(pilot, "seed-draft", lambda job: job.result is not None)
            text = seen(pilot)

            assert "docker://10.0.0.5:30003/spectro-images" in text
            assert "DRY RUN" in text
            assert "nobody was asked yet" in text
            # Four references to three images: one of them under two names.
            assert len(table(pilot, "seed-images").records) == len(site_study().inventory.entries)
            assert conducting.begun == []

    async def test_a_seeding_asks_for_a_yes_with_what_was_found_and_is_steered_by_keys(self) -> None:
        conducting = Conducting()
        async with run_app(Source(), "site.yaml", (120, 40), services=seed_services(conducting)) as pilot:
            await press(pilot, "8")
            await job_when(pilot, "seed-draft", lambda job: job.result is not None)
            await press(pilot, "l")
            await type_in(pilot, "15Mbit/s")
            await press(pilot, "enter", "R")
            await job_when(pilot, "seed", at("asking"))
            asked = seen(pilot)
            assert "Seed now?" in asked
            assert "Enlarge the claim." in asked
            assert "at most 15.0 Mbit/s" in asked

            await press(pilot, "y")
            await job_when(pilot, "seed", at("running"))
            await settle(pilot)
            running = seen(pilot)
            assert "RUNNING" in running
            assert "▓▓▓▓▓▓▒░░░░░░░░░░░░░░░░│ 26 % · 13.0 MB of 52.0 MB there · 15.0 MB sent at 2.00 Mbit/s" in running
            assert "blobs 2 sent, 1 failed, 2 retried of 9; manifests 1 of 3" in running
            assert len(table(pilot, "items").records) == sum(
                len(blob.repositories) for blob in conducting.begun[0].plan.blobs
            )

            await press(pilot, "p")
            await job_when(pilot, "seed", lambda job: getattr(job.progress, "is_held", False))
            assert "HELD" in seen(pilot)
            await press(pilot, "l", *["backspace"] * 10)
            await type_in(pilot, "1Mbit/s")
            await press(pilot, "enter", "W")
            await type_in(pilot, "22:00-05:00")
            await press(pilot, "enter")
            limits = conducting.begun[0].limits
            assert (limits.max_bps, limits.windows) == (1_000_000, ("22:00-05:00",))

            await press(pilot, "escape")
            await job_when(pilot, "seed")
            text = seen(pilot)
            assert "INTERRUPTED" in text
            assert "R goes on from the journal" in text

    @pytest.mark.parametrize(
        ("flags", "key", "word"),
        [
            (Flags(read_only=True), "R", "READ-ONLY: nothing is written"),
            (Flags(offline=True), "R", "OFFLINE: no registry is asked"),
            (Flags(offline=True), "D", "OFFLINE: no registry is asked"),
            (Flags(offline=True), "v", "OFFLINE: no registry is asked"),
        ],
    )
    async def test_what_may_not_be_done_is_refused_with_the_reason(self, flags: Flags, key: str, word: str) -> None:
        conducting = Conducting()
        async with run_app(Source(), "site.yaml", (120, 40), flags, seed_services(conducting)) as pilot:
            await press(pilot, "8")
            await job_when(pilot, "seed-draft", lambda job: job.result is not None)
            text = await press(pilot, key)

            assert word in " ".join(text.replace("│", " ").replace("▌", " ").split())
            assert conducting.begun == []

    async def test_another_site_and_leaving_are_asked_about_while_a_seeding_runs(self) -> None:
        conducting = Conducting()
        async with run_app(Source(), "site.yaml", (120, 40), services=seed_services(conducting)) as pilot:
            await press(pilot, "8")
            await job_when(pilot, "seed-draft", lambda job: job.result is not None)
            await press(pilot, "R")
            await job_when(pilot, "seed", at("asking"))
            await press(pilot, "y")
            await job_when(pilot, "seed", at("running"))

            app = app_of(pilot)
            app.open_site("other.yaml")
            await settle(pilot)
            assert "Open another site?" in seen(pilot)
            await press(pilot, "n")
            assert app.session.target == "site.yaml"
            app.open_site("other.yaml")
            await press(pilot, "y")
            assert (app.session.target, app.session.jobs["seed"].busy) == ("other.yaml", True)

            await press(pilot, "q")
            assert "Quit while a seeding runs?" in seen(pilot)
            await press(pilot, "n")
            assert app.is_running
            await press(pilot, "q")
            await pilot.press("y")
            for _ in range(500):
                if app._exit:
                    break
                await pilot.pause(0.01)
            assert app._exit
            assert conducting.begun[0].halted

    async def test_a_login_that_is_typed_is_used_and_shows_nowhere(self) -> None:
        conducting = Conducting(wants_login=True)
        async with run_app(Source(), "site.yaml", (120, 40), services=seed_services(conducting)) as pilot:
            await press(pilot, "8")
            await job_when(pilot, "seed-draft", lambda job: job.result is not None)
            await press(pilot, "D")
            await job_when(pilot, "seed", lambda job: job.result is not None)
            assert "Log in at 10.0.0.5:30003" in seen(pilot)
            await press(pilot, "tab")
            await type_in(pilot, "hunter2")
            assert "Both a user" in await press(pilot, "enter")
            await press(pilot, "shift+tab")
            await type_in(pilot, "palette")
            conducting.wants_login = False
            shown = [seen(pilot), app_of(pilot).export_screenshot()]
            await press(pilot, "enter", "enter")
            await job_when(pilot, "seed", lambda job: not job.busy)

            app = app_of(pilot)
            assert app.services.options is not None
            login = app.services.options.connection.login
            assert login is not None
            assert (login.host, login.credential.password) == ("10.0.0.5:30003", Secret("hunter2"))
            assert len(conducting.begun) == 2
            everything = [*shown, seen(pilot), repr(app.session), repr(app.services), repr(vars(app))]
            assert [each for each in everything if "hunter2" in each] == []
