from __future__ import annotations

from dataclasses import replace

import pytest

from regplan.errors import InputError
from regplan.model.image import Blob, ResolvedReference
from regplan.oci.descriptor import Descriptor
from regplan.oci.reference import Reference
from regplan.plan.seeding import first_looks, looks, plan_seed, plan_verify, trial_blob
from unit.seed.samples import FOREIGN, digest_of, entry, inventory, make_image, make_index, whole

BASE, APP, TOOL, SITE = b"base" * 100, b"app" * 50, b"tool" * 30, b"site" * 20


def test_a_blob_of_two_repositories_is_planned_once_with_both_in_the_order_of_need() -> None:
    app, _ = make_image([BASE, APP], "app")
    tool, _ = make_image([BASE, TOOL], "tool")

    plan = plan_seed(inventory(entry("a.io/app:1", app), entry("b.io/tool:2", tool)), "docker://h/p", "p")

    base = next(blob for blob in plan.blobs if blob.descriptor.digest == digest_of(BASE))
    assert base.repositories == ("p/a.io/app", "p/b.io/tool")
    assert base.sources == ("a.io/app", "b.io/tool")
    assert [put.repository for put in plan.manifests] == ["p/a.io/app", "p/b.io/tool"]
    assert [put.tags for put in plan.manifests] == [("1",), ("2",)]


def test_the_counts_are_those_of_the_contract() -> None:
    app, _ = make_image([BASE, APP], "app")
    tool, _ = make_image([BASE, TOOL, TOOL], "tool")
    entries = [entry("app:1", app), entry("app:one", app), entry("tool:1", tool), entry("quay.io/tool:1", tool)]

    counts = plan_seed(inventory(*entries), "t", "p").counts

    config_bytes = [image.config.size for image in (app, tool) if image.config and image.config.size]
    manifest_bytes = len(app.raw or b"") + len(tool.raw or b"")
    assert (counts.manifests, counts.tags, counts.blobs, counts.pairs) == (3, 1, 5, 9)
    assert counts.blob_bytes == 400 + 150 + 120 + sum(config_bytes)
    assert counts.unique_bytes == counts.blob_bytes + manifest_bytes
    assert counts.naive_bytes == 3 * 400 + 150 + 2 * 120 + config_bytes[0] + 2 * config_bytes[1]
    assert counts.requests_min == 2 * 5 + (9 - 5) + 3 + 1
    assert counts.requests_probe == 2


def test_a_tag_names_the_image_where_one_platform_was_chosen_and_the_index_where_it_is_kept() -> None:
    amd64, _ = make_image([BASE], "x")
    arm64, _ = make_image([APP], "y", platform="linux/arm64")
    index = make_index([amd64, arm64])

    one = plan_seed(inventory(entry("app:1", amd64)), "t", "p")
    kept = plan_seed(inventory(whole("app:1", [amd64, arm64], index)), "t", "p")

    assert [(put.digest, put.tags) for put in one.manifests] == [(amd64.digest, ("1",))]
    assert [(put.digest, put.tags) for put in kept.manifests] == [
        (amd64.digest, ()),
        (arm64.digest, ()),
        (index.digest, ("1",)),
    ]
    assert kept.manifests[-1].children == (amd64.digest, arm64.digest)
    assert kept.counts.requests_min == 2 * 4 + 3


def test_children_stand_before_every_index_that_holds_them() -> None:
    inner_image, _ = make_image([BASE], "inner")
    outer_image, _ = make_image([APP], "outer")
    inner = make_index([inner_image])
    outer = make_index([inner, outer_image])

    plan = plan_seed(inventory(whole("app:1", [inner_image, outer_image], inner, outer)), "t", "p")

    order = [put.digest for put in plan.manifests]
    assert order.index(inner_image.digest) < order.index(inner.digest) < order.index(outer.digest)
    assert [put.tags for put in plan.manifests] == [(), (), (), ("1",)]


