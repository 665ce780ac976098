"""Versions of a site's profiles as a user plans them: the next one, those before, and what deletes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from cli.running import regplan
from support import images
from support.content import layer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from support.content import Image

BASE, ONE, TWO, THREE, FOUR = (
    layer(size, seed) for seed, size in enumerate((30_000, 11_000, 12_000, 13_000, 14_000), 70)
)
APPS = {
    f"docker.io/library/app:{number}": images.image((BASE, own), label=f"{number}")
    for number, own in enumerate((ONE, TWO, THREE, FOUR), 1)
}
BARE = {"free_space": "0%", "filesystem_overhead": "0%", "parallel_uploads": 1, "metadata_bytes_per_link": "1B"}


def sizes(made: Iterable[Image]) -> dict[str, int]:
    return {blob.digest: blob.size for each in made for blob in (*each.manifests(), *each.blobs())}


def added(number: int, *beside: int) -> int:
    """The bytes of a version that none of others has."""
    have = sizes(APPS[f"docker.io/library/app:{each}"] for each in beside)
    return sum(size for digest, size in sizes([APPS[f"docker.io/library/app:{number}"]]).items() if digest not in have)


@pytest.fixture
def site(tmp_path: Path) -> dict[str, Any]:
    """A site that is at version 3 of four."""
    images.write_layout(tmp_path / "all", APPS)
    for number in range(1, 5):
        (tmp_path / f"{number}.txt").write_text(f"app:{number}\n")
    return {
        "name": "store",
        "profiles": ["3.txt"],
        "upgrade_to": ["4.txt"],
        "upgrade_from": [["2.txt"], ["1.txt"]],
        "from": [f"oci:{tmp_path / 'all'}"],
        "content": {"palette_images": "none"},
        "registry": {"storage": "300GB", "retention": "keep 3 versions"},
        "assumptions": BARE,
    }


def planned(tmp_path: Path, site: dict[str, Any]) -> dict[str, Any]:
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump(site))
    said = regplan("plan", str(file), "-o", "json")
    assert said.code in {0, 4}, said.err
    jsonschema.validate(said.document, regplan("schema", "plan").document)
    jsonschema.validate(site, regplan("schema", "site").document)
    document = said.document
    document["terms"] = {each["key"]: each["bytes"] for each in document["storage"]["terms"]}
    return document


@pytest.mark.parametrize(("keep", "beside"), [(1, ()), (2, (4,)), (3, (4, 2)), (4, (4, 2, 1))])
def test_kept_versions_are_counted_by_digest_the_next_first_then_the_newest(
    tmp_path: Path, site: dict[str, Any], keep: int, beside: tuple[int, ...]
) -> None:
    site["registry"]["retention"] = f"keep {keep} versions"
    found = planned(tmp_path, site)

    expected = sum(added(number, 3, *beside[:place]) for place, number in enumerate(beside))
    assert found["terms"]["kept_versions"] == expected
    assert "older_versions" not in found["terms"]
    assert found["storage"]["versions"]["count"] == keep
    assert found["storage"]["versions"]["measured"] == len(beside)
    assert found["storage"]["versions"]["next_bytes"] == added(4, 3)
    assert found["site"]["upgrade_from"] == [["2.txt"], ["1.txt"]]


def test_without_a_retention_every_release_of_the_years_is_counted_and_the_need_may_fail_the_claim(
    tmp_path: Path, site: dict[str, Any]
) -> None:
    site["registry"] = {"storage": "200kB"}
    site["scenario"] = {"years": 2, "upgrades_per_year": 6}
    found = planned_with_a_failure(tmp_path, site)

    live = added(3)
    assert found["storage"]["versions"]["count"] == 13
    assert not found["storage"]["versions"]["deletes"]
    # Three of the twelve others are given; nine are assumed.
    assert found["terms"]["older_versions"] == 9 * math.ceil(live * 35 / 100)
    assert {each["rule"]: each["verdict"] for each in found["findings"]}["storage.claim"] == "FAIL"


def planned_with_a_failure(tmp_path: Path, site: dict[str, Any]) -> dict[str, Any]:
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump(site))
    said = regplan("plan", str(file), "-o", "json")
    assert said.code == 1, said.err
    document = said.document
    document["terms"] = {each["key"]: each["bytes"] for each in document["storage"]["terms"]}
    return document


def test_one_list_of_files_is_one_version(tmp_path: Path, site: dict[str, Any]) -> None:
    site["upgrade_from"] = ["2.txt", "1.txt"]
    found = planned(tmp_path, site)

    both = {**sizes([APPS["docker.io/library/app:2"]]), **sizes([APPS["docker.io/library/app:1"]])}
    have = sizes(APPS[f"docker.io/library/app:{number}"] for number in (3, 4))
    assert found["terms"]["kept_versions"] == added(4, 3) + sum(
        size for digest, size in both.items() if digest not in have
    )


def test_an_old_profile_that_is_not_there_is_one_clear_error(tmp_path: Path, site: dict[str, Any]) -> None:
    site["upgrade_from"] = [["gone.txt"]]
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump(site))
    said = regplan("plan", str(file))

    assert said.code == 2
    assert "gone.txt" in said.err
    assert "Traceback" not in said.err


def test_the_table_says_how_many_versions_are_counted_and_what_the_claim_holds(
    tmp_path: Path, site: dict[str, Any]
) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump(site))
    said = regplan("plan", str(file))

    assert "3 versions at once (registry.retention keeps 3): the claim holds " in said.out
    assert "charts_packs" not in said.out


def test_what_charts_and_packs_take_is_counted_where_the_site_file_states_it(
    tmp_path: Path, site: dict[str, Any]
) -> None:
    site["content"]["packs_size"] = "2GB"
    site["registry"]["on_demand"] = True
    found = planned(tmp_path, site)

    assert found["terms"]["charts_packs"] == 2 * 10**9
    assert found["terms"]["on_demand"] == 2 * added(3)
