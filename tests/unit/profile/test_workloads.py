from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.model.profile import Container, FoundBy, Provenance, Spread, UseStatus, VolumeClaim
from regplan.profile.composer import Lines, Map
from regplan.profile.macros import Scope
from regplan.profile.parts import Evidence, Problems
from regplan.profile.tree import parse_documents
from regplan.profile.workloads import KubeObject, Surroundings, WorkloadsRead, read_workloads

if TYPE_CHECKING:
    from collections.abc import Mapping

DATABASE = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: shared, namespace: shop}
spec:
  storageClassName: piraeus
  resources: {requests: {storage: 20Gi}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: db, tier: data}}
    spec:
      nodeSelector: {kubernetes.io/arch: amd64}
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions:
                  - {key: disk, operator: In, values: [ssd, nvme]}
                  - {key: gpu, operator: DoesNotExist}
              - matchExpressions: [{key: cores, operator: Gt, values: ["8"]}]
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - topologyKey: kubernetes.io/hostname
              labelSelector: {matchLabels: {app: db}}
      initContainers:
        - name: setup
          image: busybox:1.36
          resources: {requests: {cpu: 2}}
        - name: proxy
          image: envoy:1
          restartPolicy: Always
      containers:
        - name: db
          image: postgres:16
          resources:
            requests: {cpu: 250m, memory: 512Mi}
            limits: {cpu: "1.5", memory: 1G}
      volumes:
        - name: a
          persistentVolumeClaim: {claimName: shared}
        - name: b
          persistentVolumeClaim: {claimName: elsewhere}
        - name: scratch
          ephemeral: {volumeClaimTemplate: {spec: {resources: {requests: {storage: 1Gi}}}}}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {storageClassName: piraeus, resources: {requests: {storage: "{{.spectro.var.Size}}"}}}
"""
OPERATOR = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: operator}
spec:
  template:
    spec:
      containers:
        - image: quay.io/x/operator:1
          args: [--reloader=quay.io/x/reloader:v0.70.0, --listen=10.0.0.1:8080, https://quay.io/x/y:1, --level=info]
          command: [/bin/operator]
          env:
            - {name: RELATED_IMAGE_DB, value: "registry.k8s.io/db@sha256:%s"}
            - {name: ENDPOINT, value: db.shop.svc:5432}
            - {name: FROM, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
""" % ("a" * 64)


def read(
    text: str, variables: Mapping[str, str] | None = None, found_by: FoundBy | None = None
) -> tuple[WorkloadsRead, list[str]]:
    problems = Problems()
    where = Provenance("app.yaml", pack="db", version="1.0", found_by=found_by)
    around = Surroundings(where, Scope(dict(variables or {})), problems, "fallback")
    documents = [each for each in parse_documents(text) if isinstance(each, Map)]
    return read_workloads([KubeObject("manifests.app", each) for each in documents], around), problems.found


def pod(image: str = "a:1", head: str = "kind: Pod\napiVersion: v1", more: str = "") -> str:
    return f"{head}\nmetadata: {{name: p{more}}}\nspec: {{containers: [{{image: '{image}'}}]}}"


def test_a_workload_tells_what_it_asks_for_where_and_with_which_disks() -> None:
    found, problems = read(DATABASE, {"Size": "50Gi"})
    (work,) = found.workloads
    assert (work.kind, work.namespace, work.name, work.spread, work.replicas) == (
        "StatefulSet",
        "shop",
        "db",
        Spread.REPLICAS,
        3,
    )
    by_name = {each.name: each for each in work.containers}
    assert {name: str(each.image) for name, each in by_name.items()} == {
        "setup": "docker.io/library/busybox:1.36",
        "proxy": "docker.io/library/envoy:1",
        "db": "docker.io/library/postgres:16",
    }
    assert by_name["db"] == Container("db", by_name["db"].image, False, 250, 1500, 512 * 2**20, 10**9)
    assert (by_name["setup"].is_init, by_name["setup"].cpu_request_milli) == (True, 2000)
    assert not by_name["proxy"].is_init
    assert work.claims == (
        VolumeClaim("data", 50 * 2**30, "piraeus", is_per_pod=True),
        VolumeClaim("shared", 20 * 2**30, "piraeus"),
        VolumeClaim("elsewhere", None),
        VolumeClaim("scratch", 2**30, is_per_pod=True),
    )
    assert work.node_selector == (("kubernetes.io/arch", "amd64"),)
    assert work.node_affinity == ("disk in (ssd,nvme),!gpu", "cores > 8")
    assert work.is_spread
    assert problems == []


