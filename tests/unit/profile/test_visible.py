from __future__ import annotations

import pytest

from regplan.model.profile import Provenance, UseStatus
from regplan.profile.macros import Scope
from regplan.profile.parts import Evidence, Sighting
from regplan.profile.tree import parse_documents
from regplan.profile.visible import values_sightings


def sightings(text: str, scope: Scope | None = None, key: str = "") -> tuple[Sighting, ...]:
    return values_sightings(parse_documents(text)[0], Provenance("values.yaml", pack="web"), scope or Scope(), key)


def seen(text: str) -> list[tuple[str, str]]:
    """Key and full reference of each; the name alone where the tag is not said."""
    return [(each.use.provenance.key, str(each.use.reference or each.name)) for each in sightings(text)]


@pytest.mark.parametrize(
    ("values", "images"),
    [
        ("image: a/b:1", [("image", "docker.io/a/b:1")]),
        ("charts: {web: {sidecarImage: 'redis:7 '}}", [("charts.web.sidecarImage", "docker.io/library/redis:7")]),
        ("list: [{image: a/b}]", [("list[0].image", "docker.io/a/b:latest")]),
        ("image: {repository: a/b, tag: 1.0}", [("image", "docker.io/a/b:1.0")]),
        ("image: {registry: quay.io, repository: a/b, tag: 1.0}", [("image", "quay.io/a/b:1.0")]),
        ("image: {registry: quay.io/, repository: quay.io/a/b, tag: 1.0}", [("image", "quay.io/a/b:1.0")]),
        ("image: {repository: a/b, digest: 'sha256:%s'}" % ("0" * 64), [("image", f"docker.io/a/b@sha256:{'0' * 64}")]),
        ("image: {repository: a/b, sha: '%s', tag: 1}" % ("0" * 64), [("image", f"docker.io/a/b:1@sha256:{'0' * 64}")]),
        ("manifests: {m: {images: {web: ghcr.io/a/b:1, x: word}}}", [("manifests.m.images.web", "ghcr.io/a/b:1")]),
        ("images: {web: {repository: a/b, tag: '2'}}", [("images.web", "docker.io/a/b:2")]),
        ("images: [a/b:1, {image: a/c:2}]", [("images[0]", "docker.io/a/b:1"), ("images[1].image", "docker.io/a/c:2")]),
        ("ofed: {repository: nvcr.io/m, image: doca, version: 24.1}", [("ofed", "nvcr.io/m/doca:24.1")]),
        ("image: {hub: gcr.io/istio, image: pilot, tag: 1.2}", [("image.image", "gcr.io/istio/pilot:1.2")]),
        ("image: {name: quay.io/a/b, tag: 3}", [("image", "quay.io/a/b:3")]),
        ("web: {imageName: quay.io/a/b, imageTag: 3}", [("web.imageName", "quay.io/a/b:3")]),
        ("web: {image: quay.io/a/b, tag: 3}", [("web.image", "quay.io/a/b:3")]),
        ("web: {initImage: quay.io/a/b, initImageTag: 3}", [("web.initImage", "quay.io/a/b:3")]),
        ("image: {baseRepo: registry.k8s.io, nfs: {repository: /sig/nfs, tag: v1}}", [("image.nfs", "registry.k8s.io/sig/nfs:v1")]),
        ("image: {baseRepo: registry.k8s.io, nfs: {repository: gcr.io/nfs, tag: v1}}", [("image.nfs", "gcr.io/nfs:v1")]),
        (
            "{global: {imageRegistry: corp.example}, image: {registry: docker.io, repository: a/b, tag: 1}}",
            [("image", "corp.example/a/b:1")],
        ),
        (
            "charts: {web: {global: {host: corp.example}, image: {repository: '{{ .Values.global.host }}/a', tag: 1}}}",
            [("charts.web.image", "corp.example/a:1")],
        ),
    ],
)  # fmt: skip
def test_an_image_that_values_spell_is_told_with_its_key(values: str, images: list[tuple[str, str]]) -> None:
    assert seen(values) == images


def test_a_macro_is_filled_from_the_packs_scope() -> None:
    scope = Scope({"tag": "1.30", "host": "quay.io"})
    for text in (
        "image: '{{.spectro.var.host}}/a:{{.spectro.var.tag}}'",
        "image: {repository: '{{.spectro.var.host}}/a', tag: '{{ .spectro.var.tag }}'}",
    ):
        (sighting,) = sightings(text, scope)
        assert str(sighting.use.reference) == "quay.io/a:1.30"
        assert sighting.name == "quay.io/a"


