from __future__ import annotations

import json
from typing import Any

import pytest

from regplan.model.profile import Spread, Workload
from regplan.profile.composer import Map
from regplan.profile.kubernetes import is_custom, shape_of
from regplan.profile.tree import parse_documents
from unit.profile.texts import deployment, export, findings, listing, pack, problems, read_one

ROLE = "node-role.kubernetes.io/control-plane"


def work(text: str) -> Workload:
    (only,) = read_one(text, "app.yaml").workloads
    return only


def pod(**more: Any) -> str:
    spec = {"containers": [{"image": "a:1"}]}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"} | more, "spec": spec})


@pytest.mark.parametrize(
    ("kind", "spread", "replicas"),
    [
        ("DaemonSet", Spread.EVERY_HOST, None),
        ("Deployment", Spread.REPLICAS, 3),
        ("ReplicaSet", Spread.REPLICAS, 3),
        ("ReplicationController", Spread.REPLICAS, 3),
        ("StatefulSet", Spread.REPLICAS, 3),
        ("Job", Spread.REPLICAS, 1),
    ],
)
def test_a_kind_tells_how_its_pods_spread(kind: str, spread: Spread, replicas: int | None) -> None:
    found = work(deployment("a:1", kind, replicas=3))
    assert (found.kind, found.spread, found.replicas) == (kind, spread, replicas)
    assert [str(each) for each in found.images] == ["docker.io/library/a:1"]


def test_replicas_are_one_where_nothing_is_said_and_none_where_none_are_wanted() -> None:
    assert work(deployment("a:1", replicas=None)).replicas == 1
    assert work(deployment("a:1", replicas=0)).replicas == 0


def test_a_jobs_parallelism_is_its_count() -> None:
    text = "apiVersion: batch/v1\nkind: Job\nspec: {parallelism: 4, template: {spec: {containers: [{image: a}]}}}"
    assert work(text).replicas == 4


def test_a_cron_jobs_pod_is_found_below_its_job_template() -> None:
    template = "{spec: {containers: [{image: a}], initContainers: [{image: b}]}}"
    text = f"apiVersion: batch/v1\nkind: CronJob\nspec: {{jobTemplate: {{spec: {{parallelism: 2, template: {template}}}}}}}"
    found = work(text)
    assert (found.replicas, [each.repository for each in found.images]) == (2, ["library/b", "library/a"])


def test_every_kind_of_container_and_image_volumes_are_read_once_each() -> None:
    text = deployment(
        "a:1",
        initContainers=[{"image": "b:1"}, {"image": "a:1"}, {"name": "no image"}],
        ephemeralContainers=[{"image": "c:1"}],
        volumes=[{"image": {"reference": "d:1"}}, {"emptyDir": {}}],
    )
    declarations = read_one(text)
    assert [(use.text, use.provenance.key.rpartition(" ")[2]) for use in declarations.uses] == [
        ("b:1", "initContainers[0].image"),
        ("a:1", "initContainers[1].image"),
        ("a:1", "containers[0].image"),
        ("c:1", "ephemeralContainers[0].image"),
        ("d:1", "volumes[0].image.reference"),
    ]
    assert [each.repository for each in declarations.workloads[0].images] == [f"library/{each}" for each in "bacd"]


@pytest.mark.parametrize(
    "bound",
    [
        {"nodeSelector": {ROLE: ""}},
        {"nodeSelector": {"node-role.kubernetes.io/master": "true"}},
        {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "x", "operator": "Exists"}, {"key": ROLE, "operator": "Exists"}]}
        ]}}}},
    ],
)  # fmt: skip
def test_what_is_bound_to_the_control_plane_runs_there(bound: dict[str, Any]) -> None:
    found = work(deployment("a:1", replicas=2, **bound))
    assert (found.spread, found.replicas) == (Spread.CONTROL_PLANE, 2)
    daemons = work(deployment("a:1", "DaemonSet", **bound))
    assert (daemons.spread, daemons.replicas) == (Spread.CONTROL_PLANE, None)


@pytest.mark.parametrize(
    "free",
    [
        {"nodeSelector": {"disk": "ssd"}},
        {"tolerations": [{"key": ROLE, "operator": "Exists"}]},
        {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": ROLE, "operator": "Exists"}]},
            {"matchExpressions": [{"key": "other", "operator": "Exists"}]},
        ]}}}},
        {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": ROLE, "operator": "DoesNotExist"}]}
        ]}}}},
    ],
)  # fmt: skip
def test_what_may_run_elsewhere_is_not_bound_to_the_control_plane(free: dict[str, Any]) -> None:
    assert work(deployment("a:1", **free)).spread is Spread.REPLICAS


@pytest.mark.parametrize(
    "metadata",
    [
        {"annotations": {"kubernetes.io/config.source": "file"}},
        {"annotations": {"kubernetes.io/config.mirror": "5f"}},
        {"namespace": "kube-system", "labels": {"tier": "control-plane"}},
    ],
)
def test_a_static_pod_runs_on_the_control_plane(metadata: dict[str, object]) -> None:
    found = work(pod(**metadata))
    assert (found.spread, found.replicas) == (Spread.CONTROL_PLANE, None)


