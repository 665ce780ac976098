from __future__ import annotations

import json
from typing import Any

import pytest

from regplan.oci.artefact import artefact_type, chart_layer, definition_layer, described, newest_version
from regplan.oci.manifest import Manifest, parse_manifest

CHART = "application/vnd.cncf.helm.config.v1+json"
CONTENT = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
PROVENANCE = "application/vnd.cncf.helm.chart.provenance.v1.prov"


def manifest(config: str, *layers: tuple[str, str], **more: Any) -> Manifest:
    def descriptor(media_type: str, place: int, title: str = "") -> dict[str, Any]:
        annotations = {"annotations": {"org.opencontainers.image.title": title}} if title else {}
        return {"mediaType": media_type, "digest": f"sha256:{place:064x}", "size": place, **annotations}

    told = [descriptor(media_type, place, title) for place, (media_type, title) in enumerate(layers, 1)]
    document = {"schemaVersion": 2, "config": descriptor(config, 99), "layers": told, **more}
    parsed = parse_manifest(json.dumps(document).encode())
    assert isinstance(parsed, Manifest)
    return parsed


def test_a_charts_archive_is_found_beside_its_provenance() -> None:
    signed = chart_layer(manifest(CHART, (PROVENANCE, ""), (CONTENT, "")))
    older = chart_layer(manifest(CHART, ("application/tar+gzip", "")))

    assert signed is not None
    assert (signed.media_type, signed.size) == (CONTENT, 2)
    assert older is not None
    assert chart_layer(manifest(CHART, (PROVENANCE, ""))) is None
    assert chart_layer(manifest("application/vnd.oci.image.config.v1+json", (CONTENT, ""))) is None


def test_what_an_artefact_says_of_itself_comes_before_its_config() -> None:
    assert artefact_type(manifest("a/b")) == "a/b"
    assert artefact_type(manifest("application/vnd.oci.empty.v1+json", artifactType="c/d")) == "c/d"


@pytest.mark.parametrize(
    ("config", "layers", "said"),
    [
        ("application/vnd.oci.image.config.v1+json", [("x/y", "")], "is an image of 1 layer"),
        ("application/vnd.docker.container.image.v1+json", [], "is an image of 0 layers"),
        (CHART, [(CONTENT, "")], "is a Helm chart"),
        ("application/vnd.regplan.plan.v1+json", [], "is a plan of regplan's"),
        ("application/vnd.oci.empty.v1+json", [], "is an artefact of no type with no layer"),
        ("a/b", [("", "x.bin"), ("c/d", "")], "is an artefact of type a/b with a layer of no type (x.bin), c/d"),
        ("a/b", [("c/d", "")] * 7, "is an artefact of type a/b with c/d, c/d, c/d, c/d, c/d and 2 more"),
        ("a/\x1b[2J", [("c" * 200, "\u202e")], f"is an artefact of type a/\ufffd[2J with {'c' * 80}… (\ufffd)"),
    ],
)
def test_what_stands_there_is_told_in_a_few_harmless_words(
    config: str, layers: list[tuple[str, str]], said: str
) -> None:
    assert described(manifest(config, *layers)) == said


@pytest.mark.parametrize(
    ("layers", "size"),
    [
        ([("x/y", "")], 1),
        ([("x/y", ""), ("application/yaml", "")], 2),
        ([("x/y", "a.bin"), ("x/y", "bundle-definition.YAML")], 2),
        ([("application/vnd.x.v1+json", ""), ("x/y", "")], 1),
        ([("x/y", ""), ("application/vnd.oci.image.layer.v1.tar+gzip", "")], 2),
        ([("x/y", ""), ("x/z", "")], None),
        ([("application/json", ""), ("application/yaml", "")], None),
        ([], None),
    ],
)
def test_a_definition_is_the_only_layer_or_the_only_text(layers: list[tuple[str, str]], size: int | None) -> None:
    found = definition_layer(manifest("a/b", *layers))

    assert (None if found is None else found.size) == size


@pytest.mark.parametrize(
    ("tags", "newest"),
    [
        ([], None),
        (["latest", "main", "1.2", "sha256-abc.sig"], None),
        (["v1.2.3", "1.2.2"], "v1.2.3"),
        (["1.2.3_build.7", "1.2.3-rc.1"], "1.2.3_build.7"),
        (["0.9.0", "1.0.0-alpha", "1.0.0-beta"], "0.9.0"),
        (["9" * 5000 + ".0.0", "1.0.0"], "1.0.0"),
    ],
)
def test_the_newest_version_is_found_among_tags(tags: list[str], newest: str | None) -> None:
    assert newest_version(tags) == newest
