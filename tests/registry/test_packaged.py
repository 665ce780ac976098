"""Charts and bundle definitions in a registry are read as the files that they are, wherever a profile may stand."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import regplan as run
from support import images
from support.archives import tgz_of
from support.artefacts import push_artefact, push_chart
from support.content import Blob, encode

if TYPE_CHECKING:
    from pathlib import Path

    from support.registry import Registry

pytestmark = pytest.mark.registry

CHART = {
    "web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.2.3\n",
    "web/values.yaml": "image: {repository: HOST/app/web, tag: '1.0'}\n",
    "web/templates/web.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n"
        '      containers: [{name: web, image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"}]\n'
    ),
}
DEFINITION = """name: store-bundle
artifacts:
  - {reference: 'quay.io/app/one:1.0', type: image}
  - {reference: 'quay.io/app/two:2.0', type: image}
  - {reference: 'quay.io/charts/three:3.0', type: helm-chart}
"""


def chart_of(registry: Registry, name: str, *versions: str, signed: bool = False) -> bytes:
    files = {path: text.replace("HOST", registry.address) for path, text in CHART.items()}
    return push_chart(registry, name, files, versions, signed=signed)


def reach(registry: Registry) -> tuple[str, ...]:
    return (f"--plain-http={registry.address}",)


def references(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["normalized"], row["status"]) for row in document["images"]]


@pytest.mark.parametrize("form", ["oci://{}/charts/signed:1.2.3", "docker://{}/charts/signed:1.2.3"])
def test_a_chart_in_a_registry_is_read_as_its_archive_is(form: str, open_registry: Registry, tmp_path: Path) -> None:
    archive = tmp_path / "web-1.2.3.tgz"
    archive.write_bytes(chart_of(open_registry, "charts/signed", "1.2.3", signed=True))
    name = form.format(open_registry.address)

    there = run("images", name, "-o", "json", *reach(open_registry))
    here = run("images", str(archive), "-o", "json")

    assert here.code == there.code == 0
    assert references(there.document) == references(here.document) != []
    for row, local in zip(there.document["images"], here.document["images"], strict=True):
        assert row["provenance"] == [each.replace(str(archive), name).replace(archive.name, name) for each in local["provenance"]]  # fmt: skip


def test_without_a_version_the_newest_one_is_read(open_registry: Registry) -> None:
    chart_of(open_registry, "charts/many", "1.9.0", "1.10.0", "2.0.0-rc.1", "latest")

    said = run("images", f"oci://{open_registry.address}/charts/many", "-o", "json", *reach(open_registry))

    assert said.code == 0
    assert f"oci://{open_registry.address}/charts/many:1.10.0" in said.document["images"][0]["provenance"][0]


def test_what_a_chart_deploys_is_resolved_and_planned(open_registry: Registry, tmp_path: Path) -> None:
    image = images.image([images.layer(4000, seed=611), images.layer(900, seed=612)])
    images.push(open_registry, "app/web", image, ["1.0"])
    chart_of(open_registry, "charts/web", "1.2.3")
    name = f"oci://{open_registry.address}/charts/web:1.2.3"
    site = tmp_path / "site.yaml"
    site.write_text(f"name: store\nprofiles: ['{name}']\nregistry: {{storage: 400GB}}\n")

    layers = run("layers", name, "-o", "json", *reach(open_registry))
    plan = run("plan", str(site), "-o", "json", *reach(open_registry))
    seed = run("seed", name, "--to", f"oci:{tmp_path / 'usb'}", "--yes", "-o", "json", *reach(open_registry))

    sizes = {blob.digest: blob.size for blob in (*image.manifests(), *image.blobs())}
    assert layers.document["unique_bytes"] == sum(sizes.values())
    assert plan.document["images"]["unresolved"] == []
    assert plan.document["storage"]["unique_bytes"] == sum(sizes.values())
    assert plan.document["site"]["profiles"] == [name]
    assert seed.document["done"]["manifests"] == 1


def test_as_an_image_a_chart_stays_the_artefact_that_it_is(open_registry: Registry, tmp_path: Path) -> None:
    archive = chart_of(open_registry, "charts/counted", "1.2.3")
    name = f"{open_registry.address}/charts/counted:1.2.3"
    listed = tmp_path / "list.txt"
    listed.write_text(f"{name}\n")

    of_list = run("layers", str(listed), "-o", "json", *reach(open_registry))
    bare = run("layers", name, "-o", "json", *reach(open_registry))

    assert of_list.document["images"] == bare.document["images"] != []
    assert of_list.document["unique_bytes"] > len(archive)
    assert (
        bare.err
        == f"regplan: {name} is a Helm chart, counted itself; for the images that it deploys write oci://{name}\n"
    )
    assert of_list.err == ""


def test_among_a_sites_profiles_an_image_is_told_from_a_chart(open_registry: Registry, tmp_path: Path) -> None:
    images.push(open_registry, "app/told", images.image([images.layer(900, seed=615)]), ["1"])
    chart_of(open_registry, "charts/told", "1.2.3")
    sites = {}
    for name in ("app/told:1", "charts/told:1.2.3", "charts/none:1"):
        sites[name] = tmp_path / f"{name.replace('/', '-').replace(':', '-')}.yaml"
        sites[name].write_text(f"name: store\nprofiles: ['docker://{open_registry.address}/{name}']\n")

    told = {name: run("images", str(site), "-o", "json", *reach(open_registry)) for name, site in sites.items()}

    assert told["charts/told:1.2.3"].code == 0
    assert len(told["charts/told:1.2.3"].document["images"]) == 1
    assert told["app/told:1"].code == told["charts/none:1"].code == 2
    assert (
        "is an image of 1 layer, and no Helm chart; a site file names images under `images`" in told["app/told:1"].err
    )
    assert "has no" in told["charts/none:1"].err


def test_an_image_by_its_transport_is_an_image(open_registry: Registry) -> None:
    images.push(open_registry, "app/plain", images.image([images.layer(900, seed=613)]), ["1"])
    name = f"{open_registry.address}/app/plain:1"

    said = run("images", f"docker://{name}", "-o", "json", *reach(open_registry))
    absent = run("layers", f"docker://{open_registry.address}/app/none:1", f"docker://{name}", *reach(open_registry))

    assert references(said.document) == [(name, "listed")]
    assert absent.code == 4


@pytest.mark.parametrize("kind", ["text", "archive", "json", "beside-a-signature"])
def test_a_bundle_definition_is_read_as_its_file_is(kind: str, open_registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "bundle-definition.yaml"
    file.write_text(DEFINITION)
    layers = {
        "text": [(Blob("application/vnd.cncf.artifact.layer.v1.tar", DEFINITION.encode()), "bundle-definition.yaml")],
        "archive": [(Blob("application/vnd.oci.image.layer.v1.tar+gzip", tgz_of({"bundle-definition.yaml": DEFINITION})), "")],
        "json": [(Blob("application/json", encode({"name": "a-bundle", "artifacts": [{"reference": "quay.io/app/one:1.0"}, {"reference": "quay.io/app/two:2.0"}]})), "")],
        "beside-a-signature": [(Blob("application/octet-stream", b"\x00\x01signature"), "bundle.sig"), (Blob("application/yaml", DEFINITION.encode()), "")],
    }[kind]  # fmt: skip
    name = f"docs/{kind}/bundle-definition"
    push_artefact(open_registry, f"{name}:store", Blob("application/vnd.unknown.config.v1+json", b"{}"), layers)

    there = run("images", f"docker://{open_registry.address}/{name}:store", "-o", "json", *reach(open_registry))
    here = run("images", str(file), "-o", "json")

    assert there.code == here.code
    assert references(there.document) == references(here.document)
    assert len(there.document["images"]) == 2


def test_a_definition_of_an_unknown_shape_says_what_was_found(open_registry: Registry) -> None:
    config = Blob("application/vnd.other.v1+json", b"{}")
    binary = (Blob("application/x-one", b"\x00\xff\x00"), "one.bin")
    push_artefact(open_registry, "x/bundle-definition:one", config, [binary])
    push_artefact(open_registry, "x/bundle-definition:two", config, [binary, (Blob("application/x-two", b"\x01"), "")])
    images.push(open_registry, "x/bundle-definition", images.multi_platform(seed=901), ["three"])

    told = {tag: run("images", f"docker://{open_registry.address}/x/bundle-definition:{tag}", *reach(open_registry)) for tag in ("one", "two", "three", "none")}  # fmt: skip

    assert {said.code for said in told.values()} == {2}
    assert "application/x-one (one.bin), where a text or an archive of texts is expected" in told["one"].err
    assert "application/x-one (one.bin), application/x-two: none of it" in told["two"].err
    assert "is an index of 4 manifests" in told["three"].err
    assert "has no" in told["none"].err


def test_what_is_no_chart_is_told(open_registry: Registry) -> None:
    images.push(open_registry, "app/image", images.image([images.layer(900, seed=614)]), ["1"])
    host = open_registry.address
    broken = [(Blob("application/vnd.cncf.helm.chart.content.v1.tar+gzip", b"no archive"), "")]
    push_artefact(open_registry, "charts/broken:1.0.0", Blob("application/vnd.cncf.helm.config.v1+json", b"{}"), broken)

    cases = {
        f"oci://{host}/app/image:1": "is an image of 1 layer, and no Helm chart; an image is named without oci://",
        f"oci://{host}/app/image": "no version is among its 1 tag; name one",
        f"oci://{host}/charts/none:1.0.0": "has no",
        f"oci://{host}/charts/broken:1.0.0": "its chart is no archive",
        "oci://bitnami/nginx": "after oci:// stands the registry's host",
        f"oci://me:hunter2@{host}/charts/web:1": "user and password",
    }
    for name, message in cases.items():
        said = run("images", name, *reach(open_registry))
        assert (said.code, message in said.err) == (2, True), (name, said.err)
        assert "hunter2" not in said.err


def test_offline_says_what_to_do_and_asks_nobody(open_registry: Registry, tmp_path: Path) -> None:
    chart = run("images", f"oci://{open_registry.address}/charts/web:1.2.3", "--offline")
    image = run("images", f"docker://{open_registry.address}/app/web:1", "--offline", "-o", "json")
    site = tmp_path / "site.yaml"
    site.write_text(f"name: store\nimages: ['oci://{open_registry.address}/charts/web:1.2.3']\n")
    among_images = run("plan", str(site))

    assert chart.code == 3
    assert "being offline allows no connection; hand over its file, as `helm pull`" in chart.err
    assert references(image.document) == [(f"{open_registry.address}/app/web:1", "listed")]
    assert among_images.code == 2
    assert "a Helm chart stands among images" in among_images.err


def test_a_chart_behind_a_login_is_fetched_with_it(token_registry: Registry, home: Path) -> None:
    chart_of(token_registry, "charts/private", "1.2.3")
    pair = base64.b64encode(f"{token_registry.user}:{token_registry.password}".encode()).decode()
    (home / ".docker").mkdir()
    (home / ".docker" / "config.json").write_text(json.dumps({"auths": {token_registry.address: {"auth": pair}}}))

    said = run("images", f"oci://{token_registry.address}/charts/private", "-o", "json", *reach(token_registry))

    assert said.code == 0
    assert (
        references(said.document) == [(f"{token_registry.address}/app/web:1.0", "unknown")] or said.document["images"]
    )
