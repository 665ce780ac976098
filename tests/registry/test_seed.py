"""Seeding from one real registry into another, counted in the registries' own access logs and files."""

from __future__ import annotations

import hashlib
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
import pytest

from regplan.errors import RegistryError, SeedIncomplete, Unreachable
from regplan.oci.reference import Reference
from regplan.plan.seeding import plan_seed
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.options import ConnectionOptions, Credential, HostOptions, Login, Secret
from regplan.registry.push import Pusher
from regplan.resolve import Choice, resolve
from regplan.seed.lanes import Widths
from regplan.seed.runner import Settings, apply_seed, require_complete, survey_plan
from regplan.seed.targets import RegistryTarget, TreeTarget
from regplan.seed.telling import Telling
from regplan.seed.verify import LEVELS, verify
from regplan.store.cached import CachedSource
from regplan.store.tree import LayoutTree
from support import http, images, skopeo
from support.starter import StartRegistry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from pathlib import Path

    from regplan.model.progress import Progress
    from regplan.model.seed import SeedPlan, SeedResult
    from regplan.model.verifying import VerifyResult
    from support.certificates import Authority
    from support.registry import Auth, Program, Registry

pytestmark = [pytest.mark.anyio, pytest.mark.registry, pytest.mark.ours_later]

PROJECT = "spectro-images"
MB = 10**6
ACCEPT = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Images in a source registry, by repository and tag, as they were built."""

    registry: Registry
    images: Mapping[tuple[str, str], images.Tree]

    @property
    def references(self) -> list[str]:
        """The references, as a profile would name them."""
        return [f"{self.registry.address}/{repository}:{tag}" for repository, tag in self.images]

    def at_target(self, repository: str) -> str:
        """Where a repository goes to."""
        return f"{PROJECT}/{self.registry.address.replace(':', '_')}/{repository}"


def corpus_of(registry: Registry, built: Mapping[tuple[str, str], images.Tree]) -> Corpus:
    """Push images to a registry."""
    for (repository, tag), tree in built.items():
        images.push(registry, repository, tree, [tag])
    registry.forget_requests()
    return Corpus(registry, built)


def build_25() -> dict[tuple[str, str], images.Tree]:
    """25 images in 22 repositories: a base that all share, runtimes that five share each, and a layer of their own."""
    base = [images.layer(400_000, 1), images.layer(90_000, 2)]
    runtimes = [[images.layer(2_600_000 + group, 100 + group), images.layer(30_000, 200 + group), images.layer(700, 300 + group)] for group in range(5)]  # fmt: skip
    built: dict[tuple[str, str], images.Tree] = {}
    for number in range(25):
        own = images.layer(7_500_000 + 1000 * number, 400 + number)
        place = f"edge/app-{number % 22}"
        built[place, f"1.{number}"] = images.image([*base, *runtimes[number % 5], own], label=f"app-{number}")
    return built


@pytest.fixture(scope="module")
def corpus(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, registry_program: Program | None
) -> Iterator[Corpus]:
    """The 25 images in a registry of their own."""
    start = StartRegistry(tmp_path_factory.mktemp, authority, program=registry_program)
    with start.stops:
        yield corpus_of(start(), build_25())


@asynccontextmanager
async def connected(*registries: Registry) -> AsyncIterator[RegistryClient]:
    """A client that knows how to reach these registries."""
    hosts = {each.address: HostOptions(plain_http=each.ca_file is None, ca_cert=each.ca_file) for each in registries}
    login = next((Login(each.address, Credential(each.user, Secret(each.password))) for each in registries if each.needs_login), None)  # fmt: skip
    options = ConnectionOptions(hosts, login=login)
    async with RegistryClient(options, Credentials(options, {})) as client:
        yield client


async def plan_of(
    client: RegistryClient, corpus: Corpus, target: str, *, whole: bool = False
) -> tuple[SeedPlan, CachedSource]:
    source = CachedSource(client)
    wanted = {Reference.parse(text): (text,) for text in corpus.references}
    found = await resolve(wanted, [source], Choice(all_platforms=whole))
    assert not found.errors
    return plan_seed(found.inventory, target, PROJECT), source


async def seed(corpus: Corpus, registry: Registry, *, whole: bool = False) -> SeedResult:
    """Resolve, look, seed, with a client of its own: as one run of the command does."""
    async with connected(corpus.registry, registry) as client:
        plan, source = await plan_of(client, corpus, f"docker://{registry.address}/{PROJECT}", whole=whole)
        target = RegistryTarget(Pusher(client, registry.address), client)
        return await apply_seed(await survey_plan(plan, target), source, target)


def counted_by_hand(corpus: Corpus) -> tuple[int, int, int]:
    """U, P and N from the manifests' bytes."""
    pairs, manifests = set(), set()
    for (repository, _), tree in corpus.images.items():
        for blob in tree.manifests():
            manifests.add((repository, blob.digest))
            document = json.loads(blob.data)
            if "config" in document:
                parts = [document["config"], *document["layers"]]
                pairs |= {(repository, part["digest"]) for part in parts}
    return len({digest for _, digest in pairs}), len(pairs), len(manifests)


