from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from independent.material import normalise, pick, read_facts, read_packs, read_yaml

DEMO = Path(__file__).parents[2] / "data" / "demo"
FACTS = DEMO / "recording" / "facts.jsonl"
INFRA = DEMO / "profiles" / "retail-infra-1.0.0.json"
VERSIONS = [DEMO / "profiles" / f"retail-apps-{version}.yaml" for version in ("1.0.0", "1.1.0")]


def records() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FACTS.read_text(encoding="utf-8").splitlines()]


def test_a_reference_stands_once_for_each_platform_and_is_written_in_full() -> None:
    keys = [(each["reference"], each["platform"]) for each in records()]
    assert len(keys) == len(set(keys))
    assert all(normalise(reference) == reference for reference, _ in keys)


def test_every_image_names_its_manifest_its_config_its_layers_and_its_source() -> None:
    for each in records():
        descriptors = [each["manifest"], each["config"], *each["layers"]]
        assert each["layers"]
        assert each["source"]
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", descriptor["digest"]) for descriptor in descriptors)
        assert all(descriptor["size"] is None or descriptor["size"] > 0 for descriptor in descriptors)
        assert all(descriptor["size"] is not None for descriptor in each["layers"])


def test_a_reference_pinned_to_a_digest_is_that_manifest() -> None:
    pinned = [each for each in records() if "@" in each["reference"]]
    assert pinned
    assert all(each["reference"].partition("@")[2] == each["manifest"]["digest"] for each in pinned)


def test_one_manifest_is_reached_by_two_references_exactly_once() -> None:
    digests = [each["manifest"]["digest"] for each in records()]
    assert len(digests) - len(set(digests)) == 1


def test_the_facts_stay_small() -> None:
    assert FACTS.stat().st_size < 300_000


@pytest.mark.parametrize("apps", VERSIONS, ids=lambda path: path.stem)
def test_facts_are_there_for_every_image_of_every_version(apps: Path) -> None:
    packs = read_packs([INFRA, apps])
    listed = [reference for pack in packs for reference in pack.references]
    run = [reference for pack in packs for work in pack.workloads for reference in work.references]
    assert len(pick(read_facts([FACTS]), listed, "linux/amd64")) == len(set(listed))
    assert set(run) <= set(listed)


def test_every_fact_for_amd64_is_used_by_a_version() -> None:
    used = {reference for apps in VERSIONS for pack in read_packs([INFRA, apps]) for reference in pack.references}
    assert used == {each["reference"] for each in records() if each["platform"] == "linux/amd64"}


@pytest.mark.parametrize("name", ["site.yaml", "site-single.yaml"])
def test_what_a_site_names_lies_beside_it(name: str) -> None:
    site = read_yaml(DEMO / name)
    named = [*site["profiles"], *site["upgrade_to"], *(each.removeprefix("recording:") for each in site["from"])]
    assert all((DEMO / each).exists() for each in named)
