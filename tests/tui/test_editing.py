"""The site edited in place: every edit is planned at once, shown on every screen, undone, and saved only where one says so."""

from __future__ import annotations

import asyncio
import doctest
import shutil
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, Static

from regplan.errors import InputError
from regplan.model.finding import Verdict
from regplan.model.site_input import SiteInput
from regplan.profile.site_edit import SiteEdit, edit_of
from regplan.tui import drafts
from regplan.tui.app import RegplanApp
from regplan.tui.drafts import and_edit, edits_without, host_edit, set_words, stepped
from regplan.tui.services import Services
from regplan.tui.session import Flags
from regplan.tui.why import explain
from regplan.verbs.demo import demo_options, demo_site
from regplan.verbs.drafting import open_base, standing_at
from regplan.verbs.study import plan_site
from tui.driving import NOW, Source, heard, job_when, press, run_app, seen, settle
from tui.studies import hosted_study, site_study

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.verbs.drafting import Base

SIZE = edit_of("registry.storage", "400GB")


def test_the_examples_in_the_texts_hold() -> None:
    assert doctest.testmod(drafts).failed == 0


def test_steps_of_one_key_are_one_edit_and_those_of_hosts_never_are() -> None:
    more, other = edit_of("registry.storage", "410GB"), edit_of("registry.gc", "daily")
    first, second = SiteEdit("hosts", "", "a"), SiteEdit("hosts", None, "a")

    assert and_edit(and_edit((), SIZE), more) == (more,)
    assert and_edit((SIZE, other), more) == (SIZE, other, more)
    assert and_edit((first,), second) == (first, second)
    assert edits_without((SIZE, other, more), "registry.storage") == (other,)
    with pytest.raises(InputError, match=":draft lists"):
        edits_without((SIZE,), "registry.gc")


def test_a_step_begins_at_the_newest_edit_and_ends_where_there_is_no_further_value() -> None:
    row = SiteInput("registry.storage", "registry.storage", "300GB", True, "size", "the PVC")

    assert stepped((), row, up=True) == edit_of("registry.storage", "310GB")
    assert stepped((SIZE,), row, up=True) == edit_of("registry.storage", "410GB")
    assert stepped((), replace(row, path="registry.replicas", name="registry.replicas", value="1"), up=False) is None


@pytest.mark.parametrize("argument", ["", "add", "remove", "remove a b", "rename a b"])
def test_an_order_about_hosts_that_says_too_little_is_refused(argument: str) -> None:
    with pytest.raises(InputError, match="it is add NAME"):
        host_edit(argument)


def test_orders_name_host_and_value() -> None:
    assert host_edit("add a b") == SiteEdit("hosts", "b", "a")
    assert host_edit("add a") == SiteEdit("hosts", "", "a")
    assert host_edit("remove a") == SiteEdit("hosts", None, "a")
    with pytest.raises(InputError, match="needs a value"):
        set_words("registry.gc")


def test_what_is_set_tells_where_it_comes_from() -> None:
    row = SiteInput("registry.gc", "registry.gc", "daily", True, "default | none", "how often", "", "none")

    lines = dict(explain(row, site_study()).lines)
    assert lines["value"] == "daily"
    assert lines["file"] == "none, and edited here"


# --- in the app -------------------------------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> Path:
    shutil.copytree(demo_site().parent, tmp_path / "demo")
    return tmp_path / "demo" / "site.yaml"


async def load(target: str, report: Report) -> tuple[Study, Base]:
    return await open_base(target, demo_options(), report)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def said(pilot: Pilot[None]) -> str:
    """Tell what the dialog says, however its lines are broken."""
    return " ".join(str(each.content) for each in pilot.app.screen.query(Static))


def app_of(pilot: Pilot[None]) -> RegplanApp:
    assert isinstance(pilot.app, RegplanApp)
    return pilot.app


