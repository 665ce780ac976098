"""Blobs that take longer than a registry reads one request, or than something on the way lets through: they go in chunks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from faults.test_zot import KINDS, running
from regplan.oci.reference import Reference
from regplan.plan.seeding import plan_seed
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, HostOptions
from regplan.registry.push import Pusher
from regplan.resolve import Choice, resolve
from regplan.seed.limits import RateLimiter
from regplan.seed.runner import Settings, apply_seed
from regplan.seed.survey import survey_plan
from regplan.seed.targets import RegistryTarget
from regplan.store.cached import CachedSource
from support import http, images
from support.faults import Rule, answers
from support.faulty import FaultyProxy
from support.link import Link
from support.zot import ZotOptions

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.seed import SeedResult
    from support.registry import Registry
    from support.starter import StartRegistry

pytestmark = [pytest.mark.anyio, pytest.mark.registry]
MIB: Final = 2**20
LARGE: Final = images.image([images.layer(4 * MIB, 77)], label="large")
BLOB: Final = LARGE.layers[0].blob


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a registry reads a request, and what the link carries: the blob takes one and a half times as long."""

    read_timeout_s: float

    @property
    def rate_bps(self) -> int:
        """Bits per second of the link."""
        return int(BLOB.size * 8 / (1.5 * self.read_timeout_s))


# A machine that does much else holds a stream up for a good part of a second, which nothing here is about.
PACES: Final = {"double": Pace(1.0), "itself": Pace(3.0)}


@pytest.fixture
def source(start_registry: StartRegistry) -> Registry:
    registry = start_registry()
    images.push(registry, "a/large", LARGE, ["1"])
    registry.forget_requests()
    return registry


async def seed(source: Registry, address: str, settings: Settings) -> SeedResult:
    """Seed the one image, as one run does."""
    options = ConnectionOptions({host: HostOptions(plain_http=True) for host in (source.address, address)})
    async with RegistryClient(options, Credentials(options, {})) as client:
        cached, named = CachedSource(client), f"{source.address}/a/large:1"
        found = await resolve({Reference.parse(named): (named,)}, [cached], Choice())
        plan = plan_seed(found.inventory, f"docker://{address}/p", "p")
        target = RegistryTarget(Pusher(client, address), client)
        return await apply_seed(await survey_plan(plan, target), cached, target, settings)


def assert_there(source: Registry, url: str) -> None:
    where = f"{url}/v2/p/{source.address.replace(':', '_')}/a/large"
    assert http.request("GET", f"{where}/blobs/{BLOB.digest}").body == BLOB.data
    manifest = http.request("HEAD", f"{where}/manifests/1", headers={"Accept": LARGE.manifest.media_type})
    assert manifest.headers["docker-content-digest"] == LARGE.manifest.digest