@pytest.mark.parametrize("metadata", [{}, {"namespace": "kube-system"}, {"labels": {"tier": "control-plane"}}])
def test_any_other_pod_runs_once(metadata: dict[str, object]) -> None:
    found = work(pod(**metadata))
    assert (found.spread, found.replicas) == (Spread.REPLICAS, 1)


def test_the_namespace_is_the_objects_else_the_packs_else_default() -> None:
    manifest = [{"name": "m", "content": deployment("a:1")}]
    own = [{"name": "m", "content": pod(namespace="mine")}]
    values = listing("a:1") + "  namespace: shop\n"
    text = export(pack("a", values, manifests=manifest), pack("b", manifests=manifest), pack("c", manifests=own))
    assert [each.namespace for each in read_one(text).workloads] == ["shop", "default", "mine"]


def test_replicas_from_a_macro_are_filled_in() -> None:
    text = export(
        pack("web", manifests=[{"name": "m", "content": deployment("a:1", replicas="{{.spectro.var.N}}")}]),
        variables=[{"name": "N", "defaultValue": "5"}],
    )
    assert [each.replicas for each in read_one(text).workloads] == [5]


def test_replicas_that_nobody_knows_leave_the_placement_unknown() -> None:
    manifest = [{"name": "m", "content": deployment("a:1", replicas="{{.spectro.var.N}}")}]
    declarations = read_one(export(pack("web", listing("a:1"), manifests=manifest)))
    (found,) = declarations.workloads
    assert (found.spread, found.replicas) == (Spread.UNKNOWN, None)
    assert ("profile.unresolved-macro", "INFO") in findings(declarations)


@pytest.mark.parametrize("replicas", ["many", "-1", "1.5", "9" * 5000])
def test_replicas_that_are_no_whole_number_are_a_problem(replicas: str) -> None:
    assert "replicas must be a whole number" in problems(deployment("a:1", replicas=replicas))[0]


def test_a_workload_without_a_pod_template_is_a_problem() -> None:
    told = problems("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {}", "app.yaml")
    assert told[0] == "app.yaml: line 2: Deployment/web: it has no pod template"


def test_kinds_that_run_no_pods_are_passed_over() -> None:
    text = "kind: ConfigMap\napiVersion: v1\ndata: {image: 'a:1'}\n---\n" + deployment("b:1")
    assert [use.text for use in read_one(text).uses] == ["b:1"]


def kind_of(kind: str, version: str, **spec: Any) -> Map:
    """An object, as the reader of YAML makes it."""
    (tree,) = parse_documents(json.dumps({"apiVersion": version, "kind": kind, "spec": spec}))
    assert isinstance(tree, Map)
    return tree


POD = {"template": {"spec": {"containers": [{"image": "a:1"}]}}}


@pytest.mark.parametrize(
    ("kind", "version", "is_known"),
    [
        ("Rollout", "argoproj.io/v1alpha1", True),
        ("CloneSet", "apps.kruise.io/v1alpha1", True),
        ("StatefulSet", "apps.kruise.io/v1beta1", True),
        ("Service", "serving.knative.dev/v1", False),
        ("LeaderWorkerSet", "leaderworkerset.x-k8s.io/v1", False),
    ],
)
def test_any_object_with_a_pod_template_runs_pods(kind: str, version: str, is_known: bool) -> None:
    shape = shape_of(kind_of(kind, version, **POD))
    assert shape is not None
    assert (shape.pod, shape.is_known) == (("spec", "template", "spec"), is_known)


@pytest.mark.parametrize(
    ("kind", "version", "spec"),
    [
        ("Service", "v1", {"selector": {"app": "a"}}),
        ("Prometheus", "monitoring.coreos.com/v1", {"image": "a:1"}),
        ("Job", "batch.volcano.sh/v1alpha1", {"tasks": [POD]}),
        ("Certificate", "cert-manager.io/v1", {"template": {"spec": {"containers": ["a:1"]}}}),
        ("ClusterPolicy", "kyverno.io/v1", {"rules": [{"validate": {"pattern": {"spec": POD}}}]}),
    ],
)
def test_no_pod_is_made_of_what_is_none(kind: str, version: str, spec: dict[str, Any]) -> None:
    assert shape_of(kind_of(kind, version, **spec)) is None


@pytest.mark.parametrize(
    ("kind", "version", "custom"),
    [
        ("ConfigMap", "v1", False),
        ("Ingress", "networking.k8s.io/v1", False),
        ("Deployment", "extensions/v1beta1", False),
        ("ClusterRole", "rbac.authorization.k8s.io/v1", False),
        ("PodDisruptionBudget", "policy/v1", False),
        ("Deployment", "apps/", True),
        ("Deployment", "apps", True),
        ("Deployment", "networking/v1", True),
        ("SparkApplication", "sparkoperator.k8s.io/v1beta2", True),
        ("Job", "batch.volcano.sh/v1alpha1", True),
        ("Cluster", "postgresql.cnpg.io/v1", True),
        ("Gateway", "gateway.networking.k8s.io/v1", True),
    ],
)
def test_only_the_groups_of_kubernetes_itself_are_its_own(kind: str, version: str, custom: bool) -> None:
    assert is_custom(kind_of(kind, version)) is custom
