from __future__ import annotations

import dataclasses

import pytest

from regplan.model.image import DeclaredImage
from regplan.model.profile import ImageUse, Spread, Workload
from regplan.oci.reference import Reference
from regplan.sim.placement import Placement, place
from unit.plan.builders import SHOP, TILL, declarations, entry, host, inventory, site, use, workload

SITE = site(
    hosts=(host("c1"), host("w1", role="worker"), host("c2"), host("w2", role="worker"), host("w3", role="worker"))
)
SHOP_REF, TILL_REF = "r.io/shop:1", "r.io/till:1"
IMAGES = inventory(entry(SHOP_REF, SHOP), entry(TILL_REF, TILL))


def where(placement: Placement, reference: str) -> list[str]:
    return [name for name, references in placement.hosts if Reference.parse(reference) in references]


def placed(*workloads: Workload, uses: tuple[ImageUse, ...] = ()) -> Placement:
    return place(SITE, declarations(*uses, workloads=workloads), IMAGES)


@pytest.mark.parametrize(
    ("spread", "replicas", "expected"),
    [
        (Spread.EVERY_HOST, None, ["c1", "w1", "c2", "w2", "w3"]),
        (Spread.CONTROL_PLANE, None, ["c1", "c2"]),
        (Spread.REPLICAS, 1, ["w1"]),
        (Spread.REPLICAS, 2, ["w1", "w2"]),
        (Spread.REPLICAS, 4, ["c1", "w1", "w2", "w3"]),
        (Spread.REPLICAS, 9, ["c1", "w1", "c2", "w2", "w3"]),
        (Spread.REPLICAS, 0, []),
    ],
)
def test_a_workload_runs_where_its_spread_says(spread: Spread, replicas: int | None, expected: list[str]) -> None:
    found = placed(workload(SHOP_REF, spread, replicas))

    assert where(found, SHOP_REF) == expected
    assert found.unknown == (Reference.parse(TILL_REF),)


def test_workloads_fill_the_workers_first_and_then_the_control_plane() -> None:
    assert placed().order == ("w1", "w2", "w3", "c1", "c2")


def test_an_image_of_several_workloads_is_pulled_by_the_union_of_their_hosts() -> None:
    found = placed(workload(SHOP_REF, Spread.CONTROL_PLANE), workload(SHOP_REF, Spread.REPLICAS, 1))

    assert where(found, SHOP_REF) == ["c1", "w1", "c2"]


@pytest.mark.parametrize("layer", ["k8s", "cni", "csi"])
def test_packs_of_the_layers_below_are_on_every_host_and_before_the_registry(layer: str) -> None:
    listed = placed(uses=(use(SHOP_REF, layer=layer, pack="p"),))
    run = placed(workload(SHOP_REF, Spread.REPLICAS, 1, layer=layer))

    for found in (listed, run):
        assert where(found, SHOP_REF) == ["c1", "w1", "c2", "w2", "w3"]
        assert found.pre_registry == {Reference.parse(SHOP_REF)}


@pytest.mark.parametrize("pack", ["zot", "zot-registry", "Harbor", "harbor-edge-native-config", "registry-connect"])
def test_the_registrys_own_packs_run_before_it_and_on_every_host(pack: str) -> None:
    found = placed(workload(SHOP_REF, Spread.REPLICAS, 1, pack=pack), uses=(use(TILL_REF, pack=pack),))

    assert where(found, SHOP_REF) == where(found, TILL_REF) == ["c1", "w1", "c2", "w2", "w3"]
    assert found.unknown == ()
    assert found.pre_registry == {Reference.parse(SHOP_REF), Reference.parse(TILL_REF)}


def test_what_lies_in_the_provider_image_is_pulled_by_nobody() -> None:
    found = placed(workload(SHOP_REF, Spread.EVERY_HOST), uses=(use(SHOP_REF, layer="os"), use(SHOP_REF, layer="k8s")))

    assert where(found, SHOP_REF) == []
    assert found.provided == {Reference.parse(SHOP_REF)}
    assert found.unknown == (Reference.parse(TILL_REF),)
    assert found.pre_registry == frozenset()


@pytest.mark.parametrize(("spread", "replicas"), [(Spread.UNKNOWN, None), (Spread.UNKNOWN, 3), (Spread.REPLICAS, None)])
def test_a_workload_of_unknown_spread_leaves_its_image_unknown(spread: Spread, replicas: int | None) -> None:
    assert Reference.parse(SHOP_REF) in placed(workload(SHOP_REF, spread, replicas)).unknown


def test_an_image_of_a_known_and_an_unknown_workload_is_both() -> None:
    found = placed(workload(SHOP_REF, Spread.CONTROL_PLANE), workload(SHOP_REF, Spread.UNKNOWN))

    assert where(found, SHOP_REF) == ["c1", "c2"]
    assert Reference.parse(SHOP_REF) in found.unknown
    assert [name for name, references in found.pulls(1) if Reference.parse(SHOP_REF) in references] == [
        "c1",
        "w1",
        "c2",
    ]


def test_an_image_that_nothing_names_and_one_with_a_declared_size_are_unknown() -> None:
    given = dataclasses.replace(IMAGES, declared=(DeclaredImage(Reference.parse("r.io/big:1"), 9),))

    assert [str(each) for each in place(SITE, declarations(), given).unknown] == [SHOP_REF, TILL_REF, "r.io/big:1"]


def test_a_workload_of_an_image_that_nobody_resolved_places_nothing() -> None:
    found = placed(workload("r.io/lost:1", Spread.EVERY_HOST))

    assert all(references == frozenset() for _, references in found.hosts)


def test_texts_that_are_no_reference_are_passed_over() -> None:
    broken = dataclasses.replace(use(SHOP_REF, layer="k8s"), reference=None)

    assert where(placed(uses=(broken,)), SHOP_REF) == []


def test_a_mention_that_only_might_be_used_places_nothing() -> None:
    merely = dataclasses.replace(use(SHOP_REF, layer="k8s"), is_counted=False)

    assert where(placed(uses=(merely,)), SHOP_REF) == []
