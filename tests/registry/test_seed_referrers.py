"""What refers to images, seeded into a registry without the referrers API and into one with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import regplan
from support import http, images
from support.referrers import cosign_signature, cosign_tag, fallback, fallback_tag, referrer

if TYPE_CHECKING:
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.registry, pytest.mark.ours_later]

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
TREE = images.layer_twice(seed=21)
SBOM, OTHER, SIGNED = (
    referrer(TREE.manifest, seed=1),
    referrer(TREE.manifest, "application/vnd.other", seed=2),
    cosign_signature(),
)


@pytest.fixture
def source(start_registry: StartRegistry) -> Registry:
    registry = start_registry()
    images.push(registry, "shop/web", TREE, ["1.0"])
    for each in (SBOM, OTHER):
        images.push(registry, "shop/web", each, [])
    if not registry.program.has_referrers:
        images.push(registry, "shop/web", fallback([SBOM, OTHER]), [fallback_tag(TREE.manifest)])
    images.push(registry, "shop/web", SIGNED, [cosign_tag(TREE.manifest)])
    return registry


def seed(source: Registry, target: Registry) -> dict[str, Any]:
    said = regplan(
        "seed", f"{source.address}/shop/web:1.0", "--to", f"docker://{target.address}/p", "--plain-http", "--yes",
        "--with-referrers", "-o", "json",
    )  # fmt: skip
    assert said.code == 0, said.err
    return said.document


def read(source: Registry, target: Registry, what: str, kind: str = INDEX) -> http.Response:
    """Read something of the target's repository, past our own client."""
    url = f"http://{target.address}/v2/p/{source.address.replace(':', '_')}/shop/web/{what}"
    return http.request("GET", url, headers={"Accept": kind})


def test_signatures_and_sboms_stand_beside_their_image_and_are_found_there(
    source: Registry, start_registry: StartRegistry
) -> None:
    target = start_registry()

    document = seed(source, target)

    assert document["plan"]["referrers"] == 3
    for each in (SBOM, OTHER):
        assert read(source, target, f"manifests/{each.manifest.digest}", MANIFEST).body == each.manifest.data
    assert read(source, target, f"manifests/{cosign_tag(TREE.manifest)}", MANIFEST).body == SIGNED.manifest.data
    wanted = {SBOM.manifest.digest, OTHER.manifest.digest}
    has_api = target.program.has_referrers
    place = f"referrers/{TREE.manifest.digest}" if has_api else f"manifests/{fallback_tag(TREE.manifest)}"
    listed = json.loads(read(source, target, place).body)["manifests"]
    assert {each["digest"] for each in listed} == wanted
    assert {each["artifactType"] for each in listed} == {"application/spdx+json", "application/vnd.other"}
    assert {each["size"] for each in listed} == {len(each.manifest.data) for each in (SBOM, OTHER)}
    # Where the API lists them, a stand-in tag would be one image too many.
    stand_in = read(source, target, f"manifests/{fallback_tag(TREE.manifest)}").status
    assert stand_in == (404 if has_api else 200)


def test_a_second_run_writes_nothing_and_keeps_what_others_have_listed(
    source: Registry, start_registry: StartRegistry
) -> None:
    target = start_registry()
    seed(source, target)
    target.forget_requests()

    again = seed(source, target)

    assert again["done"]["manifests"] == again["done"]["uploaded_blobs"] == 0
    assert not [each for each in target.requests() if each.method not in {"HEAD", "GET"}]
