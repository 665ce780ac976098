from __future__ import annotations

import json
from typing import Any

import pytest

from regplan.model.wiring import Admission, ConnectPack, PasswordState, RegistryPack, Wiring
from unit.profile.texts import export, pack, read_one

ABSENT, EMPTY, DEFAULT, SET, MACRO = PasswordState
SECRET = "hunter2"
# As the docs of the certificate rotation show what the Zot preset writes.
CERTIFICATES = [{"certificateRef": {"kind": "Secret", "name": "zot-tls", "namespace": "zot-system", "key": "ca.crt"}}]
MINE = [{"certificateRef": {"kind": "Secret", "name": "mine", "namespace": "registry", "key": "ca.crt"}}]


def wiring(*packs: object) -> Wiring:
    told = read_one(export(*packs)).settings.wiring
    assert SECRET not in repr(told)
    return told


def store(name: str, chart: object) -> RegistryPack:
    (told,) = wiring(pack(name, json.dumps({"charts": {name: chart}}))).registries
    return told


def connect(config: object = None, **more: Any) -> ConnectPack:
    values = json.dumps({"charts": {"registry-connect": {"config": config}}} if config is not None else {})
    (told,) = wiring(pack("registry-connect", values, **more)).connects
    return told


def admission(values: str) -> Admission:
    (told,) = wiring(pack("edge-k3s", values, layer="k8s")).admissions
    return told


@pytest.mark.parametrize(
    ("name", "chart", "key", "state"),
    [
        ("zot", {"registry": {"password": SECRET}}, "charts.zot.registry.password", SET),
        ("zot", {"registryPassword": SECRET}, "charts.zot.registryPassword", SET),
        ("zot", {"registry": {"password": ""}, "registryPassword": SECRET}, "charts.zot.registryPassword", SET),
        ("zot", {"registry": {"password": ""}}, "charts.zot.registry.password", EMPTY),
        ("zot", {"registry": {"password": None}}, "charts.zot.registry.password", EMPTY),
        ("zot", {"registry": {"password": "  "}}, "charts.zot.registry.password", EMPTY),
        ("zot", {"registry": {"password": "{{.spectro.var.Password}}"}}, "charts.zot.registry.password", MACRO),
        ("zot", {"pvc": {"size": "5Gi"}}, "charts.zot.registry.password", ABSENT),
        ("harbor", {"harborAdminPassword": SECRET}, "charts.harbor.harborAdminPassword", SET),
        ("harbor", {"harborAdminPassword": "Harbor12345"}, "charts.harbor.harborAdminPassword", DEFAULT),
        ("harbor", {"harborAdminPassword": ""}, "charts.harbor.harborAdminPassword", EMPTY),
        ("harbor", {"existingSecretAdminPassword": "mine"}, "charts.harbor.existingSecretAdminPassword", SET),
        ("harbor", {"expose": {}}, "charts.harbor.harborAdminPassword", ABSENT),
    ],
)
def test_of_a_password_its_key_and_its_state_are_kept(name: str, chart: object, key: str, state: PasswordState) -> None:
    told = store(name, chart)

    assert (told.password_key, told.password) == (key, state)
    assert (told.kind, told.where, told.profile, told.has_values) == (name, f"shop > addon/{name}", "shop", True)


@pytest.mark.parametrize(
    ("variable", "state"),
    [
        ({"defaultValue": "Harbor12345"}, DEFAULT),
        ({"defaultValue": SECRET}, SET),
        ({"defaultValue": "Harbor12345", "isSensitive": True}, MACRO),
        ({"required": True}, MACRO),
    ],
)
def test_a_password_from_a_variable_is_judged_by_what_the_variable_holds(
    variable: dict[str, object], state: PasswordState
) -> None:
    values = json.dumps({"charts": {"harbor": {"harborAdminPassword": "{{.spectro.var.P}}"}}})
    told = read_one(export(pack("harbor", values), variables=[{"name": "P"} | variable])).settings.wiring

    assert [each.password for each in told.registries] == [state]
    assert SECRET not in repr(told)


