from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from regplan.model.site import Assumptions
from regplan.units import GB, GiB
from unit.plan.builders import plan, registry, site

if TYPE_CHECKING:
    from regplan.model.pasted import PasteValue
    from regplan.model.plan import Plan


def parsed(value: PasteValue) -> Any:
    return json.loads(value.text) if value.form == "json" else yaml.safe_load(value.text)


def values(made: Plan) -> dict[str, Any]:
    return {each.name: parsed(each) for each in made.values}


def planned(**more: Any) -> Plan:
    assumptions = more.pop("assumptions", Assumptions())
    return plan(site=site(registry=registry(**more), assumptions=assumptions))


def test_the_claim_is_the_minimum_in_whole_gi_and_stands_wherever_it_is_set() -> None:
    found = values(planned(storage_class="longhorn"))

    # 300 GB are 279.4 GiB.
    assert found["pvc"] == {"registry": {"storage": "280Gi"}}
    assert found["zot-values"]["charts"]["zot"] == {
        "persistence": True,
        "pvc": {"create": True, "storage": "280Gi", "storageClassName": "longhorn"},
    }


def test_a_need_beyond_the_minimum_is_what_is_claimed() -> None:
    made = planned(assumptions=Assumptions(growth_per_year=10_000.0))
    need = sum(each.size_bytes for each in made.storage.terms)

    assert need > 300 * GB
    assert values(made)["pvc"] == {"registry": {"storage": f"{math.ceil(need / GiB)}Gi"}}


def test_zot_keeps_as_many_versions_as_the_site_file_says() -> None:
    storage = values(planned(keep_versions=3, gc="every 90m", project="apps"))["zot-storage"]["storage"]

    assert (storage["gc"], storage["gcDelay"], storage["gcInterval"]) == (True, "1h", "90m")
    (policy,) = storage["retention"]["policies"]
    # One tag of each repository for each version.
    assert policy["repositories"] == ["apps/**"]
    assert policy["keepTags"] == [{"patterns": [".*"], "mostRecentlyPushedCount": 3}]


def test_without_a_retention_the_versions_that_are_assumed_are_kept() -> None:
    found = values(planned(keep_versions=None, assumptions=Assumptions(versions_kept=5)))

    assert found["zot-storage"]["storage"]["retention"]["policies"][0]["keepTags"][0]["mostRecentlyPushedCount"] == 5


def test_harbor_gets_its_claim_retention_collection_and_quota() -> None:
    found = values(planned(kind="harbor", storage_class="rook"))

    assert set(found) == {"pvc", "harbor-values", "harbor-retention", "harbor-gc", "harbor-quota", "registry-connect"}
    assert found["harbor-values"]["charts"]["harbor"]["persistence"] == {
        "enabled": True,
        "resourcePolicy": "keep",
        "persistentVolumeClaim": {"registry": {"size": "280Gi", "storageClass": "rook"}},
    }
    assert found["harbor-retention"]["rules"][0]["params"] == {"latestPushedK": 2}
    assert found["harbor-gc"]["schedule"]["type"] == "Custom"


def test_the_quota_leaves_free_what_is_to_be_kept_free() -> None:
    given = planned(kind="harbor", assumptions=Assumptions(free_space=0.25, filesystem_overhead=0.02))

    # 300 GB less 2 % and then less 25 %.
    assert values(given)["harbor-quota"] == {"hard": {"storage": 220_500_000_000}}


@pytest.mark.parametrize("sync", [True, False])
def test_registry_connect_gets_sync_and_projects(sync: bool) -> None:
    config = values(planned(sync=sync, project="apps"))["registry-connect"]["charts"]["registry-connect"]["config"]

    assert config["content"]["sync"] == {"enable": sync, "projects": {"images": "apps"}}
    assert config["registry"]["inClusterRegistry"]["projects"] == {"images": "apps"}


def test_a_registry_of_ones_own_gets_what_is_not_its_charts() -> None:
    assert set(values(planned(kind="other"))) == {"pvc", "registry-connect"}


def test_without_a_registry_there_is_nothing_to_paste() -> None:
    assert plan(site=site(registry=None)).values == ()


@given(st.text(min_size=1), st.text(min_size=1), st.sampled_from(["zot", "harbor", "other"]))
def test_whatever_names_there_are_the_texts_parse_to_them(name: str, project: str, kind: str) -> None:
    found = values(planned(kind=kind, storage_class=name, project=project))

    assert found["registry-connect"]["charts"]["registry-connect"]["config"]["content"]["sync"]["projects"] == {"images": project}  # fmt: skip
    if kind == "zot":
        assert found["zot-values"]["charts"]["zot"]["pvc"]["storageClassName"] == name
