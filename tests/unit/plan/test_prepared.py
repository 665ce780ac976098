from __future__ import annotations

import pickle
from dataclasses import fields, replace

from regplan.model.clock import Pulling
from regplan.model.profile import Spread
from regplan.model.site import Assumptions, Link, Scenario, Site, SiteFrom
from regplan.plan.check import build_plan, check_site
from regplan.plan.prepared import Prepared
from regplan.plan.storage import measured_of, need_of
from unit.plan.builders import (
    SHOP,
    TILL,
    declarations,
    entry,
    facts,
    host,
    hosts,
    image,
    index,
    inventory,
    registry,
    site,
    use,
    workload,
)

CALLS: list[tuple[int, ...]] = []


def count_of(prepared: Prepared, *more: int) -> int:
    CALLS.append(more)
    return len(prepared.inventory.entries) + sum(more)


def test_what_was_reckoned_is_kept_for_each_argument() -> None:
    CALLS.clear()
    prepared = Prepared(declarations(), inventory(entry("r.io/shop:1", SHOP)))

    assert [prepared.once(count_of), prepared.once(count_of, 2), prepared.once(count_of), prepared.once(count_of, 2)] == [
        1, 3, 1, 3,
    ]  # fmt: skip
    assert CALLS == [(), (2,)]


def test_of_many_arguments_the_oldest_are_forgotten() -> None:
    CALLS.clear()
    prepared = Prepared()

    for number in range(1_001):
        prepared.once(count_of, number)
    prepared.once(count_of, 1_000)
    prepared.once(count_of, 0)

    assert len(CALLS) == 1_002


def test_another_process_gets_the_set_without_the_answers() -> None:
    CALLS.clear()
    prepared = Prepared(declarations(use("r.io/shop:1")), inventory(entry("r.io/shop:1", SHOP)))
    prepared.once(count_of)
    there = pickle.loads(pickle.dumps(prepared))  # noqa: S301  our own bytes

    assert (there.declarations, there.inventory) == (prepared.declarations, prepared.inventory)
    assert repr(prepared) == "<Prepared <Inventory 1 references, 1 images, 0 unresolved>, 1 answers kept>"
    assert repr(there) == "<Prepared <Inventory 1 references, 1 images, 0 unresolved>, 0 answers kept>"


def test_facts_about_another_site_keep_what_was_prepared_and_facts_about_other_images_do_not() -> None:
    told = facts()
    elsewhere = replace(told, site=site(name="other", hosts=hosts(5)))
    others = replace(told, inventory=inventory(entry("r.io/till:1", TILL)))

    assert elsewhere.prepared is told.prepared
    assert others.prepared is not told.prepared
    assert others.prepared.inventory is others.inventory


def test_sites_that_share_a_preparation_get_the_plans_that_they_get_alone() -> None:
    both = image("both", {"base": 100_000_000, "arm": 9_000_000})
    images = inventory(
        entry("r.io/shop:1", SHOP),
        entry("r.io/both:1", SHOP, both, indexes=(index("both", 700, [SHOP, both]),)),
        unresolved=["r.io/lost:1"],
    )
    shared = facts(inventory=images, declarations=declarations(use("r.io/shop:1"), use("r.io/both:1")))
    sites = [
        site(),
        site(name="small", hosts=hosts(1, cpu_milli=2000), registry=registry(storage_bytes=10**9)),
        site(name="arm", hosts=hosts(2, arch="arm64"), internet="none"),
        site(name="bare", hosts=(), registry=None),
        site(name="elsewhere", registry=registry(project="other", kind="harbor")),
    ]

    for each in [*sites, *sites]:
        alone = replace(shared, site=each, prepared=Prepared())
        together = replace(shared, site=each)

        assert alone.prepared is not together.prepared is shared.prepared
        assert build_plan(together) == build_plan(alone)
        checked = check_site(together)
        plan = build_plan(alone)
        assert (checked.verdict, checked.binding_constraint, checked.findings) == (
            plan.verdict, plan.binding_constraint, plan.findings,
        )  # fmt: skip


