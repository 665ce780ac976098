from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regplan.tui.why import explain
from tui.driving import press, run_app, seen
from tui.studies import HAPROXY, NGINX, site_study

if TYPE_CHECKING:
    from regplan.model.plan import Study

pytestmark = [pytest.mark.slow, pytest.mark.anyio, pytest.mark.tui]


async def test_why_of_a_rule_tells_have_need_unit_fix_and_source() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        cpu = await press(pilot, "w")
        memory = await press(pilot, "escape", "down", "down", "enter")
        closed = await press(pilot, "w")

    for line in (
        "verdict  ✗ FAIL",
        "this is what binds the plan",
        "where    node-2",
        "have     2 CPU",
        "need     4 CPU",
        "unit     milli",
        "fix      Give node-2 at least 4 CPUs.",
        "source   Palette docs, Deploy Cluster with a Primary Registry",
    ):
        assert line in cpu
    assert "have     7.80 GB = 7.26 GiB = 7,800,000,000 B" in memory
    assert "need     8.00 GB = 7.45 GiB = 8,000,000,000 B" in memory
    assert "this is what binds" not in memory
    assert "Why:" not in closed


async def test_why_of_a_storage_term_adds_up_to_the_need() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        text = await press(pilot, "tab", "down", "w")

    assert "Why: next-version" in text
    assert "size          61.7 MB = 58.9 MiB = 61,729,562 B" in text
    assert "assumed: can be set under assumptions: in the site file" in text
    assert "35 % of the images: old and new stand side by side" in text
    assert "the sum of 5 terms: 420 MB = 401 MiB = 420,000,000 B" in text
    assert "81,760,260 B" in text
    assert "PVC           300 GB = 279 GiB = 300,000,000,000 B" in text


async def test_why_of_the_internet_link_tells_what_is_counted_and_over_which_link() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        await press(pilot, "tab", "tab")
        direct = await press(pilot, "w")
        saved = await press(pilot, "escape", "down", "down", "w")
        lowest = await press(pilot, "escape", "down", "w")

    assert "321 MB = 306 MiB = 320,740,356 B" in direct
    assert "2 min 8 s" in direct
    assert "20.0 Mbit/s" in direct
    assert "144,370,178 B" in saved
    assert "45 % of what goes over the link without a registry" in saved
    assert "119,017,500 B" in lowest
    assert "each image of unknown placement on one host; there are 1." in lowest


async def test_why_of_an_unresolved_image_tells_the_reason_and_who_named_it() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        text = await press(pilot, "tab", "tab", "tab", "w")

    assert "Why: registry.example/app:9" in text
    assert "404: no such manifest" in text
    assert "retail > addon/app > values" in text


async def test_why_of_an_image_names_every_mention_and_what_is_unknown() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        nginx = await press(pilot, "2", "down", "w")
        haproxy = await press(pilot, "escape", "end", "w")

    assert f"Why: {NGINX}" in nginx
    assert f"sha256:{'a1' * 32}" in nginx
    assert "75.0 MB = 71.5 MiB = 75,010,000 B: shared and unique together" in nginx
    assert "45,010,000 B: removing the image frees it" in nginx
    assert "retail > addon/web > pack.content.images" in nginx
    assert "retail > addon/proxy > pack.content.images" in nginx
    assert "1 size unknown, counted as 0" in haproxy
    assert HAPROXY in haproxy


async def test_why_of_a_blob_names_every_image_that_holds_it() -> None:
    async with run_app(target="site.yaml", size=(120, 40)) as pilot:
        text = await press(pilot, "2", "tab", "down", "w")

    assert f"digest  sha256:{'ba5e' * 16}" in text
    assert "30.0 MB = 28.6 MiB = 30,000,000 B" in text
    assert "in      docker.io/library/nginx:1.30.5" in text
    assert "        quay.io/calico/node:v3.28.1" in text


async def test_why_without_a_row_asks_nothing() -> None:
    async with run_app() as pilot:
        assert "Why" not in await press(pilot, "1", "w")


async def test_a_long_explanation_scrolls_with_the_arrow_keys() -> None:
    async with run_app(target="site.yaml", size=(60, 14)) as pilot:
        top = await press(pilot, "w")
        bottom = await press(pilot, "end")

        assert "verdict" in top
        assert "source" not in top
        assert "source" in bottom
        assert "Why:" in seen(pilot)


def test_only_what_a_table_lists_can_be_explained() -> None:
    study: Study = site_study()

    with pytest.raises(TypeError, match="nothing is known of int"):
        explain(3, study)
