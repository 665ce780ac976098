from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from regplan.errors import InputError
from regplan.tui.columns_diff import IMAGE_CHANGES, SUMS, WAYS
from regplan.tui.differences import change_words, heading_words, lacks_words, sum_rows, tags_words
from regplan.tui.services import Services, open_at
from regplan.tui.session import Flags
from regplan.tui.table import facts_of
from regplan.tui.why import explain
from regplan.verbs.demo import demo_site
from tui.driving import Source, job_when, jobs_at_rest, press, run_app
from tui.services import Comparing, incomplete_upgrade, site_upgrade
from tui.studies import empty_study, site_study, upgraded_study

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from regplan.model.progress import Report


def test_what_becomes_of_an_image_is_told_by_glyph_and_word_and_from_which_tag_to_which() -> None:
    images = site_upgrade().upgrade.whole.images

    assert [change_words(each) for each in images] == ["~ changed", "+ new", "- gone", "= same"]
    assert [tags_words(each) for each in images] == ["1.27 → 1.28", "v3.29.0", "v3.28.1", "7"]
    assert "1 changed · 1 new · 1 gone · 1 same" in heading_words(site_upgrade())


def test_sums_are_lower_bounds_where_anything_is_unknown() -> None:
    known, unknown = sum_rows(site_upgrade()), sum_rows(incomplete_upgrade())
    size = next(column for column in SUMS if column.key == "size")

    assert [size.cell(row, False) for row in known] == ["30.0 MB", "60.0 MB", "20.0 MB", "110 MB"]
    assert [size.cell(row, False) for row in unknown] == ["≥30.0 MB", "≥60.0 MB", "≥20.0 MB", "≥110 MB"]
    assert facts_of(known[3], SUMS)["size_bytes"] == 110_000_000


def test_what_is_missing_is_told_with_the_key_of_the_site_file() -> None:
    plan = site_study().plan

    assert lacks_words(site_upgrade(), plan) == ""
    assert "1 unresolved image: sums are lower bounds" in lacks_words(incomplete_upgrade(), plan)
    assert "scenario.window" in lacks_words(incomplete_upgrade(), plan)


def test_rows_export_exact_values_and_tell_why() -> None:
    found, study = site_upgrade(), site_study()
    change, way = found.upgrade.whole.images[0], found.ways[0]

    assert facts_of(change, IMAGE_CHANGES)["dropped_bytes"] == 10_000_000
    assert facts_of(way, WAYS)["wan_high_bytes"] == 160_000_000
    assert "160 MB = 153 MiB = 160,000,000 B" in dict(explain(way, study).lines)["most"]
    assert "2 of" in dict(explain(way, study).lines)["nights"]
    assert dict(explain(change, study).lines)["new"].startswith("20.0 MB = 19.1 MiB = 20,000,000 B")
    assert dict(explain(sum_rows(found)[3], study).lines)["PVC"].startswith("300 GB")


async def opened(pilot: Pilot[None]) -> str:
    await press(pilot, "6")
    return await jobs_at_rest(pilot)


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_registries_are_asked_only_once_the_user_says_so_and_offline_nobody_asks_any() -> None:
    comparing = Comparing()
    async with run_app(Source(upgraded_study()), "site.yaml", (120, 40), services=Services(compare=comparing)) as pilot:
        waiting = await opened(pilot)
        assert comparing.asked == []
        await press(pilot, "x", "enter")
        told = await jobs_at_rest(pilot)
        again = await press(pilot, "1", "6")
    assert "x and enter begin it" in waiting
    assert "110 MB" in told
    assert "110 MB" in again
    assert comparing.asked == [("site.yaml", "")]

    flags = Flags(offline=True)
    async with run_app(Source(upgraded_study()), "site.yaml", (120, 40), flags, Services(compare=comparing)) as pilot:
        assert "~ changed" in await opened(pilot)


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_a_file_is_compared_with_by_command_or_dialog_and_units_hold_here_too() -> None:
    comparing = Comparing()
    async with run_app(Source(), "site.yaml", (120, 40), services=Services(compare=comparing)) as pilot:
        empty = await opened(pilot)
        await press(pilot, "colon", *"diff", "space", *"b", "full_stop", *"json", "enter")
        told = await jobs_at_rest(pilot)
        binary = await press(pilot, "u")
        dialog = await press(pilot, "x")
    assert "upgrade_to:" in empty
    assert comparing.asked == [("site.yaml", "b.json")]
    assert "b.json · 1 changed" in told
    assert "105 MiB" in binary
    assert "b.json" in dialog


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_what_cannot_be_compared_is_told_and_another_try_mends_it() -> None:
    comparing = Comparing(InputError("b.json: no such file"))
    async with run_app(Source(empty_study()), "site.yaml", (120, 40), services=Services(compare=comparing)) as pilot:
        await press(pilot, "6", "x", "b", "enter")
        await job_when(pilot, "diff")
        failed = await jobs_at_rest(pilot)
        comparing.answer = None
        await press(pilot, "x", "enter")
        mended = await jobs_at_rest(pilot)
    assert "✗ b.json: no such file" in failed
    assert "✗" not in mended
    assert "110 MB" in mended


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_before_any_site_is_open_comparing_says_what_to_do() -> None:
    async with run_app(services=Services(compare=Comparing())) as pilot:
        told = await press(pilot, "6", "x", "enter")
    assert "No site is open" in told


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_a_draft_is_compared_as_it_is_edited(tmp_path: Path) -> None:
    shutil.copytree(demo_site().parent, tmp_path / "demo")

    async def load(target: str, report: Report) -> object:
        return await open_at(target, None, report)

    async with run_app(load, str(tmp_path / "demo" / "site.yaml"), (120, 40)) as pilot:
        before = await opened(pilot)
        pilot.app.run_worker(pilot.app.obey("set links.internet.rate 10Mbit/s"))  # type: ignore[attr-defined]
        await job_when(pilot, "draft", lambda job: job.result is not None or job.error is not None)
        await job_when(pilot, "diff", lambda job: job.result is not None or job.error is not None)
        after = await jobs_at_rest(pilot)

    # 196,372,996 bytes at 20 Mbit/s, and at half of that.
    assert "1 min 19 s" in before
    assert "2 min 37 s" in after