def test_a_reference_by_digest_alone_has_no_tag_and_one_with_both_is_tagged() -> None:
    image, _ = make_image([BASE])
    alone = plan_seed(inventory(entry(f"app@{image.digest}", image)), "t", "p")
    both = plan_seed(inventory(entry(f"app:1@{image.digest}", image)), "t", "p")

    assert [put.tags for put in alone.manifests] == [()]
    assert alone.counts.requests_min == 2 * 2 + 1
    assert [put.tags for put in both.manifests] == [("1",)]


def test_two_images_for_one_tag_are_refused_with_both_references() -> None:
    app, _ = make_image([BASE], "app")
    other, _ = make_image([APP], "other")
    clash = inventory(entry("a.io/x:1", app), entry("b.io/x:1", other))

    assert len(plan_seed(clash, "t", "p").manifests) == 2
    with pytest.raises(InputError, match=r"a.io/x:1 and b.io/x:1 both become p/x:1"):
        plan_seed(clash, "t", "p", "plain")


@pytest.mark.parametrize("is_index_first", [True, False])
def test_a_tag_that_two_references_read_as_an_index_and_its_image_names_the_index(is_index_first: bool) -> None:
    amd64, _ = make_image([BASE], "x")
    arm64, _ = make_image([APP], "y", platform="linux/arm64")
    index = make_index([amd64, arm64])
    entries = [whole(f"app:1@{index.digest}", [amd64, arm64], index), entry("app:1", amd64)]

    plan = plan_seed(inventory(*(entries if is_index_first else entries[::-1])), "t", "p")

    assert {put.digest: put.tags for put in plan.manifests if put.tags} == {index.digest: ("1",)}
    assert plan.counts.manifests == 3


def test_images_without_manifests_are_refused_together_and_said_how_to_get_them() -> None:
    known, _ = make_image([BASE], "known")
    first, second = (replace(make_image([APP], name)[0], raw=None) for name in ("first", "second"))
    mixed = inventory(entry("known:1", known), entry("first:1", first), entry("second:1", second))

    with pytest.raises(InputError) as raised:
        plan_seed(mixed, "t", "p")

    assert str(raised.value).startswith("2 of the images cannot be seeded")
    assert "docker.io/library/first:1" in str(raised.value)
    assert "docker.io/library/second:1" in str(raised.value)
    assert "--from" in str(raised.value)
    assert "known" not in str(raised.value).replace("are known", "").replace("only its sizes are known", "")


def test_verifying_takes_images_of_which_only_facts_are_known() -> None:
    image = replace(make_image([BASE], "facts")[0], raw=None)

    plan = plan_verify(inventory(entry("app:1", image)), "t", "p")

    assert looks(plan.manifests)[0].digest == image.digest


def test_several_platforms_without_their_index_are_refused_because_one_tag_names_one_image() -> None:
    amd64, _ = make_image([BASE], "x")
    arm64, _ = make_image([APP], "y", platform="linux/arm64")
    mixed = ResolvedReference(Reference.parse("app:1"), amd64.digest, (amd64, arm64))

    with pytest.raises(InputError, match=r"linux/amd64, linux/arm64 .* --all-platforms"):
        plan_seed(inventory(mixed), "t", "p")


def test_an_index_whose_child_is_not_at_hand_is_refused_before_a_registry_does() -> None:
    amd64, _ = make_image([BASE], "x")
    arm64, _ = make_image([APP], "y", platform="linux/arm64")
    index = make_index([amd64, arm64])

    with pytest.raises(InputError, match=str(arm64.digest)):
        plan_seed(inventory(whole("app:1", [amd64], index)), "t", "p")


def test_a_pinned_digest_that_is_not_at_hand_is_refused() -> None:
    image, _ = make_image([BASE])
    other = digest_of(b"other")

    with pytest.raises(InputError, match="its digest is not at hand"):
        plan_seed(inventory(entry(f"app:1@{other}", image)), "t", "p")


