"""Every number on every screen is one of the site's own documents: the plan, what its profiles name, what is recorded of its images.

All screens, so wide that hardly a name is cut, scrolled to the end of each table, in all columns, in GB and in GiB, with each image's blobs, and why of each row.
What stands in none of them is listed here with its reason, and reckoned here.
"""

from __future__ import annotations

import json
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from golden.planning import GOLDEN, mapping_of
from golden.test_mutations import CHANGES, changed
from regplan.report.clock import clock_document
from regplan.report.document import plan_document
from regplan.report.life import life_document
from regplan.report.mentions import images_document
from regplan.tui.app import RegplanApp
from regplan.tui.places import PLACES
from regplan.tui.screens.base import PlanScreen
from regplan.tui.why import explain
from regplan.tui.widgets.record_table import RecordTable
from regplan.verbs.bandwidth import reckon_bandwidth
from regplan.verbs.demo import demo_site
from regplan.verbs.options import Options
from regplan.verbs.study import plan_site
from tui.driving import jobs_at_rest, press, run_app, seen, settle
from tui.numbers import Told, told_by, unexplained

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from regplan.model.plan import Study
    from regplan.model.progress import Report

pytestmark = [pytest.mark.anyio, pytest.mark.tui]

WIDE = (480, 170)
KEYS = {place.mode: place.key for place in PLACES if place.mode in RegplanApp.MODES}
# A saving that is none, unknown sizes, an unresolved image; every verdict; one host, two and many; Harbor and Zot.
SITES = ["untold", "unresolved", "single", "large-harbor"]


def planned(path: Path) -> Study:
    return plan_site(path, Options(mapping=mapping_of(path)))


def recorded(folder: Path) -> dict[str, Any]:
    """Read what is recorded of images by the digest of each: facts, and the manifests of a layout."""
    texts = [file.read_text(encoding="utf-8") for file in folder.glob("recording/facts.jsonl")]
    facts = [json.loads(line) for text in texts for line in text.splitlines()]
    blobs = {f"sha256:{file.name}": json.loads(file.read_bytes()) for file in folder.glob("layout/blobs/sha256/*")}
    return {**{fact["manifest"]["digest"]: fact for fact in facts}, **blobs}


def sharers(document: Any, known: dict[str, Any]) -> set[int]:
    """Count for each blob and for each image of a plan how many other images have it, or share something with it."""
    layers = {
        each["digest"]: {layer["digest"] for layer in known[each["digest"]]["layers"]} for each in document["layers"]
    }
    blobs = {digest: {digest, known[digest]["config"]["digest"], *held} for digest, held in layers.items()}
    of_blobs = {sum(blob in held for held in blobs.values()) - 1 for each in blobs.values() for blob in each}
    return of_blobs | {sum(bool(one & other) for other in blobs.values()) - 1 for one in blobs.values()}


def shared_by_packs(study: Study, known: dict[str, Any], told: Told) -> None:
    """Reckon what every two packs share from what is recorded of the images that each names, and count who holds each blob."""
    digests = {str(each["reference"]): each["digest"] for each in plan_document(study)["layers"]}  # type: ignore[attr-defined]
    blobs: dict[str, dict[str, int | None]] = {}
    for digest in digests.values():
        manifest, config = known[digest].get("manifest", {}), known[digest]["config"]
        sizes = {digest: manifest.get("size"), config["digest"]: config.get("size")}
        blobs[digest] = sizes | {each["digest"]: each["size"] for each in known[digest]["layers"]}
    packs: dict[tuple[str, ...], dict[str, int | None]] = {}
    named: Any = images_document(study.declarations)["images"]
    for each in named:
        for where in each["mentions"]:
            if where["counted"] and each["normalized"] in digests:
                key = (where["profile"] or where["file"], where["pack"], where["layer"])
                packs.setdefault(key, {}).update(blobs[digests[each["normalized"]]])
    told.number(len(packs), "packs")
    for place, one in enumerate(packs.values()):
        told.number(place + 1, "packs")
        for other in packs.values():
            common = {digest: size for digest, size in one.items() if digest in other and one is not other}
            told.number(sum(size or 0 for size in common.values()), "bytes")
            told.number(len(common), "blobs")
            told.number(sum(size is None for size in common.values()), "sizes")
        others = {digest for other in packs.values() if other is not one for digest in other}
        told.number(sum(one[digest] or 0 for digest in others & one.keys()), "bytes")
        told.number(len(others & one.keys()), "blobs")
    for digest in {digest for held in packs.values() for digest in held}:
        images = sum(digest in held for held in blobs.values())
        told.number(images, "images")
        told.number(sum(digest in held for held in packs.values()), "packs")
        size = next((held[digest] for held in blobs.values() if digest in held), None)
        told.number((size or 0) * (images - 1), "bytes")


