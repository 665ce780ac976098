from __future__ import annotations

import json
from typing import Any

import pytest

from regplan.profile.composer import Map
from regplan.profile.sight import may_run_more
from regplan.profile.tree import parse_documents

RBAC = "rbac.authorization.k8s.io/v1"


def may(**document: Any) -> bool:
    (tree,) = parse_documents(json.dumps(document))
    assert isinstance(tree, Map)
    return may_run_more(tree)


def role(resources: list[str], verbs: list[str], kind: str = "ClusterRole") -> dict[str, Any]:
    return {"apiVersion": RBAC, "kind": kind, "rules": [{"apiGroups": [""], "resources": resources, "verbs": verbs}]}


@pytest.mark.parametrize("kind", ["Role", "ClusterRole"])
@pytest.mark.parametrize("resource", ["pods", "daemonsets", "jobs", "*"])
@pytest.mark.parametrize("verb", ["create", "*"])
def test_a_role_that_may_create_pods_or_their_owners_may_run_more(kind: str, resource: str, verb: str) -> None:
    assert may(**role([resource], ["get", verb], kind))


@pytest.mark.parametrize(
    ("resources", "verbs"),
    [(["pods"], ["get", "list", "patch"]), (["pods/eviction"], ["create"]), (["configmaps"], ["*"]), ([], [])],
)
def test_a_role_that_may_not_create_pods_runs_nothing(resources: list[str], verbs: list[str]) -> None:
    assert not may(**role(resources, verbs))


def test_rights_are_told_rule_by_rule() -> None:
    apart = [{"resources": ["pods"], "verbs": ["get"]}, {"resources": ["configmaps"], "verbs": ["create"]}]
    assert not may(apiVersion=RBAC, kind="Role", rules=apart)


@pytest.mark.parametrize(("name", "expected"), [("cluster-admin", True), ("edit", True), ("view", False)])
def test_a_binding_to_a_role_that_may_create_pods_may_run_more(name: str, expected: bool) -> None:
    assert may(apiVersion=RBAC, kind="ClusterRoleBinding", roleRef={"name": name}) is expected


@pytest.mark.parametrize(
    ("api", "kind", "expected"),
    [
        ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", True),
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", False),
        ("piraeus.io/v1", "LinstorCluster", True),
        ("monitoring.coreos.com/v1", "ServiceMonitor", False),
        ("apps/v1", "Deployment", False),
        ("v1", "ConfigMap", False),
    ],
)
def test_operators_and_injectors_may_run_what_no_manifest_shows(api: str, kind: str, expected: bool) -> None:
    assert may(apiVersion=api, kind=kind) is expected


def test_a_role_made_of_others_may_hold_anything() -> None:
    assert may(apiVersion=RBAC, kind="ClusterRole", aggregationRule={})
