"""Artefacts as other tools push them, written without regplan: Helm charts, and documents of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from support import images
from support.archives import tgz_of
from support.content import Blob, Layer, encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from support.registry import Registry

__all__ = ["CHART_CONFIG", "CHART_CONTENT", "artefact", "push_artefact", "push_chart"]

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
CHART_CONFIG: Final = "application/vnd.cncf.helm.config.v1+json"
CHART_CONTENT: Final = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
CHART_PROVENANCE: Final = "application/vnd.cncf.helm.chart.provenance.v1.prov"
TITLE: Final = "org.opencontainers.image.title"


def artefact(config: Blob, layers: Sequence[tuple[Blob, str]]) -> images.Image:
    """An artefact: each layer with its title, or "" for none."""
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.descriptor(),
        "layers": [blob.descriptor(**({"annotations": {TITLE: title}} if title else {})) for blob, title in layers],
    }
    told = tuple(Layer(blob, blob.digest) for blob, _ in layers)
    return images.Image(Blob(MANIFEST, encode(manifest)), config, told, "linux/amd64")


def push_artefact(registry: Registry, name: str, config: Blob, layers: Sequence[tuple[Blob, str]]) -> images.Image:
    """Push an artefact under REPOSITORY:TAG."""
    repository, _, tag = name.rpartition(":")
    tree = artefact(config, layers)
    images.push(registry, repository, tree, [tag])
    return tree


def push_chart(
    registry: Registry, repository: str, files: Mapping[str, str], tags: Sequence[str], *, signed: bool = False
) -> bytes:
    """Push a chart as `helm push` does: its metadata as config, its archive as layer, and a provenance file where signed."""
    archive = tgz_of(dict(files))
    config = Blob(CHART_CONFIG, encode({"name": repository.rpartition("/")[2], "version": tags[0], "apiVersion": "v2"}))
    provenance = [(Blob(CHART_PROVENANCE, b"-----BEGIN PGP SIGNED MESSAGE-----"), "")] if signed else []
    images.push(registry, repository, artefact(config, [*provenance, (Blob(CHART_CONTENT, archive), "")]), list(tags))
    return archive