def carried_by_links(study: Study, told: Told) -> None:
    """Take in the documents of the site's life and clock, the times of its courses, and nights by their formula."""
    found = reckon_bandwidth(study)
    internet = study.plan.site.internet_link
    if found.life is None or found.clock is None:
        return
    for document in (life_document(found.life), clock_document(found.clock)):
        more = told_by(document)
        told.quantities |= more.quantities
        told.counts |= more.counts
        told.words |= more.words
    for boot in found.clock.boots:
        told.counts.add("" if boot.ratio is None else f"{boot.ratio:.2f}")
    # No document has the course of a pull: tests of the simulation hold it against the clock.
    for bar in (bar for course in found.courses for bar in course.bars):
        times = (bar.begin_s, bar.fetched_s or 0.0, bar.end_s or 0.0, (bar.end_s or 0.0) - bar.begin_s)
        for time_s in times:
            told.number(time_s, "s")
    told.number(0.0, "s")
    for each in found.life.events:
        if internet is not None:
            # A night from 22:00 to 06:00, at the whole rate of the link.
            told.number(-(-8 * each.wan_bytes * 1036 // (1000 * internet.rate_bps * 8 * 3600)), "nights")
    told.quantities.add("8 h")
    told.words |= {"22:00", "06:00"}
    for way in found.life.expected.ways if found.life.expected is not None else ():
        told.number(max(way.wan_month_bytes), "bytes")


def told_of(study: Study, folder: Path) -> Told:
    """Gather what the documents of a site say, the packs of its profiles, and what is reckoned from them here."""
    document, known = plan_document(study), recorded(folder)
    site: Any = document["site"]
    packs = [yaml.safe_load((folder / "profiles" / Path(name).name).read_bytes()) for name in site["profiles"]]
    told = told_by(document, images_document(study.declarations), known, packs)
    storage: Any = document["storage"]
    # What images share: what they are one by one, less what they are together.
    told.number(storage["referenced_bytes"] - storage["unique_bytes"], "bytes")
    # What the terms of the need come to, one after the other.
    for sum_bytes in accumulate(term["bytes"] for term in storage["terms"]):
        told.number(sum_bytes, "bytes")
    for count in sharers(document, known):
        told.number(count, "images")
    shared_by_packs(study, known, told)
    carried_by_links(study, told)
    return told


async def shown(pilot: Pilot[None]) -> list[str]:
    """Show all of the screen in view, in both units, and tell what stands there but for the keys at its foot."""
    for table in pilot.app.screen.query(RecordTable):
        table.choose_columns(",".join(column.key for column in table.all_columns))
    await settle(pilot)
    texts = []
    for _ in range(2):
        texts.append(await press(pilot, "u"))
        for table in pilot.app.screen.query(RecordTable):
            while table.is_on_screen and table.scroll_offset.y < table.max_scroll_y:
                table.action_page(1)
                await settle(pilot)
                texts.append(seen(pilot))
            table.action_first()
    return ["\n".join(text.splitlines()[:-1]) for text in texts]


async def screens(study: Study) -> dict[str, list[str]]:
    """Tell what every screen says of a study, the blobs of each image too, and why of each row of each table."""

    async def load(_target: str, _report: Report) -> Study:
        return study

    texts: dict[str, list[str]] = {}
    async with run_app(load, "site.yaml", WIDE) as pilot:
        for mode, key in KEYS.items():
            await press(pilot, key)
            await jobs_at_rest(pilot)
            texts[mode] = await shown(pilot)
            if mode == "layers":
                for _ in study.plan.layers.images[1:]:
                    texts[mode].append("\n".join((await press(pilot, "down")).splitlines()[:-1]))
            whole = pilot.app.screen.told(study) if isinstance(pilot.app.screen, PlanScreen) else study
            rows = [row for table in pilot.app.screen.query(RecordTable) for row in table.records]
            texts[f"why in {mode}"] = [f"{label}  {text}" for row in rows for label, text in explain(row, whole).lines]
    return texts


def strangers(texts: dict[str, list[str]], told: Told) -> dict[str, list[str]]:
    """List by screen what is in no document of the site."""
    found = {name: unexplained("\n".join(dict.fromkeys(each)), told) for name, each in texts.items()}
    return {name: each for name, each in found.items() if each}


@pytest.mark.slow
async def test_every_number_on_every_screen_is_in_the_documents_of_the_demo() -> None:
    study = planned(demo_site())

    assert strangers(await screens(study), told_of(study, demo_site().parent)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("stem", SITES)
async def test_every_number_on_every_screen_is_in_the_documents_of_the_site(stem: str) -> None:
    study = planned(GOLDEN / "sites" / f"{stem}.yaml")

    assert strangers(await screens(study), told_of(study, GOLDEN)) == {}


# The screens on which a fact must show, and so be strange to the documents from before.
MOVED = {
    "a layer by a byte": {"layers", "why in layers", "why in verdict"},
    "a host removed": {"verdict", "why in verdict", "why in hosts"},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MOVED)
async def test_a_changed_fact_shows_and_is_strange_to_the_documents_from_before(name: str, tmp_path: Path) -> None:
    change = CHANGES[name]
    before = told_of(planned(GOLDEN / "sites" / f"{change.site}.yaml"), GOLDEN)
    study = planned(changed(tmp_path, change))

    texts = await screens(study)

    assert strangers(texts, told_of(study, tmp_path)) == {}
    assert MOVED[name] <= strangers(texts, before).keys()


@pytest.mark.parametrize(
    ("cell", "strange"),
    [
        ("7.26 GB", []),
        ("6.77 GiB", []),
        ("7,264,936,115 B", []),
        ("7.27 GB", ["7.27 GB"]),
        ("7,264,936,115", ["7,264,936,115"]),
        ("31 images of node-1 in 13 min 2 s", []),
        ("32 images of node-2", ["32", "node-2"]),
        ("36.7 % over 20.0 Mbit/s with 7.84 CPU", []),
        ("docker.io/li…nginx:1.30.5", []),
        ("docker.io/li…nginx:1.30.6", ["nginx:1.30.6"]),
        ("31 · sort VERDICT ▲", []),
        ("planned 3 min old", []),
    ],
)
def test_a_number_counts_as_told_only_in_its_own_unit_and_to_its_last_figure(cell: str, strange: list[str]) -> None:
    document = {"required_bytes": 7_264_936_115, "images": 31, "hosts": {"node-1": {}}, "boot_s": 782.4062808}
    more = {
        "ratio": 0.3665683630590814,
        "internet_bps": 20_000_000,
        "cpu_milli": 7840,
        "name": "docker.io/library/nginx:1.30.5",
    }

    found = unexplained(f"│ {cell} │", told_by(document, more))

    assert [each.split("'")[1] for each in found] == strange
