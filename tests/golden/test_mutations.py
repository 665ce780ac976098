"""One fact changed in a golden site changes the oracle and the plan alike, and shows in every face."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from golden.planning import GOLDEN, Planned, fresh_plan, plan_of
from golden.test_golden_sites import findings
from oracle import Reckoned, reckon
from regplan.tui.app import RegplanApp
from regplan.verbs.options import Options
from regplan.verbs.sites import read_site
from regplan.verbs.study import study_site
from tui.driving import press, run_app

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.plan import Study
    from regplan.model.progress import Report

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Change:
    """Text of a file of the golden tree that stands once, and what takes its place; `rules` are those that it moves."""

    site: str
    file: str
    old: str
    new: str
    rules: tuple[str, ...] = ()


SITE = "sites/store.yaml"
CHANGES = {
    "a layer by a byte": Change("store", "recording/facts.jsonl", '"size": 140000000}', '"size": 140000001}', ("storage.claim",)),
    "a host removed": Change("store", SITE, "storage: 512GB, count: 2", "storage: 512GB", ()),
    "one host left": Change("single", "sites/single.yaml", "cpu: 4", "cpu: 6", ("host.cpu",)),
    "a host of another architecture": Change("store", SITE, "storage: 512GB, count: 2", "storage: 512GB, arch: arm64, count: 2", ("host.arch",)),
    "memory below the number": Change("store", SITE, "cpu: 8, memory: 16GiB, storage: 512GB}", "cpu: 8, memory: 7.9GB, storage: 512GB}", ("host.memory",)),
    "memory far below the number": Change("store", SITE, "cpu: 8, memory: 16GiB, storage: 512GB}", "cpu: 8, memory: 7.5GB, storage: 512GB}", ("host.memory",)),
    "a drive below the number": Change("store", SITE, "storage: 512GB, count: 2", "storage: 99.9GB, count: 2", ("host.disk",)),
    "retention set": Change("large-kept", "sites/large-kept.yaml", "retention: none", "retention: keep 2", ("storage.claim", "storage.no-retention")),
    "retention taken away": Change("store", SITE, "retention: keep 2", "retention: none", ("storage.claim", "storage.no-retention")),
    "one version more": Change("large", "sites/large.yaml", "retention: keep 2", "retention: keep 3", ("storage.claim",)),
    "a claim of a byte less than the minimum": Change("store-exact", "sites/store-exact.yaml", "storage: 300GB, st", "storage: 299999999999B, st", ("storage.minimum",)),
    "the upgrade forgotten": Change("store", SITE, "upgrade_to: ", "# ", ("storage.claim",)),
    "an agent a version older": Change("store-exact", "sites/store-exact.yaml", "agent: 4.6.13", "agent: 4.6.12", ("version.agent",)),
    "a Palette a version older": Change("store-exact", "sites/store-exact.yaml", "palette: 4.6.19", "palette: 4.6.18", ("version.palette",)),
    "collection scheduled": Change("large-harbor", "sites/large-harbor.yaml", "kind: harbor", "kind: harbor, gc: daily", ("storage.claim", "storage.no-retention")),
    "another edition": Change("harbor", "sites/harbor.yaml", "versions: ", "edition: vertex\nversions: ", ("mode.vertex-harbor",)),
    "an image taken out of a list": Change("store", "profiles/shop-1.0.0.yaml", "                - image: golden.example/shop/till:1.0.0\n", "              # finding: image.missing-from-list INFO\n", ("survive.reboot", "survive.node-add")),
    "an image that nobody has": Change("store", "profiles/shop-1.0.0.yaml", "      images:\n", "      images:\n                # finding: image.unused INFO\n                - image: golden.example/nobody:1\n", ("image.unresolved", "storage.claim", "survive.reboot")),
    "the registry forgotten": Change("store", SITE, "registry: ", "# ", ("storage.claim", "survive.reboot", "host.cpu")),
    "no internet, and no registry": Change("no-registry", "sites/no-registry.yaml", "versions: ", "internet: none\nmanagement: local\nversions: ", ("mode.primary-required", "survive.node-add")),
    "more room kept free": Change("large", "sites/large.yaml", "{parallel_uploads: 2", "{free_space: 30%, parallel_uploads: 2", ("storage.claim",)),
    "more growth": Change("growth", "sites/growth.yaml", "growth_per_year: 15%", "growth_per_year: 16%", ("storage.claim",)),
    "a larger declared size": Change("declared", "sites/declared.yaml", ":1.0.0: 1.2GB", ":1.0.0: 1.3GB", ("storage.claim",)),
    "content sync switched off": Change("sync-on-gap", "sites/sync-on-gap.yaml", "sync: true", "sync: false", ("mode.sync-off-missing", "survive.reboot")),
}  # fmt: skip


def copied(folder: Path) -> Path:
    for name in ("profiles", "recording", "layout", "sites"):
        shutil.copytree(GOLDEN / name, folder / name)
    return folder


def changed(folder: Path, change: Change) -> Path:
    """Make a copy of the golden tree with one change in it, and tell the site's file there."""
    file = copied(folder) / change.file
    text = file.read_text(encoding="utf-8")
    assert change.old in text
    file.write_text(text.replace(change.old, change.new, 1), encoding="utf-8")
    return folder / "sites" / f"{change.site}.yaml"


