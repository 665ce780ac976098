"""Laws of a whole plan: what one more image, more room kept free, and larger hosts may do to verdicts, and may not."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regplan.model.finding import Verdict
from regplan.model.image import Inventory
from regplan.model.site import Assumptions, Scenario
from regplan.plan.storage import storage_need
from regplan.units import GB, GiB
from unit.plan.builders import declarations, facts, host, plan, registry, site, use
from unit.plan.sets import entries

if TYPE_CHECKING:
    from regplan.model.image import ResolvedReference
    from regplan.model.plan import Plan
    from regplan.model.site import Site

pytestmark = [pytest.mark.property, pytest.mark.slow]

_WORST_FIRST = [Verdict.FAIL, Verdict.INCOMPLETE, Verdict.MARGINAL, Verdict.PASS, Verdict.INFO]
assumed = st.builds(
    Assumptions,
    versions_kept=st.integers(1, 4),
    growth_per_year=st.sampled_from([0.0, 0.15, 1.0]),
    free_space=st.sampled_from([0.0, 0.15, 0.5]),
    version_delta=st.sampled_from([0.0, 0.35, 1.0]),
    parallel_uploads=st.integers(0, 9),
)
registries = st.builds(
    registry,
    kind=st.sampled_from(["zot", "harbor", "other"]),
    keep_versions=st.none() | st.integers(1, 4),
    gc=st.sampled_from(["default", "none", "daily"]),
    storage_bytes=st.sampled_from([None, 10**6, 10**8, 300 * GB - 1, 300 * GB, 10**13]),
    replicas=st.integers(1, 4),
)
machines = st.lists(
    st.builds(
        host,
        name=st.sampled_from("abcd"),
        role=st.sampled_from(["control-plane", "worker"]),
        cpu_milli=st.sampled_from([None, 1000, 3999, 4000, 6000, 64_000]),
        memory_bytes=st.sampled_from([None, 4 * GB, 7 * GB, 78 * GB // 10, 8 * GB, 12 * GB, 256 * GB]),
        storage_bytes=st.sampled_from([None, 50 * GB, 100 * GB, 10**13]),
        arch=st.sampled_from(["amd64", "arm64"]),
    ),
    max_size=4,
    unique_by=lambda each: each.name,
)
sites = st.builds(
    site,
    hosts=machines.map(tuple),
    registry=st.none() | registries,
    management=st.sampled_from(["central", "local"]),
    internet=st.sampled_from(["none", "thin", "full"]),
    assumptions=assumed,
    scenario=st.none() | st.builds(Scenario, years=st.integers(1, 3).map(float), upgrades_per_year=st.integers(0, 6).map(float)),
)  # fmt: skip


def planned(chosen: list[ResolvedReference], where: Site) -> Plan:
    uses = [use(str(entry.reference)) for entry in chosen]
    return plan(site=where, declarations=declarations(*uses), inventory=Inventory(tuple(chosen)))


def verdicts(made: Plan) -> dict[tuple[str, str], Verdict]:
    """The worst verdict of each rule at each place."""
    told: dict[tuple[str, str], Verdict] = {}
    for each in made.findings:
        before = told.get((each.rule, each.where), each.verdict)
        told[each.rule, each.where] = min(before, each.verdict, key=_WORST_FIRST.index)
    return told


@given(entries(), entries(most=1), sites, st.none() | entries(most=3))
def test_one_more_image_never_lowers_the_need(
    chosen: list[ResolvedReference],
    more: list[ResolvedReference],
    where: Site,
    upgrade: list[ResolvedReference] | None,
) -> None:
    newer = None if upgrade is None else Inventory(tuple(upgrade))
    before, after = (
        storage_need(facts(site=where, inventory=Inventory(tuple(each)), upgrade=newer))
        for each in (chosen, chosen + more)
    )

    assert before.required_bytes <= after.required_bytes


@given(entries(), entries(most=1), sites)
def test_one_more_image_never_makes_room(
    chosen: list[ResolvedReference], more: list[ResolvedReference], where: Site
) -> None:
    before, after = (verdicts(planned(each, where)) for each in (chosen, chosen + more))

    for key in before.keys() & after.keys():
        if key[0] in {"storage.claim", "storage.disk", "host.disk"}:
            assert _WORST_FIRST.index(after[key]) <= _WORST_FIRST.index(before[key]), key


@given(entries(), sites, st.sampled_from([0.15, 0.3, 0.9]))
def test_more_room_kept_free_never_turns_a_failure_elsewhere(
    chosen: list[ResolvedReference], where: Site, share: float
) -> None:
    tighter = dataclasses.replace(where, assumptions=dataclasses.replace(where.assumptions, free_space=share))
    if where.assumptions.free_space > share:
        where, tighter = tighter, where

    before, after = verdicts(planned(chosen, where)), verdicts(planned(chosen, tighter))

    failed = {key for key, verdict in before.items() if verdict is Verdict.FAIL}
    assert all(after.get(key) is Verdict.FAIL for key in failed)


@given(entries(), sites, st.integers(0, 10**12))
def test_a_larger_claim_never_mends_what_is_no_matter_of_storage(
    chosen: list[ResolvedReference], where: Site, more_bytes: int
) -> None:
    if where.registry is None or where.registry.storage_bytes is None:
        return
    claimed = where.registry.storage_bytes + more_bytes
    larger = dataclasses.replace(where, registry=dataclasses.replace(where.registry, storage_bytes=claimed))

    before, after = verdicts(planned(chosen, where)), verdicts(planned(chosen, larger))

    for key, verdict in before.items():
        if verdict is Verdict.FAIL and not key[0].startswith("storage."):
            assert after.get(key) is Verdict.FAIL, key


@given(entries(), sites, st.sampled_from(["cpu_milli", "memory_bytes", "storage_bytes"]))
def test_larger_hosts_are_never_worse(chosen: list[ResolvedReference], where: Site, name: str) -> None:
    if any(getattr(each, name) is None for each in where.hosts):
        return
    doubled: list[Any] = [{name: 2 * getattr(each, name)} for each in where.hosts]
    hosts = tuple(dataclasses.replace(each, **more) for each, more in zip(where.hosts, doubled, strict=True))

    before, after = planned(chosen, where), planned(chosen, dataclasses.replace(where, hosts=hosts))

    assert _WORST_FIRST.index(before.verdict) <= _WORST_FIRST.index(after.verdict)


# One of what each rule counts.
_LESS: dict[str, tuple[str, int]] = {
    "host.cpu": ("cpu_milli", 1000),
    "host.memory": ("memory_bytes", GiB),
    "host.disk": ("storage_bytes", GiB),
}


@pytest.mark.slow
@given(entries(), sites)
def test_what_is_required_of_a_host_is_enough_and_one_less_is_not(chosen: list[ResolvedReference], where: Site) -> None:
    for finding in planned(chosen, where).findings:
        if finding.rule not in _LESS or finding.where == "hosts":
            continue
        name, one = _LESS[finding.rule]
        required: Any = finding.required

        def verdict(amount: int, name: str = name, finding: Any = finding) -> Verdict:
            more: dict[str, Any] = {name: amount}
            hosts = tuple(
                dataclasses.replace(each, **more) if each.name == finding.where else each for each in where.hosts
            )
            return verdicts(planned(chosen, dataclasses.replace(where, hosts=hosts)))[finding.rule, finding.where]

        assert verdict(required) is Verdict.PASS
        assert verdict(required - one) in {Verdict.FAIL, Verdict.MARGINAL}


@pytest.mark.slow
@given(entries(), sites)
def test_what_is_required_of_the_claim_is_enough_and_one_byte_less_is_not(
    chosen: list[ResolvedReference], where: Site
) -> None:
    if where.registry is None or not chosen:
        return
    for rule in ("storage.minimum", "storage.claim"):
        (finding,) = [each for each in planned(chosen, where).findings if each.rule == rule]

        def verdict(claimed: Any, rule: str = rule) -> Verdict:
            assert where.registry is not None
            own = dataclasses.replace(where.registry, storage_bytes=claimed)
            told = verdicts(planned(chosen, dataclasses.replace(where, registry=own)))
            return told[rule, "registry.storage"]

        required: Any = finding.required
        assert verdict(required) is Verdict.PASS
        assert verdict(required - 1) is Verdict.FAIL
