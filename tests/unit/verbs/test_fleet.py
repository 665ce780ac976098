from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from regplan.verbs.fleet import FleetAsked, plan_fleet
from regplan.verbs.fleet_output import write_fleet
from regplan.verbs.options import Options
from regplan.verbs.study import plan_site
from support.fleets import COLUMNS, PROFILES, site_file, sites, write_table
from support.fleets import write_fleet as make_fleet

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.fleet import Fleet
    from regplan.model.progress import Progress

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fleet") / "made"
    make_fleet(made, 200)
    return made


@pytest.fixture(scope="module")
def fleet(folder: Path) -> Fleet:
    return plan_fleet(folder / "sites.csv")


def test_every_site_gets_what_a_plan_of_it_alone_says(folder: Path, fleet: Fleet) -> None:
    of_name = {site.name: site for site in fleet.sites}
    assert len(of_name) == 200
    assert len({site.verdict for site in fleet.sites}) > 2

    for row in list(sites(200))[::4]:
        (folder / "alone.yaml").write_text(site_file(row), encoding="utf-8")
        plan, found = plan_site(folder / "alone.yaml").plan, of_name[row["name"]]
        told = [each for each in plan.findings if each.rule == plan.binding_constraint and each.verdict is plan.verdict]

        assert (found.verdict, found.binding_constraint) == (plan.verdict, plan.binding_constraint)
        assert any((found.where, found.message, found.fix) == (each.where, each.message, each.fix) for each in told)
        assert any(
            (found.measured, found.required, found.unit) == (each.measured, each.required, each.unit) for each in told
        )
        assert found.failing == tuple(dict.fromkeys(each.rule for each in plan.findings if each.verdict == "FAIL"))
        assert found.required_bytes == plan.storage.required_bytes
        assert found.claimed_bytes == plan.storage.claimed_bytes
        assert found.unique_bytes == plan.layers.unique_bytes
        assert plan.wire is not None
        assert (found.direct_bytes, found.primary_bytes) == (plan.wire.direct_bytes, plan.wire.primary_bytes)
        assert found.hosts == len(plan.hosts)
        failing = {host.name for host in plan.hosts if host.verdict == "FAIL"}
        assert sum(shape.failing for shape in found.shapes) == len(failing)


def test_profiles_that_sites_share_are_read_once_for_each_set(fleet: Fleet) -> None:
    subsets = {row["profiles"] for row in sites(200)}

    assert {", ".join(each.profiles) for each in fleet.profile_sets} == subsets
    assert sum(each.sites for each in fleet.profile_sets) == 200


def test_workers_change_nothing(folder: Path, fleet: Fleet) -> None:
    assert plan_fleet(folder / "sites.csv", FleetAsked(workers=2)) == fleet


def write(folder: Path, *changes: dict[str, str], name: str = "few.csv") -> Path:
    rows = [{**row, **change} for row, change in zip(sites(len(changes)), changes, strict=True)]
    return write_table(folder / name, iter(rows))


def test_bad_rows_are_named_and_stop_no_other(folder: Path) -> None:
    table = write(
        folder, {}, {"hosts.cpu": "0"}, {"name": "store-00000"}, {"profiles": "gone.json"}, {"registry.storage": "300"}, {}
    )  # fmt: skip
    found = plan_fleet(table)

    assert sorted(site.line for site in found.sites) == [2, 7]
    assert [(each.line, each.column, each.site) for each in found.problems] == [
        (3, "hosts.cpu", "store-00001"),
        (4, "name", "store-00000"),
        (5, "profiles", "store-00003"),
        (6, "registry.storage", "store-00004"),
    ]
    assert found.problems[1].problem == "the site store-00000 stands in line 2 already"
    assert "gone.json: no such file" in found.problems[2].problem
    assert found.totals.rows_with_problems == 4


def test_a_set_that_cannot_be_read_fails_for_all_its_sites_with_one_reading(folder: Path) -> None:
    (folder / "broken.json").write_text("{", encoding="utf-8")
    found = plan_fleet(write(folder, *[{"profiles": "broken.json"}] * 3))

    assert [each.line for each in found.problems] == [2, 3, 4]
    assert len({each.problem for each in found.problems}) == 1


def test_a_variable_that_no_profile_has_parts_no_set_and_one_that_a_profile_has_does(folder: Path) -> None:
    text = (folder / "retail.json").read_text(encoding="utf-8")
    (folder / "tagged.json").write_text(
        text.replace("retail/app-3:1.3", "retail/app-3:{{.spectro.var.Tag}}"), encoding="utf-8"
    )
    lines = ["name,profiles,from,var.Number,var.Tag"]
    lines += [f"s-{number},tagged.json,recording:recording/,{number},1.{3 + number % 2}" for number in range(8)]
    (folder / "variables.csv").write_text("\n".join(lines), encoding="utf-8")
    found = plan_fleet(folder / "variables.csv")

    assert [each.sites for each in found.profile_sets] == [4, 4]
    assert [each.unresolved for each in found.profile_sets] == [0, 1]
    assert {site.name for site in found.sites if site.unresolved} == {"s-1", "s-3", "s-5", "s-7"}


