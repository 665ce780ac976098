from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.resolve import CachedSource, Choice, Resolution, resolve
from support.images import docker_list, image, index, layer, layer_twice, multi_platform, nested_index
from unit.sources import DictSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.content import Tree

pytestmark = pytest.mark.property

SHARED = multi_platform()
TREES: Mapping[str, Tree] = {
    "quay.io/a/multi:1": SHARED,
    "quay.io/b/multi:1": SHARED,
    "quay.io/a/nested:1": nested_index(),
    "quay.io/a/list:1": docker_list(),
    "quay.io/a/twice:1": layer_twice(),
    "quay.io/a/plain:1": image([layer(5000, 7)], platform="linux/arm64/v8"),
    "quay.io/a/other:1": index([image([layer(5000, 8)], platform="linux/s390x")]),
}
NAMES = [*TREES, f"quay.io/a/multi@{SHARED.manifest.digest}", "quay.io/a/none:1"]
platforms = st.lists(
    st.sampled_from(["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x"]), min_size=1, max_size=3, unique=True
)


def found(names: list[str], choice: Choice) -> tuple[Resolution, DictSource]:
    source = DictSource(TREES)
    references = {Reference.parse(name): (name,) for name in names}

    async def run() -> Resolution:
        return await resolve(references, [CachedSource(source)], choice)

    return anyio.run(run), source


@settings(max_examples=40)
@given(st.permutations(NAMES), platforms, st.booleans())
def test_what_is_found_does_not_depend_on_the_order_of_the_references(
    names: list[str], wanted: list[str], everything: bool
) -> None:
    choice = Choice(tuple(Platform.parse(text) for text in wanted), all_platforms=everything)
    one, other = found(NAMES, choice)[0].inventory, found(names, choice)[0].inventory

    assert {str(each.reference): each for each in one.entries} == {str(each.reference): each for each in other.entries}
    assert {each.reference: each for each in one.unresolved} == {each.reference: each for each in other.unresolved}
    assert [str(each.reference) for each in other.entries] == [
        name for name in names if any(str(each.reference) == name for each in other.entries)
    ]
    assert one.blobs() == other.blobs()


@settings(max_examples=40)
@given(st.lists(st.sampled_from(NAMES), unique=True), platforms, st.booleans())
def test_every_reference_is_resolved_or_unresolved_and_every_digest_is_asked_for_once(
    names: list[str], wanted: list[str], everything: bool
) -> None:
    choice = Choice(tuple(Platform.parse(text) for text in wanted), all_platforms=everything)
    resolution, source = found(names, choice)
    inventory = resolution.inventory

    assert len(inventory.entries) + len(inventory.unresolved) == len(names)
    assert len(resolution.errors) == len(inventory.unresolved)
    assert len(source.asked) == len(set(source.asked))


@settings(max_examples=40)
@given(st.sampled_from(sorted(TREES)), platforms)
def test_all_platforms_hold_what_each_of_them_holds(name: str, wanted: list[str]) -> None:
    some = found([name], Choice(tuple(Platform.parse(text) for text in wanted)))[0].inventory
    everything = found([name], Choice(all_platforms=True))[0].inventory

    assert some.blobs().items() <= everything.blobs().items()
