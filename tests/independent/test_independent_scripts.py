"""The independent scripts against numbers worked out by hand."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from independent.bytes import measure, upgrade
from independent.material import Image, Pack, Workload, normalise, read_packs
from independent.wire import Host, bootstrap, hosts_of, pulls_of

APP = Image("x/app:1", "linux/amd64", "m-app", {"m-app": 1, "c-app": 2, "base": 100, "app": 10})
WEB = Image("x/web:1", "linux/amd64", "m-web", {"m-web": None, "c-web": 3, "base": 100, "web": 20})
SAME = Image("x/web:2", "linux/amd64", "m-web", WEB.sizes)
CNI = Image("x/cni:1", "linux/amd64", "m-cni", {"m-cni": 1, "c-cni": 1, "cni": 30})
OS = Image("x/os:1", "linux/amd64", "m-os", {"m-os": 1, "c-os": 1, "os": 5000})
IMAGES = {each.reference: each for each in (APP, WEB, CNI, OS)}
HOSTS = (Host("cp", "control-plane"), Host("w1", "worker"), Host("w2", "worker"))


def test_a_shared_layer_counts_once_in_the_set_and_twice_in_the_sum() -> None:
    answer = measure([APP, WEB])
    assert (answer["referenced_bytes"], answer["unique_bytes"]) == (113 + 123, 136)
    assert (answer["blobs"], answer["manifests"], answer["unknown_sizes"]) == (5, 2, 1)
    assert [each["unique_bytes"] for each in answer["images"]] == [13, 23]
    assert [each["shared_bytes"] for each in answer["images"]] == [100, 100]


def test_two_references_to_one_manifest_are_one_image_shown_twice() -> None:
    answer = measure([WEB, SAME])
    assert (answer["referenced_bytes"], answer["unique_bytes"], answer["manifests"]) == (246, 123, 1)
    assert [each["unique_bytes"] for each in answer["images"]] == [123, 123]


def test_an_upgrade_keeps_what_both_have() -> None:
    assert upgrade([APP, CNI], [WEB, CNI]) == {
        "kept_bytes": 132,
        "new_bytes": 23,
        "dropped_bytes": 13,
        "peak_bytes": 168,
    }


def packs(replicas: int) -> list[Pack]:
    run = Workload("Deployment", "app", "replicas", replicas, (APP.reference,))
    return [
        Pack("p", "provider", "os", (OS.reference,)),
        Pack("p", "net", "cni", (CNI.reference,)),
        Pack("p", "shop", "addon", (APP.reference, WEB.reference), (run,)),
    ]


@pytest.mark.parametrize(
    ("replicas", "direct_bytes"), [(1, 3 * 32 + 136), (2, 3 * 32 + 136 + 113), (9, 3 * 32 + 136 + 2 * 113)]
)
def test_replicas_fill_the_workers_first_and_no_more_hosts_than_there_are(replicas: int, direct_bytes: int) -> None:
    answer = bootstrap(IMAGES, pulls_of(packs(replicas), HOSTS), HOSTS, frozenset({"w1"}))
    assert answer["direct_bytes"] == direct_bytes
    assert answer["primary_bytes"] == (136 + 32) + 3 * 32


def test_an_unknown_image_on_every_host_raises_what_goes_without_a_registry_only() -> None:
    pulls = pulls_of(packs(1), HOSTS)
    assert pulls.unknown == (WEB.reference,)
    answer = bootstrap(IMAGES, pulls, HOSTS, frozenset({"cp", "w1", "w2"}))
    assert answer["direct_bytes"] == 3 * 32 + 136 + 123 + 123
    assert answer["primary_bytes"] == (136 + 32) + 3 * 32


def test_on_a_single_host_the_registry_costs_what_comes_before_it() -> None:
    alone = (Host("one", "control-plane"),)
    answer = bootstrap(IMAGES, pulls_of(packs(2), alone), alone, frozenset({"one"}))
    assert answer["saved_bytes"] == -32


def test_daemon_sets_go_everywhere_and_static_pods_to_the_control_plane() -> None:
    every = Workload("DaemonSet", "d", "every", 1, ("x/d:1",))
    static = Workload("Pod", "s", "static", 1, ("x/s:1",))
    pulls = pulls_of([Pack("p", "a", "addon", (), (every, static))], HOSTS)
    assert pulls.placed == {"x/d:1": frozenset({"cp", "w1", "w2"}), "x/s:1": frozenset({"cp"})}


def test_hosts_with_a_count_are_numbered() -> None:
    site = {"hosts": [{"name": "a", "role": "control-plane"}, {"name": "n", "role": "worker", "count": 2}]}
    assert [host.name for host in hosts_of(site)] == ["a", "n-1", "n-2"]


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("redis", "docker.io/library/redis:latest"),
        ("a/b:1", "docker.io/a/b:1"),
        ("localhost:5000/a:1", "localhost:5000/a:1"),
        ("container://quay.io/a/b", "quay.io/a/b:latest"),
        ("nginx@sha256:00", "docker.io/library/nginx@sha256:00"),
    ],
)
def test_references_are_written_in_full(text: str, full: str) -> None:
    assert normalise(text) == full


def test_macros_are_filled_from_variables_and_from_the_packs_own_values(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text(
        """
metadata: {name: p}
spec:
  variables: [{name: TAG, defaultValue: "1"}]
  template:
    packs:
      - name: a-b
        layer: addon
        values: |
          pack: {content: {images: [{image: "{{.spectro.pack.a-b.options.system.uri}}"}, {image: "x:{{ .spectro.var.TAG }}"}]}}
          options: {system.uri: "quay.io/o/s:9"}
""",
        encoding="utf-8",
    )
    assert read_packs([path])[0].references == ("quay.io/o/s:9", "docker.io/library/x:1")
    assert read_packs([path], {"TAG": "2"})[0].references[1] == "docker.io/library/x:2"


def test_the_scripts_import_nothing_of_what_they_check() -> None:
    for path in Path(__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.partition(".")[0] == "regplan" for name in names), path.name