def test_a_registry_pack_without_values_is_said_to_have_none() -> None:
    (told,) = wiring(pack("harbor", "")).registries

    assert told == RegistryPack(
        "harbor",
        "shop > addon/harbor",
        profile="shop",
        storage_key="charts.harbor.persistence.persistentVolumeClaim.registry.size",
        password_key="charts.harbor.harborAdminPassword",
        has_values=False,
    )


def test_the_legacy_pack_has_keys_of_its_own() -> None:
    values = json.dumps({"harbor-config": {"auth": {"password": SECRET}, "storage": {"registry": "160"}}})
    (told,) = wiring(pack("harbor-edge-native-config", values)).registries

    assert told.is_legacy
    assert (told.password_key, told.password) == ("harbor-config.auth.password", SET)
    assert (told.storage_key, told.storage_bytes) == ("harbor-config.storage.registry", 160 * 10**9)


def test_the_claim_stands_with_its_key() -> None:
    told = store("harbor", {"persistence": {"persistentVolumeClaim": {"registry": {"size": "5Gi"}}}})

    assert told.storage_key == "charts.harbor.persistence.persistentVolumeClaim.registry.size"
    assert told.storage_bytes == 5 * 2**30


@pytest.mark.parametrize(
    ("name", "chart", "key", "persistent"),
    [
        ("zot", {"persistence": False}, "charts.zot.persistence", False),
        ("zot", {"persistence": True}, "charts.zot.persistence", True),
        ("zot", {"replicaCount": 1}, "charts.zot.persistence", None),
        ("harbor", {"persistence": {"enabled": False}}, "charts.harbor.persistence.enabled", False),
        ("harbor", {"persistence": {"enabled": True}}, "charts.harbor.persistence.enabled", True),
        ("harbor", {"persistence": {"resourcePolicy": "keep"}}, "charts.harbor.persistence.enabled", None),
    ],
)
def test_whether_a_chart_keeps_anything_stands_where_that_chart_has_it(
    name: str, chart: object, key: str, persistent: bool | None
) -> None:
    told = store(name, chart)

    assert (told.persistence_key, told.persistent) == (key, persistent)


@pytest.mark.parametrize(
    ("comment", "preset"),
    [
        ("Registry:zot-registry-preset-cert", "zot"),
        ("Registry:harbor-registry-preset-cert", "harbor"),
        ("Registry:only-external-registry-preset", "external"),
        ("Sync:off", ""),
    ],
)
def test_the_preset_is_what_the_first_comment_of_the_values_says(comment: str, preset: str) -> None:
    values = f"# spectrocloud.com/enabled-presets: {comment}\ncharts: {{registry-connect: {{config: {{}}}}}}\n"
    (alone,) = read_one(values, "values.yaml").settings.wiring.connects
    (layer,) = wiring(pack("registry-connect", values)).connects

    assert (alone.preset, alone.kind, alone.profile) == (preset, preset, "")
    assert (layer.preset, layer.profile) == (preset, "shop")


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({"certificates": CERTIFICATES}, "zot"),
        ({"registry": {"inClusterRegistry": {"storageCheck": {"namespace": "zot-system", "pvc": "zot-pvc"}}}}, "zot"),
        ({"registry": {"inClusterRegistry": {"storageCheck": {"pvc": "harbor-registry"}}}}, "harbor"),
        ({"certificates": MINE}, ""),
        ({"certificates": [*CERTIFICATES, {"certificateRef": {"name": "harbor-nginx"}}]}, ""),
        ({"certificates": [{"certificateRef": {"name": "my-zot", "namespace": "zots"}}]}, ""),
    ],
)
def test_without_a_preset_the_names_of_the_packs_own_objects_tell(config: object, kind: str) -> None:
    assert (connect(config).preset, connect(config).kind) == ("", kind)