def test_a_macro_that_nothing_fills_leaves_the_reference_open_and_says_why() -> None:
    (sighting,) = sightings("image: {repository: a/b, tag: '{{ .spectro.var.tag }}'}")
    assert sighting.use.reference is None
    assert "tag" in sighting.use.problem
    assert sighting.name == "docker.io/a/b"


@pytest.mark.parametrize(
    ("values", "name", "problem"),
    [
        ("image: {repository: xpkg.crossplane.io/a/b, tag: ''}", "xpkg.crossplane.io/a/b", "its tag is not said"),
        ("image: {repository: a/b, pullPolicy: Always}", "docker.io/a/b", "its tag is not said"),
        ("image: {repository: a/b, tag: '{{ .Chart.AppVersion }}'}", "docker.io/a/b", "its tag is not said"),
        ("image: {repository: 'a/{{ .Values.none }}', tag: 1}", "", "its name is a template"),
    ],
)
def test_an_image_that_is_not_said_to_its_end_keeps_what_is_known(values: str, name: str, problem: str) -> None:
    (sighting,) = sightings(values)
    assert (sighting.use.reference, sighting.name, sighting.use.problem) == (None, name, problem)


@pytest.mark.parametrize(
    ("values", "evidence", "enabled_by"),
    [
        ("image: a/b:1", Evidence.MAYBE, ""),
        ("enabled: true\nimage: a/b:1", Evidence.ENABLED, ""),
        ("web: {enabled: true, image: {repository: a/b, tag: 1}}", Evidence.ENABLED, ""),
        ("web: {enabled: false, image: {repository: a/b, tag: 1}}", Evidence.OFF, "web.enabled: true"),
        ("web: {enabled: true, side: {enabled: false, image: a/b:1}}", Evidence.OFF, "web.side.enabled: true"),
        (
            "a: {enabled: false, b: {enabled: false, image: a/b:1}}",
            Evidence.OFF,
            "a.enabled: true and a.b.enabled: true",
        ),
        ("web: {enabled: '{{.spectro.var.on}}', image: a/b:1}", Evidence.MAYBE, ""),
        ("web: {enabled: true, side: {enabled: ~, image: a/b:1}}", Evidence.MAYBE, ""),
        ("web: {enable: true, image: a/b:1}", Evidence.MAYBE, ""),
        ("testFramework: {enabled: true, image: a/b:1}", Evidence.MAYBE, ""),
        ("initContainers: {waitForRedis: {enabled: true, image: a/b:1}}", Evidence.MAYBE, ""),
        ("latest: {enabled: true, image: a/b:1}", Evidence.ENABLED, ""),
    ],
)
def test_only_what_values_say_by_name_is_on_or_off(values: str, evidence: Evidence, enabled_by: str) -> None:
    (sighting,) = sightings(values)
    assert (sighting.evidence, sighting.use.enabled_by) == (evidence, enabled_by)
    assert (sighting.use.status is UseStatus.ONLY_IF_ENABLED) is (evidence is Evidence.OFF)


def test_keys_begin_where_the_values_stand() -> None:
    (sighting,) = sightings("web: {enabled: false, image: a/b:1}", key="charts.shop")
    assert sighting.use.provenance.key == "charts.shop.web.image"
    assert sighting.use.enabled_by == "charts.shop.web.enabled: true"


def test_the_line_is_that_of_the_key_that_names_the_image() -> None:
    text = "web:\n  image:\n    tag: 1\n    repository: a/b\nother:\n  image: a/c:1\nimages:\n  - a/d:1\n"
    assert [each.use.provenance.line for each in sightings(text)] == [4, 6, 8]


@pytest.mark.parametrize(
    "values",
    [
        "image: nginx",
        "image: {repository: https://charts.corp/x, tag: 1}",
        "image: {repository: '', tag: 1}",
        "web: {imagePullPolicy: Always, imagePullSecrets: [x]}",
        "image: '{{ .Values.image }}'",
        "source: {repository: a/b}",
        "database: {host: db.example, image: pg}",
        "name: web",
        "version: 1.2",
    ],
)
def test_what_only_looks_like_an_image_is_passed_over(values: str) -> None:
    assert seen(values) == []


@pytest.mark.parametrize("key", ["password", "dbSecret", "registryCredentials"])
def test_nothing_below_a_secrets_key_is_read(key: str) -> None:
    assert seen(f"{key}: {{image: 'a/hunter2:x', images: {{x: a/hunter2:y}}}}") == []


def test_a_chart_is_no_secret_whatever_its_name() -> None:
    assert seen("charts: {external-secrets: {image: a/b:1}}") == [("charts.external-secrets.image", "docker.io/a/b:1")]


@pytest.mark.parametrize("values", ["a", "[]", "~", "- a/b:1"])
def test_values_that_are_no_mapping_name_nothing(values: str) -> None:
    assert seen(values) == []
