from __future__ import annotations

import hashlib

from regplan.model.pruning import Census, Holding
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.plan.pruning import Needs, needs_of, orphans_of, plan_prune
from regplan.plan.seeding import plan_verify
from unit.seed.samples import INDEX, LAYER, MANIFEST, entry, inventory, make_image

APP, TOOL, OTHER = "p/app", "p/tool", "p/other"


def digest(name: str) -> Digest:
    return Digest("sha256", hashlib.sha256(name.encode()).hexdigest())


def image(repository: str, name: str, *tags: str, blobs: tuple[str, ...] = (), subject: str = "") -> Holding:
    parts = tuple(Descriptor(LAYER, digest(each), 100) for each in (f"config of {name}", *blobs))
    refers = digest(subject) if subject else None
    return Holding(repository, digest(name), MANIFEST, 10, tags, parts, (), refers)


def index(repository: str, name: str, *tags: str, children: tuple[str, ...]) -> Holding:
    return Holding(repository, digest(name), INDEX, 5, tags, (), tuple(digest(each) for each in children))


def needs(name: str, *tags: tuple[str, str], digests: tuple[tuple[str, str], ...] = ()) -> Needs:
    places = frozenset(repository for repository, _ in (*tags, *digests))
    return Needs(name, frozenset(tags), frozenset((where, digest(what)) for where, what in digests), places)


def names(plan: object) -> list[str]:
    return [str(item.digest) for item in plan.items]  # type: ignore[attr-defined]


def told(*named: str) -> list[str]:
    return [str(digest(each)) for each in named]


def test_a_tag_that_only_dropped_versions_name_goes_with_its_manifest_and_frees_what_nobody_shares() -> None:
    census = Census((image(APP, "one", "1", blobs=("base", "old")), image(APP, "two", "2", blobs=("base", "new"))))
    plan = plan_prune("t", census, [needs("current", (APP, "2"))], [needs("previous", (APP, "1"))])

    assert names(plan) == told("one")
    assert plan.items[0].versions == ("previous",)
    assert plan.freed_bytes == 10 + 100 + 100
    assert (plan.kept, plan.dropped, plan.is_upper_bound) == (("current",), ("previous",), False)


def test_what_other_repositories_share_is_not_freed() -> None:
    census = Census((image(APP, "one", "1", blobs=("old",)), image(OTHER, "thing", "x", blobs=("old",))))
    plan = plan_prune("t", census, [needs("current", (TOOL, "1"))], [needs("previous", (APP, "1"))])

    assert plan.freed_bytes == 10 + 100
    partly = Census(census.holdings, is_whole=False)
    assert plan_prune("t", partly, [], [needs("previous", (APP, "1"))]).is_upper_bound
    troubled = Census(census.holdings, troubles=("p/x: 500",))
    assert plan_prune("t", troubled, [], [needs("previous", (APP, "1"))]).is_upper_bound


def test_a_kept_tag_keeps_whatever_it_names_by_now_and_a_kept_digest_needs_no_tag() -> None:
    census = Census((image(APP, "one", "1", "2"), image(APP, "three", "3"), image(APP, "four", "4")))
    kept = [needs("current", (APP, "2"), digests=((APP, "three"),))]
    dropped = [needs("previous", (APP, "1"), (APP, "3"), (APP, "4"))]

    assert names(plan_prune("t", census, kept, dropped)) == told("four")


def test_a_tag_that_no_version_names_holds_its_manifest() -> None:
    census = Census((image(APP, "one", "1", "stable"),))
    plan = plan_prune("t", census, [needs("current", (APP, "2"))], [needs("previous", (APP, "1"))])

    assert names(plan) == []
    assert [(each.digest, "stable" in each.why) for each in plan.held] == [(digest("one"), True)]


def test_what_no_version_names_is_told_apart_and_goes_only_when_asked_for() -> None:
    census = Census((image(APP, "one", "1"), image(APP, "loose", "x", blobs=("big",)), image(OTHER, "thing", "x")))
    kept, dropped = [needs("current", (APP, "2"))], [needs("previous", (APP, "1"))]
    plan = plan_prune("t", census, kept, dropped)

    assert names(plan) == told("one")
    assert [item.digest for item in plan.unnamed.items] == [digest("loose")]
    assert plan.unnamed.freed_bytes == 10 + 100 + 100
    both = plan_prune("t", census, kept, dropped, unnamed_too=True)
    assert set(names(both)) == set(told("one", "loose"))
    assert both.unnamed.items == ()
    assert not any(item.repository == OTHER for item in both.items)