def blob_bytes_read(registry: Registry) -> int:
    return sum(each.size for each in registry.requests() if each.method == "GET" and "/blobs/" in each.path)


def digest_at(registry: Registry, repository: str, reference: str) -> str:
    """Which digest a tag has, asked without our client."""
    answer = http.request("GET", f"{registry.url}/v2/{repository}/manifests/{reference}", headers={"Accept": ACCEPT} | registry.authorization(repository, "pull"), ca_file=registry.ca_file)  # fmt: skip
    return f"sha256:{hashlib.sha256(answer.body).hexdigest()}" if answer.status == 200 else str(answer.status)


async def test_25_images_are_seeded_with_the_fewest_requests_and_each_byte_once(
    corpus: Corpus, start_registry: StartRegistry, tmp_path: Path
) -> None:
    target = start_registry()
    corpus.registry.forget_requests()
    unique, pairs, manifests = counted_by_hand(corpus)
    assert pairs >= 1.8 * unique
    assert corpus.registry.blob_bytes() >= 200 * MB

    result = await seed(corpus, target)

    asked, read = target.requests(), blob_bytes_read(corpus.registry)
    least = target.upload_requests(unique) + (pairs - unique) + manifests
    manifest_bytes = sum(tree.manifest.size for tree in corpus.images.values())
    assert 0 <= len(asked) - least <= 2
    assert result.plan.counts.requests_min == least
    assert result.done.requests == len(asked)
    assert read == target.blob_bytes() - manifest_bytes
    assert result.verified
    assert not result.failed
    for number, ((repository, tag), tree) in enumerate(corpus.images.items()):
        assert digest_at(target, corpus.at_target(repository), tag) == tree.manifest.digest
        if number % 8 == 0:
            place = f"docker://{target.address}/{corpus.at_target(repository)}:{tag}"
            skopeo.copy(place, f"dir:{tmp_path}/{number}", source_registry=target)
            pulled = {hashlib.sha256(file.read_bytes()).hexdigest() for file in (tmp_path / str(number)).iterdir()}
            assert {blob.digest.removeprefix("sha256:") for blob in (*tree.blobs(), tree.manifest)} <= pulled


@pytest.mark.parametrize(("overwritten", "deleted"), [(0, 1), (1, 0), (12, 24), (24, 12)])
async def test_a_second_run_asks_for_each_tag_once_and_repairs_just_what_was_harmed(
    seeded: tuple[Corpus, Registry], overwritten: int, deleted: int
) -> None:
    corpus, target = seeded
    (places, trees) = (list(corpus.images), list(corpus.images.values()))
    harmed = corpus.at_target(places[overwritten][0])
    images.push(target, harmed, images.image([images.layer(900, 7)], label="intruder"), [places[overwritten][1]])
    gone = f"{target.url}/v2/{corpus.at_target(places[deleted][0])}/manifests/{trees[deleted].manifest.digest}"
    assert http.request("DELETE", gone).status == 202
    before = target.blob_files()
    target.forget_requests()

    result = await seed(corpus, target)

    asked = target.requests()
    # Where a blob may come with one request, a first tag that is absent has the blob asked for that is sent before all others.
    questions = len(places) + (target.program.takes_single and deleted == 0)
    assert len(asked) == questions + 2
    assert sum(each.method == "HEAD" for each in asked) == questions
    assert sorted(each.path for each in asked if each.method != "HEAD") == sorted(
        f"/v2/{corpus.at_target(places[n][0])}/manifests/{places[n][1]}" for n in (overwritten, deleted)
    )
    assert (result.done.manifests, result.done.uploaded_blobs, result.verified) == (2, 0, True)
    # Some registries keep a deleted manifest's bytes until they are cleaned up.
    manifest = trees[deleted].manifest
    assert target.blob_files() == {**before, manifest.digest: manifest.size}
    assert all(
        digest_at(target, corpus.at_target(r), t) == tree.manifest.digest for (r, t), tree in corpus.images.items()
    )


