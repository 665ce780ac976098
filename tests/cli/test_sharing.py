"""`layers` and `diff` as people and scripts see who shares what."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest

from cli.running import regplan

DEMO = Path(__file__).parents[2] / "data" / "demo"
SITE = str(DEMO / "site.yaml")
FROM = ("--from", f"recording:{DEMO / 'recording'}", "--offline")
INFRA, OLD, NEW = (
    str(DEMO / "profiles" / name)
    for name in ("retail-infra-1.0.0.json", "retail-apps-1.0.0.yaml", "retail-apps-1.1.0.yaml")
)


def test_a_site_file_stands_for_its_profiles_its_sources_and_its_project() -> None:
    by_site = regplan("layers", SITE, "--offline", "-o", "json").document
    by_hand = regplan("layers", INFRA, OLD, *FROM, "-o", "json").document

    assert by_site["unique_bytes"] == by_hand["unique_bytes"]
    assert [each["project"] for each in by_site["projects"]] == ["spectro-images"]
    assert by_site["images"] == by_hand["images"]


def test_fair_shares_stand_in_the_table() -> None:
    said = regplan("layers", SITE, "--offline")

    assert said.out.splitlines()[0].split() == ["IMAGE", "PLATFORM", "SIZE", "SHARED", "UNIQUE", "FAIR"]
    assert "images make 50 %: " in said.out


@pytest.mark.parametrize("by", ["pack", "profile"])
def test_packs_and_profiles_are_a_table_and_a_spreadsheet(by: str) -> None:
    document = regplan("layers", SITE, "--offline", "-o", "json").document
    said = regplan("layers", SITE, "--offline", "--by", by)
    rows = list(csv.DictReader(io.StringIO(regplan("layers", SITE, "--offline", "--by", by, "-o", "csv").out)))

    assert said.out.splitlines()[0].split()[-4:] == ["REFERENCED", "UNIQUE", "SHARED", "FREED"]
    assert [int(row["exclusive_bytes"]) for row in rows] == [each["exclusive_bytes"] for each in document[f"{by}s"]]


def test_blobs_are_listed_with_those_that_share_them_only_where_asked() -> None:
    said = regplan("layers", SITE, "--offline", "--blobs")
    rows = list(csv.DictReader(io.StringIO(regplan("layers", SITE, "--offline", "--blobs", "-o", "csv").out)))
    plain = regplan("layers", SITE, "--offline", "-o", "json").document

    assert said.out.splitlines()[0].split() == ["BLOB", "KIND", "SIZE", "IMAGES", "SAVED", "WHICH"]
    assert sum(int(row["size_bytes"] or 0) for row in rows) == plain["unique_bytes"]
    assert "blobs_detail" not in plain


def test_families_are_listed() -> None:
    said = regplan("layers", SITE, "--offline", "--families")

    assert said.out.splitlines()[0].split()[:4] == ["FAMILY", "WITHIN", "LAYERS", "ONCE"]


@pytest.mark.parametrize("at", ["docker://h.example", "nowhere", "docker://user:pw@h.example/p"])
def test_a_target_that_is_none_is_refused(at: str) -> None:
    said = regplan("layers", SITE, "--offline", "--at", at)

    assert (said.code, said.out) == (2, "")
    assert "pw" not in said.err


def test_projects_follow_the_rules_and_the_target(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("gcr.io: harbor.example/distroless\n", encoding="utf-8")

    arguments = ("layers", SITE, "--offline", "--mapping", str(rules), "--at", "docker://harbor.example/edge")
    document, said = regplan(*arguments, "-o", "json").document, regplan(*arguments)

    assert [each["project"] for each in document["projects"]] == ["distroless", "edge"]
    assert document["quota_bytes"] == sum(each["quota_bytes"] for each in document["projects"])
    assert f"{document['quota_bytes']:,} B charged as quota: distroless " in said.out


def test_a_version_may_be_several_files_with_commas_between() -> None:
    together = regplan("diff", f"{INFRA},{OLD}", f"{INFRA}, {NEW}", *FROM, "-o", "json").document
    by_site = regplan("diff", SITE, f"{INFRA},{NEW}", *FROM, "-o", "json").document

    assert together["peak_bytes"] == by_site["peak_bytes"]
    assert together["new_bytes"] == regplan("diff", OLD, NEW, *FROM, "-o", "json").document["new_bytes"]


def test_a_file_whose_name_has_a_comma_is_one_file(tmp_path: Path) -> None:
    file = tmp_path / "apps,old.yaml"
    shutil.copy(OLD, file)

    assert regplan("diff", str(file), NEW, *FROM).code == 0


@pytest.mark.parametrize("version", [f"{OLD},", f",{OLD}", f"{OLD},,{INFRA}"])
def test_a_comma_with_nothing_beside_it_is_refused(version: str) -> None:
    said = regplan("diff", version, NEW, *FROM)

    assert said.code == 2
    assert "comma" in said.err


def test_what_is_unresolved_on_either_side_is_told(tmp_path: Path) -> None:
    lost = tmp_path / "list.txt"
    lost.write_text("docker.io/library/nginx:1.30.5\nr.example/lost:1\n", encoding="utf-8")

    for versions in ((str(lost), NEW), (OLD, str(lost)), (OLD, str(lost), NEW)):
        said = regplan("diff", *versions, *FROM)
        assert said.code == 4
        assert "r.example/lost:1" in said.out


def test_several_versions_are_a_table_of_steps_and_a_line_of_what_is_kept() -> None:
    said = regplan("diff", OLD, NEW, f"{INFRA},{NEW}", *FROM)

    assert said.code == 0
    assert ["FROM", "TO", "KEPT", "NEW", "DROPPED", "PEAK"] in [line.split() for line in said.out.splitlines()]
    assert "at most, with so many versions kept: 1: " in said.out
    two = regplan("diff", OLD, NEW, *FROM)
    assert "FROM" not in two.out
    assert ["CHANGE", "REPOSITORY", "TAGS", "BEFORE", "AFTER", "NEW", "DROPPED"] in [
        line.split() for line in two.out.splitlines()
    ]


def test_a_diff_is_told_to_the_byte_and_with_what_nobody_knows() -> None:
    document, said = (regplan("diff", OLD, NEW, *FROM, *more) for more in (("-o", "json"), ()))

    sums = document.document
    for what in ("kept", "new", "dropped", "peak"):
        assert f"{sums[f'{what}_bytes']:,} B" in said.out
    assert sums["sizes_unknown"] > 0
    assert f"{sums['sizes_unknown']} unknown sizes counted as 0 bytes" in said.out
