from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.model.finding import Finding, Verdict
from regplan.model.image import DeclaredImage
from regplan.oci.reference import Reference
from tui.driving import Source, enter_filter, press, run_app, seen, settle
from tui.studies import LONG_PATH, large_study, site_study

if TYPE_CHECKING:
    from regplan.model.plan import Study

pytestmark = [pytest.mark.slow, pytest.mark.anyio, pytest.mark.tui]


def first_words(text: str, *starts: str) -> list[str]:
    """The first word of every line of a pane that begins with one of `starts`, top to bottom."""
    words = [line.strip("│ ").split(" ")[0] for line in text.splitlines()]
    return [word for word in words if word.startswith(starts)]


def images_listed(text: str) -> list[str]:
    return first_words(text.split("Blobs", maxsplit=1)[0], "docker.io", "quay.io")[
        :-1
    ]  # the last is the line in full below


async def test_images_start_sorted_by_what_each_alone_costs() -> None:
    async with run_app(target="site.yaml") as pilot:
        text = await press(pilot, "2")

    assert "UNIQUE ▼" in text
    assert [name.partition("@")[0] for name in images_listed(text)] == [
        "quay.io/calico/node:v3.28.1",
        "docker.io/library/nginx:1.30.5",
        "docker.io/library/nginx:stable",
        "docker.io/library/haproxy",
    ]


async def test_s_sorts_by_the_next_column_and_shift_s_turns_the_order_round() -> None:
    async with run_app(target="site.yaml") as pilot:
        await press(pilot, "2")
        by_name = await press(pilot, "s")
        from_z = await press(pilot, "S")
        by_size = await press(pilot, "s")
        smallest = await press(pilot, "S")

    assert "IMAGE ▲" in by_name
    assert "sort IMAGE ▲" in by_name
    assert images_listed(by_name)[0].startswith("docker.io/library/haproxy")
    assert "IMAGE ▼" in from_z
    assert images_listed(from_z) == images_listed(by_name)[::-1]
    assert "SIZE ▼" in by_size
    assert images_listed(by_size)[0] == "quay.io/calico/node:v3.28.1"
    assert images_listed(smallest)[0].startswith("docker.io/library/haproxy")


async def test_the_cursor_stays_on_its_image_when_the_order_changes() -> None:
    async with run_app(target="site.yaml") as pilot:
        await press(pilot, "2", "down", "down")
        before = first_words(seen(pilot).split("Blobs")[0], "docker.io", "quay.io")[-1]
        after = first_words((await press(pilot, "s", "S")).split("Blobs")[0], "docker.io", "quay.io")[-1]

    assert before == after == "docker.io/library/nginx:stable"


async def test_rules_start_with_the_worst() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        verdicts = first_words(seen(pilot).split("Binding")[0], *"✗?!✓i")

    assert "".join(verdicts) == "✗?!i✓✓✓✓✓"


async def test_the_filter_keeps_rows_that_hold_every_word_in_any_case() -> None:
    async with run_app(target="site.yaml") as pilot:
        await press(pilot, "2")
        typed = await enter_filter(pilot, "NGINX stab")
        widened = await press(pilot, "escape")

    assert images_listed(typed) == ["docker.io/library/nginx:stable"]
    assert "1 of 4" in typed
    assert "/NGINX stab" in typed
    assert len(images_listed(widened)) == 4
    assert "/NGINX" not in widened


async def test_a_filter_that_begins_with_an_exclamation_mark_is_turned_around() -> None:
    async with run_app(target="site.yaml") as pilot:
        await press(pilot, "2")
        text = await enter_filter(pilot, "!nginx")

    assert [name.split("/")[0] for name in images_listed(text)] == ["quay.io", "docker.io"]


async def test_the_filter_finds_a_blob_by_its_whole_digest() -> None:
    async with run_app(target="site.yaml") as pilot:
        await press(pilot, "2", "tab")
        text = await enter_filter(pilot, "ba5e" * 16)

    assert first_words(text.split("Blobs")[1], "layer", "config", "manifest") == ["layer"]


async def test_a_filter_that_nothing_passes_says_how_to_get_back() -> None:
    async with run_app(target="site.yaml") as pilot:
        await press(pilot, "2")
        nothing = await enter_filter(pilot, "nowhere")
        everything = await press(pilot, "escape")

    assert "0 of 4" in nothing
    assert "No image passes the filter: esc shows every row again." in nothing
    assert len(images_listed(everything)) == 4


async def test_typing_a_filter_presses_none_of_the_other_keys() -> None:
    async with run_app(target="site.yaml") as pilot:
        await press(pilot, "2", "slash")
        await pilot.press(*"q/0du?")
        text = await press(pilot, "down")

        assert pilot.app.is_running

    assert "/q/0du?" in text


async def test_a_table_of_very_many_rows_is_capped_and_says_so() -> None:
    async with run_app(Source(large_study(2500)), target="site.yaml") as pilot:
        text = await press(pilot, "2")
        last = await press(pilot, "end")
        found = await enter_filter(pilot, "-2499")

    assert "500 more, filter with /" in text
    assert f"{LONG_PATH}-0".replace(" ", "") in text.replace("│", "").replace("\n", "").replace(" ", "")
    assert "-amd64-1999 " in last
    assert "1 of 2,500" in found
    assert "more, filter" not in found


