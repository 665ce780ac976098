"""The law of fixes: applied by hand a fix removes what it says and makes nothing worse, and one less of it does not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from regplan.model.finding import Verdict
from regplan.model.site import Assumptions, Scenario
from regplan.plan.check import check_site
from regplan.plan.fixes.advice import advise
from regplan.plan.fixes.ground import Ground
from unit.plan.builders import entry, facts, host, image, inventory, registry, site, use

if TYPE_CHECKING:
    from regplan.model.finding import Finding
    from regplan.model.fix import Change
    from regplan.model.site import Site

pytestmark = [pytest.mark.property, pytest.mark.slow]

GB, GIB = 10**9, 2**30
UNITS = {"GiB": GIB, "GB": GB, "B": 1}
FIELDS = {"cpu": "cpu_milli", "memory": "memory_bytes", "storage": "storage_bytes"}
SEVERITY = {Verdict.FAIL: 3, Verdict.INCOMPLETE: 2, Verdict.MARGINAL: 1, Verdict.PASS: 0, Verdict.INFO: 0}
IMAGES = inventory(
    entry("r.io/shop:1", image("shop", {"base": 20 * GB, "shop": 60 * GB})),
    entry("r.io/till:1", image("till", {"base": 20 * GB, "till": 40 * GB})),
)
DECLARED = replace(facts().declarations, uses=(use("r.io/shop:1"), use("r.io/till:1")))


def checked(at: Site) -> tuple[Finding, ...]:
    base = replace(facts(), site=at, declarations=DECLARED, inventory=IMAGES)
    return check_site(base).findings


def read_size(text: str) -> int:
    match = re.fullmatch(r"([0-9.]+)(GiB|GB|B)", text)
    assert match is not None
    return round(float(match[1]) * UNITS[match[2]])


def put(at: Site, key: str, text: str) -> Site:  # noqa: PLR0911  one for each kind of key
    """Write a value into a site as a person would into its file."""
    assert at.registry is not None
    match key.split("."):
        case ["hosts", name, quantity]:
            value = round(float(text) * 1000) if quantity == "cpu" else read_size(text)
            field: dict[str, Any] = {FIELDS[quantity]: value}
            mended = (replace(each, **field) if each.name == name else each for each in at.hosts)
            return replace(at, hosts=tuple(mended))
        case ["registry", "storage"]:
            return replace(at, registry=replace(at.registry, storage_bytes=read_size(text)))
        case ["registry", "retention"]:
            return replace(at, registry=replace(at.registry, keep_versions=int(text.removeprefix("keep "))))
        case ["registry", "replicas"]:
            return replace(at, registry=replace(at.registry, replicas=int(text)))
        case ["registry", "gc"]:
            return replace(at, registry=replace(at.registry, gc=text))
        case ["assumptions", "versions_kept"]:
            return replace(at, assumptions=replace(at.assumptions, versions_kept=int(text)))
        case ["versions", product]:
            versions: dict[str, Any] = {f"{product}_version": text}
            return replace(at, **versions)
        case _:
            raise AssertionError(key)


def less(change: Change) -> str | None:
    """One GiB, one CPU or one version less of a change, None where it has no such measure."""
    number, key = change.after_number, change.key
    if number is None:
        return None
    step = -1 if change.before_number is not None and number < change.before_number else 1
    match key.rpartition(".")[2]:
        case "cpu":
            return f"{number / 1000 - 1:g}"
        case "memory" | "storage":
            return f"{number - step * GIB}B"
        case "retention":
            # Where nothing deleted before, the fix is to let something do so.
            return None if change.before_number is None else f"keep {number + 1}"
        case "replicas":
            return str(number + 1)
    return None


def problems(findings: tuple[Finding, ...]) -> dict[tuple[str, str, str], int]:
    found: dict[tuple[str, str, str], int] = {}
    for each in findings:
        key = each.rule, each.where, each.unit
        found[key] = max(found.get(key, 0), SEVERITY[each.verdict])
    return {key: bad for key, bad in found.items() if bad}


HOSTS = st.lists(
    st.tuples(
        st.sampled_from([1000, 2000, 4000, 6000, 8000, None]),
        st.sampled_from([4 * GB, 7_800_000_000, 8 * GIB, 12 * GB, 16 * GB]),
        st.sampled_from([60 * GB, 120 * GB, 512 * GB, 2000 * GB]),
    ),
    min_size=1,
    max_size=3,
)


@st.composite
def sites(draw: st.DrawFn) -> Site:
    hosts = tuple(
        host(f"n{place}", cpu_milli=cpu, memory_bytes=memory, storage_bytes=storage)
        for place, (cpu, memory, storage) in enumerate(draw(HOSTS))
    )
    kept = draw(st.sampled_from([None, 2, 3, 6]))
    return site(
        hosts=hosts,
        registry=registry(
            kind=draw(st.sampled_from(["zot", "harbor"])),
            storage_bytes=draw(st.sampled_from([50, 200, 290, 320, 500, 900])) * GB,
            keep_versions=kept,
            replicas=draw(st.sampled_from([1, 2, 3])),
            gc=draw(st.sampled_from(["default", "none", "weekly"])),
        ),
        agent_version=draw(st.sampled_from(["4.7.2", "4.6.1"])),
        scenario=Scenario(years=1),
        assumptions=Assumptions(versions_kept=draw(st.sampled_from([2, 3]))),
    )


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))
@given(sites())
def test_a_fix_applied_by_hand_removes_what_it_says_and_one_less_does_not(at: Site) -> None:
    before = problems(checked(at))
    found = advise(Ground(at, DECLARED, IMAGES), lambda ground: check_site(replace(facts(), site=ground.site, declarations=ground.declarations, inventory=ground.inventory)))  # fmt: skip
    for fix in found.fixes:
        if any(each.key.startswith(("hosts (", "registry.kind", "management")) for each in fix.changes):
            continue
        mended = at
        for change in fix.changes:
            mended = put(mended, change.key, change.after)
        after = problems(checked(mended))
        gone = {(each.rule, each.where, each.unit) for each in fix.removes}
        # A FAIL that is then merely not known to hold is gone as far as this fix goes.
        still = {key for key, bad in after.items() if key in gone and not (before.get(key) == 3 and bad == 2)}
        assert not still, (fix.title, still)
        assert all(bad <= before.get(key, 0) for key, bad in after.items()), fix.title
        counted = {key for key in before if key in gone}
        for change in fix.changes if counted else ():
            short = less(change)
            if short is None:
                continue
            back = problems(checked(put(mended, change.key, short)))
            assert any(key in back and key not in after for key in counted) or any(
                bad > max(after.get(key, 0), before.get(key, 0)) for key, bad in back.items()
            ), (fix.title, change)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))
@given(sites())
def test_the_way_out_leads_where_it_says_and_no_step_of_it_is_needless(at: Site) -> None:
    found = advise(Ground(at, DECLARED, IMAGES), lambda ground: check_site(replace(facts(), site=ground.site, declarations=ground.declarations, inventory=ground.inventory)))  # fmt: skip
    way = found.way_out
    if way is None:
        assert not any(any(key == (each.rule, each.where, each.unit) for key in problems(checked(at))) for fix in found.fixes for each in fix.removes)  # fmt: skip
        return
    if any(each.key.startswith(("hosts (", "registry.kind", "management")) for each in way.changes):
        return
    mended = at
    for change in way.changes:
        mended = put(mended, change.key, change.after)
    left = problems(checked(mended))
    assert set(left) == {(each.rule, each.where, each.unit) for each in way.leaves}
    assert (not left) == (way.verdict is Verdict.PASS)
    for change in way.changes:
        other = at
        for each in way.changes:
            other = other if each is change else put(other, each.key, each.after)
        assert problems(checked(other)) != left, (way.steps, change.key)