@pytest.mark.parametrize(
    ("image", "policy", "told", "always"),
    [
        ("a:1", "Always", "Always", True),
        ("a:1", "IfNotPresent", "IfNotPresent", False),
        ("a:latest", "IfNotPresent", "IfNotPresent", False),
        ("a:1", "sometimes", "", False),
        ("a:1", "[Always]", "", False),
        ("a:1", "", "", False),
        ("a:latest", "", "", True),
        ("a", "", "", True),
        ("a@sha256:" + "0" * 64, "", "", False),
    ],
)
def test_a_container_pulls_always_where_it_says_so_or_by_the_default_for_latest(
    image: str, policy: str, told: str, always: bool
) -> None:
    text = f"kind: Pod\napiVersion: v1\nmetadata: {{name: p}}\nspec: {{containers: [{{image: '{image}', imagePullPolicy: {policy}}}]}}"
    (work,) = read(text)[0].workloads
    (container,) = work.containers

    assert (container.pull_policy, container.always_pulls) == (told, always)


def test_every_image_knows_its_line_and_how_it_was_found() -> None:
    found, _ = read(DATABASE, {"Size": "1Gi"})
    lines = DATABASE.splitlines()
    assert [
        (each.use.text, lines[(each.use.provenance.line or 0) - 1].strip(), each.evidence) for each in found.sightings
    ] == [(text, f"image: {text}", Evidence.RUNS) for text in ("busybox:1.36", "envoy:1", "postgres:16")]
    where = found.sightings[0].use.provenance
    assert (where.file, where.pack, where.version, where.found_by) == ("app.yaml", "db", "1.0", FoundBy.WORKLOAD)
    assert where.key == "manifests.app StatefulSet/db initContainers[0].image"
    assert found.sightings[0].name == "docker.io/library/busybox"


def test_a_line_that_nobody_knows_is_none() -> None:
    (document,) = parse_documents(pod(), Lines(fixed=0))
    assert isinstance(document, Map)
    around = Surroundings(Provenance("chart"), Scope(), Problems())
    (seen,) = read_workloads([KubeObject("", document)], around).sightings
    assert seen.use.provenance.line is None


def test_a_manifest_with_a_file_of_its_own_is_named_by_it() -> None:
    (document,) = parse_documents(pod())
    assert isinstance(document, Map)
    around = Surroundings(Provenance("pack.tgz"), Scope(), Problems())
    (seen,) = read_workloads([KubeObject("manifests.a", document, "pack/manifests/a.yaml")], around).sightings
    assert seen.use.provenance.file == "pack/manifests/a.yaml"


def test_anti_affinity_to_others_or_over_zones_spreads_nothing() -> None:
    others = DATABASE.replace("matchLabels: {app: db}", "matchLabels: {app: web}")
    zones = DATABASE.replace("topologyKey: kubernetes.io/hostname", "topologyKey: topology.kubernetes.io/zone")
    for text in (others, zones):
        (work,) = read(text, {"Size": "1Gi"})[0].workloads
        assert not work.is_spread


@pytest.mark.parametrize(
    ("expression", "is_spread"),
    [
        ("{key: app, operator: In, values: [db, web]}", True),
        ("{key: app, operator: NotIn, values: [db]}", False),
        ("{key: app, operator: Exists}", True),
        ("{key: app, operator: DoesNotExist}", False),
        ("{key: zone, operator: DoesNotExist}", True),
        ("{key: app, operator: Near}", False),
    ],
)
def test_a_selector_by_expressions_is_read_too(expression: str, is_spread: bool) -> None:
    text = DATABASE.replace("matchLabels: {app: db}", f"matchExpressions: [{expression}]")
    (work,) = read(text, {"Size": "1Gi"})[0].workloads
    assert work.is_spread is is_spread


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("cpu: 250m", "cpu: 250mm", "containers[0].resources.requests.cpu: '250mm' is not a Kubernetes quantity"),
        (
            "memory: 512Mi",
            "memory: 512MB",
            "containers[0].resources.requests.memory: '512MB' is not a Kubernetes quantity",
        ),
        (
            "memory: 1G",
            "memory: [1G]",
            "containers[0].resources.limits.memory: a quantity such as 500m or 2Gi is expected",
        ),
        (
            "storage: 20Gi",
            "storage: 20GiB",
            "PersistentVolumeClaim/shared spec.resources.requests.storage: '20GiB' is not",
        ),
    ],
)
def test_a_bad_quantity_is_a_problem_with_its_line_and_key(good: str, bad: str, problem: str) -> None:
    _, problems = read(DATABASE.replace(good, bad), {"Size": "1Gi"})
    (told,) = problems
    assert problem in told
    assert told.startswith("app.yaml: line ")


