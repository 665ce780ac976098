"""Years of a fleet are the same whoever draws them, and what is done is not done again."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InputError
from regplan.model.progress import Progress
from regplan.sim.fleet.subject import BLOCK, Spec
from regplan.verbs.drawing import DrawsAsked, draw_site
from regplan.verbs.executors import open_executor
from regplan.verbs.fleet import FleetAsked, plan_fleet
from regplan.verbs.fleet_years import draw_years, kept_seed, resume_folder
from support.fleets import site_file, sites, write_fleet
from unit.sim.fleet.test_block import blocks

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.fleet import Fleet
    from regplan.model.years import FleetYears

pytest.importorskip("numpy")

SCENARIO = {"years": 1, "node_adds": 1, "reimages_per_node_year": 1, "upgrades_per_year": 2, "internet_spread": "30%"}
DEFAULTS = {"scenario": SCENARIO, "assumptions": {"version_delta": "30%"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fleet") / "made"
    write_fleet(made, 9)
    (made / "defaults.yaml").write_text(json.dumps(DEFAULTS), encoding="utf-8")
    return made


@pytest.fixture
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert BLOCK == 250
    monkeypatch.setattr("regplan.verbs.fleet_years.BLOCK", 4)


def drawn(folder: Path, **asked: Any) -> Fleet:
    usual = FleetAsked(defaults=str(folder / "defaults.yaml"), draws=50, seed=3)
    return plan_fleet(folder / "sites.csv", replace(usual, **asked))


def test_a_folder_of_blocks_tells_the_seed_that_they_were_drawn_from(tmp_path: Path) -> None:
    for number, text in enumerate(
        ("half a fi", "[" * 100_000, '{"kind": "plan", "seed": 5}', '{"kind": "fleet-years", "seed": -1}')
    ):
        (tmp_path / f"block-0000{number}.json").write_text(text)
    (tmp_path / "block-00004.json").write_bytes(b"\xff\xfe\x00\xd8")
    (tmp_path / "block-00005.json").mkdir()

    assert kept_seed(None) is kept_seed(tmp_path) is None
    (tmp_path / "block-00006.json").write_text('{"kind": "fleet-years", "seed": 41, "draws": 9}')
    assert kept_seed(tmp_path) == 41


@pytest.mark.usefixtures("_small_blocks")
def test_what_is_done_is_not_done_again_and_what_is_damaged_or_of_something_else_is_told_and_done(
    tmp_path: Path,
) -> None:
    subjects = [each for block in blocks() for each in block.subjects]
    kept, told = resume_folder(str(tmp_path / "deep" / "kept")), list[Progress]()
    assert kept is not None
    spec, files = Spec(3, 20), [kept / f"block-0000{number}.json" for number in range(3)]

    def draw(spec: Spec = spec) -> tuple[FleetYears, list[str]]:
        with open_executor() as executor:
            found, notes = draw_years(subjects, spec, executor, kept, told.append)
        assert found is not None
        return found, [str(note) for note in notes]

    years, notes = draw()
    assert (years.blocks, years.found, years.workers, notes) == (3, 0, (os.getpid(),), [])
    assert [each.name for each in years.sites] == [each.name for each in subjects]
    assert sorted(kept.iterdir()) == files
    assert [(each.done, each.total, each.unit) for each in told] == [
        (4, 10, "sites"),
        (8, 10, "sites"),
        (10, 10, "sites"),
    ]

    files[1].unlink()
    files[2].write_text(files[2].read_text()[:500])
    again, notes = draw()
    assert (again, again.found) == (years, 1)
    (note,) = notes
    assert note.startswith(f"{files[2]}: is damaged: ")
    assert note.endswith("; its sites are drawn again")
    again, notes = draw()
    assert (again, again.found, again.workers, notes) == (years, 3, (), [])

    _, notes = draw(Spec(4, 20))
    assert notes == [f"{each}: is of seed 3; its sites are drawn again" for each in files]
    subjects[9] = replace(subjects[9], failures_per_year=9)
    other, notes = draw(Spec(4, 20))
    assert notes == [f"{files[2]}: is of other sites or other numbers of theirs; its sites are drawn again"]
    assert other.found == 2


@pytest.mark.slow
@pytest.mark.usefixtures("_small_blocks")
def test_a_seed_is_drawn_and_told_and_blocks_of_another_size_come_to_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = drawn(folder, seed=None).years
    assert told is not None
    monkeypatch.setattr("regplan.verbs.fleet_years.BLOCK", 250)
    again = drawn(folder, seed=told.seed).years

    assert again is not None
    assert replace(again, blocks=3) == told
    assert drawn(folder, draws=0).years is None


def test_rows_without_a_scenario_or_what_it_needs_are_named_with_their_column_and_stop_no_other(
    folder: Path, tmp_path: Path
) -> None:
    rows = [json.loads(site_file(row)) | DEFAULTS for row in sites(4)]
    for row in rows:
        row["profiles"] = [str(folder / each) for each in row["profiles"]]
        row["from"] = [f"recording:{folder / 'recording'}"]
    rows[0].pop("scenario")
    rows[1].pop("assumptions")
    rows[2].pop("hosts")
    (tmp_path / "sites.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")

    fleet = plan_fleet(tmp_path / "sites.json", FleetAsked(draws=5, seed=1))
    assert [(each.site, each.column, each.exit_code) for each in fleet.problems] == [
        ("store-00000", "scenario.years", 2),
        ("store-00001", "scenario.upgrades_per_year", 2),
        ("store-00002", "hosts.count", 2),
    ]
    assert fleet.problems[0].problem.startswith("years are drawn of a scenario, and the site has none")
    assert fleet.problems[1].problem.startswith("2 upgrades in 1 year, and the site names no version")
    assert fleet.years is not None
    assert [each.name for each in fleet.years.sites] == [each.name for each in fleet.sites] == ["store-00003"]


def test_a_folder_that_cannot_be_one_and_draws_below_0_are_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(InputError, match="no folder can be made there"):
        drawn(folder, resume=str(tmp_path / "file" / "kept"))
    with pytest.raises(InputError, match="neither may be below 0"):
        drawn(folder, draws=-1)


@pytest.mark.slow
def test_a_site_among_many_is_what_lives_of_it_alone_come_to(folder: Path) -> None:
    fleet = drawn(folder, draws=2_000)
    assert fleet.years is not None
    for row, told in list(zip(sites(9), fleet.years.sites, strict=True))[:3]:
        site = {**json.loads(site_file(row)), **DEFAULTS}
        (folder / "alone.json").write_text(json.dumps(site), encoding="utf-8")
        chance = draw_site(folder / "alone.json", DrawsAsked(1_000, 5)).chance
        assert chance is not None
        for way in told.ways:
            alone = chance.way(way.topology)
            assert alone is not None
            for ours, theirs in ((way.wan_mean, alone.wan_bytes.mean), (way.saved_mean, alone.saved_bytes.mean)):
                ends = (theirs.low or 0, theirs.high or 0)
                half = (ends[1] - ends[0] + (ours.high or 0) - (ours.low or 0)) / 2
                assert abs(ours.value - theirs.value) <= 1.2 * half + 0.01 * abs(theirs.value), way.topology
            if alone.ready_s is not None and way.ready_p95_ms is not None:
                assert way.ready_p95_ms.value / 1_000 == pytest.approx(alone.ready_s.p95.value, rel=0.1)


@pytest.mark.slow
@pytest.mark.usefixtures("_small_blocks")
def test_other_processes_and_a_cluster_draw_the_same_also_when_a_worker_is_killed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed: Any = pytest.importorskip("distributed")
    here = drawn(folder)
    processes = drawn(folder, workers=2)
    assert processes == here
    assert processes.years is not None
    assert os.getpid() not in processes.years.workers

    monkeypatch.setattr("regplan.verbs.fleet_years.BLOCK", 1)
    apart = drawn(folder)
    local = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with distributed.LocalCluster(**local) as cluster:
        address = cluster.scheduler_address
        found = drawn(folder, scheduler=address)
        assert found == apart
        assert found.years is not None
        assert len(found.years.workers) >= 2

        victims = list(found.years.workers)

        def kill(progress: Progress) -> None:
            # In the midst of the draws.
            if progress.what.startswith("drawn") and progress.done == 2 and victims:
                os.kill(victims.pop(), signal.SIGKILL)

        asked = FleetAsked(
            defaults=str(folder / "defaults.yaml"), draws=50, seed=3, scheduler=address, resume=str(tmp_path)
        )
        killed = plan_fleet(folder / "sites.csv", asked, report=kill)

    assert len(victims) == 1
    assert replace(killed, notes=()) == replace(apart, notes=())
    workers = {json.loads(each.read_text())["worker"] for each in tmp_path.iterdir()}
    assert workers == set(killed.years.workers if killed.years else ())
    assert len(workers) >= 2