def test_foreign_layers_are_listed_and_not_copied() -> None:
    image, _ = make_image([BASE], foreign=b"windows base")

    plan = plan_seed(inventory(entry("app:1", image)), "t", "p")

    assert plan.foreign == (f"docker.io/library/app:1 {digest_of(b'windows base')}",)
    assert digest_of(b"windows base") not in {blob.descriptor.digest for blob in plan.blobs}
    assert FOREIGN not in {blob.descriptor.media_type for blob in plan.blobs}


def test_a_config_that_is_also_a_layer_is_one_blob() -> None:
    empty = Descriptor("application/vnd.oci.empty.v1+json", digest_of(b"{}"), 2)
    image = replace(make_image([BASE])[0], config=Blob(empty.digest, 2), layers=(empty,))

    assert plan_seed(inventory(entry("app:1", image)), "t", "p").counts.pairs == 1


def test_nothing_to_seed_is_a_plan_of_nothing() -> None:
    counts = plan_seed(inventory(), "t", "p").counts

    assert (counts.manifests, counts.blobs, counts.requests_min, counts.requests_probe) == (0, 0, 0, 0)


def test_one_asks_for_every_tag_and_for_digests_that_no_index_answers_for() -> None:
    amd64, _ = make_image([BASE], "x")
    arm64, _ = make_image([APP], "y", platform="linux/arm64")
    index = make_index([amd64, arm64])
    other, _ = make_image([TOOL], "z")
    entries = [whole("app:1", [amd64, arm64], index), entry(f"other@{other.digest}", other), entry("other:2", amd64)]

    asked = looks(plan_seed(inventory(*entries), "t", "p").manifests)

    assert [(look.repository.rpartition("/")[2], look.reference) for look in asked] == [
        ("app", "1"),
        ("other", str(other.digest)),
        ("other", "2"),
    ]


def test_the_first_two_questions_are_about_two_repositories_if_there_are_two_and_never_about_one_image() -> None:
    one, _ = make_image([BASE], "x")
    two, _ = make_image([APP], "y")

    def chosen(*entries: ResolvedReference) -> list[tuple[str, str]]:
        plan = plan_seed(inventory(*entries), "t", "p", "plain")
        return [(look.repository, look.reference) for look in first_looks(looks(plan.manifests))]

    assert chosen(entry("a:1", one), entry("a:2", two), entry("b:3", two)) == [
        ("p/library/a", "1"),
        ("p/library/b", "3"),
    ]
    assert chosen(entry("a:1", one), entry("a:one", one), entry("a:2", two)) == [
        ("p/library/a", "1"),
        ("p/library/a", "2"),
    ]
    assert chosen(entry("a:1", one), entry("a:one", one), entry("b:1", one)) == [("p/library/a", "1")]
    assert chosen() == []


def test_what_is_sent_before_all_else_is_small_and_of_many_images_or_else_the_config_of_another_than_the_first() -> (
    None
):
    large, tiny, small = b"l" * 70_000, b"{}", b"s" * 200
    one, _ = make_image([large, tiny], "x" * 100)
    two, _ = make_image([large, tiny], "y" * 100)
    three, _ = make_image([small], "z" * 100)
    four, _ = make_image([small, large], "w" * 100)

    def chosen(*entries: ResolvedReference) -> object:
        plan = plan_seed(inventory(*entries), "t", "p", "plain")
        blob = trial_blob(plan.manifests, plan.blobs)
        return None if blob is None else (blob.descriptor.digest, blob.repositories[0])

    assert one.config is not None
    assert two.config is not None
    assert chosen(entry("a:1", one), entry("b:1", two)) == (two.config.digest, "p/library/b")
    assert chosen(entry("a:1", one)) == (one.config.digest, "p/library/a")
    assert chosen(entry("a:1", one), entry("b:1", two), entry("c:1", three), entry("d:1", four)) == (
        digest_of(small),
        "p/library/c",
    )
    assert chosen() is None
