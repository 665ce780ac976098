"""Where images go in a test: into a registry over plain HTTP requests, or into an OCI image layout."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING

from support import http
from support.content import Blob, Image, Tree, encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from support.registry import Registry

__all__ = ["push", "write_layout"]

REF_NAME = "org.opencontainers.image.ref.name"


def push(registry: Registry, repository: str, tree: Tree, tags: Sequence[str] = ("latest",)) -> None:
    """Put the image or index with all below it into the repository: blobs, manifests by digest, then the tags.

    Knows nothing of what is there already; raises AssertionError if the registry refuses anything.
    """
    for blob in tree.blobs():
        _push_blob(registry, repository, blob)
    for manifest in tree.manifests():
        _push_manifest(registry, repository, manifest, manifest.digest)
    for tag in tags:
        _push_manifest(registry, repository, tree.manifest, tag)


def write_layout(directory: Path, trees: Mapping[str, Tree], *, sparse: bool = False) -> None:
    """Write an OCI image layout; keys become `org.opencontainers.image.ref.name`; a sparse one has no layers."""
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    for tree in trees.values():
        configs = {image.config.digest for image in _images(tree)}
        kept = [blob for blob in tree.blobs() if blob.digest in configs or not sparse]
        for blob in (*kept, *tree.manifests()):
            (blobs / blob.digest.removeprefix("sha256:")).write_bytes(blob.data)
    (directory / "oci-layout").write_bytes(encode({"imageLayoutVersion": "1.0.0"}))
    entries = [tree.manifest.descriptor(annotations={REF_NAME: name}) for name, tree in trees.items()]
    media_type = "application/vnd.oci.image.index.v1+json"
    index = {"schemaVersion": 2, "mediaType": media_type, "manifests": entries}
    (directory / "index.json").write_bytes(encode(index))


def _images(tree: Tree) -> list[Image]:
    if isinstance(tree, Image):
        return [tree]
    return [image for child in tree.children for image in _images(child)]


def _push_blob(registry: Registry, repository: str, blob: Blob) -> None:
    headers = registry.authorization(repository, "pull", "push")
    began = http.request(
        "POST", f"{registry.url}/v2/{repository}/blobs/uploads/", headers=headers, ca_file=registry.ca_file
    )
    assert began.status == 202, began
    where = urllib.parse.urljoin(registry.url, began.headers["location"])
    where += f"{'&' if '?' in where else '?'}digest={urllib.parse.quote(blob.digest)}"
    typed = headers | {"Content-Type": "application/octet-stream"}
    ended = http.request("PUT", where, body=blob.data, headers=typed, ca_file=registry.ca_file)
    assert ended.status == 201, ended


def _push_manifest(registry: Registry, repository: str, manifest: Blob, reference: str) -> None:
    headers = registry.authorization(repository, "pull", "push") | {"Content-Type": manifest.media_type}
    url = f"{registry.url}/v2/{repository}/manifests/{reference}"
    answer = http.request("PUT", url, body=manifest.data, headers=headers, ca_file=registry.ca_file)
    assert answer.status == 201, (answer, answer.body)
    assert answer.headers.get("docker-content-digest") == manifest.digest