def sent(near: FaultyProxy, method: str = "") -> list[int]:
    """The lengths of the bodies of uploads, in order."""
    return [each.length for each in near.asked(method, "/blobs/uploads/") if each.length > MIB // 2]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_would_take_too_long_goes_in_chunks_from_the_start_where_the_rate_is_known(
    kind: str, tmp_path: Path, source: Registry
) -> None:
    pace = PACES[kind]
    limiter = RateLimiter(pace.rate_bps)
    with (
        running(kind, tmp_path, ZotOptions(read_timeout_s=pace.read_timeout_s)) as zot,
        FaultyProxy(zot.address) as near,
    ):
        result = await seed(source, near.address, Settings(limiter=limiter, longest_s=pace.read_timeout_s / 2))

        assert_there(source, zot.url)
    assert result.verified, result.failed
    assert len(sent(near, "PATCH")) >= 4
    assert sum(sent(near)) == BLOB.size
    assert [each for each in near.exchanges if each.status >= 500] == []


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_cut_after_long_goes_in_chunks_that_take_half_of_that(
    kind: str, tmp_path: Path, source: Registry
) -> None:
    pace = PACES[kind]
    with (
        running(kind, tmp_path, ZotOptions(read_timeout_s=pace.read_timeout_s)) as zot,
        FaultyProxy(zot.address, link=Link(rate_bps=pace.rate_bps)) as near,
    ):
        result = await seed(source, near.address, Settings(longest_s=pace.read_timeout_s / 2))

        assert_there(source, zot.url)
    assert result.verified, result.failed
    whole, *chunks = sent(near)
    assert whole == BLOB.size
    assert sum(chunks) == BLOB.size
    assert max(chunks) <= BLOB.size / 3
    assert len([each for each in near.asked("POST", "/blobs/uploads/") if each.status == 202]) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_the_rate_is_measured_on_a_smaller_blob_where_it_is_not_known_so_that_no_large_one_is_cut(
    kind: str, tmp_path: Path, source: Registry
) -> None:
    # The smaller one takes a quarter of what is read, so that a busy machine cuts it no sooner; the large one takes more.
    read_timeout_s = {"double": 1.2, "itself": 3.0}[kind]
    gauge, large = images.layer(4 * MIB, 78), images.layer(20 * MIB, 79)
    built = images.image([gauge, large], label="gauged")
    images.push(source, "a/large", built, ["1"])
    rate_bps = int(4 * MIB * 8 / (0.25 * read_timeout_s))
    with (
        running(kind, tmp_path, ZotOptions(read_timeout_s=read_timeout_s)) as zot,
        FaultyProxy(zot.address, link=Link(rate_bps=rate_bps)) as near,
    ):
        result = await seed(source, near.address, Settings(longest_s=read_timeout_s / 2))
        where = f"{zot.url}/v2/p/{source.address.replace(':', '_')}/a/large/blobs/{large.blob.digest}"
        assert http.request("GET", where).body == large.blob.data
    assert result.verified, result.failed
    assert [each for each in near.exchanges if each.status >= 500] == []
    chunks = [each.length for each in near.asked("PATCH", "/blobs/uploads/")]
    assert sent(near)[0] == gauge.blob.size
    assert (len(chunks) > 1, sum(chunks)) == (True, large.blob.size)


@pytest.mark.parametrize("kind", ["double", "itself", "distribution"])
async def test_a_chunk_that_breaks_on_its_way_costs_no_more_than_itself(
    kind: str, tmp_path: Path, source: Registry, start_registry: StartRegistry
) -> None:
    if kind == "distribution":
        await _breaks(source, start_registry().address)
        return
    with running(kind, tmp_path, ZotOptions()) as zot:
        await _breaks(source, zot.address)


async def _breaks(source: Registry, address: str) -> None:
    with FaultyProxy(address) as near:
        near.rules = (
            Rule(answers(503, unread=True), "PATCH", first=2),
            Rule(answers(429, unread=True), "PATCH", first=4),
        )
        settings = Settings(limiter=RateLimiter(100_000_000), longest_s=0.1)
        result = await seed(source, near.address, settings)

        assert_there(source, f"http://{address}")
    assert result.verified, result.failed
    assert len([each for each in near.asked("PATCH") if each.fault]) == 2
    taken = [each.length for each in near.asked("PATCH") if each.status in {202, 204}]
    assert sum(taken) == BLOB.size
    assert len(near.asked("GET", "/blobs/uploads/")) == 2
    assert len(near.asked("PUT", BLOB.digest.partition(":")[2])) == 1


async def test_distribution_gets_a_blob_in_two_requests_where_the_link_is_fast(
    source: Registry, start_registry: StartRegistry
) -> None:
    target = start_registry()
    result = await seed(source, target.address, Settings(link_bps=1_000_000_000))

    assert result.verified
    assert sorted(each.method for each in target.requests() if "/blobs/" in each.path) == ["POST", "POST", "PUT", "PUT"]
    assert_there(source, target.url)
