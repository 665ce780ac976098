"""Reading what a registry holds, and deleting from it, against a registry in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from regplan.errors import Denied, ErrorInfo, RegistryError, Unauthorized, Unreachable, Unsupported
from regplan.plan.pruning import Needs, plan_prune
from regplan.seed.census import take_census
from regplan.seed.prune import apply_prune
from unit.seed.samples import INDEX, MANIFEST, MemoryTarget, make_image, make_index

if TYPE_CHECKING:
    from regplan.model.image import Image, KeptIndex
    from regplan.model.pruning import Census, PrunePlan, PruneResult
    from regplan.oci.digest import Digest

pytestmark = pytest.mark.anyio

ONE, _ = make_image([b"one" * 10], "one")
TWO, _ = make_image([b"two" * 10], "two")
SIDE, _ = make_image([b"side" * 10], "side")
APP, SIDES = "p/app", "p/side"


class MemoryShelf(MemoryTarget):
    """The registry in memory, listed and deleted from; `listing` is what it tells of its repositories."""

    tells_all = True

    async def repositories(self, project: str) -> tuple[tuple[str, ...] | None, bool]:
        self._request("CATALOG", project, "")
        return (tuple(self.folders), True) if self.tells_all else (None, False)

    async def tags(self, repository: str) -> tuple[str, ...]:
        self._request("TAGS", repository, "")
        return tuple(self.folder(repository).tags)

    async def delete_manifest(self, repository: str, digest: Digest) -> bool:
        self._request("DELETE", repository, str(digest))
        if digest not in self.folder(repository).manifests:
            return False
        self.delete(repository, digest)
        return True

    def hold(self, repository: str, image: Image | KeptIndex, *tags: str) -> None:
        folder = self.folder(repository)
        kind = MANIFEST if image.media_type == MANIFEST else INDEX
        folder.manifests[image.digest] = (kind, image.raw or b"")
        folder.tags |= dict.fromkeys(tags, image.digest)


def filled() -> MemoryShelf:
    shelf = MemoryShelf()
    shelf.hold(APP, ONE, "1")
    shelf.hold(APP, TWO, "2")
    shelf.hold(SIDES, SIDE, "1")
    return shelf


async def planned(shelf: MemoryShelf) -> tuple[PrunePlan, Census]:
    census = await take_census(shelf, [APP, SIDES], "p")
    kept = Needs("current", frozenset({(APP, "2")}), repositories=frozenset({APP}))
    dropped = Needs("previous", frozenset({(APP, "1"), (SIDES, "1")}), repositories=frozenset({APP, SIDES}))
    return plan_prune("t", census, [kept], [dropped]), census


async def pruned(shelf: MemoryShelf) -> PruneResult:
    plan, census = await planned(shelf)
    return await apply_prune(plan, census, shelf)


async def test_a_census_reads_each_manifest_once_with_all_its_tags_and_what_indexes_hold() -> None:
    shelf = MemoryShelf()
    shelf.hold(APP, ONE, "1", "one")
    shelf.hold(APP, TWO)
    shelf.hold(APP, make_index([ONE, TWO]), "all")
    shelf.hold("elsewhere", SIDE, "x")
    census = await take_census(shelf, [APP, "p/absent"], "p", [(APP, TWO.digest), ("p/absent", ONE.digest)])

    tags = {(each.repository, each.digest): each.tags for each in census.holdings}
    assert tags[APP, ONE.digest] == ("1", "one")
    assert (APP, TWO.digest) in tags
    assert ("elsewhere", SIDE.digest) in tags
    assert len(tags) == 4
    assert shelf.count("GET") == 5
    assert (census.is_whole, census.troubles) == (True, ())


async def test_without_a_list_only_named_repositories_are_read_and_that_is_told() -> None:
    shelf = filled()
    shelf.tells_all = False
    census = await take_census(shelf, [APP], "p")

    assert {each.repository for each in census.holdings} == {APP}
    assert not census.is_whole


async def test_what_cannot_be_read_is_a_trouble_and_a_silent_registry_an_error() -> None:
    shelf = filled()

    def broken(verb: str, repository: str, what: str) -> None:
        if (verb == "GET" and what == str(ONE.digest)) or (verb == "TAGS" and repository == SIDES):
            raise RegistryError("it failed with HTTP 500", status=500)

    shelf.fault = broken
    census = await take_census(shelf, [APP, SIDES], "p")
    assert len(census.troubles) == 2
    assert [each.digest for each in census.holdings] == [TWO.digest]

    def gone(verb: str, *_: str) -> None:
        if verb == "GET":
            raise Unreachable("refused")

    shelf.fault = gone
    with pytest.raises(Unreachable):
        await take_census(shelf, [APP], "p")


async def test_what_is_not_needed_is_deleted_and_counted() -> None:
    shelf = filled()
    result = await pruned(shelf)

    assert {item.digest for item in result.deleted} == {ONE.digest, SIDE.digest}
    assert result.freed_bytes == result.plan.freed_bytes
    assert list(shelf.folder(APP).tags) == ["2"]
    assert (result.failed, result.skipped, result.gone) == ((), (), ())


async def test_what_was_gone_already_is_told_so() -> None:
    shelf = filled()
    plan, census = await planned(shelf)
    shelf.delete(APP, ONE.digest)
    result = await apply_prune(plan, census, shelf)

    assert [item.digest for item in result.gone] == [ONE.digest]


@pytest.mark.parametrize("way", ["tag", "moved", "index"])
async def test_what_is_needed_by_now_stays(way: str) -> None:
    shelf = filled()
    shelf.hold(APP, SIDE, "moving")
    plan, census = await planned(shelf)
    if way == "tag":
        shelf.hold(APP, ONE, "new")
    elif way == "moved":
        shelf.hold(APP, ONE, "moving")
    else:
        shelf.hold(APP, make_index([ONE]), "list")
    result = await apply_prune(plan, census, shelf)

    assert [held.digest for held in result.skipped] == [ONE.digest]
    assert ONE.digest in shelf.folder(APP).manifests
    assert result.freed_bytes < result.plan.freed_bytes


async def test_a_registry_that_deletes_nothing_ends_it_with_its_setting() -> None:
    shelf = filled()

    def refuses(verb: str, *_: str) -> None:
        if verb == "DELETE":
            raise Unsupported("no", status=405, errors=(ErrorInfo("UNSUPPORTED", "unsupported"),))

    shelf.fault = refuses
    with pytest.raises(Unsupported, match="REGISTRY_STORAGE_DELETE_ENABLED=true"):
        await pruned(shelf)


@pytest.mark.parametrize(
    "error", [Denied("immutable", status=412), Unsupported("held", status=405, errors=(ErrorInfo("DENIED", ""),))]
)
async def test_one_refusal_is_of_one_manifest(error: RegistryError) -> None:
    shelf = filled()

    def refuses(verb: str, repository: str, _: str) -> None:
        if verb == "DELETE" and repository == APP:
            raise error

    shelf.fault = refuses
    result = await pruned(shelf)

    assert [(held.digest, held.why) for held in result.failed] == [(ONE.digest, str(error))]
    assert [item.digest for item in result.deleted] == [SIDE.digest]


@pytest.mark.parametrize("error", [Unreachable("refused"), Unauthorized("expired", status=401)])
async def test_a_registry_that_is_lost_on_the_way_leaves_the_rest_untried(error: RegistryError) -> None:
    shelf = filled()

    def loses(verb: str, repository: str, _: str) -> None:
        if verb == "DELETE" and repository == SIDES:
            raise error

    shelf.fault = loses
    plan, census = await planned(shelf)
    plan = replace(plan, items=(*plan.items, replace(plan.items[0], digest=TWO.digest)))
    result = await apply_prune(plan, census, shelf)

    assert [item.digest for item in result.deleted] == [ONE.digest]
    assert [held.why for held in result.failed] == [str(error), "not tried"]
    first = filled()
    first.fault = lambda verb, *_: loses(verb, SIDES, "") if verb == "DELETE" else None
    with pytest.raises(type(error)):
        await pruned(first)