async def test_long_names_are_shortened_in_the_middle_and_stand_in_full_for_the_highlighted_row() -> None:
    async with run_app(Source(large_study(3)), target="site.yaml") as pilot:
        text = await press(pilot, "2")

    assert "…" in text
    assert "amd64-2  1.00 GB" in text
    assert f"{LONG_PATH}-0" in text.replace(" ", "").replace("││", "").replace("│\n│", "")


async def test_the_blobs_of_the_highlighted_image_tell_who_else_has_them() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        calico = await press(pilot, "2")
        nginx = await press(pilot, "down")
        haproxy = await press(pilot, "end")

    assert "30,000,000 B  1 image    docker.io/library/nginx:1.30.5" in calico
    assert "89,000,000 B  only here" in calico
    assert "30,000,000 B  1 image    quay.io/calico/node:v3.28.1" in nginx
    assert "unknown" in haproxy.split("Blobs")[1]
    assert "≥12.4 MB" in haproxy


async def test_one_byte_more_in_one_layer_shows_in_the_layers_and_in_the_reasons() -> None:
    async def texts(study: Study) -> list[str]:
        async with run_app(Source(study), target="site.yaml", size=(120, 40)) as pilot:
            why_term = await press(pilot, "tab", "w")
            why_wire = await press(pilot, "escape", "tab", "w")
            layers = await press(pilot, "escape", "2", "down")
            return [why_term, why_wire, layers]

    before, after = await texts(site_study()), await texts(site_study(nginx_layer_bytes=45_000_001))

    for text, old, new in zip(
        zip(before, after, strict=True),
        ("176,370,178 B", "320,740,356 B", "45,000,000 B"),
        ("176,370,179 B", "320,740,358 B", "45,000,001 B"),
        strict=True,
    ):
        assert old in text[0]
        assert new not in text[0]
        assert new in text[1]
    assert "281,380,180 B - 105,010,001 B = 176,370,179 B" in after[2]


async def test_what_the_totals_leave_out_is_counted_beside_them() -> None:
    study = site_study()
    inventory = replace(study.inventory, declared=(DeclaredImage(Reference.parse("a/b"), 5),))
    layers = replace(study.plan.layers, foreign=("sha256:x", "sha256:y"))
    study = replace(study, inventory=inventory, plan=replace(study.plan, layers=layers))
    async with run_app(Source(study), target="site.yaml", size=(120, 40)) as pilot:
        text = await press(pilot, "2")

    assert "1 unknown size, 1 unresolved image, 2 foreign layers not counted, 1 image of declared size" in text
    assert "sums are lower bounds" in text.replace("\n", " ").replace("  ", " ")


@pytest.mark.parametrize("text", ["[bold]x[/nope] [", "a\x1b[31m\x07b", "\u202egnp", "日本語" * 40, "", "x" * 400])
async def test_names_that_others_wrote_are_shown_as_they_are_and_break_nothing(text: str) -> None:
    study = site_study()
    finding = Finding("host.cpu", Verdict.FAIL, text, text, text, "", text, text, text)
    plan = replace(study.plan, findings=(finding,), site=replace(study.plan.site, name=text))
    async with run_app(Source(replace(study, plan=plan)), target=text or "x") as pilot:
        verdict = seen(pilot)
        why = await press(pilot, "w")
        help_text = await press(pilot, "escape", "question_mark")
        start = await press(pilot, "escape", "0")

    for seen_text in (verdict, why, help_text, start):
        assert "\x1b" not in seen_text
        assert "\u202e" not in seen_text
    assert "host.cpu" in why
    if text.startswith("["):
        assert "[bold]x[/nope] [" in why


async def test_the_mouse_sorts_by_a_heading_goes_to_a_row_and_asks_why_of_the_row_one_is_on() -> None:
    async with run_app(target="site.yaml") as pilot:
        await press(pilot, "2")
        await pilot.click("#images", offset=(3, 0))
        await settle(pilot)
        by_name = seen(pilot)
        await pilot.click("#images", offset=(3, 3))
        await settle(pilot)
        third = seen(pilot)
        await pilot.click("#images", offset=(3, 3))
        await settle(pilot)
        why = seen(pilot)

    assert "IMAGE ▲" in by_name
    assert images_listed(by_name)[2] in third.split("Blobs")[0].splitlines()[-4]
    assert f"Why: {images_listed(by_name)[2]}" in why


async def test_of_twenty_thousand_rows_the_filter_the_order_and_the_marks_know_every_one() -> None:
    async with run_app(Source(large_study(20_000)), target="site.yaml") as pilot:
        first = await press(pilot, "2")
        smallest = await press(pilot, "S")
        found = await enter_filter(pilot, "amd64-12345")

    assert "18,000 more, filter with /" in first
    assert "amd64-19999 " in smallest
    assert "1 of 20,000" in found