def test_a_quantity_whose_macro_has_no_value_is_told_and_stays_unknown() -> None:
    found, problems = read(DATABASE)
    (work,) = found.workloads
    assert work.claims[0] == VolumeClaim("data", None, "piraeus", is_per_pod=True)
    (finding,) = found.findings
    assert finding.rule == "profile.unresolved-macro"
    assert "volumeClaimTemplates[0].spec.resources.requests.storage is not known: the variable Size" in finding.message
    assert problems == []


def test_references_in_arguments_and_environment_are_seen_and_nothing_else_is_taken_for_one() -> None:
    found, _ = read(OPERATOR)
    assert [(each.use.text, each.evidence, each.use.status) for each in found.sightings] == [
        ("quay.io/x/operator:1", Evidence.RUNS, UseStatus.LISTED),
        ("quay.io/x/reloader:v0.70.0", Evidence.MAYBE, UseStatus.UNKNOWN),
        (f"registry.k8s.io/db@sha256:{'a' * 64}", Evidence.MAYBE, UseStatus.UNKNOWN),
    ]
    assert found.sightings[1].use.provenance.key == "manifests.app Deployment/operator containers[0].args[0]"
    assert [str(each) for each in found.workloads[0].images] == ["quay.io/x/operator:1"]


@pytest.mark.parametrize("target", ["StatefulSet", "Deployment"])
def test_an_autoscaler_raises_the_count_of_the_workload_that_it_means(target: str) -> None:
    scaler = f"""\
kind: HorizontalPodAutoscaler
apiVersion: autoscaling/v2
metadata: {{name: h, namespace: shop}}
spec: {{minReplicas: 5, scaleTargetRef: {{kind: {target}, name: db}}}}
---
"""
    (work,) = read(scaler + DATABASE, {"Size": "1Gi"})[0].workloads
    assert work.replicas == (5 if target == "StatefulSet" else 3)


def test_an_autoscaler_never_lowers_a_count() -> None:
    scaler = (
        "kind: HorizontalPodAutoscaler\nmetadata: {namespace: shop}\n"
        "spec: {minReplicas: 1, scaleTargetRef: {kind: StatefulSet, name: db}}\n---\n"
    )
    (work,) = read(scaler + DATABASE, {"Size": "1Gi"})[0].workloads
    assert work.replicas == 3


@pytest.mark.parametrize("hook", ["test", "test-success", "test, test-failure"])
def test_what_only_helm_test_starts_is_off_in_a_chart_and_runs_in_a_manifest(hook: str) -> None:
    text = pod(more=f", annotations: {{helm.sh/hook: '{hook}'}}")
    (in_chart,) = read(text, found_by=FoundBy.CHART)[0].sightings
    assert (in_chart.evidence, in_chart.use.enabled_by) == (Evidence.OFF, "helm test")
    assert in_chart.use.status is UseStatus.ONLY_IF_ENABLED
    assert read(text, found_by=FoundBy.CHART)[0].workloads == ()
    (applied,) = read(text)[0].sightings
    assert applied.evidence is Evidence.RUNS


def test_other_hooks_of_a_chart_run() -> None:
    text = pod(more=", annotations: {helm.sh/hook: 'pre-delete,test'}")
    (seen,) = read(text, found_by=FoundBy.CHART)[0].sightings
    assert (seen.evidence, seen.use.provenance.found_by) == (Evidence.RUNS, FoundBy.CHART)


def test_a_pod_template_by_itself_may_run() -> None:
    text = "kind: PodTemplate\napiVersion: v1\nmetadata: {name: t}\ntemplate: {spec: {containers: [{image: a:1}]}}"
    found, _ = read(text)
    assert [each.evidence for each in found.sightings] == [Evidence.MAYBE]
    assert found.workloads == ()


