from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest

from regplan.errors import (
    Denied,
    DigestMismatch,
    ErrorInfo,
    NotFound,
    QuotaExceeded,
    RateLimited,
    RegistryError,
    SeedIncomplete,
    Unauthorized,
    Unreachable,
)
from regplan.model.seed import SeedResult
from regplan.plan.seeding import plan_seed
from regplan.seed.listening import Listener
from regplan.seed.runner import Settings, apply_seed, require_complete, survey_plan
from regplan.seed.steps import Event, Outcome
from regplan.seed.stopping import Stop
from regplan.seed.telling import Telling
from unit.seed.samples import (
    MemorySource,
    MemoryTarget,
    all_blobs,
    digest_of,
    entry,
    inventory,
    make_image,
    make_index,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.image import ResolvedReference
    from regplan.model.progress import Progress
    from regplan.model.seed import SeedPlan

pytestmark = pytest.mark.anyio

BASE, APP, TOOL = b"base" * 100, b"app" * 50, b"tool" * 30
APP_IMAGE, APP_BLOBS = make_image([BASE, APP], "app")
TOOL_IMAGE, TOOL_BLOBS = make_image([BASE, TOOL], "tool")
QUICK = Settings(sleep=lambda _: anyio.lowlevel.checkpoint())


def source() -> MemorySource:
    return MemorySource(all_blobs(APP_BLOBS, TOOL_BLOBS))


def plan_of(*entries: ResolvedReference) -> SeedPlan:
    return plan_seed(inventory(*entries), "t", "p", "plain")


def both() -> SeedPlan:
    return plan_of(entry("app:1", APP_IMAGE), entry("tool:1", TOOL_IMAGE))


async def seed(plan: SeedPlan, blobs: MemorySource, target: MemoryTarget, *, settings: Settings = QUICK) -> SeedResult:
    return await apply_seed(await survey_plan(plan, target), blobs, target, settings)


def failing(error: Exception, verb: str, *, what: str = "", times: int = 10**6) -> Callable[[str, str, str], None]:
    left = [times]

    def fault(asked: str, _: str, about: str) -> None:
        if asked == verb and what in about and left[0] > 0:
            left[0] -= 1
            raise error

    return fault


async def test_every_blob_is_read_once_and_everything_stands_at_the_target() -> None:
    blobs, target = source(), MemoryTarget()

    result = await seed(both(), blobs, target)

    assert len(blobs.reads) == len({digest for _, digest in blobs.reads}) == 5
    assert target.folder("p/library/app").tags == {"1": APP_IMAGE.digest}
    assert target.folder("p/library/tool").tags == {"1": TOOL_IMAGE.digest}
    assert result.verified
    assert (result.done.uploaded_blobs, result.done.mounted, result.done.present, result.done.manifests) == (5, 1, 0, 2)
    assert result.done.uploaded_bytes == sum(map(len, blobs.blobs.values()))
    assert result.done.requests == len(target.log) == 2 * 5 + 1 + 2 + 2
    assert require_complete(result) is result


async def test_a_second_run_reads_nothing() -> None:
    target = MemoryTarget()
    await seed(both(), source(), target)
    blobs = source()

    result = await seed(both(), blobs, target)

    assert blobs.reads == []
    assert (result.done.present, result.done.requests, result.done.manifests) == (6, 2, 0)
    assert result.verified


async def test_blobs_that_were_found_by_themselves_are_counted_as_present_too() -> None:
    target = MemoryTarget()
    await seed(plan_of(entry("app:1", APP_IMAGE)), source(), target)
    del target.folder("p/library/app").tags["1"]
    found = await survey_plan(both(), target)
    places = {digest_of(BASE): ("p/library/app",)}

    result = await apply_seed(replace(found, known=replace(found.known, places=places)), source(), target, QUICK)

    done = result.done
    assert result.verified
    # Of six pairs the base is mounted into the second repository, and its two other blobs are sent.
    assert (done.uploaded_blobs, done.mounted, done.present) == (2, 1, 3)


async def test_a_project_that_seemed_new_and_is_not_has_every_tag_asked_for_and_nothing_sent_twice() -> None:
    more = [make_image([BASE, bytes([n]) * 9], str(n)) for n in range(3)]
    blobs, target = MemorySource(all_blobs(APP_BLOBS, TOOL_BLOBS, *(part for _, part in more))), MemoryTarget()
    old = [entry(f"old{n}:1", image) for n, (image, _) in enumerate(more)]
    await seed(plan_of(*old), blobs, target)
    blobs.reads.clear()
    new = plan_of(entry("old0:2", APP_IMAGE), entry("old1:2", TOOL_IMAGE), *old)

    result = await seed(new, blobs, target)

    assert result.verified
    assert digest_of(BASE) not in {digest for _, digest in blobs.reads}
    assert len(blobs.reads) == 4
    assert result.done.manifests == 2
    assert target.count("HEAD") >= 5


async def test_without_mounts_each_repository_gets_its_own_copy() -> None:
    blobs, target = source(), MemoryTarget(mounts=False)

    result = await seed(both(), blobs, target)

    assert result.verified
    assert result.done.uploaded_blobs == 6
    assert [digest for _, digest in blobs.reads].count(digest_of(BASE)) == 2


async def test_wrong_bytes_fail_their_image_and_name_digest_and_source() -> None:
    blobs, target = source(), MemoryTarget()
    blobs.blobs[digest_of(TOOL)] = b"wrong" * 24

    result = await seed(both(), blobs, target)

    assert result.failed == (f"memory: docker.io/library/tool gives other bytes than those of {digest_of(TOOL)}",)
    assert result.blocked == ("docker.io/library/tool:1",)
    assert not result.verified
    assert target.folder("p/library/app").tags == {"1": APP_IMAGE.digest}
    assert digest_of(TOOL) not in target.data
    with pytest.raises(SeedIncomplete, match="something is missing of 1 image;") as raised:
        require_complete(result)
    assert (raised.value.failed, raised.value.blocked) == (result.failed, result.blocked)


async def test_a_blob_that_one_source_spoils_is_read_from_another_that_has_it() -> None:
    blobs, target = source(), MemoryTarget()
    blobs.wrong["a.io/app"] = {digest_of(BASE): b"x" * 400}

    result = await seed(plan_of(entry("a.io/app:1", APP_IMAGE), entry("b.io/tool:1", TOOL_IMAGE)), blobs, target)

    assert result.verified
    assert [place for place, digest in blobs.reads if digest == digest_of(BASE)] == ["a.io/app", "b.io/tool"]


async def test_a_blob_that_is_nowhere_is_named() -> None:
    blobs = source()
    del blobs.blobs[digest_of(APP)]

    result = await seed(both(), blobs, MemoryTarget())

    assert [str(digest_of(APP)) in reason for reason in result.failed] == [True]
    assert result.blocked == ("docker.io/library/app:1",)


async def test_a_source_that_breaks_off_is_asked_again() -> None:
    blobs, target = source(), MemoryTarget()
    blobs.faults = [Unreachable("the connection broke", retryable=True)] * 2

    assert (await seed(both(), blobs, target)).verified
    assert len(blobs.reads) == 7


@pytest.mark.parametrize("verb", ["MOUNT", "SEND", "PUT"])
async def test_what_passes_is_tried_again(verb: str) -> None:
    target = MemoryTarget()
    target.fault = failing(RegistryError("503", status=503, retryable=True), verb, times=2)

    assert (await seed(both(), source(), target)).verified


@pytest.mark.parametrize("status", [307, 308])
async def test_an_upload_that_is_sent_on_begins_again(status: int) -> None:
    target = MemoryTarget()
    target.fault = failing(RegistryError("it redirects", status=status), "SEND", times=2)

    assert (await seed(both(), source(), target)).verified


@pytest.mark.parametrize("code", ["BLOB_UPLOAD_INVALID", "BLOB_UPLOAD_UNKNOWN"])
async def test_an_upload_that_a_target_forgot_before_anything_stood_there_begins_again(code: str) -> None:
    target = MemoryTarget()
    forgotten = NotFound("must start over", status=404, errors=[ErrorInfo(code)], retryable=True)
    forgotten.tried = 4
    target.fault = failing(forgotten, "SEND", times=2)

    assert (await seed(both(), source(), target)).verified


async def test_a_target_that_goes_away_in_the_first_upload_is_waited_for_as_later_and_forgets_as_often_as_it_may() -> (
    None
):
    forgotten = NotFound("must start over", status=404, errors=[ErrorInfo("BLOB_UPLOAD_UNKNOWN")], retryable=True)
    away = Unreachable("nothing listens there", retryable=True)
    # As after so many requests of its own: the error was met by each.
    away.tried = forgotten.tried = 5
    target, left = MemoryTarget(), [away] * 4 + [forgotten] * 4

    def fault(verb: str, _: str, __: str) -> None:
        if verb == "SEND" and left:
            raise left.pop(0)

    target.fault = fault

    result = await seed(
        plan_of(entry("one:1", make_image([], "one")[0])), MemorySource(all_blobs(make_image([], "one")[1])), target
    )

    assert result.verified
    assert left == []


async def test_a_target_that_asks_to_wait_is_waited_for() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    target = MemoryTarget()
    target.fault = failing(RateLimited("too many", retry_after_s=7.0), "PUT", times=1)

    assert (await seed(both(), source(), target, settings=Settings(sleep=sleep))).verified
    assert waited == [7.0, 0.5]


async def test_a_target_that_asks_to_wait_for_an_hour_is_not_waited_for_and_ends_the_run() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    target = MemoryTarget()
    target.fault = failing(RateLimited("too many; it asks to wait 3600 s", retry_after_s=3600.0), "PUT")

    result = await seed(both(), source(), target, settings=Settings(sleep=sleep))

    assert waited == []
    assert ["3600 s" in reason for reason in result.failed] == [True]
    assert not result.verified


async def test_what_arrived_with_other_bytes_is_sent_once_more() -> None:
    target = MemoryTarget()
    target.fault = failing(DigestMismatch("what stands there is another"), "PUT", times=1)

    assert (await seed(both(), source(), target)).verified


@pytest.mark.parametrize(
    "error", [Unreachable("gone"), Unauthorized("who", status=401), QuotaExceeded("full"), Denied("no", status=403)]
)
async def test_a_target_that_refuses_the_first_write_is_that_error(error: RegistryError) -> None:
    target = MemoryTarget()
    target.fault = failing(error, "MOUNT")

    with pytest.raises(type(error)):
        await seed(both(), source(), target)


async def test_a_target_that_is_full_half_way_stops_and_says_so_once() -> None:
    target = MemoryTarget()
    target.fault = failing(QuotaExceeded("the disk is full"), "PUT")

    result = await seed(both(), source(), target)

    assert len(result.failed) == 1
    assert "the disk is full" in result.failed[0]
    assert result.blocked == ("docker.io/library/app:1", "docker.io/library/tool:1")


async def test_one_repository_that_is_denied_later_leaves_the_others() -> None:
    target = MemoryTarget()

    def fault(verb: str, repository: str, _: str) -> None:
        if verb == "PUT" and repository.endswith("app"):
            raise Denied("immutable", status=412)

    target.fault = fault
    result = await seed(both(), source(), target)

    assert result.failed == ("p/library/app:1: immutable",)
    assert result.blocked == ()
    assert not result.verified
    assert target.folder("p/library/tool").tags == {"1": TOOL_IMAGE.digest}


async def test_an_error_that_is_not_ours_is_not_hidden() -> None:
    target = MemoryTarget()
    target.fault = failing(ZeroDivisionError("a bug"), "SEND")

    with pytest.raises(ExceptionGroup) as raised:
        await seed(both(), source(), target)
    assert raised.group_contains(ZeroDivisionError, match="a bug")


async def test_children_are_put_before_their_index_and_its_tag_last() -> None:
    arm64, arm_blobs = make_image([TOOL], "arm", platform="linux/arm64")
    index, target = make_index([APP_IMAGE, arm64]), MemoryTarget()

    result = await seed(
        plan_of(whole("app:1", [APP_IMAGE, arm64], index)), MemorySource(all_blobs(APP_BLOBS, arm_blobs)), target
    )

    assert result.verified
    puts = [what for verb, _, what in target.log if verb == "PUT"]
    assert sorted(puts[:2]) == sorted([str(APP_IMAGE.digest), str(arm64.digest)])
    assert puts[2:] == ["1"]


async def test_a_lost_index_brings_its_lost_images_back_even_where_a_registry_would_take_it_without() -> None:
    arm64, arm_blobs = make_image([TOOL], "arm", platform="linux/arm64")
    index, target = make_index([APP_IMAGE, arm64]), MemoryTarget(checks_indexes=False)
    blobs = MemorySource(all_blobs(APP_BLOBS, TOOL_BLOBS, arm_blobs))
    plan = plan_of(entry("tool:1", TOOL_IMAGE), whole("app:1", [APP_IMAGE, arm64], index))
    await seed(plan, blobs, target)
    target.delete("p/library/app", index.digest)
    target.delete("p/library/app", arm64.digest)
    blobs.reads.clear()

    assert (await seed(plan, blobs, target)).verified
    assert set(target.folder("p/library/app").manifests) == {APP_IMAGE.digest, arm64.digest, index.digest}
    assert blobs.reads == []


async def test_confirmed_bytes_only_grow_and_reach_all() -> None:
    told: list[Progress] = []
    target = MemoryTarget()

    await apply_seed(
        await survey_plan(both(), target), source(), target, replace(QUICK, listeners=(Telling(told.append),))
    )

    assert [each.done for each in told] == sorted(each.done for each in told)
    assert told[0].done == 0
    assert told[-1].done == told[-1].total == sum(map(len, source().blobs.values()))
    assert {each.unit for each in told} == {"bytes"}


def refusing(code: str) -> RegistryError:
    return RegistryError("no Docker types here", status=400, errors=(ErrorInfo(code, "no Docker types here"),))


@pytest.mark.parametrize("code", ["MANIFEST_INVALID", ""])
async def test_a_manifest_that_is_refused_for_good_has_nothing_sent_twice_and_nothing_asked(code: str) -> None:
    blobs, target = source(), MemoryTarget()
    target.fault = failing(refusing(code), "PUT")

    result = await seed(both(), blobs, target)

    assert result.failed == ("p/library/app:1: no Docker types here", "p/library/tool:1: no Docker types here")
    assert len(blobs.reads) == len({digest for _, digest in blobs.reads}) == 5
    assert (target.count("SEND"), target.count("PUT"), target.count("HEADBLOB")) == (5, 2, 0)


async def test_a_manifest_that_is_refused_for_good_where_all_is_there_costs_a_question_for_each_blob() -> None:
    blobs, target = source(), MemoryTarget()
    await seed(both(), blobs, target)
    target.delete("p/library/app", APP_IMAGE.digest)
    target.log.clear()
    blobs.reads.clear()
    target.fault = failing(refusing("MANIFEST_INVALID"), "PUT")

    with pytest.raises(RegistryError, match="no Docker types here"):
        await seed(both(), blobs, target)

    assert blobs.reads == []
    assert (target.count("PUT"), target.count("HEADBLOB"), target.count("MOUNT", "SEND")) == (1, 3, 0)


@pytest.mark.parametrize("code", ["MANIFEST_INVALID", "MANIFEST_BLOB_UNKNOWN", ""])
async def test_a_blob_that_is_lost_is_sent_alone_whatever_a_registry_calls_it(code: str) -> None:
    blobs, target = source(), MemoryTarget()
    target.lacks_code = code
    await seed(both(), blobs, target)
    target.delete("p/library/app", APP_IMAGE.digest)
    target.folder("p/library/app").blobs.discard(digest_of(APP))
    blobs.reads.clear()

    result = await seed(both(), blobs, target)

    assert result.verified
    assert [digest for _, digest in blobs.reads] == [digest_of(APP)]


@pytest.mark.parametrize("code", ["MANIFEST_INVALID", "MANIFEST_BLOB_UNKNOWN"])
async def test_a_blob_that_another_manifest_answered_for_and_that_is_lost_is_sent_alone(code: str) -> None:
    blobs, target = source(), MemoryTarget()
    target.lacks_code = code
    plan = plan_of(entry("app:1", APP_IMAGE), entry("app:2", TOOL_IMAGE))
    await seed(plan_of(entry("app:1", APP_IMAGE)), blobs, target)
    target.folder("p/library/app").blobs.discard(digest_of(BASE))
    blobs.reads.clear()

    result = await seed(plan, blobs, target)

    assert result.verified
    assert sorted(str(digest) for _, digest in blobs.reads) == sorted(
        map(str, {digest_of(BASE), *TOOL_BLOBS} - {digest_of(APP)})
    )


async def test_an_image_that_an_index_lacks_is_put_again_where_a_registry_calls_the_index_invalid() -> None:
    arm64, arm_blobs = make_image([TOOL], "arm", platform="linux/arm64")
    index, target = make_index([APP_IMAGE, arm64]), MemoryTarget()
    target.lacks_code = "MANIFEST_INVALID"
    blobs = MemorySource(all_blobs(APP_BLOBS, TOOL_BLOBS, arm_blobs))
    pinned = f"app@{arm64.digest}"
    await seed(plan_of(entry(pinned, arm64), entry("tool:1", TOOL_IMAGE)), blobs, target)

    result = await seed(plan_of(whole("app:1", [APP_IMAGE, arm64], index), entry("tool:1", TOOL_IMAGE)), blobs, target)

    assert result.verified
    assert set(target.folder("p/library/app").manifests) == {APP_IMAGE.digest, arm64.digest, index.digest}


async def test_a_target_that_goes_away_while_it_is_asked_what_it_lacks_is_that_error() -> None:
    target = MemoryTarget()
    await seed(both(), source(), target)
    target.delete("p/library/app", APP_IMAGE.digest)

    def fault(verb: str, _: str, __: str) -> None:
        if verb == "PUT":
            raise refusing("MANIFEST_INVALID")
        if verb == "HEADBLOB":
            raise Unreachable("gone")

    target.fault = fault
    with pytest.raises(Unreachable, match="gone"):
        await seed(both(), source(), target)


class Full(Listener):
    """A journal on a full disk."""

    def heard(self, _: Event) -> None:
        raise OSError(28, "No space left on device")


class Stopping(Listener):
    """Asks to stop so many times once a blob was sent."""

    def __init__(self, times: int) -> None:
        self.stop, self.times, self.results = Stop(), times, list[SeedResult]()

    def heard(self, event: Event) -> None:
        if event.outcome is Outcome.SENT:
            for _ in range(self.times):
                self.stop.ask()
            self.times = 0

    def ended(self, result: SeedResult) -> None:
        self.results.append(result)


async def test_a_journal_that_cannot_write_ends_the_run_and_says_so() -> None:
    result = await seed(both(), source(), MemoryTarget(), settings=replace(QUICK, journal=Full()))

    assert not result.verified
    assert any("No space left on device" in reason for reason in result.failed)
    assert result.blocked == ("docker.io/library/app:1", "docker.io/library/tool:1")


@pytest.mark.parametrize("times", [1, 2])
async def test_who_asks_to_stop_gets_what_was_done_and_a_second_run_goes_on(times: int) -> None:
    blobs, target, listening = source(), MemoryTarget(), Stopping(times)
    target.slow_s = 0.3

    result = await seed(both(), blobs, target, settings=replace(QUICK, listeners=(listening,), stop=listening.stop))

    assert result.interrupted
    assert not result.verified
    assert result.blocked
    assert listening.results == [result]
    target.slow_s = 0.0
    assert (await seed(both(), blobs, target)).verified