@pytest.mark.parametrize(
    ("check", "namespace", "claim"),
    [
        ({"namespace": "registry", "pvc": "data"}, "registry", "data"),
        ({"namespace": "registry", "pvcName": "data"}, "registry", "data"),
        ({"namespace": "registry", "persistentVolumeClaim": {"name": "data"}}, "registry", "data"),
        ([{"namespace": "registry", "claimName": "data"}], "registry", "data"),
        ({"namespace": "registry", "name": "data"}, "registry", "data"),
        ({"namespace": "", "pvc": "data"}, None, "data"),
        ({"enabled": "true", "namespace": "registry"}, "registry", None),
        (None, None, None),
    ],
)
def test_the_storage_check_tells_namespace_and_claim(check: object, namespace: str | None, claim: str | None) -> None:
    told = connect({"registry": {"inClusterRegistry": {"storageCheck": check}}})

    assert (told.storage_namespace, told.storage_claim) == (namespace, claim)


@pytest.mark.parametrize(
    ("registry", "state"),
    [
        ({"inClusterRegistry": {"credentials": {"username": "admin", "password": SECRET}}}, SET),
        ({"inClusterRegistry": {"credentials": {"username": "admin", "password": ""}}}, EMPTY),
        ({"inClusterRegistry": {"credentials": {"username": "admin", "password": "Harbor12345"}}}, DEFAULT),
        ({"inClusterRegistry": {"credentials": {"password": "{{.spectro.var.P}}"}}}, MACRO),
        ({"inClusterRegistry": {"credentials": {"usernameRef": {"name": "a"}, "passwordRef": {"name": "a"}}}}, SET),
        ({"inClusterRegistry": {"credentials": {"secretRef": "mine"}}}, SET),
        ({"inClusterRegistry": {"credentials": {"username": "admin"}}}, EMPTY),
        ({"inClusterRegistry": {"credentials": [{"domain": "a", "usernameRef": {"name": "a"}}]}}, EMPTY),
        ({"inClusterRegistry": {"credentials": {"password": '{{.spectro.var.P | default "Harbor12345"}}'}}}, DEFAULT),
        ({"inClusterRegistry": {"credentials": {}}}, EMPTY),
        ({"inClusterRegistry": {}}, ABSENT),
        ({"credentials": [{"domain": "10.10.10.10", "username": "admin", "password": ""}]}, EMPTY),
        ({"credentials": [{"domain": "a", "password": SECRET}, {"domain": "b", "password": ""}]}, EMPTY),
        ({"credentials": [{"domain": "10.10.10.10", "username": "admin", "password": SECRET}]}, SET),
    ],
)
def test_of_credentials_the_worst_password_counts(registry: object, state: PasswordState) -> None:
    assert connect({"registry": registry}).credentials is state


@pytest.mark.parametrize(
    ("certificates", "is_there"),
    [
        (MINE, True),
        ([{"certificate": "-----BEGIN CERTIFICATE-----"}], True),
        ([{"certificate": None}], False),
        ([{"certificateRef": {"kind": "Secret", "key": "ca.crt"}}], False),
        ([], False),
        (None, False),
    ],
)
def test_a_certificate_is_there_where_it_has_a_text_or_a_name(certificates: object, is_there: bool) -> None:
    assert connect({"certificates": certificates}).has_certificates is is_there


def test_projects_and_sync_are_read_from_both_places() -> None:
    told = connect(
        {
            "content": {"sync": {"enable": False, "projects": {"images": "one"}}},
            "registry": {"inClusterRegistry": {"projects": {"images": "two"}}},
        }
    )

    assert (told.sync, told.sync_project, told.cluster_project) == (False, "one", "two")


@pytest.mark.parametrize(("served", "project"), [(["a", "one"], "one"), (["a", "b"], "a"), ([], None)])
def test_of_a_list_of_projects_the_one_counts_that_content_is_synced_to(served: list[str], project: str | None) -> None:
    told = connect(
        {"content": {"sync": {"projects": {"images": "one"}}}, "registry": {"inClusterRegistry": {"projects": served}}}
    )

    assert told.cluster_project == project


