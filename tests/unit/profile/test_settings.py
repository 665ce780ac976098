from __future__ import annotations

import dataclasses
import json

import pytest

from regplan.model.profile import RegistrySettings
from regplan.model.wiring import Wiring
from unit.profile.texts import export, pack, problems, read_one

GIB = 2**30


def settings(*packs: object) -> RegistrySettings:
    """What is said beside the wiring, which test_wiring.py looks at."""
    return dataclasses.replace(read_one(export(*packs)).settings, wiring=Wiring())


def connect(**sync: object) -> dict[str, object]:
    return pack(
        "registry-connect", json.dumps({"charts": {"registry-connect": {"config": {"content": {"sync": sync}}}}})
    )


def test_profiles_without_a_registry_say_nothing_of_it() -> None:
    assert settings(pack("web", "a: b")) == RegistrySettings()


@pytest.mark.parametrize(
    "chart",
    [
        {"pvc": {"storage": "320Gi"}},
        {"pvc": {"size": "320Gi"}},
        {"persistence": {"size": "320Gi"}},
        {"persistence": {"storage": "320Gi"}},
        {"storage": "320Gi"},
        {"storage": {"size": "320Gi"}},
        {"registry": {"persistence": {"size": "320Gi"}, "password": "hunter2"}},
        {"pvc": {"resources": {"requests": {"storage": "320Gi"}}}},
    ],
)
@pytest.mark.parametrize("name", ["zot", "zot-registry"])
def test_the_size_of_zots_pvc_is_found_in_every_likely_form(name: str, chart: object) -> None:
    told = settings(pack(name, json.dumps({"charts": {name: chart}})))
    assert told == RegistrySettings(kind="zot", storage_bytes=320 * GIB)


def test_harbors_registry_pvc_is_read_and_its_other_pvcs_are_not() -> None:
    claims = {"registry": {"size": "5Gi"}, "database": {"size": "1Gi"}}
    chart = {"harborAdminPassword": "hunter2", "persistence": {"persistentVolumeClaim": claims}}
    told = settings(pack("harbor", json.dumps({"charts": {"harbor": chart}})))
    assert told == RegistrySettings(kind="harbor", storage_bytes=5 * GIB)
    assert "hunter2" not in repr(told)


def test_the_legacy_harbor_pack_counts_in_gb() -> None:
    told = settings(pack("harbor-edge-native-config", "harbor-config: {storage: {registry: 160}}"))
    assert told == RegistrySettings(kind="harbor", storage_bytes=160 * 10**9)


def test_registry_connect_tells_sync_and_project() -> None:
    assert settings(connect(enable=False, projects={"images": "my-images"})) == RegistrySettings(
        project="my-images", sync=False, has_connect=True
    )
    assert settings(connect(enable="true")) == RegistrySettings(sync=True, has_connect=True)
    assert settings(connect()) == RegistrySettings(has_connect=True)


@pytest.mark.parametrize("projects", ["mine", {"images": "mine"}])
def test_the_project_may_stand_at_the_in_cluster_registry(projects: object) -> None:
    registry = {"inClusterRegistry": {"projects": projects}}
    values = json.dumps({"charts": {"registry-connect": {"config": {"registry": registry}}}})
    assert settings(pack("registry-connect", values)).project == "mine"


def test_a_values_file_is_told_by_its_charts() -> None:
    values = "charts:\n  zot: {pvc: {storage: 300Gi}}\n  registry-connect: {config: {content: {sync: {enable: no}}}}\n"
    assert dataclasses.replace(read_one(values, "values.yaml").settings, wiring=Wiring()) == RegistrySettings(
        kind="zot", storage_bytes=300 * GIB, sync=False, has_connect=True
    )


def test_macros_in_settings_are_filled_in() -> None:
    values = 'charts: {zot: {pvc: {storage: "{{.spectro.var.Size}}"}}}'
    text = export(pack("zot", values), variables=[{"name": "Size", "defaultValue": "400Gi"}])
    assert read_one(text).settings.storage_bytes == 400 * GIB
    assert read_one(export(pack("zot", values))).settings.storage_bytes is None


def test_the_first_pack_that_says_a_thing_is_heard() -> None:
    first, second = (pack("zot", f"charts: {{zot: {{pvc: {{storage: {size}}}}}}}") for size in ("{}", "2Gi"))
    assert settings(first, second).storage_bytes == 2 * GIB


def test_a_size_that_kubernetes_refuses_is_a_problem() -> None:
    told = problems(export(pack("zot", "charts: {zot: {pvc: {storage: 300GB}}}")))
    assert told[0].startswith("shop.json: zot charts.zot.pvc.storage: '300GB' is not a Kubernetes quantity")