def both(path: Path) -> tuple[Planned, Reckoned]:
    planned = plan_of(path)
    return planned, reckon(path, "host", dt.date.fromisoformat(planned.document["generated_at"][:10]))


def expected(told: Reckoned, planned: Planned) -> dict[str, list[str]]:
    names = planned.host_names
    rows = ((row.rule, row.verdict, row.measured, row.required, row.where if row.where in names else "") for row in told.rows)  # fmt: skip
    return findings([tuple(map(str, each)) for each in rows])


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_fact_changes_plan_and_oracle_alike(name: str, tmp_path: Path) -> None:
    change = CHANGES[name]
    before, _ = both(GOLDEN / "sites" / f"{change.site}.yaml")

    after, told = both(changed(tmp_path, change))

    rows = findings(after.rows)
    assert rows == expected(told, after)
    assert after.document["verdict"] == told.verdict
    assert after.document["binding_constraint"] in told.binding
    assert after.document["storage"]["required_bytes"] == told.required_bytes
    assert before.document["inputs_digest"] != after.document["inputs_digest"]
    was = findings(before.rows)
    for rule in change.rules:
        assert rows.get(rule) != was.get(rule), rule


def test_the_size_of_one_layer_is_followed_to_the_byte(tmp_path: Path) -> None:
    facts = copied(tmp_path) / "recording" / "facts.jsonl"
    text = facts.read_text(encoding="utf-8")
    path = tmp_path / "sites" / "store.yaml"
    for more in (1, 2, 3, 7, 999_999, 10**9 + 7):
        facts.write_text(text.replace('"size": 140000000}', f'"size": {140_000_000 + more}}}'), encoding="utf-8")
        planned = fresh_plan(path)
        told = reckon(path)

        terms = {each["key"]: each["bytes"] for each in planned.document["storage"]["terms"] if each["bytes"]}
        assert terms == {key: size for key, size in told.terms.items() if size}


@pytest.fixture
def grown(tmp_path: Path) -> Path:
    """A copy of the golden store, one layer of which is a byte larger."""
    return changed(tmp_path, CHANGES["a layer by a byte"])


@pytest.fixture
def unique_bytes() -> int:
    """The golden store's unique bytes before."""
    return int(plan_of(GOLDEN / SITE).document["storage"]["unique_bytes"])


@pytest.mark.parametrize("form", ["table", "json", "md"])
def test_a_changed_byte_shows_on_the_command_line(grown: Path, unique_bytes: int, form: str) -> None:
    said = regplan("plan", str(grown), "--offline", "-o", form)

    assert said.code == 0
    assert shown(unique_bytes + 1, form) in said.out
    assert shown(unique_bytes, form) not in said.out


@pytest.mark.parametrize("ending", ["html", "md", "json"])
def test_a_changed_byte_shows_in_every_report(grown: Path, unique_bytes: int, ending: str) -> None:
    file = grown.parent / f"plan.{ending}"

    regplan("report", str(grown), "--offline", "-O", str(file), "--quiet")

    text = file.read_text(encoding="utf-8")
    assert shown(unique_bytes + 1, ending) in text
    assert shown(unique_bytes, ending) not in text


@pytest.mark.anyio
async def test_a_changed_byte_shows_in_the_terminal_app(grown: Path, unique_bytes: int) -> None:
    async with run_app(_load, str(grown), size=(120, 40)) as pilot:
        screen = await press(pilot, "2")

    assert isinstance(pilot.app, RegplanApp)
    assert shown(unique_bytes + 1, "table") in screen
    assert shown(unique_bytes, "table") not in screen


def test_the_command_line_says_what_is_planned_in_this_process(grown: Path) -> None:
    for path in (grown, GOLDEN / "sites" / "store-tight.yaml", GOLDEN / "sites" / "untold.yaml"):
        said = regplan("plan", str(path), "--offline", "-o", "json")
        planned = plan_of(path).document

        assert said.code == {"PASS": 0, "MARGINAL": 0, "FAIL": 1, "INCOMPLETE": 4}[planned["verdict"]]
        assert _timeless(said.document) == _timeless(planned)


def shown(size_bytes: int, form: str) -> str:
    return str(size_bytes) if form == "json" else f"{size_bytes:,} B"


def _timeless(document: dict[str, object]) -> str:
    return json.dumps({key: value for key, value in document.items() if key != "generated_at"}, sort_keys=True)


async def _load(target: str, report: Report) -> Study:
    return await study_site(read_site(target), Options(), report)
