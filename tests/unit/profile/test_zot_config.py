"""What Zot's values say of its configuration, in the forms that charts take it in (zot docs, "Tag Retention Policies")."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.wiring import MemoryLimit, Retention, TagPolicy
from unit.profile.texts import export, pack, problems, read_one

if TYPE_CHECKING:
    from regplan.model.wiring import RegistryPack

EVERYTHING = ["**"]
PATH = "charts.zot.configFiles.config.json.storage.retention"


def told(chart: dict[str, Any], **variables: str) -> RegistryPack:
    text = export(pack("zot", json.dumps({"charts": {"zot": chart}})))
    (found,) = read_one(text, variables=variables).settings.wiring.registries
    return found


def storage(*policies: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A configuration with retention policies; `gc` and `dryRun` where they are given."""
    retention = {"policies": list(policies), **{key: value for key, value in more.items() if key == "dryRun"}}
    return {"storage": {"retention": retention, **{key: value for key, value in more.items() if key != "dryRun"}}}


def mounted(config: dict[str, Any], *, mounts: bool = True) -> dict[str, Any]:
    return {"mountConfig": mounts, "configFiles": {"config.json": json.dumps(config)}}


def policy(*groups: dict[str, Any], repositories: list[str] = EVERYTHING) -> dict[str, Any]:
    return {"repositories": repositories, "keepTags": list(groups)}


def test_retention_is_read_from_the_file_that_the_chart_mounts() -> None:
    found = told(mounted(storage(policy({"mostRecentlyPushedCount": 3}))))

    assert found.retention == Retention(PATH, (TagPolicy(("**",), 3),))


def test_retention_is_read_from_a_mapping_wherever_the_chart_has_it() -> None:
    found = told({"registry": {"config": storage(policy({"mostRecentlyPushedCount": 3}))}})

    assert found.retention == Retention("charts.zot.registry.config.storage.retention", (TagPolicy(("**",), 3),))


def test_any_rule_of_a_group_and_every_group_keep_tags() -> None:
    both = {"patterns": ["v2.*"], "mostRecentlyPushedCount": 3, "mostRecentlyPulledCount": 2}
    found = told(mounted(storage(policy(both, {"mostRecentlyPushedCount": 4}))))

    assert found.retention is not None
    assert [each.keeps for each in found.retention.policies] == [9]


@pytest.mark.parametrize(
    ("groups", "why"),
    [
        ([], "it keeps every tag"),
        ([{"patterns": ["v2.*"]}], "it keeps every tag of a group that has no rule"),
        (
            [{"pushedWithin": "168h", "mostRecentlyPushedCount": 3}],
            "`pushedWithin` keeps tags by time and not by number",
        ),
        ([{"mostRecentlyPushedCount": "{{.spectro.var.Unset}}"}], "`mostRecentlyPushedCount` is no number here"),
        (
            [{"mostRecentlyPushedCount": 3}, {"pulledWithin": "1h"}],
            "`pulledWithin` keeps tags by time and not by number",
        ),
    ],
)
def test_of_a_policy_whose_number_nobody_can_tell_the_reason_is_kept(groups: list[Any], why: str) -> None:
    found = told(mounted(storage(policy(*groups))))

    assert found.retention is not None
    assert found.retention.policies == (TagPolicy(("**",), None, why),)


def test_a_number_may_be_a_variable() -> None:
    found = told({"config": storage(policy({"mostRecentlyPushedCount": "{{.spectro.var.Tags}}"}))}, Tags="5")

    assert found.retention is not None
    assert found.retention.policies[0].keeps == 5


@pytest.mark.parametrize(
    ("chart", "why"),
    [
        (mounted(storage(policy({"mostRecentlyPushedCount": 3}), dryRun=True)), "it is a dry run"),
        (mounted(storage(policy(), gc=False)), "`gc` is false, and retention is part of the collection"),
        (
            mounted(storage(policy()), mounts=False),
            "it is in a file that the chart does not mount, since `mountConfig` is not true",
        ),
    ],
)
def test_retention_that_is_not_in_force_says_why(chart: dict[str, Any], why: str) -> None:
    found = told(chart)

    assert found.retention is not None
    assert found.retention.why_not == why


def test_collection_and_sync_on_demand_are_read_too() -> None:
    config = {**storage(gc=False), "extensions": {"sync": {"registries": [{"onDemand": False}, {"onDemand": True}]}}}
    found, plain = told(mounted(config)), told({"pvc": {"storage": "400Gi"}})

    assert (found.collects, found.on_demand) == (False, True)
    assert (plain.retention, plain.collects, plain.on_demand, plain.limit) == (None, None, None, None)


def test_a_file_that_is_no_configuration_says_nothing() -> None:
    broken = {"mountConfig": True, "configFiles": {"config.json": "{ {{ range .Values.x }} ]", "htpasswd": "admin:x"}}

    assert told(broken).retention is None


def test_the_memory_limit_is_a_quantity() -> None:
    limits = {"resources": {"limits": {"memory": "512Mi"}}}

    assert told(limits).limit == MemoryLimit("charts.zot.resources.limits.memory", 512 * 2**20)
    unset = {"resources": {"limits": {"memory": "{{.spectro.var.Unset}}"}}}
    assert told(unset).limit == MemoryLimit("charts.zot.resources.limits.memory", None)


def test_a_memory_limit_that_is_no_quantity_is_a_problem_with_its_key() -> None:
    text = export(pack("zot", json.dumps({"charts": {"zot": {"resources": {"limits": {"memory": "much"}}}}})))

    (problem,) = problems(text)
    assert "charts.zot.resources.limits.memory" in problem


@pytest.mark.parametrize(("value", "is_on"), [(True, True), (False, False), ("{{.spectro.var.Unset}}", None)])
def test_longhorns_v2_engine_is_read_from_its_storage_pack(value: object, is_on: bool | None) -> None:
    chart = {"charts": {"longhorn": {"defaultSettings": {"v2DataEngine": value}}}}
    (found,) = read_one(export(pack("csi-longhorn", json.dumps(chart), layer="csi"))).settings.wiring.engines

    assert (found.key, found.is_on) == ("charts.longhorn.defaultSettings.v2DataEngine", is_on)
    assert read_one(export(pack("web", json.dumps(chart)))).settings.wiring.engines == ()