@pytest.mark.parametrize(
    ("enable", "sync", "is_unknown"),
    [
        (True, True, False),
        ("off", False, False),
        (None, None, False),
        ("maybe", None, True),
        ("{{.spectro.var.Sync}}", None, True),
        ('{{.spectro.var.Sync | default "false"}}', False, False),
    ],
)
def test_content_sync_that_is_no_truth_value_is_unknown(enable: object, sync: bool | None, is_unknown: bool) -> None:
    told = connect({"content": {"sync": {"enable": enable}}})

    assert (told.sync, told.sync_unknown) == (sync, is_unknown)


def test_a_pack_without_chart_values_says_nothing() -> None:
    assert connect() == ConnectPack(
        "shop > addon/registry-connect",
        profile="shop",
        credentials_key="charts.registry-connect.config.registry.inClusterRegistry.credentials",
        has_values=False,
    )


KUBEADM = "kubeadmconfig:\n  apiServer:\n    extraArgs:\n      enable-admission-plugins: {}\n"
LISTED = (
    "cluster:\n  apiServer:\n    extraArgs:\n      - {name: enable-admission-plugins, value: 'A,AlwaysPullImages'}\n"
)
K3S = "cluster:\n  config:\n    kube-apiserver-arg:\n      - anonymous-auth=true\n      - enable-admission-plugins={}\n"
IN_TEXT = "cluster:\n  config: |\n    clusterConfiguration:\n      apiServer:\n        extraArgs:\n          enable-admission-plugins: {}\n"
ARGUMENT = "cluster:\n  config: |\n    kube-apiserver-arg:\n    - {}\n"


@pytest.mark.parametrize(
    ("values", "key", "always"),
    [
        (KUBEADM.format("NodeRestriction,AlwaysPullImages"), "kubeadmconfig.apiServer.extraArgs.enable-admission-plugins", True),
        (KUBEADM.format('"AlwaysPullImages, NodeRestriction"'), "kubeadmconfig.apiServer.extraArgs.enable-admission-plugins", True),
        (KUBEADM.format("[NodeRestriction, AlwaysPullImages]"), "kubeadmconfig.apiServer.extraArgs.enable-admission-plugins", True),
        (KUBEADM.format("NodeRestriction"), "", False),
        (KUBEADM.format("AlwaysPullImagesNot"), "", False),
        (KUBEADM.format("'{{.spectro.var.Plugins}}'"), "kubeadmconfig.apiServer.extraArgs.enable-admission-plugins", None),
        (LISTED, "cluster.apiServer.extraArgs[0].value", True),
        (K3S.format("AlwaysPullImages"), "cluster.config.kube-apiserver-arg[1]", True),
        (K3S.format("NodeRestriction"), "", False),
        (IN_TEXT.format('"NodeRestriction,AlwaysPullImages"'), "cluster.config", True),
        (IN_TEXT.format("NodeRestriction  # AlwaysPullImages was here"), "", False),
        (ARGUMENT.format("enable-admission-plugins=AlwaysPullImages"), "cluster.config", True),
        (ARGUMENT.format("--enable-admission-plugins=AlwaysPullImages"), "cluster.config", True),
        (ARGUMENT.format("disable-admission-plugins=AlwaysPullImages"), "", False),
        (ARGUMENT.format("a=b # enable-admission-plugins=AlwaysPullImages"), "", False),
        ("pack:\n  content:\n    images: []\n", "", False),
        ("", "", None),
    ],
)  # fmt: skip
def test_pulling_always_is_found_in_every_spelling(values: str, key: str, always: bool | None) -> None:
    told = admission(values)

    assert (told.where, told.always_pulls) == ("shop > k8s/edge-k3s", always)
    assert told.key == key


def test_a_macro_for_the_plugins_is_filled_in() -> None:
    values = KUBEADM.format("'{{.spectro.var.Plugins}}'")
    text = export(
        pack("edge-k8s", values, layer="k8s"), variables=[{"name": "Plugins", "defaultValue": "AlwaysPullImages"}]
    )

    assert read_one(text).settings.wiring.admissions[0].always_pulls is True


def test_only_the_kubernetes_layer_is_asked_for_its_plugins() -> None:
    assert wiring(pack("web", KUBEADM.format("AlwaysPullImages"))) == Wiring()