def test_a_machines_disk_is_an_image() -> None:
    text = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: vm}
spec:
  template:
    spec:
      domain: {firmware: {kernelBoot: {container: {image: "kernel:1"}}}}
      volumes:
        - {name: root, containerDisk: {image: "quay.io/containerdisks/fedora:40"}}
        - {name: data, persistentVolumeClaim: {claimName: data}}
"""
    found, problems = read(text)
    assert [each.use.provenance.key.rpartition(" ")[2] for each in found.sightings] == [
        "volumes[0].containerDisk.image",
        "domain.firmware.kernelBoot.container.image",
    ]
    (work,) = found.workloads
    assert (work.spread, work.replicas, work.claims) == (Spread.REPLICAS, 1, (VolumeClaim("data", None),))
    assert problems == []


def test_an_unknown_kind_with_a_pod_template_runs_it_on_nobody_knows_how_many_hosts() -> None:
    text = "apiVersion: x.io/v1\nkind: Fleet\nspec: {replicas: 4, template: {spec: {containers: [{image: a:1}]}}}"
    found, _ = read(text)
    (work,) = found.workloads
    assert (work.spread, work.replicas) == (Spread.UNKNOWN, 4)
    assert found.customs == ()


def test_objects_of_unknown_kinds_are_handed_on() -> None:
    text = "apiVersion: x.io/v1\nkind: Thing\nmetadata: {name: t}\nspec: {image: a:1}\n---\n" + pod()
    found, _ = read(text)
    assert [each.document["kind"] for each in found.customs] == ["Thing"]


def test_a_list_is_taken_apart() -> None:
    text = "kind: List\nitems:\n- {kind: Pod, metadata: {name: p}, spec: {containers: [{image: a:1}]}}"
    assert [each.use.text for each in read(text)[0].sightings] == ["a:1"]


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("quay.io/a/b:{{.spectro.var.Tag}}", "quay.io/a/b"),
        ("redis:v{{.spectro.var.Tag}}-alpine", "docker.io/library/redis"),
        ("{{.spectro.var.Host}}/a/b:1", ""),
        ("host:{{.spectro.var.Port}}/a/b:1", ""),
        ("quay.io/a/{{.spectro.var.Name}}", ""),
    ],
)
def test_a_repository_is_known_where_only_the_tag_is_not(image: str, name: str) -> None:
    (seen,) = read(pod(image))[0].sightings
    assert seen.use.reference is None
    assert seen.name == name


def test_every_problem_is_told_and_none_hides_the_others() -> None:
    text = "kind: Deployment\nmetadata: {name: a}\n---\nkind: Deployment\nmetadata: {name: b}\n---\n" + pod()
    found, problems = read(text)
    assert problems == [
        "app.yaml: line 1: db manifests.app Deployment/a: it has no pod template",
        "app.yaml: line 4: db manifests.app Deployment/b: it has no pod template",
    ]
    assert len(found.workloads) == 1


TREES = st.recursive(
    st.none() | st.sampled_from(["a:1", "1", "500m", "2Gi", "{{.spectro.var.X}}", "Exists", "db"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from([
            "kind", "metadata", "name", "namespace", "spec", "template", "containers", "initContainers", "image", "args",
            "env", "value", "resources", "requests", "limits", "cpu", "memory", "storage", "volumes", "affinity",
            "nodeAffinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms",
            "matchExpressions", "labelSelector", "nodeSelector", "ephemeral", "volumeClaimTemplate", "replicas",
        ]),
        inner,
        max_size=4,
    ),
    max_leaves=30,
)  # fmt: skip


def tree_of(value: object) -> object:
    import json

    return parse_documents(json.dumps(value))[0]


@given(
    TREES, st.sampled_from(["Deployment", "StatefulSet", "Pod", "CronJob", "VirtualMachine", "PersistentVolumeClaim"])
)
def test_whatever_an_object_holds_it_is_read_or_its_problems_are_told(spec: object, kind: str) -> None:
    document = tree_of(
        {"apiVersion": "kubevirt.io/v1" if kind == "VirtualMachine" else "v1", "kind": kind, "spec": spec}
    )
    assert isinstance(document, Map)
    problems = Problems()
    found = read_workloads([KubeObject("m", document)], Surroundings(Provenance("f"), Scope(), problems))
    assert len(found.workloads) + len(problems.found) >= (kind != "PersistentVolumeClaim")
