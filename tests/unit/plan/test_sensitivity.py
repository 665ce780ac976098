from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from regplan.model.finding import Verdict
from regplan.model.sensitivity import RANGES
from regplan.model.site import Assumptions
from regplan.plan.check import check_site
from regplan.plan.sensitivity import tornado
from regplan.units import GB
from unit.plan.builders import BARE, entry, facts, image, inventory, registry, site, use

if TYPE_CHECKING:
    from regplan.model.site import Site
    from regplan.plan.check import Checked

IMAGES = inventory(entry("r.io/shop:1", image("shop", {"base": 100 * GB}, manifest=0, config=0)))
DECLARED = replace(facts().declarations, uses=(use("r.io/shop:1"),))


def recheck(at: Site) -> tuple[Checked, int]:
    checked = check_site(replace(facts(), site=at, declarations=DECLARED, inventory=IMAGES))
    return checked, checked.basis.need.required_bytes


def bare(**more: object) -> Site:
    return site(assumptions=BARE, registry=registry(keep_versions=2, storage_bytes=500 * GB, **more))


def test_each_assumption_is_moved_alone_to_both_ends_of_its_range() -> None:
    swings = {each.key: each for each in tornado(bare(), recheck)}

    # 100 GB of this version; of the one before 12 %, 35 % or 69 % are its own.
    delta = swings["version_delta"]
    now = delta.now.required_bytes
    assert (delta.low.value, delta.now.value, delta.high.value) == (0.12, 0.35, 0.69)
    assert now - delta.low.required_bytes == round(23 * GB, -9) or abs(now - delta.low.required_bytes - 23 * GB) < GB
    assert abs(delta.high.required_bytes - now - 34 * GB) < GB
    assert abs(delta.need_bytes - 57 * GB) < GB


def test_what_moves_most_stands_first_and_what_changes_the_verdict_before_it() -> None:
    swings = tornado(bare(), recheck)
    needs = [each.need_bytes for each in swings if not each.moves_verdict]
    assert needs == sorted(needs, reverse=True)

    tight = tornado(replace(bare(), registry=registry(keep_versions=2, storage_bytes=301 * GB)), recheck)
    assert [each.moves_verdict for each in tight] == sorted((each.moves_verdict for each in tight), reverse=True)


def test_the_verdict_at_an_end_is_that_of_a_plan_with_the_assumption_there() -> None:
    assumed = replace(BARE, version_delta=0.35)
    site_ = site(assumptions=assumed, registry=registry(keep_versions=7, storage_bytes=320 * GB))

    swing = next(each for each in tornado(site_, recheck) if each.key == "version_delta")

    # Six further versions of 12 GB are 172 GB; of 35 GB 310 GB; of 69 GB 514 GB.
    assert (swing.low.verdict, swing.now.verdict, swing.high.verdict) == (Verdict.PASS, Verdict.PASS, Verdict.FAIL)
    assert swing.high.binding_constraint == "storage.claim"
    assert swing.moves_verdict


def test_a_site_beyond_a_range_is_its_end() -> None:
    assumed = replace(BARE, version_delta=0.9)

    swing = next(each for each in tornado(replace(bare(), assumptions=assumed), recheck) if each.key == "version_delta")

    assert (swing.low.value, swing.high.value) == (0.12, 0.9)
    assert swing.high.required_bytes == swing.now.required_bytes


def test_every_range_is_about_its_default_and_says_where_it_is_from() -> None:
    defaults = {each.name: getattr(Assumptions(), each.name) for each in fields(Assumptions)}
    for key, span in RANGES.items():
        if key in defaults:
            assert span.low <= defaults[key] <= span.high, key
        assert span.low < span.high
        assert span.source
