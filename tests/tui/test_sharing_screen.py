from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.model.sharing import Alignment, Analysis, Family
from regplan.plan.pairs import share_packs
from regplan.tui.columns_sharing import FAMILIES, matrix_columns
from regplan.tui.sharing import PairAsked, common_blobs, family_rows, family_words, heading_words, matrix_rows
from regplan.tui.table import facts_of
from regplan.tui.why import explain
from regplan.tui.widgets.pack_matrix import PackMatrix
from tui.driving import Source, job_when, press, run_app, settle
from tui.studies import AMD64, BASE_BYTES, declared_study, digest, empty_study

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from regplan.model.plan import Study

# nginx is in the packs web and proxy; calico has nginx's base; what the site file names itself shares nothing.
NGINX_BYTES = 2000 + 8000 + BASE_BYTES + 45_000_000


def aligned_study() -> Study:
    """Two builds of one base, of which aligning keeps the larger."""
    study = declared_study()
    families = (
        Family("f00", None, AMD64, (digest("ba5e"),), BASE_BYTES, 3 * BASE_BYTES, ("a.io/a:1", "a.io/b:1", "a.io/c:1")),
        Family("f01", None, AMD64, (digest("ba5f"),), 4_000_000, 8_000_000, ("a.io/d:1", "a.io/e\u202e:1")),
    )
    analysis = Analysis(
        families=families, alignments=(Alignment("annotation", "a.io/base", AMD64, ("f00", "f01"), "f00", 4_000_000),)
    )
    return replace(study, plan=replace(study.plan, analysis=analysis))


async def opened(pilot: Pilot[None]) -> PackMatrix:
    await press(pilot, "3")
    await job_when(pilot, "sharing")
    return pilot.app.screen.query_one(PackMatrix)


def test_a_cell_is_what_two_packs_share_and_the_diagonal_what_others_hold_of_a_pack() -> None:
    study = declared_study()
    sharing = share_packs(study.inventory, study.declarations)
    rows = matrix_rows(sharing)
    columns = {column.key: column for column in matrix_columns(sharing)}

    assert [row.pack.pack for row in rows] == ["proxy", "web", "calico"]
    assert [columns["web"].cell(row, False) for row in rows] == ["██ 75.0 MB", "══", "██ 30.0 MB"]
    assert facts_of(rows[2], matrix_columns(sharing)) == {
        "pack": "calico",
        "layer": "cni",
        "profile": "edge-infra",
        "unique_bytes": BASE_BYTES + 89_007_500,
        "sizes_unknown": 0,
        "shared_bytes": BASE_BYTES,
        "shared_with_proxy_bytes": BASE_BYTES,
        "shared_with_web_bytes": BASE_BYTES,
        "shared_with_calico_bytes": BASE_BYTES,
    }
    assert heading_words(sharing) == "3 packs of 4 share bytes with another · these share nothing: site.yaml"


def test_why_two_packs_share_tells_the_digests_that_add_up_to_it() -> None:
    study = declared_study()
    sharing = share_packs(study.inventory, study.declarations)
    proxy, web, calico = sharing.packs
    lines = explain(PairAsked(proxy, web, sharing.pair(0, 1)), study).lines
    none = explain(PairAsked(proxy, web, replace(sharing.pair(0, 1), blobs=())), study)
    (base,) = common_blobs(sharing, sharing.pair(1, 2))
    blob = explain(base, study)

    assert dict(lines)["shared"] == "75.0 MB = 71.5 MiB = 75,010,000 B"
    assert [text for _, text in lines if " B  " in text] == [
        f"45,000,000 B  layer sha256:{digest('a2').short}",
        f"30,000,000 B  layer sha256:{digest('ba5e').short}",
        f"8,000 B  config sha256:{digest('a1c').short}",
        f"2,000 B  manifest sha256:{digest('a1').short}",
    ]
    assert dict(none.lines)["shared"].startswith("nothing")
    assert "saved" in dict(blob.lines)
    assert dict(blob.lines)["saved"].startswith("30.0 MB = 28.6 MiB = 30,000,000 B")
    assert base.packs == ("retail/addon/proxy", "retail/addon/web", "edge-infra/cni/calico")
    assert calico.pack == "calico"


def test_a_family_tells_what_aligning_frees_and_which_build_is_kept() -> None:
    study = aligned_study()
    kept, other = family_rows(study.plan.analysis)
    cell = {column.key: column.cell for column in FAMILIES}["align"]

    assert (cell(kept, False), cell(other, False)) == ("4.00 MB", "on f00")
    assert "on f00 alone 4,000,000 B less (assumed, by annotation)" in family_words(other)
    assert "\u202e" not in family_words(other)
    assert facts_of(other, FAMILIES)["aligned_to"] == "f00"
    assert facts_of(kept, FAMILIES)["aligning_frees_bytes"] == 4_000_000


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_the_cursor_goes_both_ways_and_the_cell_under_it_is_told_with_its_blobs() -> None:
    async with run_app(Source(aligned_study()), target="site.yaml", size=(120, 40)) as pilot:
        matrix = await opened(pilot)
        first = await press(pilot)
        across = await press(pilot, "right")
        itself = await press(pilot, "down", "down")
        edge = await press(pilot, "right", "right")
        column = matrix.cursor_column
        binary = await press(pilot, "u")
        why = await press(pilot, "home", "left", "enter")

    assert "share 75.0 MB (75,010,000 B) in 4 blobs" in _line(first)
    assert "edge-infra/cni/calico (119 MB) share 30.0 MB (30,000,000 B) in 1 blob" in _line(across)
    assert "edge-infra/cni/calico (119 MB) shares 30.0 MB (30,000,000 B) in 1 blob with other packs" in _line(itself)
    assert edge == itself
    assert column == 2
    assert "28.6 MiB" in binary
    assert "75,010,000 B" in why


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.tui
async def test_more_packs_than_have_room_are_scrolled_to_and_all_are_written(tmp_path: Path) -> None:
    study = declared_study()
    uses = study.declarations.uses
    more = tuple(
        replace(uses[1], provenance=replace(uses[1].provenance, pack=f"pack-{number:02}")) for number in range(12)
    )
    wide = replace(study, declarations=replace(study.declarations, uses=(*uses, *more)))
    target = tmp_path / "matrix.csv"
    async with run_app(Source(wide), target="site.yaml") as pilot:
        await opened(pilot)
        begin = await press(pilot)
        end = await press(pilot, *["right"] * 20)
        await press(pilot, "e")
        pilot.app.screen.query_one("Input").value = str(target)  # type: ignore[attr-defined]
        await press(pilot, "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen.query_one(PackMatrix), PackMatrix)

    header, *rows = list(csv.reader(target.read_text(encoding="utf-8-sig").splitlines()))
    assert "15 cal" not in begin
    assert "15 cal" in end
    assert (len(rows), len([name for name in header if name.startswith("shared_with_")])) == (15, 15)
    assert json.loads(rows[-1][header.index("shared_with_web_bytes")]) == BASE_BYTES


@pytest.mark.anyio
@pytest.mark.tui
async def test_a_site_whose_profiles_name_nothing_says_that_nothing_is_shared() -> None:
    async with run_app(Source(empty_study()), target="site.yaml", size=(120, 40)) as pilot:
        await opened(pilot)
        text = await press(pilot)

    assert "No pack names an image. Name profiles in the site file, then press r." in text
    assert "No two images begin with the same layers." in _line(text)


def _line(text: str) -> str:
    """What a screen says, as one line without frames."""
    return " ".join(text.replace("│", " ").split())