@pytest.fixture(scope="module")
async def seeded(
    corpus: Corpus,
    tmp_path_factory: pytest.TempPathFactory,
    authority: Authority,
    registry_program: Program | None,
) -> AsyncIterator[tuple[Corpus, Registry]]:
    """The 25 images, and a registry that holds them."""
    start = StartRegistry(tmp_path_factory.mktemp, authority, program=registry_program)
    with start.stops:
        target = start()
        assert (await seed(corpus, target)).verified
        yield corpus, target


def small_corpus(registry: Registry) -> Corpus:
    """A few small images that share layers: of one platform, of several, with a layer twice, and one under two tags."""
    shared, twice = images.layer(50_000, 11), images.layer_twice()
    app = images.image([shared, images.layer(300_000, 12)], label="app")
    return corpus_of(
        registry,
        {
            ("library/app", "1.0"): app,
            ("library/app", "stable"): app,
            ("tools/twice", "2"): twice,
            ("tools/side", "3"): images.image([shared, images.layer(70_000, 13)], label="side"),
            ("multi/platform", "4"): images.multi_platform(),
        },
    )


async def test_indexes_and_further_tags_are_seeded_with_the_fewest_requests_too(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    corpus, target = small_corpus(start_registry()), start_registry()
    unique, pairs, manifests = counted_by_hand(corpus)

    result = await seed(corpus, target, whole=True)

    assert result.verified
    assert 0 <= len(target.requests()) - (target.upload_requests(unique) + (pairs - unique) + manifests + 1) <= 2
    assert result.plan.counts.tags == 1
    for (repository, tag), tree in corpus.images.items():
        place = f"docker://{target.address}/{corpus.at_target(repository)}:{tag}"
        assert skopeo.manifest(place, target) == tree.manifest.data
        skopeo.copy(place, f"dir:{tmp_path}/{tag}", source_registry=target, all_platforms=True)


async def test_a_run_over_what_is_there_asks_for_each_tag_and_writes_nothing(start_registry: StartRegistry) -> None:
    corpus, target = small_corpus(start_registry()), start_registry()
    await seed(corpus, target, whole=True)
    target.forget_requests()

    result = await seed(corpus, target, whole=True)

    assert [each.method for each in target.requests()] == ["HEAD"] * len(corpus.images)
    assert (result.plan.counts.requests_min, result.plan.counts.requests_probe) == (0, len(corpus.images))
    assert (result.done.uploaded_blobs, result.done.mounted, result.done.manifests) == (0, 0, 0)
    assert result.done.present == result.plan.counts.pairs
    assert result.verified


@pytest.mark.docker_registry
@pytest.mark.parametrize(("auth", "tls"), [("basic", True), ("token", False)])
async def test_a_registry_with_a_login_gets_as_many_requests_that_count(
    start_registry: StartRegistry, auth: Auth, tls: bool
) -> None:
    corpus, target = small_corpus(start_registry()), start_registry(auth, tls=tls)
    unique, pairs, manifests = counted_by_hand(corpus)

    result = await seed(corpus, target, whole=True)

    asked = target.requests()
    assert result.verified
    assert result.done.requests - (target.upload_requests(unique) + (pairs - unique) + manifests + 1) <= 2
    assert result.done.requests == sum(each.status != 401 for each in asked)
    assert result.done.overhead_requests >= sum(each.status == 401 for each in asked)


async def test_a_source_blob_with_a_flipped_byte_fails_its_image_alone(start_registry: StartRegistry) -> None:
    corpus, target = small_corpus(start_registry()), start_registry()
    spoilt = corpus.images["tools/side", "3"].blobs()[-1].digest
    file = corpus.registry.blob_file(spoilt)
    data = bytearray(file.read_bytes())
    data[1000] ^= 1
    file.write_bytes(data)

    result = await seed(corpus, target)

    assert not result.verified
    assert [spoilt in reason for reason in result.failed] == [True]
    assert result.blocked == (f"{corpus.registry.address}/tools/side:3",)
    assert spoilt not in target.blob_files()
    assert digest_at(target, corpus.at_target("tools/side"), "3") == "404"
    assert (
        digest_at(target, corpus.at_target("library/app"), "1.0") == corpus.images["library/app", "1.0"].manifest.digest
    )
    with pytest.raises(SeedIncomplete, match=spoilt) as raised:
        require_complete(result)
    assert raised.value.exit_code == 5

    data[1000] ^= 1
    file.write_bytes(data)
    target.forget_requests()
    assert (await seed(corpus, target)).verified
    assert target.blobs_sent() == [spoilt]


async def test_a_target_that_is_not_there_is_an_error_before_any_write(start_registry: StartRegistry) -> None:
    corpus, target = small_corpus(start_registry()), start_registry()
    target.stop()

    with pytest.raises(Unreachable, match=target.address):
        await seed(corpus, target)


@pytest.mark.docker_registry
async def test_a_target_that_lets_us_read_only_is_an_error_before_any_write(start_registry: StartRegistry) -> None:
    corpus, target = small_corpus(start_registry()), start_registry("token")
    target.user, target.password = "reader", "reads only"

    with pytest.raises(RegistryError, match=target.address) as raised:
        await seed(corpus, target)

    assert raised.value.exit_code == 3
    assert target.blob_files() == {}


@pytest.mark.slow
async def test_a_target_that_goes_away_half_way_leaves_what_was_done_and_a_second_run_goes_on(
    start_registry: StartRegistry,
) -> None:
    corpus, target = small_corpus(start_registry()), start_registry()
    unique, _, _ = counted_by_hand(corpus)
    stopped: list[int] = []

    def stop(progress: Progress) -> None:
        if "put" in progress.what.split() and not stopped:
            stopped.append(progress.done)
            target.stop()

    async with connected(corpus.registry, target) as client:
        plan, source = await plan_of(client, corpus, "t", whole=True)
        goal = RegistryTarget(Pusher(client, target.address), client)
        result = await apply_seed(
            await survey_plan(plan, goal), source, goal, Settings(attempts=1, listeners=(Telling(stop),))
        )
    assert not result.verified
    assert result.failed
    assert result.blocked
    target.start()

    again = await seed(corpus, target, whole=True)

    assert again.verified
    sent = target.blobs_sent()
    # No blob was sent twice. A registry that is killed may have kept one that it had no time to log.
    assert len(set(sent)) == len(sent)
    assert unique - Widths().large - Widths().small <= len(sent) <= unique


async def test_a_cancelled_run_is_gone_on_with(start_registry: StartRegistry) -> None:
    corpus, target = small_corpus(start_registry()), start_registry()
    unique, _, _ = counted_by_hand(corpus)

    async with connected(corpus.registry, target) as client:
        plan, source = await plan_of(client, corpus, "t", whole=True)
        goal = RegistryTarget(Pusher(client, target.address), client)
        found = await survey_plan(plan, goal)
        with anyio.CancelScope() as scope:
            listening = Telling(lambda told: scope.cancel() if told.done > 100_000 else None)
            await apply_seed(found, source, goal, Settings(listeners=(listening,)))
        assert scope.cancelled_caught

    assert (await seed(corpus, target, whole=True)).verified
    sent = target.blobs_sent()
    assert unique <= len(sent) <= unique + Widths().large + Widths().small


async def test_every_level_of_verification_sees_the_harm_that_it_is_for(start_registry: StartRegistry) -> None:
    corpus, target = small_corpus(start_registry()), start_registry()
    await seed(corpus, target, whole=True)
    name = {key: f"{corpus.registry.address}/{key[0]}:{key[1]}" for key in corpus.images}

    async def found(level: str) -> VerifyResult:
        async with connected(corpus.registry, target) as client:
            plan, _ = await plan_of(client, corpus, "t", whole=True)
            return await verify(plan, RegistryTarget(Pusher(client, target.address), client), level)

    assert [(await found(level)).complete for level in LEVELS] == [True, True, True]

    file = target.blob_file(corpus.images["tools/side", "3"].blobs()[-1].digest)
    file.write_bytes(bytes(file.stat().st_size))
    assert (await found("blobs")).complete
    deep = await found("deep")
    assert (deep.wrong, deep.missing) == ((name["tools/side", "3"],), ())

    target.forget_blob(corpus.at_target("tools/twice"), corpus.images["tools/twice", "2"].blobs()[-1].digest)
    target.stop()  # it keeps in memory what it has seen
    target.start()
    assert (await found("tags")).complete
    assert (await found("blobs")).missing == (name["tools/twice", "2"],)

    images.push(target, corpus.at_target("library/app"), images.multi_platform(seed=5), ["stable"])
    gone = f"{target.url}/v2/{corpus.at_target('multi/platform')}/manifests/{corpus.images['multi/platform', '4'].manifest.digest}"
    assert http.request("DELETE", gone).status == 202
    tags = await found("tags")
    assert (tags.wrong, tags.missing) == ((name["library/app", "stable"],), (name["multi/platform", "4"],))
    assert tags.internet_fallback == tags.missing


async def test_a_target_with_the_whole_index_is_equivalent_to_one_image_of_it(start_registry: StartRegistry) -> None:
    corpus, target = small_corpus(start_registry()), start_registry()
    await seed(corpus, target, whole=True)

    async with connected(corpus.registry, target) as client:
        plan, _ = await plan_of(client, corpus, "t")
        checked = await verify(plan, RegistryTarget(Pusher(client, target.address), client), "deep")

    assert checked.complete
    assert checked.equivalent == (f"{corpus.registry.address}/multi/platform:4",)


async def test_a_tree_on_a_disk_is_read_by_skopeo_and_seeds_another_registry(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    corpus, target, disk = small_corpus(start_registry()), start_registry(), tmp_path / "disk"
    async with connected(corpus.registry) as client:
        plan, source = await plan_of(client, corpus, f"oci:{disk}", whole=True)
        tree = TreeTarget(disk)
        result = await apply_seed(await survey_plan(plan, tree), source, tree)
        assert result.verified
        assert (await verify(plan, TreeTarget(disk), "deep")).complete
    for (repository, tag), built in corpus.images.items():
        place = f"oci:{disk / corpus.at_target(repository)}:{tag}"
        assert skopeo.manifest(place) == built.manifest.data
        skopeo.copy(place, f"dir:{tmp_path}/{tag}", all_platforms=True)
    corpus.registry.stop()

    async with connected(target) as client:
        source = CachedSource(LayoutTree(disk))
        wanted = {Reference.parse(text): (text,) for text in corpus.references}
        found = await resolve(wanted, [source], Choice(all_platforms=True))
        assert not found.errors
        goal = RegistryTarget(Pusher(client, target.address), client)
        carried = await apply_seed(await survey_plan(plan_seed(found.inventory, "t", PROJECT), goal), source, goal)

    assert carried.verified
    for (repository, tag), built in corpus.images.items():
        assert digest_at(target, corpus.at_target(repository), tag) == built.manifest.digest


async def test_a_blob_that_is_half_written_at_the_target_is_wrong_and_the_others_are_still_read(
    start_registry: StartRegistry,
) -> None:
    corpus, target = small_corpus(start_registry()), start_registry()
    await seed(corpus, target)
    digest = corpus.images["tools/twice", "2"].blobs()[-1].digest
    file = target.blob_file(digest)
    file.write_bytes(file.read_bytes()[:10])
    target.stop()  # it keeps in memory what it has seen
    target.start()

    async with connected(corpus.registry, target) as client:
        plan, _ = await plan_of(client, corpus, "t")
        checked = await verify(plan, RegistryTarget(Pusher(client, target.address), client), "deep")

    holders = {
        f"{corpus.registry.address}/{repository}:{tag}"
        for (repository, tag), tree in corpus.images.items()
        if any(blob.digest == digest for blob in tree.blobs())
    }
    assert set(checked.wrong) == holders
    assert len(holders) < len(corpus.images)
    assert checked.missing == ()
