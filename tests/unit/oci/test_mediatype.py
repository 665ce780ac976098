from __future__ import annotations

import pytest

from regplan.oci import mediatype
from regplan.oci.mediatype import is_docker, is_foreign, is_image_config

OCI = "application/vnd.oci.image"
DOCKER = "application/vnd.docker"


def test_the_types_are_those_of_the_specifications() -> None:
    assert f"{OCI}.index.v1+json" == mediatype.OCI_INDEX
    assert f"{OCI}.manifest.v1+json" == mediatype.OCI_MANIFEST
    assert f"{OCI}.config.v1+json" == mediatype.OCI_CONFIG
    assert f"{OCI}.layer.v1.tar+gzip" == mediatype.OCI_LAYER
    assert mediatype.OCI_EMPTY == "application/vnd.oci.empty.v1+json"
    assert f"{DOCKER}.distribution.manifest.list.v2+json" == mediatype.DOCKER_INDEX
    assert f"{DOCKER}.distribution.manifest.v2+json" == mediatype.DOCKER_MANIFEST
    assert f"{DOCKER}.container.image.v1+json" == mediatype.DOCKER_CONFIG
    assert f"{DOCKER}.image.rootfs.diff.tar.gzip" == mediatype.DOCKER_LAYER


def test_a_registry_is_asked_for_both_dialects_and_never_for_schema_1() -> None:
    assert set(mediatype.ACCEPT) == mediatype.INDEXES | mediatype.MANIFESTS
    assert not set(mediatype.ACCEPT) & mediatype.SCHEMA1


@pytest.mark.parametrize(
    ("media_type", "foreign"),
    [
        (f"{OCI}.layer.nondistributable.v1.tar", True),
        (f"{OCI}.layer.nondistributable.v1.tar+gzip", True),
        (f"{OCI}.layer.nondistributable.v1.tar+zstd", True),
        (f"{DOCKER}.image.rootfs.foreign.diff.tar.gzip", True),
        (f"{DOCKER}.image.rootfs.foreign.diff.tar", True),
        (f"{OCI}.layer.v1.tar+zstd", False),
        (f"{DOCKER}.image.rootfs.diff.tar.gzip", False),
        # An artefact's own type, which merely has the word in it, is copied like any other.
        ("application/vnd.example.foreign.rates.v1+json", False),
        ("application/vnd.example.nondistributable.v1", False),
        ("", False),
    ],
)
def test_only_the_two_dialects_own_layer_types_are_foreign(media_type: str, foreign: bool) -> None:
    assert is_foreign(media_type) is foreign


@pytest.mark.parametrize(
    ("media_type", "docker"),
    [
        (mediatype.DOCKER_MANIFEST, True),
        (mediatype.DOCKER_LAYER, True),
        (mediatype.DOCKER_CONFIG, True),
        (mediatype.OCI_MANIFEST, False),
        ("application/vnd.dockerish.v1", False),
        ("", False),
    ],
)
def test_docker_s_dialect_is_told_by_its_prefix(media_type: str, docker: bool) -> None:
    assert is_docker(media_type) is docker


@pytest.mark.parametrize(
    ("media_type", "config"),
    [
        (mediatype.OCI_CONFIG, True),
        (mediatype.DOCKER_CONFIG, True),
        (mediatype.OCI_EMPTY, False),
        ("application/vnd.cncf.helm.config.v1+json", False),
        ("", False),
    ],
)
def test_an_artefact_s_config_is_not_an_image_s(media_type: str, config: bool) -> None:
    assert is_image_config(media_type) is config
