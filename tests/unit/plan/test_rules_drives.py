"""The main drive of each host; expected bytes come from `needed`, which knows the documented formula and nothing else."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from regplan.errors import InvalidSite
from regplan.model.finding import Verdict
from regplan.model.profile import ClusterProfile, Pack
from regplan.model.site import Assumptions
from regplan.model.survival import HostNeeds
from regplan.units import GB
from unit.plan.builders import (
    SHOP,
    declarations,
    entry,
    facts,
    finding,
    findings,
    host,
    hosts,
    inventory,
    plan,
    registry,
    site,
    use,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

FAIL, PASS = Verdict.FAIL, Verdict.PASS
SYSTEM = 20 * GB


def needed(images: int, claim: int = 0, bundle: int = 0, system: int = SYSTEM) -> int:
    """The kubelet collects down to 80 % and from 85 % on, and evicts above 95 %; an upgrade adds 35 %."""
    steady = Fraction(images + claim) / Fraction(80, 100)
    rolled = (Fraction(images) * Fraction(135, 100) + claim) / Fraction(85, 100)
    uploading = Fraction(images + claim + bundle) / Fraction(95, 100)
    return max(100 * GB, math.ceil(max(steady, rolled, uploading) + system))


def pulled(**size_by_host: int) -> dict[str, Any]:
    return {"image_bytes_by_host": {name.replace("_", "-"): size for name, size in size_by_host.items()}}


def assuming(**more: Any) -> Assumptions:
    return dataclasses.replace(Assumptions(), **more)


def test_a_main_drive_holds_images_compressed_and_unpacked_with_what_the_kubelet_keeps_free() -> None:
    given = site(hosts=hosts(2), assumptions=assuming(unpacked_ratio=2.5))

    first, second = findings("host.disk", site=given, **pulled(node_1=200 * GB))

    assert (first.verdict, first.required) == (FAIL, needed(700 * GB))
    assert (second.verdict, second.required) == (PASS, 100 * GB)


def test_the_worked_example_of_twelve_compressed_gigabytes_needs_what_the_upgrade_takes() -> None:
    # 12 GB compressed and 2.6 times as much unpacked are 43.2 GB, 58.3 GB during the upgrade, and so 68.6 GB of drive.
    given = site(
        hosts=(host(storage_bytes=512 * GB),),
        deployment="agent",
        assumptions=assuming(unpacked_ratio=2.6),
    )

    found = finding("host.disk", site=given, **pulled(node_1=12 * GB))

    assert found.required == 100 * GB
    assert needed(43_200_000_000, system=0) == 100 * GB
    (formula,) = found.formulas
    smaller = dataclasses.replace(
        formula,
        inputs=tuple(dataclasses.replace(each, value=0) if each.name == "minimum" else each for each in formula.inputs),
    )
    assert round(int(smaller) / GB, 1) == 68.6


def test_a_local_claim_lies_on_the_registrys_host() -> None:
    given = site(hosts=hosts(2), registry=registry(storage_class="local-path", storage_bytes=300 * GB))

    first, second = findings("host.disk", site=given, **pulled(node_1=GB, node_2=GB))

    images = GB + math.ceil(Fraction(244, 100) * GB)
    assert (first.required, second.required) == (needed(images, claim=300 * GB), 100 * GB)
    assert "the registry's claim of 300 GB" in first.message


@pytest.mark.parametrize("name", ["piraeus", "longhorn-local", "nfs-local"])
def test_a_replicated_claim_is_told_of_elsewhere(name: str) -> None:
    given = site(hosts=hosts(2), registry=registry(storage_class=name))

    assert [each.required for each in findings("host.disk", site=given)] == [100 * GB] * 2


def test_a_claim_is_local_by_the_storage_pack_too_where_no_class_is_stated() -> None:
    packed = ClusterProfile("edge", "1", "infra", (Pack("csi-local-path", "0.0.30", "csi"),), "edge.json")
    given = site(hosts=hosts(2), registry=registry(storage_class="", storage_bytes=300 * GB))
    declared = dataclasses.replace(facts().declarations, profiles=(packed,))

    first, second = findings("host.disk", site=given, declarations=declared)

    assert ("the registry's claim of 300 GB" in first.message, "claim" in second.message) == (True, False)


def test_a_locally_managed_host_holds_a_bundle_twice_while_it_is_uploaded() -> None:
    given = site(hosts=hosts(1), management="local", assumptions=assuming(bundle_copies=1000.0))

    local = finding("host.disk", site=given)
    central = finding("host.disk", site=dataclasses.replace(given, management="central"))

    # Layers of 100, 20 and 30 MB, with two configs of 5 and two manifests of 10 bytes.
    content = 150_000_030
    assert local.required == needed(0, bundle=1000 * content)
    assert central.required == 100 * GB


@pytest.mark.parametrize(("deployment", "system"), [("appliance", SYSTEM), ("agent", 0)])
def test_an_appliances_drive_has_the_partitions_of_its_system(deployment: str, system: int) -> None:
    given = site(hosts=hosts(1), deployment=deployment, assumptions=assuming(unpacked_ratio=2.5))

    assert finding("host.disk", site=given, **pulled(node_1=100 * GB)).required == needed(350 * GB, system=system)


def test_the_drive_that_is_told_is_the_least_that_will_do() -> None:
    given = site(hosts=hosts(1), assumptions=assuming(unpacked_ratio=2.5))
    least = needed(700 * GB)

    verdicts = [
        finding(
            "host.disk", site=dataclasses.replace(given, hosts=(host(storage_bytes=size),)), **pulled(node_1=200 * GB)
        ).verdict
        for size in (least, least - 1)
    ]

    assert verdicts == [PASS, FAIL]
    assert f"({least:,} B)" in finding("host.disk", site=given, **pulled(node_1=200 * GB)).fix


def test_each_hosts_row_has_what_its_drive_needs() -> None:
    given = site(hosts=hosts(2), assumptions=assuming(unpacked_ratio=2.5))

    assert [each.disk_required_bytes for each in plan(site=given, **pulled(node_1=200 * GB)).hosts] == [
        needed(700 * GB),
        100 * GB,
    ]


@pytest.mark.parametrize(("name", "share"), [("image_gc_low", 0.0), ("image_gc_high", 1.5), ("eviction_drive", 1.0)])
def test_a_threshold_of_nothing_or_of_all_is_refused(name: str, share: float) -> None:
    with pytest.raises(InvalidSite, match=name):
        plan(site=site(assumptions=assuming(**{name: share})))


LOST = ("r.io/lost:1",)
UNSURE = inventory(entry("r.io/shop:1", SHOP), unresolved=LOST)


def unresolved(needs: Mapping[str, HostNeeds], **more: Any) -> list[Verdict]:
    told = {"inventory": UNSURE, "declarations": declarations(use("r.io/shop:1"), use(LOST[0])), "needs": needs}
    return [each.verdict for each in findings("host.disk", site=site(hosts=hosts(2), **more), **told)]


def test_a_drive_that_holds_a_lower_bound_is_not_known_to_be_enough() -> None:
    placed = {"node-1": HostNeeds(placed=frozenset(LOST)), "node-2": HostNeeds()}
    adrift = {name: HostNeeds(adrift=frozenset(LOST)) for name in placed}

    assert unresolved({}) == [Verdict.INCOMPLETE, Verdict.INCOMPLETE]
    assert unresolved(placed) == [Verdict.INCOMPLETE, PASS]
    assert unresolved(adrift) == [Verdict.INCOMPLETE, Verdict.INCOMPLETE]
    # A bundle brings every image to every host.
    assert unresolved(placed, management="local") == [Verdict.INCOMPLETE, Verdict.INCOMPLETE]


def test_a_drive_that_does_not_hold_the_lower_bound_fails_all_the_same() -> None:
    given = site(hosts=(host(storage_bytes=64 * GB),))

    found = finding("host.disk", site=given, inventory=UNSURE, declarations=declarations(use(LOST[0])))

    assert found.verdict is FAIL
    assert found.message.endswith("it needs 100 GB at least, with 1 image unresolved that may come there.")
