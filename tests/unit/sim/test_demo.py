"""The numbers of the demo's two sites, held against scripts that import nothing of regplan."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from independent.bytes import measure, upgrade
from independent.material import pick, read_facts, read_packs
from independent.wire import site_wire
from regplan.model.image import Inventory, ResolvedReference
from regplan.oci.platform import Platform
from regplan.plan.check import PlanFacts, build_plan
from regplan.profile.read import NamedText, read
from regplan.profile.site import parse_site
from regplan.sim.placement import place
from regplan.sim.simulate import simulate
from regplan.store.recording import Recording

if TYPE_CHECKING:
    from regplan.model.plan import Plan
    from regplan.model.profile import Declarations
    from regplan.model.site import Site
    from regplan.model.wire import Simulation

DEMO = Path(__file__).parents[3] / "data" / "demo"
SITES = ["site.yaml", "site-single.yaml"]
AMD64 = Platform("linux", "amd64")


def _declared(paths: tuple[str, ...]) -> Declarations:
    return read([NamedText(path, Path(path).read_text(encoding="utf-8")) for path in paths])


def _inventory(declarations: Declarations) -> Inventory:
    recording = Recording(DEMO / "recording")
    entries = []
    for reference in declarations.references():
        (image,) = (each for each in recording.facts(reference) if each.platform.serves(AMD64))
        entries.append(ResolvedReference(reference, image.digest, (image,)))
    return Inventory(tuple(entries), (), (AMD64,))


@cache
def _study(name: str) -> tuple[Site, Simulation, Plan]:
    path = DEMO / name
    site = parse_site(path.read_text(encoding="utf-8"), str(path))
    declarations = _declared(site.inputs.profiles)
    images = _inventory(declarations)
    simulation = simulate(site, place(site, declarations, images), images)
    newer = _inventory(_declared(site.inputs.upgrade_to))
    more: dict[str, Any] = {"wire": simulation.wire, "image_bytes_by_host": dict(simulation.wire.host_bytes)}
    return site, simulation, build_plan(PlanFacts(site, declarations, images, newer, **more))


@pytest.mark.parametrize("name", SITES)
def test_internet_bytes_agree_with_set_algebra_to_the_byte(name: str) -> None:
    expected = site_wire(DEMO / name)
    _, simulation, _ = _study(name)
    wire = simulation.wire

    assert wire.direct_bytes == expected["direct_bytes"]
    assert wire.primary_bytes == expected["primary_bytes"]
    assert wire.saved_bytes == expected["saved_bytes"]
    assert wire.saved_low_bytes == expected["saved_low_bytes"]
    assert wire.saved_high_bytes == expected["saved_high_bytes"]
    assert wire.saved_ratio == expected["saved_ratio"]
    assert wire.host_bytes == tuple((each["name"], each["direct_bytes"]) for each in expected["hosts"])
    assert wire.images_of_unknown_placement == len(expected["unknown"])
    assert simulation.scenarios[2].media_bytes == expected["registry_bytes"]


@pytest.mark.parametrize("name", SITES)
def test_deduplicated_sizes_agree_with_a_count_by_digest(name: str) -> None:
    site, _, plan = _study(name)
    packs = [read_packs([Path(path) for path in paths]) for paths in (site.inputs.profiles, site.inputs.upgrade_to)]
    facts = read_facts([DEMO / "recording" / "facts.jsonl"])
    live, newer = (
        pick(facts, [each for pack in version for each in pack.references], "linux/amd64") for version in packs
    )
    expected, layers = measure(live), plan.layers

    assert layers.referenced_bytes == expected["referenced_bytes"]
    assert layers.unique_bytes == expected["unique_bytes"]
    assert (layers.blobs, layers.manifests, layers.sizes_unknown) == (
        expected["blobs"],
        expected["manifests"],
        expected["unknown_sizes"],
    )
    assert {(row.reference, row.size_bytes, row.shared_bytes, row.unique_bytes) for row in layers.images} == {
        (row["reference"], row["size_bytes"], row["shared_bytes"], row["unique_bytes"]) for row in expected["images"]
    }
    assert plan.upgrade is not None
    assert {f"{name}_bytes": getattr(plan.upgrade, f"{name}_bytes") for name in ("kept", "new", "dropped", "peak")} == (
        upgrade(live, newer)
    )


def test_the_demo_is_marginal_by_the_memory_of_its_smallest_host() -> None:
    _, _, plan = _study("site.yaml")

    assert (plan.verdict, plan.binding_constraint) == ("MARGINAL", "host.memory")
    assert [(host.name, host.verdict) for host in plan.hosts] == [
        ("node-1", "PASS"),
        ("node-2", "PASS"),
        ("node-3", "MARGINAL"),
    ]


def test_the_demo_on_one_host_passes_and_its_registry_costs_more_than_it_saves() -> None:
    _, simulation, plan = _study("site-single.yaml")

    assert plan.verdict == "PASS"
    assert simulation.wire.saved_bytes < 0