async def order(pilot: Pilot[None], line: str) -> str:
    """Give a command, and wait until what it begins has come to its end."""
    await app_of(pilot).obey(line)
    await settle(pilot)
    await job_when(pilot, "draft")
    await job_when(pilot, "capacity")
    return seen(pilot)


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_an_edit_moves_the_verdict_on_every_screen_and_undo_moves_it_back(site: Path) -> None:
    async with run_app(load, str(site), (120, 40)) as pilot:
        first = await press(pilot, "1")
        failing = await order(pilot, ":set registry.storage 5GB")
        hosts = await press(pilot, "h")
        shrunk = await order(pilot, ":set hosts.node-1.storage 20GB")
        listed = await order(pilot, ":draft")
        await press(pilot, "escape")
        undone = await order(pilot, ":undo")
        back = await order(pilot, ":restore")

    assert "! MARGINAL" in first.splitlines()[0]
    assert "DRAFT" not in first
    assert "✗ FAIL" in failing.splitlines()[0]
    assert "DRAFT 1" in failing.splitlines()[0]
    assert "PVC 5.00 GB" in failing
    assert "20.0 GB" in shrunk
    assert "20.0 GB" not in hosts
    assert "320GiB" in listed
    assert "hosts.node-1.storage" in listed
    assert "20.0 GB" not in undone
    assert "! MARGINAL" in back.splitlines()[0]
    assert "DRAFT" not in back


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_arrows_step_enter_types_and_backspace_takes_the_file_again(site: Path) -> None:
    async with run_app(load, str(site), (120, 40)) as pilot:
        await press(pilot, "4")
        await job_when(pilot, "capacity")
        await press(pilot, "right", "right", "left")
        await job_when(pilot, "draft")
        stepped_to = app_of(pilot).session.edits
        await job_when(pilot, "capacity", lambda job: not job.busy and job.subject is app_of(pilot).session.study)
        screen = seen(pilot)
        await press(pilot, "enter")
        typed = pilot.app.screen.query_one(Input)
        typed.value = "nonsense"
        refused = await press(pilot, "enter")
        typed.value = "500GB"
        await press(pilot, "enter")
        await job_when(pilot, "draft")
        now = app_of(pilot).session.study
        await press(pilot, "backspace")
        await job_when(pilot, "draft")
        left = app_of(pilot).session

    assert stepped_to == (edit_of("registry.storage", "330GiB"),)
    assert "● 330GiB" in screen
    assert "is not a size" in refused
    assert now is not None
    assert now.plan.storage.claimed_bytes == 500 * 10**9
    assert left.edits == ()
    assert left.study is left.read


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_a_draft_is_saved_over_its_file_only_where_one_says_so_twice(site: Path) -> None:
    before = read(site)
    async with run_app(load, str(site), (120, 40)) as pilot:
        await order(pilot, ":set registry.retention keep 2 versions")
        await press(pilot, "ctrl+s", "enter")
        asked = said(pilot)
        untouched = read(site)
        shown = app_of(pilot).session.study
        await press(pilot, "enter")
        await settle(pilot)
        session = app_of(pilot).session
        await order(pilot, ":host remove nobody")
        later = app_of(pilot).session.edits

    assert shown is not None
    assert later == ()
    assert "enter again replaces it" in asked
    assert untouched == before
    assert read(site) == before.replace("retention: none", "retention: keep 2 versions")
    assert session.edits == ()
    assert session.study is session.read is shown
    assert plan_site(str(site), demo_options()).plan.storage == shown.plan.storage


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_a_file_that_has_changed_meanwhile_is_not_overwritten_unasked(site: Path) -> None:
    other = read(site).replace("store-0421", "store-0422")
    async with run_app(load, str(site), (120, 40)) as pilot:
        await order(pilot, ":set registry.gc daily")
        write(site, other)
        await order(pilot, ":draft")
        told = said(pilot)
        await press(pilot, "escape", "ctrl+s", "enter")
        asked = said(pilot)
        again = other.replace("store-0422", "store-0423")
        write(site, again)
        await press(pilot, "enter")
        still = said(pilot)
        await press(pilot, "escape", "r")
        await job_when(pilot, "draft")
        session = app_of(pilot).session

    assert "has changed since it was read" in told
    assert "has changed since it was read" in asked
    assert "enter again replaces it" in still
    assert read(site) == again
    assert session.study is not None
    assert (session.study.plan.site.name, session.study.plan.site.registry.gc) == ("store-0423", "daily")  # type: ignore[union-attr]


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_a_draft_written_elsewhere_stays_open_and_read_only_writes_nothing(site: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "draft.yaml"
    async with run_app(load, str(site), (120, 40)) as pilot:
        await order(pilot, ":host add node-4 node-2")
        await order(pilot, f":save {target}")
        await press(pilot, "enter")
        await settle(pilot)
        written, edits = read(target), app_of(pilot).session.edits
    async with run_app(load, str(site), (120, 40), Flags(read_only=True)) as pilot:
        await order(pilot, ":set registry.gc daily")
        refused = await press(pilot, "ctrl+s")

    assert "node-4" in written
    assert "../demo/profiles/" in written
    assert edits == (SiteEdit("hosts", "node-2", "node-4"),)
    assert [host.name for host in plan_site(str(target), demo_options()).plan.site.hosts][-1] == "node-4"
    assert "READ-ONLY: no file is written." in refused
    assert "DRAFT 1" in refused


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_what_cannot_be_planned_is_taken_back_and_said(site: Path) -> None:
    async with run_app(load, str(site), (120, 40)) as pilot:
        await order(pilot, ":set registry.gc daily")
        await order(pilot, ":host remove nobody")
        refused = heard(pilot)
        unknown = await order(pilot, ":set registry.storge 5GB")
        session = app_of(pilot).session

    assert "there is no host nobody" in refused
    assert "did you mean" in unknown
    assert session.edits == (edit_of("registry.gc", "daily"),)


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_while_a_plan_is_made_no_other_is_begun_and_the_newest_edits_come_next(site: Path) -> None:
    asked: list[tuple[SiteEdit, ...]] = []
    gate = threading.Event()

    async def slow(_: Base, edits: tuple[SiteEdit, ...], __: Report) -> Study:
        asked.append(edits)
        await asyncio.to_thread(gate.wait, 30)
        return replace(site_study(), plan=replace(site_study().plan, verdict=Verdict.PASS))

    app = RegplanApp(load, str(site), None, lambda: NOW, Services(plan_draft=slow))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        for size in ("1TB", "2TB", "3TB", "4TB"):
            await app.obey(f":set registry.storage {size}")
            await app.obey(":set registry.gc daily")
        waiting = await press(pilot, "1")
        await press(pilot, "ctrl+s")
        unsaved = type(app.screen).__name__
        gate.set()
        await job_when(pilot, "draft", lambda job: not job.busy and len(asked) > 1)

    assert "DRAFT 2…" in waiting
    assert unsaved == "VerdictScreen"
    assert [len(edits) for edits in asked] == [1, 8]


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_a_study_that_is_of_no_file_cannot_be_edited_and_says_so() -> None:
    async with run_app(Source(site_study()), "site.yaml", (120, 40)) as pilot:
        refused = await order(pilot, ":set registry.storage 5GB")
        undone = await order(pilot, ":undo")
        capacity = await press(pilot, "4")

    assert "no site file is open" in refused
    assert "nothing to undo" in undone
    assert "Inputs" not in capacity


def test_nothing_stands_where_a_new_file_is_to_be(site: Path, tmp_path: Path) -> None:
    async def based() -> Base:
        return (await open_base(str(site), demo_options()))[1]

    base = asyncio.run(based())
    other = tmp_path / "other.yaml"

    assert standing_at(base, str(other)) is None
    other.write_text("name: b\n", encoding="utf-8")
    there = standing_at(base, str(other))
    assert there is not None
    assert there.words == "is there already"


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_the_diff_is_of_the_draft_and_not_of_the_file(site: Path) -> None:
    async with run_app(load, str(site), (120, 40), Flags(offline=True)) as pilot:
        await press(pilot, "6")
        await job_when(pilot, "diff", lambda job: not job.busy and job.result is not None)
        before = seen(pilot)
        await app_of(pilot).obey(":set links.internet.rate 2Mbit/s")
        await settle(pilot)
        await job_when(pilot, "draft")
        await job_when(pilot, "diff", lambda job: not job.busy and job.subject is app_of(pilot).session.study)
        after = seen(pilot)

    # upgrade_to brings 196,372,996 bytes: 78.5 s at 20 Mbit/s, and 785.5 s at 2 Mbit/s.
    assert "1 min 19 s" in before
    assert "13 min 5 s" in after
    assert "13 min 5 s" not in before


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_hosts_are_set_added_and_taken_away_where_they_are_shown(site: Path) -> None:
    async with run_app(load, str(site), (120, 40)) as pilot:
        await press(pilot, "h", "down", "plus")
        await job_when(pilot, "draft")
        added = seen(pilot)
        await press(pilot, "delete")
        await job_when(pilot, "draft")
        session = app_of(pilot).session
        await press(pilot, "down", "E")
        await job_when(pilot, "capacity")
        inputs = seen(pilot)
    async with run_app(Source(hosted_study()), "site.yaml", (120, 40)) as pilot:
        await press(pilot, "h", "delete")
        refused = seen(pilot)

    assert "node-4" in added
    assert session.edits == (SiteEdit("hosts", "node-2", "node-4"), SiteEdit("hosts", None, "node-2"))
    assert session.study is not None
    assert [host.name for host in session.study.plan.site.hosts] == ["node-1", "node-3", "node-4"]
    assert "hosts.node-4.memory" in inputs
    assert "registry.storage " not in inputs
    assert "no site file is open" in refused