def _other(value: object) -> object:
    """Take another number: one more of what is counted, half of what is a share."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value / 2 if isinstance(value, float) and value else 0.25


REGISTRIES = (
    {"kind": "harbor"}, {"addresses": ("10.0.0.5:5000",)}, {"project": "other"}, {"storage_bytes": 10**9},
    {"storage_class": "longhorn"}, {"storage_class": "local-path"}, {"storage_class": "gold"}, {"replicas": 3},
    {"keep_versions": None}, {"keep_versions": 4}, {"gc": "weekly"}, {"gc": "none"}, {"sync": False}, {"sync": True},
    {"certificate_expires": "2026-12-24"}, {"on_demand": True},
)  # fmt: skip
VALUES: dict[str, tuple[object, ...]] = {
    "name": ("other",),
    "inputs": (SiteFrom(declared_sizes=(("r.io/gone:1", 5),)),),
    "hosts": (
        (),
        hosts(1),
        hosts(5),
        hosts(3, role="worker"),
        (*hosts(1), host("w-1", role="worker"), host("w-2", role="worker", cpu_milli=1_000)),
        hosts(3, cpu_milli=2_000),
        hosts(3, memory_bytes=7 * 10**9),
        hosts(3, storage_bytes=None),
        hosts(3, arch="arm64"),
        (host("a"), host("b", arch="arm64")),
    ),
    "registry": (None, *(registry(**each) for each in REGISTRIES)),
    "internet_link": (Link(10**7, 0.06), Link(10**6)),
    "lan_link": (Link(10**9, 0.001),),
    "deployment": ("agent",),
    "management": ("local",),
    "internet": ("none", "full"),
    "edition": ("vertex",),
    "palette_version": (None, "4.6.3"),
    "agent_version": (None, "4.6.2"),
    "timezone": ("Europe/Berlin",),
    "palette_images": ("unknown", "core"),
    "compliance_images": (True,),
    "uploader": ("edge-cli", "regplan"),
    "palette_images_bytes": (10**10,),
    "packs_bytes": (10**9,),
    "assumptions": tuple(
        Assumptions(**{each.name: _other(getattr(Assumptions(), each.name))})  # type: ignore[arg-type]
        for each in fields(Assumptions)
    ),
    "scenario": (Scenario(), Scenario(3.0, 1, 0.5, 4.0), Scenario(0.5)),
    "pulls": (Pulling(), Pulling(downloads=1, downloads_of="image"), Pulling(unpack_bytes_per_s=10**6)),
    "defaulted": (("registry.kind", "registry.project", "registry.replicas"), ("assumptions", "registry.sync")),
    "file": ("site.yaml",),
}


def test_whatever_a_site_differs_in_it_gets_from_a_shared_preparation_what_it_gets_alone() -> None:
    images = inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL), unresolved=["r.io/lost:1"])
    work = (
        workload("r.io/shop:1", Spread.REPLICAS, 3),
        workload("r.io/till:1", Spread.EVERY_HOST),
    )
    shared = facts(inventory=images, declarations=replace(facts().declarations, workloads=work), upgrade=images)
    assert set(VALUES) == {each.name for each in fields(Site)}
    given = [site(**{"file": "f.yaml", name: value}) for name, values in VALUES.items() for value in values]
    check_site(shared)

    for each in (*given, site(), *(site(palette_images="core", palette_images_bytes=size) for size in (1, 10**10))):
        its_own = replace(shared, site=each, prepared=Prepared())
        alone = check_site(its_own)
        together = check_site(replace(shared, site=each))

        assert (together.findings, together.basis.need) == (alone.findings, alone.basis.need)
        assert (together.basis.survival, together.basis.layers) == (alone.basis.survival, alone.basis.layers)
        # The need of all that the site says, and not of what it is taken to hang on.
        assert replace(together.basis.need, unresolved=None) == need_of(its_own, measured_of(its_own))
