from __future__ import annotations

import pytest

from regplan.model.profile import Declarations, ImageUse, Provenance
from regplan.oci.reference import Reference
from regplan.plan.phases import phases, reached_phase
from unit.seed.samples import entry, inventory, make_image

BASE = b"base" * 100
IMAGES = {
    "os/provider:1": ("os", "edge-native-byoi"),
    "k8s/apiserver:1": ("k8s", "kubernetes"),
    "cni/calico:1": ("cni", "cni-calico"),
    "zot/zot:2": ("addon", "zot-registry"),
    "shop/web:1": ("addon", "shop"),
}
MADE = {name: make_image([BASE, name.encode() * 7], name) for name in IMAGES}
INVENTORY = inventory(*(entry(name, image) for name, (image, _) in MADE.items()))
DECLARED = Declarations(
    uses=tuple(
        ImageUse(name, Reference.parse(name), Provenance("p.json", "p", pack, layer, "k"))
        for name, (layer, pack) in IMAGES.items()
    )
)


def size_of(*names: str) -> int:
    """Each distinct manifest, config and layer of these images once, from their bytes."""
    blobs: dict[str, int] = {}
    for name in names:
        image, data = MADE[name]
        assert image.raw is not None
        blobs[str(image.digest)] = len(image.raw)
        blobs |= {str(digest): len(content) for digest, content in data.items()}
    return sum(blobs.values())


def test_what_runs_before_a_registry_lives_is_brought_to_each_host_in_a_bundle() -> None:
    before, comes_up, content, proof = phases(DECLARED, INVENTORY, 3, 2)

    early = ["os/provider:1", "k8s/apiserver:1", "cni/calico:1", "zot/zot:2"]
    assert [each.target for each in before.references] == ["1", "1", "1", "2"]
    assert (before.size_bytes, before.hosts) == (size_of(*early), 3)
    assert [str(each) for each in comes_up.references] == ["docker.io/zot/zot:2"]
    assert (len(content.references), content.size_bytes, content.hosts) == (5, size_of(*IMAGES), 1)
    assert (proof.references, proof.size_bytes) == ((), 0)


@pytest.mark.parametrize(
    ("answers", "complete", "states"),
    [
        (None, False, ["now", "later", "later", "later"]),
        (False, False, ["unknown", "now", "later", "later"]),
        (True, False, ["done", "done", "now", "later"]),
        (True, True, ["done", "done", "done", "now"]),
    ],
)
def test_a_site_is_in_the_phase_that_its_registry_shows(
    answers: bool | None, complete: bool, states: list[str]
) -> None:
    reached = reached_phase(answers=answers, complete=complete)

    assert [phase.state for phase in phases(DECLARED, INVENTORY, 1, reached)] == states
