"""Who shares what in the demo, image by image and pack by pack, computed again by scripts that import nothing of regplan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.running import regplan
from independent.material import Image, pick, read_facts, read_packs, read_yaml
from independent.sharing import changes, exact_shares, families, groups, read_stacks, sharers, union_bytes

DEMO = Path(__file__).parents[2] / "data" / "demo"
FACTS = DEMO / "recording" / "facts.jsonl"
SITE = read_yaml(DEMO / "site.yaml")
PACKS = read_packs([DEMO / each for each in SITE["profiles"]], SITE.get("variables"))
APPS = [DEMO / "profiles" / f"retail-apps-{version}.yaml" for version in ("1.0.0", "1.1.0")]


def images_of(*profiles: Path) -> list[Image]:
    packs = read_packs(profiles) if profiles else PACKS
    references = [reference for pack in packs for reference in pack.references]
    return pick(read_facts([FACTS]), references, "linux/amd64")


@pytest.fixture(scope="module")
def layers() -> dict[str, Any]:
    return regplan("layers", str(DEMO / "site.yaml"), "--offline", "--blobs", "-o", "json").document


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    return regplan("plan", str(DEMO / "site.yaml"), "--offline", "-o", "json").document


def test_fair_shares_are_the_fractions_to_a_byte_for_each_blob_and_add_up_to_the_byte(layers: dict[str, Any]) -> None:
    exact = exact_shares(images_of())
    rows = {row["digest"]: row["fair_bytes"] for row in layers["images"]}

    assert rows.keys() == exact.keys()
    assert sum(rows.values()) == sum(exact.values()) == layers["unique_bytes"] - layers["index_bytes"]
    counts = {image.digest: len(image.sizes) for image in images_of()}
    assert all(abs(rows[own] - share) < counts[own] for own, share in exact.items())


def test_every_blob_stands_once_with_all_that_hold_it(layers: dict[str, Any]) -> None:
    found = {
        blob["digest"]: (blob["size_bytes"], blob["images"], frozenset(blob["references"]))
        for blob in layers["blobs_detail"]
    }

    assert found == sharers(images_of())
    assert len(found) == len(layers["blobs_detail"])
    assert sum(blob["size_bytes"] or 0 for blob in layers["blobs_detail"]) == layers["unique_bytes"]


def test_families_are_the_common_beginnings_of_all_pairs(layers: dict[str, Any]) -> None:
    stacks = read_stacks(FACTS, [image.reference for image in images_of()], "linux/amd64")
    expected = families(stacks)

    assert {tuple(each["layers"]): len(each["images"]) for each in layers["families"]} == {
        begin: len(members) for begin, members in expected.items()
    }
    for each in layers["families"]:
        members = expected[tuple(each["layers"])]
        begins = [dict(stacks[own][: len(each["layers"])]) for own in members]
        assert each["prefix_bytes"] == sum(
            {digest: size for begin in begins for digest, size in begin.items()}.values()
        )
        assert each["times_bytes"] == sum(sum(begin.values()) for begin in begins)


@pytest.mark.parametrize("where", ["layers", "plan"])
def test_packs_and_profiles_take_what_the_plain_sets_say(
    where: str, layers: dict[str, Any], plan: dict[str, Any]
) -> None:
    document = layers if where == "layers" else plan
    keys = ("references", "images", "referenced_bytes", "unique_bytes", "exclusive_bytes")

    packs = {f"{each['profile']}/{each['pack']}": {key: each[key] for key in keys} for each in document["packs"]}
    profiles = {each["profile"]: {key: each[key] for key in keys} for each in document["profiles"]}

    assert packs == groups(images_of(), PACKS, lambda pack: f"{pack.profile}/{pack.name}")
    assert profiles == groups(images_of(), PACKS, lambda pack: pack.profile)


def test_the_few_images_that_dominate_are_no_more_than_needed(layers: dict[str, Any]) -> None:
    shares = sorted(exact_shares(images_of()).values(), reverse=True)
    whole = sum(shares)
    found = {each["percent"]: each for each in layers["dominating"] if each["by"] == "fair_share"}

    for percent, each in found.items():
        assert each["bytes"] * 100 >= percent * whole
        assert sum(shares[: each["count"] - 1]) * 100 < percent * whole
    freed = [each for each in layers["dominating"] if each["by"] == "freed"]
    for each in freed:
        left = [image for image in images_of() if image.reference not in each["images"]]
        assert each["bytes"] == layers["unique_bytes"] - union_bytes(left)


def test_an_upgrade_is_told_image_by_image() -> None:
    said = regplan("diff", *map(str, APPS), "--from", f"recording:{FACTS.parent}", "--offline", "-o", "json").document

    keys = ("status", "before_bytes", "after_bytes", "new_bytes", "dropped_bytes")
    found = {each["repository"]: {key: each[key] for key in keys} for each in said["images"]}
    assert found == changes(images_of(APPS[0]), images_of(APPS[1]))


def test_several_versions_are_told_step_by_step_and_by_how_many_are_kept() -> None:
    infra = str(DEMO / "profiles" / "retail-infra-1.0.0.json")
    versions = [str(APPS[0]), str(APPS[1]), f"{infra},{APPS[1]}"]

    said = regplan("diff", *versions, "--from", f"recording:{FACTS.parent}", "--offline", "-o", "json").document

    sets = [images_of(APPS[0]), images_of(APPS[1]), images_of(Path(infra), APPS[1])]
    assert [(step["old"], step["new"]) for step in said["steps"]] == [
        (versions[0], versions[1]),
        (versions[1], versions[2]),
    ]
    assert [step["peak_bytes"] for step in said["steps"]] == [
        union_bytes(sets[0], sets[1]),
        union_bytes(sets[1], sets[2]),
    ]
    assert said["peak_bytes"] == union_bytes(sets[0], sets[2])
    assert [each["peak_bytes"] for each in said["kept_versions"]] == [
        max(union_bytes(each) for each in sets),
        max(union_bytes(sets[0], sets[1]), union_bytes(sets[1], sets[2])),
        union_bytes(*sets),
    ]
    assert [len(each["names"]) for each in said["kept_versions"]] == [1, 2, 3]


def test_two_versions_keep_the_promised_names_and_what_they_say() -> None:
    said = regplan("diff", *map(str, APPS), "--from", f"recording:{FACTS.parent}", "--offline", "-o", "json").document

    assert said["kept_bytes"] + said["new_bytes"] == union_bytes(images_of(APPS[1]))
    assert said["kept_bytes"] + said["dropped_bytes"] == union_bytes(images_of(APPS[0]))
    assert said["peak_bytes"] == union_bytes(images_of(APPS[0]), images_of(APPS[1]))
    assert len(said["steps"]) == 1
