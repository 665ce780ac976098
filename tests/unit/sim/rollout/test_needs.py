"""What a site needs over the uplink, added up by hand for every way in which images come."""

from __future__ import annotations

import pytest

from regplan.model.profile import Spread
from regplan.sim.carried.life import Terms
from regplan.sim.carried.of_site import Release, SiteImages
from regplan.sim.rollout.needs import needed_of
from unit.plan.builders import declarations, entry, host, image, inventory, site, use, workload

# Each image has 15 bytes of manifest and config.
CNI, WEB, NEWER, TOOL = (
    entry("docker.io/house/cni:1", image("cni", {"base": 100, "cni": 20})),
    entry("docker.io/house/web:1", image("web 1", {"base": 100, "web 1": 30})),
    entry("docker.io/house/web:2", image("web 2", {"base": 100, "web 2": 40})),
    entry("quay.io/house/tool:1", image("tool", {"tool": 1000})),
)


def release(web: str, *entries: object) -> Release:
    declared = declarations(
        use("docker.io/house/cni:1", layer="cni"),
        use(web),
        use("quay.io/house/tool:1"),
        workloads=(
            workload("docker.io/house/cni:1", Spread.EVERY_HOST, layer="cni"),
            workload(web, Spread.EVERY_HOST),
        ),
    )
    return Release(declared, inventory(*entries))  # type: ignore[arg-type]


IMAGES = SiteImages(
    site(hosts=(host("a"), host("b"))),
    [release("docker.io/house/web:1", CNI, WEB, TOOL), release("docker.io/house/web:2", CNI, NEWER, TOOL)],
)
# Two hosts run cni and web, and nobody knows who runs tool: one host.
CNI_BYTES, WEB_BYTES, TOOL_BYTES = 135, 145, 1015


@pytest.mark.parametrize(
    ("way", "size", "pulls"),
    [
        # On each host cni with base, and what web adds to it; tool on one.
        ("direct", 2 * (135 + 45) + 1015, 4),
        # cni on both hosts before a registry lives; then all three images once for the registry.
        ("primary", 2 * 135 + 135 + 45 + 1015, 2 + 2),
        ("bundle", 0, 0),
        # A zot that is asked by both at once fetches once; the cni came past it.
        ("pull-through", 2 * 135 + 145 + 1015, 2 + 1),
        # Both hosts hold base already, of which a peer fetches nothing more.
        ("peer-to-peer", 2 * 135 + 45 + 1015, 2 + 1),
    ],
)
def test_a_bootstrap_takes_what_comes_before_a_registry_on_every_host_and_the_rest_by_its_way(
    way: str, size: int, pulls: int
) -> None:
    assert needed_of(IMAGES, Terms(2), "bootstrap", way) == (size, pulls)


@pytest.mark.parametrize(
    ("way", "size", "pulls"),
    [("direct", 2 * 55, 2), ("primary", 55, 1), ("bundle", 0, 0), ("peer-to-peer", 55, 1)],
)
def test_an_upgrade_takes_what_is_new(way: str, size: int, pulls: int) -> None:
    assert needed_of(IMAGES, Terms(2), "upgrade", way) == (size, pulls)