def test_an_index_goes_first_and_takes_images_along_that_have_no_name_of_their_own() -> None:
    holdings = (
        index(APP, "list", "1", children=("amd", "arm", "shared")),
        image(APP, "amd"),
        image(APP, "arm", "arm"),
        image(APP, "shared"),
        index(APP, "kept list", "2", children=("shared",)),
    )
    plan = plan_prune("t", Census(holdings), [needs("current", (APP, "2"))], [needs("previous", (APP, "1"))])

    # "shared" is held by a kept index, which keeps every index that holds it, since its images would be missed there.
    assert names(plan) == []
    alone = (*holdings[:3], index(APP, "kept list", "2", children=()))
    gone = plan_prune("t", Census(alone), [needs("current", (APP, "2"))], [needs("previous", (APP, "1"))])
    assert names(gone) == told("list", "amd")
    assert [item.why for item in gone.items] == ["version", "child"]


def test_an_image_that_an_index_holds_stays_while_the_index_does() -> None:
    census = Census((index(APP, "list", "many", children=("amd",)), image(APP, "amd", "1")))
    plan = plan_prune("t", census, [needs("current", (APP, "2"))], [needs("previous", (APP, "1"))])

    assert names(plan) == []
    assert "the index" in plan.held[0].why


def test_signatures_go_and_stay_with_what_they_sign() -> None:
    def tag(name: str) -> str:
        return f"sha256-{digest(name).encoded}.sig"

    holdings = (
        image(APP, "one", "1"),
        image(APP, "two", "2"),
        image(APP, "signs one", tag("one")),
        image(APP, "signs two", tag("two")),
        image(APP, "sbom of one", subject="one"),
        image(APP, "sbom of two", subject="two"),
        image(APP, "named sbom of one", "sbom", subject="one"),
    )
    kept, dropped = [needs("current", (APP, "2"))], [needs("previous", (APP, "1"))]
    plan = plan_prune("t", Census(holdings), kept, dropped)

    assert set(names(plan)) == set(told("one", "signs one", "sbom of one"))
    assert {item.why for item in plan.items} == {"version", "signature"}
    loose = plan_prune("t", Census(holdings), kept, [], unnamed_too=True)
    assert set(names(loose)) == set(told("one", "signs one", "sbom of one", "named sbom of one"))


def test_what_a_version_needs_is_what_was_resolved_and_the_tags_of_what_was_not() -> None:
    resolved, _ = make_image([b"a"], "app")
    plan = plan_verify(inventory(entry("app:1", resolved)), "t", "p")
    found = needs_of("current", plan, [("p/lost", "2")])

    repository = "p/docker.io/library/app"
    assert found.tags == {(repository, "1"), ("p/lost", "2")}
    assert found.digests == {(repository, resolved.digest)}
    assert found.repositories == {repository, "p/lost"}


def test_orphans_are_what_no_version_names_in_repositories_that_one_names_and_shared_blobs_free_nothing() -> None:
    holdings = (
        image(APP, "one", "1", blobs=("base",)),
        image(APP, "loose", "x", blobs=("base", "own", "far")),
        image(OTHER, "thing", "x", blobs=("far",)),
    )
    found = orphans_of(Census(holdings), [needs("current", (APP, "1"))])

    assert [item.digest for item in found.found.items] == [digest("loose")]
    assert found.found.freed_bytes == 10 + 100 + 100  # its manifest, its config and "own"
    assert (found.repositories, found.is_upper_bound, found.unlisted) == ((APP,), False, ())


def test_orphans_of_a_registry_that_was_not_seen_whole_are_an_upper_bound() -> None:
    holdings = (image(APP, "loose", "x"),)
    partly = orphans_of(Census(holdings, is_whole=False), [needs("current", (APP, "1"))])
    troubled = orphans_of(Census(holdings, troubles=("p/app:2 cannot be read",)), [needs("current", (APP, "1"))])

    assert (partly.is_upper_bound, len(partly.unlisted)) == (True, 1)
    assert (troubled.is_upper_bound, troubled.troubles) == (True, ("p/app:2 cannot be read",))
