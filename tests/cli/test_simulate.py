"""`regplan simulate`: bootstrap, events, outages and the scenario, in every form, and what cannot be followed."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from cli.running import regplan
from regplan.verbs.demo import demo_site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.running import Said

SITE = """name: store
profiles: [{demo}/profiles/retail-infra-1.0.0.json, {demo}/profiles/retail-apps-1.0.0.yaml]
from: [recording:{demo}/recording/]
content: {{palette_images: none}}
hosts:
  - {{name: node, role: worker, count: 2}}
"""


@pytest.fixture
def site(tmp_path: Path) -> Callable[[str], str]:
    def write(more: str) -> str:
        path = tmp_path / "site.yaml"
        path.write_text(SITE.format(demo=demo_site().parent) + more, encoding="utf-8")
        return str(path)

    return write


def document(found: Said) -> Any:
    assert found.code == 0, found.err
    return found.document


def test_the_contract_s_keys_stand_beside_every_event_and_topology() -> None:
    told = document(regplan("simulate", str(demo_site()), "-o", "json"))

    assert told["kind"] == "simulation"
    ways = {each["name"]: each for each in told["scenarios"]}
    assert list(ways) == ["direct", "primary", "bundle", "pull-through", "peer-to-peer"]
    assert told["saved_bytes"] == ways["direct"]["wan_bytes"] - ways["primary"]["wan_bytes"]
    boots = {each["topology"]: each["wan_bytes"] for each in told["events"] if each["event"] == "bootstrap"}
    assert boots == {name: each["wan_bytes"] for name, each in ways.items()}
    assert len(told["events"]) == 8 * 5
    expected = {each["name"]: each for each in told["expected"]["ways"]}
    assert told["expected"]["upgrades"] == 12
    for each in expected.values():
        assert sum(each["wan_month_bytes"]) == pytest.approx(each["wan_bytes"], abs=36)
        assert sum(each["wan_event_bytes"].values()) == pytest.approx(each["wan_bytes"], abs=8)
        assert each["saved_bytes"] == expected["direct"]["wan_bytes"] - each["wan_bytes"]


def test_people_read_topologies_side_by_side() -> None:
    found = regplan("simulate", str(demo_site()))

    assert found.code == 0
    lines = found.out.splitlines()
    assert any(
        line.split() == ["EVENT", "DIRECT", "PRIMARY", "BUNDLE", "PULL-THROUGH", "PEER-TO-PEER"] for line in lines
    )
    assert any(line.startswith("reimage ") and "652 MB" in line for line in lines)
    assert "carries less than direct pulls from 2 hosts on at the first bootstrap; the site has 3" in found.out
    assert "a cold zot copies all platforms of an image" in found.out


def test_one_of_anything_is_told_as_one(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(
        'name: s\nimages: ["registry.example/a/app:1"]\ndeclared_sizes: {"registry.example/a/app:1": 5GB}\n'
        "hosts: [{name: n, count: 2}]\nassumptions: {version_delta: 10%}\nregistry: {kind: zot, storage: 1GB}\n"
        "scenario: {upgrades_per_year: 1, reimages_per_node_year: 3}\n",
        encoding="utf-8",
    )
    said = regplan("simulate", str(path), "--offline").out

    assert "The scenario of 1 year as expected, with 1 upgrade, 1 of them" in said
    assert "(from 0 B to 5.00 GB: 1 image of unknown placement)" in said
    assert "carries less than direct pulls from 1 host on over the scenario" in said
    assert "the claim has no room for 1 image: registry.example/a/app:1" in said


def test_sizes_that_are_declared_hold_for_the_next_version_and_what_is_left_makes_a_lower_bound(tmp_path: Path) -> None:
    names = [f"registry.example/a/{name}:1" for name in ("app", "new", "lost")]
    path = tmp_path / "site.yaml"
    path.write_text(
        f'name: s\nimages: ["{names[0]}"]\ndeclared_sizes: {{"{names[0]}": 5GB, "{names[1]}": 2GB}}\nupgrade_to: [next.txt]\n'
        "hosts: [{name: n, count: 2}]\nassumptions: {hosts_per_image: 2}\nscenario: {upgrades_per_year: 1}\n",
        encoding="utf-8",
    )

    def upgraded(*images: str) -> Said:
        (tmp_path / "next.txt").write_text("".join(f"{each}\n" for each in images), encoding="utf-8")
        return regplan("simulate", str(path), "--offline", "-o", "json")

    whole, short = upgraded(*names[:2]), upgraded(*names)
    for said in (whole, short):
        rows = {each["topology"]: each["wan_bytes"] for each in said.document["events"] if each["event"] == "upgrade"}
        assert (rows["direct"], rows["primary"], rows["bundle"]) == (4 * 10**9, 2 * 10**9, 0)
    assert (whole.code, whole.document["upgrade_unresolved"]) == (0, [])
    assert (short.code, short.document["upgrade_unresolved"]) == (4, [names[2]])
    for more in ((), ("--draws", "5", "--seed", "1")):
        shown = regplan("simulate", str(path), "--offline", *more)
        assert shown.code == 4
        assert (
            f"1 image of `upgrade_to` is unresolved: what upgrades carry is a lower bound: {names[2]}"
            in shown.out + shown.err
        )
    planned = regplan("plan", str(path), "--offline").out
    assert "\nupgrade: at least 2.00 GB new, 0 B dropped, at least 7.00 GB while both are kept\n" in planned
    assert "\nstorage: at least " in planned
    said = regplan("fleet", _row(tmp_path), "--offline", "--draws", "5", "--seed", "1", "-o", "json")
    drawn = said.document
    assert said.code == regplan("fleet", _row(tmp_path), "--offline").code
    assert [each["lower_bound"] for each in drawn["years"]["sites"]] == [True]
    assert any("what upgrades carry is a lower bound: registry.example/a/lost:1" in each for each in drawn["notes"])
    html = tmp_path / "plan.html"
    assert regplan("report", str(path), "--offline", "-O", str(html)).code in {0, 1, 4}
    assert "what upgrades carry is a lower bound: registry.example/a/lost:1" in html.read_text("utf-8")


def _row(folder: Path) -> str:
    """Write the same site as a row of a table."""
    (folder / "sites.yaml").write_text(f"- {json.dumps(yaml.safe_load((folder / 'site.yaml').read_text('utf-8')))}\n")
    return str(folder / "sites.yaml")


FULL = """name: s
images: ["registry.example/a/app:1", "registry.example/a/db:1"]
declared_sizes: {"registry.example/a/app:1": 5GB, "registry.example/a/db:1": 3GB}
upgrade_to: [next.txt]
hosts: [{name: n, count: 2}]
assumptions: {hosts_per_image: 2}
registry: {kind: zot, storage: CLAIM}
scenario: {fallback: FALLBACK}
"""


@pytest.mark.parametrize(
    ("fallback", "claim", "boot", "upgrade", "met"),
    [
        # Five of eight GB fit; db comes to both hosts past the registry, or not at all. Upgrading brings each host 2 GB more.
        ("agent", "6GB", (16, 11, 6, 8, 8), (4, 4, 4, 2, 2), ["1 past it", "runs", "1 past it", "1 past it", "1 past it"]),
        ("none", "6GB", (16, 5, 0, 8, 8), (4, 0, 0, 2, 2), ["1 image waits", "runs", "1 image waits", "1 image waits", "2 images wait"]),
        ("agent", "300GB", None, (4, 4, 4, 2, 2), ["runs", "runs", "runs", "1 past it"]),
        ("none", "300GB", None, (4, 0, 0, 2, 2), ["runs", "runs", "runs", "1 image waits"]),
    ],
)  # fmt: skip
def test_a_registry_whose_disk_is_full_lacks_what_does_not_fit(
    tmp_path: Path, fallback: str, claim: str, boot: tuple[int, ...] | None, upgrade: tuple[int, ...], met: list[str]
) -> None:
    path = tmp_path / "site.yaml"
    text = FULL.replace("CLAIM", claim).replace("FALLBACK", fallback)
    path.write_text(text.replace('db:1": 3GB}', 'db:1": 3GB, "registry.example/a/new:1": 2GB}'), encoding="utf-8")
    images = ("app:1", "db:1", "new:1")
    (tmp_path / "next.txt").write_text("".join(f"registry.example/a/{each}\n" for each in images), encoding="utf-8")
    told = document(regplan("simulate", str(path), "--offline", "-o", "json"))

    found: dict[str, list[float]] = {}
    for each in told["events"]:
        found.setdefault(each["event"], []).append(each["wan_bytes"] / 10**9)
    assert found.get("bootstrap-full") == (None if boot is None else list(boot))
    assert found["upgrade-full"] == list(upgrade)
    shown = regplan("simulate", str(path), "--offline").out
    rows = [line for line in shown.splitlines() if line.startswith("disk ")]
    assert [re.split(r"  +", line)[3] for line in rows] == met
    html = tmp_path / "plan.html"
    assert regplan("report", str(path), "--offline", "-O", str(html)).code in {0, 1, 4}
    assert "registry&#39;s disk full" in html.read_text("utf-8") or "registry's disk full" in html.read_text("utf-8")


def test_one_part_alone_goes_into_a_spreadsheet() -> None:
    said = regplan("simulate", str(demo_site()), "--part", "events", "-o", "csv")

    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert len(rows) == 8 * 5
    assert {(row["event"], row["topology"]): row["wan_bytes"] for row in rows}["upgrade", "primary"] == "196372996"


def test_json_lines_hold_the_ways_unless_a_part_is_asked_for(site: Callable[[str], str]) -> None:
    path = site("")

    assert json.loads(regplan("simulate", path, "-o", "jsonl").out.splitlines()[0])["name"] == "direct"
    lines = regplan("simulate", path, "--part", "outages", "-o", "jsonl").out.splitlines()
    assert json.loads(lines[0])["outage"] == "internet"


def test_one_part_alone_is_a_table_in_markdown(site: Callable[[str], str]) -> None:
    assert "| reimage |" in regplan("simulate", site(""), "--part", "events", "-o", "md").out


def test_a_site_without_a_scenario_has_events_and_no_expectation(site: Callable[[str], str]) -> None:
    path = site("")
    told = document(regplan("simulate", path, "-o", "json"))

    assert told["expected"] is None
    assert not any(each["event"] == "upgrade" for each in told["events"])
    refused = regplan("simulate", path, "--part", "expected")
    assert refused.code == 2
    assert "--part expected: the site has no `scenario:`" in refused.err


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (
            "scenario: {years: 2, upgrades_per_year: 2}\n",
            "line 7, column 22: scenario.upgrades_per_year: 4 upgrades in 2 years",
        ),
        ("scenario: {years: 0}\n", "line 7, column 12: scenario.years: a scenario of 0 years"),
        ("scenario: {node_adds: -1}\n", "scenario.node_adds: '-1' is not a whole number"),
        (
            "scenario: {reimages_per_node_year: -0.5}\n",
            "scenario.reimages_per_node_year: '-0.5' is negative; a number must be 0 or more",
        ),
        ("scenario: {price_per_GB: -1}\n", "scenario.price_per_GB: '-1' is negative; a number must be 0 or more"),
        ("scenario: {price_per_gb: 1}\n", "did you mean price_per_GB?"),
        ("scenario: {peer_extra: 101%}\n", "line 7, column 12: scenario.peer_extra: '101%' is more than all of it"),
        ("scenario: {fallback: agnet}\n", "'agnet' is none of none, agent, hosts-toml; did you mean agent?"),
        ("scenario: {registry_outage: soon}\n", "scenario.registry_outage: 'soon'"),
        ("scenario: {registry_outage: -4h}\n", "scenario.registry_outage: '-4h'"),
        ("assumptions: {version_delta: 140%}\n", "assumptions.version_delta: '140%' is more than all of it"),
    ],
)
def test_a_scenario_that_cannot_be_followed_is_one_error_with_its_key(
    site: Callable[[str], str], more: str, problem: str
) -> None:
    found = regplan("simulate", site(more))

    assert found.code == 2
    assert found.out == ""
    assert problem in found.err
    assert "site.yaml" in found.err


def test_a_plan_does_without_a_scenario_that_cannot_be_followed(site: Callable[[str], str]) -> None:
    path = site("scenario: {years: 2, upgrades_per_year: 2}\n")

    assert regplan("plan", path).code in {0, 1, 4}
    share = document(
        regplan(
            "simulate",
            site("scenario: {years: 2, upgrades_per_year: 2}\nassumptions: {version_delta: 35%}\n"),
            "-o",
            "json",
        )
    )
    assert share["expected"]["given_upgrades"] == 0
    assert share["expected"]["ways"][0]["wan_event_bytes"]["upgrade"] > 0


def test_a_site_without_internet_says_what_it_would_take_and_has_no_way_past_its_registry(
    site: Callable[[str], str],
) -> None:
    path = site("internet: none\nregistry: {kind: harbor, storage: 300GB, sync: true}\n")
    told = document(regplan("simulate", path, "-o", "json"))

    assert (told["fallback"], told["cache"]) == ("none", "harbor")
    waits = {(each["outage"], each["event"], each["topology"]): each["blocked_images"] for each in told["outages"]}
    assert waits["registry", "reimage", "primary"] > 0
    assert "the site has no internet: what goes over the link is what it would take" in regplan("simulate", path).out


def test_a_scenario_may_say_what_its_cache_is_and_how_many_ask_at_once(site: Callable[[str], str]) -> None:
    fetched = {}
    for more in ("{cache: harbor}", "{cache: distribution-2, asking: 1}"):
        told = document(regplan("simulate", site(f"scenario: {more}\n"), "-o", "json"))
        fetched[told["cache"]] = told["scenarios"][3]["wan_bytes"] - told["scenarios"][1]["wan_bytes"]

    # Two hosts ask for what both run, and the cache fetches it for itself too.
    assert fetched["harbor"] > fetched["distribution-2"] > 0


def test_every_number_of_a_site_s_life_can_be_explained() -> None:
    path = str(demo_site())
    keys = [each["key"] for each in json.loads(regplan("explain", path, "-o", "json").out)["keys"]]

    mine = [key for key in keys if key.startswith("life.")]
    assert "life.break_even_hosts" in mine
    assert "life.expected.ways[1].saved_bytes" in mine
    told = regplan("explain", path, "life.expected.ways.primary.saved_bytes")
    assert "What is saved of direct pulls' internet bytes over the scenario" in told.out
    assert "direct_bytes - wan_bytes" in told.out


def test_the_number_of_hosts_from_which_a_registry_pays_has_its_formula() -> None:
    told = regplan("explain", str(demo_site()), "life.break_even_hosts").out

    assert "floor(hosts * content_bytes / (direct_bytes - primary_bytes + content_bytes)) + 1" in told


def test_a_report_shows_events_and_the_scenario(tmp_path: Path) -> None:
    out = tmp_path / "report.md"
    regplan("report", str(demo_site()), "-O", str(out))

    text = out.read_text(encoding="utf-8")
    assert "| a host is set up anew |" in text
    assert "The scenario of 3 years as expected, with 12 upgrades" in text


def test_when_hosts_have_unpacked_their_images_stands_beside_the_transfers() -> None:
    told = document(regplan("simulate", str(demo_site()), "-o", "json"))
    ways = {each["name"]: each for each in told["scenarios"]}

    for name in ("direct", "primary", "bundle"):
        # Packets' headers, round trips and unpacking come on top of the transfers.
        assert ways[name]["ready_s"]["max"] > ways[name]["boot_s"]["max"]
    for name in ("direct", "primary", "bundle", "pull-through", "peer-to-peer"):
        assert ways[name]["least_s"] <= ways[name]["ready_s"]["max"]
        assert (ways[name]["tier"], set(ways[name]["ready_s"])) == (2, {"p50", "p95", "max"})
    # Peers fetch no more than a registry is seeded with, and need not wait until all of it is there.
    assert ways["peer-to-peer"]["ready_s"]["max"] < ways["primary"]["ready_s"]["max"]
    assert {each["key"]: each["provenance"] for each in told["pulls"]}["unpacked_each_second"] == "assumed"
    assert (
        "bundle: layer by layer 0.66 times the closed form, by unpacking" in regplan("simulate", str(demo_site())).out
    )


def test_the_closed_form_is_asked_for_and_times_stand_alone_in_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(regplan("simulate", str(demo_site()), "--part", "times", "-o", "csv").out)))
    told = document(regplan("simulate", str(demo_site()), "--tier", "1", "-o", "json"))

    assert [row["name"] for row in rows] == ["direct", "primary", "bundle", "pull-through", "peer-to-peer"]
    assert float(rows[0]["ready_max_s"]) > 800
    assert [each.get("tier") for each in told["scenarios"]] == [1, 1, 1, 1, 1]
    assert regplan("simulate", str(demo_site()), "--tier", "3").code == 2


def test_how_hosts_pull_is_set_in_the_site_file(site: Callable[[str], str]) -> None:
    links = "links: {internet: {rate: 1Gbit/s}, lan: {rate: 1Gbit/s}}\n"
    usual, slow = (
        document(regplan("simulate", site(links + more), "-o", "json"))
        for more in ("", "pulls: {unpacked_each_second: 20MB, downloads_of: image}\n")
    )
    parameters = {each["key"]: each for each in slow["pulls"]}

    assert slow["scenarios"][0]["ready_s"]["max"] > 2 * usual["scenarios"][0]["ready_s"]["max"]
    assert (parameters["unpacked_each_second"]["value"], parameters["unpacked_each_second"]["provenance"]) == (
        20_000_000,
        "declared",
    )
    refused = regplan("simulate", site("pulls: {wire_ratio: 0.5, downloads: 0}\n"))
    assert refused.code == 2
    assert "pulls.wire_ratio: '0.5' must be at least 1" in refused.err
    assert "pulls.downloads: '0' is not a whole number from 1" in refused.err


def test_a_report_says_why_a_scenario_was_not_followed_and_names_no_folder(
    site: Callable[[str], str], tmp_path: Path
) -> None:
    out = tmp_path / "report.md"
    regplan("report", site("scenario: {years: 2, upgrades_per_year: 2}\n"), "-O", str(out))

    text = out.read_text(encoding="utf-8")
    assert "The scenario was not followed: site.yaml: line 7, column 22: scenario.upgrades" in text
    assert str(tmp_path) not in text
