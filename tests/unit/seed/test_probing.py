from __future__ import annotations

import pytest

from regplan.errors import DigestMismatch, Unreachable
from regplan.oci.reference import Reference
from regplan.plan.shapes import known_shapes
from regplan.seed.probing import find_shape
from unit.seed.samples import MANIFEST, MemoryTarget, make_image

pytestmark = pytest.mark.anyio

IMAGE, _ = make_image([b"a"], "app")
NAMES = [Reference.parse(f"quay.io/team/app-{number}:1") for number in range(6)]


def filled(*repositories: str) -> MemoryTarget:
    target = MemoryTarget()
    for repository in repositories:
        target.folder(repository).manifests[IMAGE.digest] = (MANIFEST, IMAGE.raw or b"")
        target.folder(repository).tags["1"] = IMAGE.digest
    return target


async def test_the_shape_under_which_most_are_found_is_taken_and_the_numbers_are_told() -> None:
    shape, found = await find_shape(
        NAMES, "p", known_shapes(None), filled("p/app-0", "p/team/app-5", "p/app-5", "p/app-3")
    )

    assert (shape.name, found.name, found.hits, found.probes) == ("last", "last", 3, 4)


async def test_a_shape_that_has_all_ends_the_search() -> None:
    target = filled(*(f"p/quay.io/team/app-{number}" for number in range(6)))
    shape, found = await find_shape(NAMES, "p", known_shapes(None), target)

    assert (shape.name, found.hits, len(target.log)) == ("host", 4, 4)


async def test_an_empty_target_is_named_as_documented_after_few_questions() -> None:
    target = MemoryTarget()
    shape, found = await find_shape(NAMES, "p", known_shapes(None), target)

    assert (shape.name, found.hits, len(target.log)) == ("host", 0, 12)
    assert (await find_shape([], "p", known_shapes(None), target))[1].probes == 0


async def test_a_broken_manifest_is_there_and_a_silent_target_is_an_error() -> None:
    target = MemoryTarget()

    def broken(_: str, repository: str, __: str) -> None:
        if repository.startswith("p/team/"):
            raise DigestMismatch("other bytes")

    target.fault = broken
    assert (await find_shape(NAMES, "p", known_shapes(None), target))[0].name == "plain"

    def gone(*_: str) -> None:
        raise Unreachable("refused")

    target.fault = gone
    with pytest.raises(Unreachable):
        await find_shape(NAMES, "p", known_shapes(None), target)
