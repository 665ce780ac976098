"""What the retention in a pack's values comes to, repository by repository, as Zot applies it (zot, pkg/retention)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from regplan.model.finding import Verdict
from regplan.model.wiring import Retention, TagPolicy
from regplan.plan.deleting import kept_versions, policies_of
from regplan.plan.storage import storage_need
from unit.plan.builders import SHOP, TILL, WIRED, entry, facts, finding, findings, inventory, registry, site

if TYPE_CHECKING:
    from regplan.plan.facts import PlanFacts

WHERE = "shop > addon/zot > charts.zot.config.storage.retention"
SILENT = ("registry.retention", "registry.gc", "registry.on_demand")


def given(*policies: TagPolicy, why_not: str = "", stated: int | None = None, **more: Any) -> dict[str, Any]:
    """A site that leaves retention to the values, or states it."""
    retention = Retention("charts.zot.config.storage.retention", policies, why_not)
    pack = dataclasses.replace(WIRED.registries[0], retention=retention, **more.pop("pack", {}))
    base = facts()
    settings = dataclasses.replace(
        base.declarations.settings, wiring=dataclasses.replace(WIRED, registries=(pack,)), kind="zot"
    )
    left = SILENT if stated is None else SILENT[1:]
    return {
        "site": site(registry=registry(keep_versions=stated), defaulted=left),
        "declarations": dataclasses.replace(base.declarations, settings=settings),
        **more,
    }


def told(*policies: TagPolicy, **more: Any) -> PlanFacts:
    return facts(**given(*policies, **more))


def test_the_values_decide_where_the_site_file_says_nothing() -> None:
    kept = kept_versions(told(TagPolicy(("spectro-images/**",), 3)))

    assert kept == (3, WHERE, f"{WHERE} keeps 3 tags of a repository")


def test_the_site_files_word_goes_before_the_values() -> None:
    assert kept_versions(told(TagPolicy(("**",), 3), stated=2)).versions == 2


def test_the_need_counts_the_versions_that_the_values_keep_and_names_them() -> None:
    need = storage_need(told(TagPolicy(("**",), 3)))

    assert need.versions is not None
    assert (need.versions.count, need.versions.deletes) == (3, True)
    (formula,) = [each for each in need.formulas if each.key == "versions"]
    assert [(each.value, each.provenance, each.source) for each in formula.inputs] == [(3, "declared", WHERE)]


def test_the_first_policy_of_which_a_glob_matches_decides() -> None:
    first = TagPolicy(("spectro-images/r.io/shop",), 2)
    rest = TagPolicy(("other/**", "**"), 5)

    assert kept_versions(told(first, rest)).versions == 5
    assert kept_versions(told(rest, first)).versions == 5
    assert kept_versions(told(first, TagPolicy(("**",), 1))).versions == 2


@pytest.mark.parametrize(
    ("glob", "matches"),
    [
        ("**", True),
        ("spectro-images/**", True),
        ("spectro-images/*/*", True),
        ("spectro-images/**/????", True),
        ("spectro-images/r.io/*", True),
        ("**/r.io/**", True),
        ("spectro-images/*", False),
        ("r.io/**", False),
        ("spectro-images", False),
        ("*", False),
    ],
)
def test_a_glob_matches_whole_names(glob: str, matches: bool) -> None:
    found = policies_of(told(TagPolicy((glob,), 3)))

    assert found is not None
    assert (found.keeps == 3) is matches


def test_a_repository_in_no_policy_keeps_every_tag_and_so_nothing_is_believed() -> None:
    found = finding("storage.no-retention", **given(TagPolicy(("spectro-images/r.io/shop",), 2)))

    assert found.verdict is Verdict.INFO
    assert f"({WHERE}: no policy names spectro-images/r.io/till, so that it keeps every tag)" in found.message


@pytest.mark.parametrize(
    "more", [{"why_not": "it is a dry run"}, {"policies": (TagPolicy(("**",), None, "it is a dry run"),)}]
)
def test_what_is_not_in_force_deletes_nothing_and_the_message_says_why(more: dict[str, Any]) -> None:
    found = finding("storage.no-retention", **given(*more.pop("policies", ()), **more))

    assert found.verdict is Verdict.INFO
    assert f"Nothing is known to delete old versions ({WHERE}: it is a dry run)" in found.message


def test_fewer_tags_than_this_version_has_delete_what_is_needed() -> None:
    images = inventory(entry("r.io/shop:1", SHOP), entry("r.io/shop:2", TILL), entry("r.io/till:1", TILL))
    short, passed = findings("storage.no-retention", **given(TagPolicy(("**",), 1), inventory=images))

    assert (short.verdict, short.measured, short.required, short.unit) == (Verdict.FAIL, 1, 2, "tags")
    assert "keeps 1 tag of spectro-images/r.io/shop, of which this version has 2" in short.message
    assert passed.verdict is Verdict.PASS


def test_collection_that_the_values_switch_off_frees_nothing() -> None:
    found = finding("storage.no-retention", **given(stated=2, pack={"collects": False}))

    assert (found.where, found.verdict) == ("registry.gc", Verdict.INFO)


def test_sync_on_demand_in_the_values_takes_room_twice_unless_the_site_file_says_no() -> None:
    by_values = told(pack={"on_demand": True})
    denied = dataclasses.replace(by_values, site=dataclasses.replace(by_values.site, defaulted=SILENT[:2]))

    assert storage_need(by_values).bytes_of("on_demand") > 0
    assert storage_need(denied).bytes_of("on_demand") == 0


def test_a_retention_that_the_site_file_and_the_values_do_not_agree_on_is_told() -> None:
    policy = TagPolicy(("**",), 3)

    (found,) = findings("registry.differs", **given(policy, stated=2))
    assert (found.where, found.verdict) == ("registry.retention", Verdict.INFO)
    assert "is keep 2, which is planned with" in found.message
    assert "keeps 3 tags of a repository" in found.message
    assert findings("registry.differs", **given(policy, stated=3)) == []
    assert findings("registry.differs", **given(policy)) == []