def test_options_of_the_caller_hold_for_every_site(folder: Path) -> None:
    (folder / "bare.csv").write_text("Store No,profiles\n17,retail.json\n", encoding="utf-8")
    options = Options(sources=(f"recording:{folder / 'recording'}",))
    found = plan_fleet(folder / "bare.csv", FleetAsked(renamed=("Store No=name",)), options)

    assert [(site.name, site.unresolved) for site in found.sites] == [("17", 0)]


def test_progress_is_told_in_sites(folder: Path) -> None:
    heard: list[Progress] = []
    plan_fleet(folder / "sites.csv", report=heard.append)

    told = [(each.done, each.total) for each in heard if each.unit == "sites"]
    assert told == [(100, 200), (200, 200)]


def test_wrong_rows_are_told_as_progress_where_no_other_row_is_near(folder: Path) -> None:
    right, *_ = sites(1)
    rows = [right | {"name": f"s-{place}", "registry.storage": "lots"} for place in range(250)]
    write_table(folder / "wrong.csv", iter([*rows, right, right]))
    heard: list[Progress] = []
    fleet = plan_fleet(folder / "wrong.csv", report=heard.append)

    told = [(each.done, each.total >= 250) for each in heard if each.unit == "sites"]
    assert told == [(100, True), (200, True), (251, True), (252, True)]
    assert (len(fleet.sites), len(fleet.problems)) == (1, 251)


def test_a_name_that_no_file_can_have_stops_no_other_row(folder: Path) -> None:
    right, *_ = sites(1)
    write_table(folder / "long.csv", iter([right | {"name": "long", "profiles": f"{'x' * 300}.json"}, right]))
    fleet = plan_fleet(folder / "long.csv")

    (problem,) = fleet.problems
    assert (problem.line, problem.column, problem.site) == (2, "profiles", "long")
    assert problem.problem.endswith(".json: cannot be read (File name too long)")
    assert [site.name for site in fleet.sites] == [right["name"]]


def test_a_list_of_sites_is_planned_as_the_table_is(folder: Path) -> None:
    rows = list(sites(5))
    text = "sites:\n" + "".join(f"- {site_file(row)}\n" for row in rows)
    (folder / "list.yaml").write_text(text, encoding="utf-8")
    table = plan_fleet(write_table(folder / "five.csv", iter(rows)))
    found = plan_fleet(folder / "list.yaml")

    def shown(fleet: Fleet) -> list[Any]:
        return [(site.name, site.verdict, site.message, site.required_bytes, site.direct_bytes) for site in fleet.sites]

    assert shown(found) == shown(table)


def test_rows_are_written_back_in_order_with_what_was_found_and_can_be_read_again(folder: Path, tmp_path: Path) -> None:
    table = write(folder, {"name": "=cmd|' /C calc'!A0"}, {"hosts.cpu": "zero"}, {})
    fleet = plan_fleet(table)
    out = write_fleet(fleet, table, tmp_path / "out.csv", FleetAsked())
    lines = out.read_text(encoding="utf-8").splitlines()

    assert lines[0] == ";".join(
        [*COLUMNS, "regplan.verdict", "regplan.binding_constraint", "regplan.message", "regplan.fix"]
    )
    assert lines[1].startswith("'=cmd|' /C calc'!A0;")
    assert (
        lines[2].partition(";ERROR;;")[2] == "hosts.cpu: 'zero' is not a Kubernetes quantity such as 300Gi, 500m or 2;"
    )
    assert lines[3].startswith("store-00002;")
    site = next(each for each in fleet.sites if each.line == 4)
    assert f";{site.verdict};{site.binding_constraint};" in lines[3]
    (folder / "again.csv").write_bytes(out.read_bytes())
    again = plan_fleet(folder / "again.csv")
    assert [(each.line, each.verdict) for each in again.sites] == [(each.line, each.verdict) for each in fleet.sites]
    assert (
        write_fleet(again, folder / "again.csv", tmp_path / "o2.csv", FleetAsked()).read_text("utf-8").count("regplan.")
        == 4
    )


def test_no_path_of_this_machine_is_in_what_is_said(folder: Path, fleet: Fleet) -> None:
    assert str(folder) not in repr(fleet)
    assert {profile for each in fleet.profile_sets for profile in each.profiles} == {
        f"{name}.json" for name in PROFILES
    }


def test_a_password_in_a_row_is_in_nothing_that_is_said_or_written(folder: Path, tmp_path: Path) -> None:
    secret = "https://me:hunter2@harbor.corp"
    table = write(
        folder, {"name": secret}, {"profiles": f"{secret}/x.json"}, {"registry.storage": secret}, name="pw.csv"
    )
    found = plan_fleet(table)
    written = write_fleet(found, table, tmp_path / "out.csv", FleetAsked()).read_text(encoding="utf-8")

    assert {each.line for each in found.problems} == {2, 3, 4}
    assert "hunter2" not in repr(found) + written
    assert written.count("https://***@harbor.corp") == 3
