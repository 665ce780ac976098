"""What the legacy Harbor pack's values hold for the pack that follows it, and whether a certificate is renewed."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from unit.profile.texts import export, pack, read_one

if TYPE_CHECKING:
    from regplan.model.wiring import RegistryPack

SECRET = "hunter2"
PEM = "-----BEGIN PRIVATE KEY-----"


def registry(name: str, values: object) -> RegistryPack:
    settings = read_one(export(pack(name, json.dumps(values)))).settings
    assert SECRET not in repr(settings)
    assert PEM not in repr(settings)
    return settings.wiring.registries[0]


def carried(**config: Any) -> dict[str, tuple[str, str]]:
    told = registry("harbor-edge-native-config", {"harbor-config": config})
    return {each.key: (each.goes_to, each.text) for each in told.carried}


def test_the_password_goes_over_always_and_is_never_told() -> None:
    told = carried(auth={"password": SECRET})

    assert told == {"harbor-config.auth.password": ("charts.harbor.harborAdminPassword", "")}


def test_ports_go_to_the_node_ports_of_the_new_pack() -> None:
    told = carried(service={"serviceType": "NodePort", "harbor": {"httpsNodePort": "30443", "httpPort": 30080}})

    assert told["harbor-config.service.serviceType"] == ("charts.harbor.expose.type", "nodePort")
    assert told["harbor-config.service.harbor.httpsNodePort"] == (
        "charts.harbor.expose.nodePort.ports.https.nodePort",
        "30443",
    )
    assert told["harbor-config.service.harbor.httpPort"] == (
        "charts.harbor.expose.nodePort.ports.http.nodePort",
        "30080",
    )


def test_what_is_no_port_is_not_taken_for_one() -> None:
    told = carried(service={"harbor": {"hostname": "30443", "port": "{{.spectro.var.Port}}", "ports": [1]}})

    assert list(told) == ["harbor-config.auth.password"]


@pytest.mark.parametrize(("certs", "count"), [({"tls.key": PEM}, 1), ({"tls.key": ""}, 0), ("", 0), (PEM, 1)])
def test_certificates_go_over_unseen_where_any_are_set(certs: object, count: int) -> None:
    told = carried(auth={"certs": certs})

    assert [key for key in told if key.endswith("certs")] == ["harbor-config.auth.certs"] * count
    assert told.get("harbor-config.auth.certs", ("charts.harbor.expose.tls", "")) == ("charts.harbor.expose.tls", "")


def test_claims_in_gigabytes_become_sizes_that_are_no_smaller() -> None:
    told = carried(storage={"registry": "200", "jobService": 1, "redis": "none"})

    claims = "charts.harbor.persistence.persistentVolumeClaim"
    assert told["harbor-config.storage.registry"] == (
        f"{claims}.registry.size",
        f"{math.ceil(200 * 10**9 / 2**30)}Gi",
    )
    assert told["harbor-config.storage.jobService"] == (f"{claims}.jobservice.size", "1Gi")
    assert "harbor-config.storage.redis" not in told


def test_a_registry_pack_of_today_has_nothing_to_carry_over() -> None:
    assert registry("harbor", {"charts": {"harbor": {"harborAdminPassword": SECRET}}}).carried == ()


@pytest.mark.parametrize(
    ("chart", "rotates"),
    [
        ({"tls": {"certManager": {"enabled": True, "reloader": {"enabled": True}}}}, True),
        ({"tls": {"certManager": {"enabled": False}}}, False),
        ({"tls": {"certManager": True}}, False),
        ({"tls": {"secret": "zot-secret"}}, False),
        ({}, False),
    ],
)
def test_cert_manager_renews_where_the_values_have_it_enabled(chart: object, rotates: bool) -> None:
    assert registry("zot", {"charts": {"zot": chart}}).rotates is rotates
