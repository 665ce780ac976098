"""Media types of both dialects: OCI's and Docker's version 2 are equals."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ACCEPT",
    "DOCKER_CONFIG",
    "DOCKER_INDEX",
    "DOCKER_LAYER",
    "DOCKER_MANIFEST",
    "INDEXES",
    "MANIFESTS",
    "OCI_CONFIG",
    "OCI_EMPTY",
    "OCI_INDEX",
    "OCI_LAYER",
    "OCI_LAYER_TAR",
    "OCI_MANIFEST",
    "SCHEMA1",
    "is_docker",
    "is_foreign",
    "is_image_config",
    "is_uncompressed",
]

OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
OCI_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
OCI_LAYER_TAR: Final = "application/vnd.oci.image.layer.v1.tar"
OCI_EMPTY: Final = "application/vnd.oci.empty.v1+json"
DOCKER_INDEX: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG: Final = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER: Final = "application/vnd.docker.image.rootfs.diff.tar.gzip"
SCHEMA1: Final = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    }
)

INDEXES: Final = frozenset({OCI_INDEX, DOCKER_INDEX})
MANIFESTS: Final = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
_UNCOMPRESSED: Final = frozenset({OCI_LAYER_TAR, "application/vnd.docker.image.rootfs.diff.tar"})
_FOREIGN: Final = ("application/vnd.oci.image.layer.nondistributable.", "application/vnd.docker.image.rootfs.foreign.")
ACCEPT: Final = (OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST)


def is_foreign(media_type: str) -> bool:
    """Tell whether a layer may not be distributed, so that a registry need not hold it.

    >>> is_foreign("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"), is_foreign(OCI_LAYER)
    (True, False)
    """
    return media_type.startswith(_FOREIGN)


def is_docker(media_type: str) -> bool:
    """Tell whether a type is of Docker's dialect, which Zot refuses unless it is told otherwise."""
    return media_type.startswith("application/vnd.docker.")


def is_image_config(media_type: str) -> bool:
    """Tell whether a config blob is an image's, and not an artefact's."""
    return media_type in {OCI_CONFIG, DOCKER_CONFIG}


def is_uncompressed(media_type: str) -> bool:
    """Tell whether a layer is a plain tar: a tool that compresses while it pushes stores fewer bytes than it has.

    >>> is_uncompressed(OCI_LAYER_TAR), is_uncompressed(OCI_LAYER)
    (True, False)
    """
    return media_type in _UNCOMPRESSED
