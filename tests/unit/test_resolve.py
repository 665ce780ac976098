from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from regplan.errors import (
    DigestMismatch,
    InputError,
    InvalidManifest,
    NotFound,
    SizeMismatch,
    Unauthorized,
    Unreachable,
)
from regplan.model.image import Blob, Image, Inventory, ResolvedReference
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.resolve import CachedSource, Choice, Resolution, resolve
from regplan.store.first_of import FirstOf
from support import content
from support.images import (
    attestation,
    docker_list,
    image,
    index,
    layer,
    layer_twice,
    multi_platform,
    nested_index,
    with_foreign_layer,
)
from unit.sources import DictSource, FactsOnly

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.progress import Progress
    from regplan.model.source import Content
    from support.content import Tree

pytestmark = pytest.mark.anyio

NAME = "quay.io/shop/till:1"
AMD64, ARM64, ARM = (Platform.parse(text) for text in ("linux/amd64", "linux/arm64", "linux/arm/v7"))
ALL = Choice(all_platforms=True)
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


async def ask(sources: Sequence[DictSource] | DictSource, *names: str, choice: Choice | None = None) -> Resolution:
    sources = [sources] if isinstance(sources, DictSource) else sources
    references = {Reference.parse(name): (f"mention of {name}",) for name in names or (NAME,)}
    return await resolve(references, [CachedSource(source) for source in sources], choice or Choice())


async def entry(sources: Sequence[DictSource] | DictSource, name: str = NAME, **more: Any) -> ResolvedReference:
    found = await ask(sources, name, **more)
    assert found.inventory.unresolved == ()
    return found.inventory.entries[0]


async def failure(sources: Sequence[DictSource] | DictSource, name: str = NAME, **more: Any) -> Exception:
    found = await ask(sources, name, **more)
    assert found.inventory.entries == ()
    assert [each.reason for each in found.inventory.unresolved] == [str(error) for error in found.errors]
    return found.errors[0]


def source_of(tree: Tree, **more: Any) -> DictSource:
    return DictSource({NAME: tree}, **more)


def pinned(tree: Tree) -> str:
    return f"{NAME}@{tree.manifest.digest}"


def index_of(*children: dict[str, Any], media_type: str = OCI_INDEX) -> content.Blob:
    return content.Blob(
        media_type, content.encode({"schemaVersion": 2, "mediaType": media_type, "manifests": children})
    )


def with_top(top: content.Blob, *trees: Tree, **more: Any) -> DictSource:
    """Make a source of an index written by hand, above images that were built."""
    source = DictSource({str(place): tree for place, tree in enumerate(trees)}, **more)
    source.names[NAME] = top
    source.types[top.digest] = top.media_type
    source.data[top.digest] = top.data
    return source


def digests(resolved: ResolvedReference) -> set[str]:
    return {str(blob.digest) for blob in resolved.content()}


def expected_digests(*images: content.Image) -> set[str]:
    return {blob.digest for each in images for blob in (each.manifest, *each.blobs())}


async def test_an_image_is_its_manifest_its_config_and_its_layers() -> None:
    built = image([layer(5000, 1), layer(6000, 2)])
    source = source_of(built)
    resolved = await entry(source)
    found = resolved.images[0]

    assert str(resolved.digest) == str(found.digest) == built.manifest.digest
    assert found.media_type == built.manifest.media_type
    assert found.platform == AMD64
    assert found.raw == built.manifest.data
    assert found.manifest_size == len(built.manifest.data)
    assert found.config == Blob(Digest.parse(built.config.digest), built.config.size)
    assert found.config_type == built.config.media_type
    assert [str(each) for each in found.diff_ids] == [each.diff_id for each in built.layers]
    assert found.created == "2026-01-01T00:00:00Z"
    assert found.source == "dict"
    assert resolved.indexes == ()
    assert {str(blob.digest): blob.size for blob in resolved.content()} == {
        blob.digest: blob.size for blob in (built.manifest, *built.blobs())
    }


async def test_mentions_are_the_provenance_of_what_is_resolved_and_of_what_is_not() -> None:
    found = await ask(source_of(image([layer(5000, 1)])), NAME, "quay.io/shop/none:1")

    assert found.inventory.entries[0].provenance == (f"mention of {NAME}",)
    assert found.inventory.unresolved[0].provenance == ("mention of quay.io/shop/none:1",)
    assert found.inventory.unresolved[0].reference == "quay.io/shop/none:1"
    assert found.inventory.platforms == (AMD64,)


async def test_a_single_image_is_taken_whatever_its_platform_so_that_a_rule_can_tell() -> None:
    resolved = await entry(source_of(image([layer(5000, 1)], platform="linux/s390x")))

    assert str(resolved.images[0].platform) == "linux/s390x"


@pytest.mark.parametrize("tree", [multi_platform(), docker_list()], ids=["oci-index", "docker-list"])
async def test_an_index_becomes_the_image_of_the_wanted_platform_alone(tree: content.Index) -> None:
    source = source_of(tree)
    resolved = await entry(source)
    wanted = tree.children[0]

    assert isinstance(wanted, content.Image)
    assert str(resolved.digest) == wanted.manifest.digest
    assert digests(resolved) == expected_digests(wanted)
    assert resolved.indexes == ()
    assert source.asked == [NAME, wanted.manifest.digest]


async def test_a_child_of_a_kind_that_nobody_knows_is_passed_over_and_counts_where_the_index_is_kept() -> None:
    built = image([layer(5000, 1)])
    strange = content.Blob("application/vnd.example.strange", b"whatever")
    children = [
        each.descriptor(platform={"os": "linux", "architecture": "amd64"}) for each in (strange, built.manifest)
    ]
    top = index_of(*children)

    one, whole = await entry(with_top(top, built)), await entry(with_top(top, built), choice=ALL)

    assert digests(one) == expected_digests(built)
    assert {str(blob.digest): blob.size for blob in whole.content()} == {
        each.digest: each.size for each in (top, strange, built.manifest, *built.blobs())
    }


async def test_two_wanted_platforms_are_two_images_in_the_order_wanted() -> None:
    tree = multi_platform()
    resolved = await entry(source_of(tree), choice=Choice((ARM64, AMD64)))

    assert [each.platform for each in resolved.images] == [ARM64, AMD64]
    assert [str(each.digest) for each in resolved.images] == [
        tree.children[1].manifest.digest,
        tree.children[0].manifest.digest,
    ]
    assert resolved.digest == resolved.images[0].digest


async def test_of_two_wanted_platforms_the_one_that_is_there_is_resolved() -> None:
    resolved = await entry(source_of(multi_platform()), choice=Choice((Platform("linux", "s390x"), AMD64)))

    assert [each.platform for each in resolved.images] == [AMD64]


async def test_a_wanted_platform_that_is_absent_is_unresolved_and_what_is_there_is_named() -> None:
    error = await failure(source_of(multi_platform()), choice=Choice((Platform.parse("linux/s390x"),)))

    assert isinstance(error, NotFound)
    assert str(error) == f"{NAME} has no image for linux/s390x; it has linux/amd64, linux/arm64"


async def test_an_empty_index_has_no_platform_at_all() -> None:
    error = await failure(with_top(index_of()))

    assert str(error) == f"{NAME} has no image for linux/amd64; it has no platform"


@pytest.mark.parametrize(
    ("wanted", "there", "taken"),
    [
        ("linux/arm64", ["linux/arm/v6", "linux/arm/v7"], "linux/arm/v7"),
        ("linux/arm64", ["linux/arm/v7", "linux/arm64"], "linux/arm64"),
        ("linux/amd64", ["linux/amd64/v2", "linux/386"], "linux/386"),
        ("linux/amd64/v3", ["linux/amd64", "linux/amd64/v2"], "linux/amd64/v2"),
        ("linux/amd64", ["linux/amd64/v2"], None),
    ],
)
async def test_an_image_is_chosen_as_containerd_chooses_it(wanted: str, there: list[str], taken: str | None) -> None:
    tree = index([image([layer(5000, 1)], platform=text, label=text) for text in there])
    choice = Choice((Platform.parse(wanted),))

    if taken is None:
        assert f"no image for {wanted}; it has {there[0]}" in str(await failure(source_of(tree), choice=choice))
    else:
        assert str((await entry(source_of(tree), choice=choice)).images[0].platform) == taken


async def test_two_wanted_platforms_that_one_image_serves_are_one_image() -> None:
    tree = index([image([layer(5000, 1)], platform="linux/386")])
    resolved = await entry(source_of(tree), choice=Choice((AMD64, Platform("linux", "386"))))

    assert len(resolved.images) == 1


async def test_of_two_images_for_one_platform_the_first_is_taken() -> None:
    first, second = (image([layer(5000, seed)], label=str(seed)) for seed in (1, 2))

    assert str((await entry(source_of(index([first, second])))).digest) == first.manifest.digest


@pytest.mark.parametrize("how", ["pinned", "all-platforms"])
async def test_an_index_is_kept_whole_where_it_is_pinned_or_all_platforms_are_wanted(how: str) -> None:
    tree = multi_platform()
    is_pinned = how == "pinned"
    resolved = await entry(source_of(tree), pinned(tree) if is_pinned else NAME, choice=None if is_pinned else ALL)

    assert str(resolved.digest) == tree.manifest.digest
    assert [str(each.digest) for each in resolved.images] == [child.manifest.digest for child in tree.children]
    assert [str(each.platform) for each in resolved.images] == [
        "linux/amd64",
        "linux/arm64",
        "unknown/unknown",
        "unknown/unknown",
    ]
    assert digests(resolved) == {blob.digest for blob in (*tree.manifests(), *tree.blobs())}
    kept = resolved.indexes[0]
    assert (str(kept.digest), kept.size, kept.raw) == (
        tree.manifest.digest,
        len(tree.manifest.data),
        tree.manifest.data,
    )
    assert kept.media_type == tree.manifest.media_type
    assert [str(child) for child in kept.children] == [child.manifest.digest for child in tree.children]


async def test_the_bytes_of_a_whole_index_are_all_its_manifests_and_blobs_each_once() -> None:
    tree = nested_index()
    resolved = await entry(source_of(tree), choice=ALL)

    assert sum(blob.size or 0 for blob in resolved.content()) == sum(
        blob.size for blob in {blob.digest: blob for blob in (*tree.manifests(), *tree.blobs())}.values()
    )


async def test_a_reference_that_is_pinned_to_an_image_of_an_index_is_that_image() -> None:
    tree = multi_platform()
    arm64 = tree.children[1]
    resolved = await entry(source_of(tree), f"quay.io/shop/till@{arm64.manifest.digest}")

    assert isinstance(arm64, content.Image)
    assert digests(resolved) == expected_digests(arm64)
    assert resolved.images[0].platform == ARM64


async def test_an_index_that_is_pinned_by_sha512_is_kept_whole_too() -> None:
    tree = multi_platform()
    name = f"quay.io/shop/till@sha512:{hashlib.sha512(tree.manifest.data).hexdigest()}"
    source = source_of(tree)
    source.types[name.partition("@")[2]] = tree.manifest.media_type
    source.data[name.partition("@")[2]] = tree.manifest.data
    resolved = await entry(source, name)

    assert str(resolved.digest) == str(resolved.indexes[0].digest) == name.partition("@")[2]
    assert len(resolved.images) == 4


async def test_an_attestation_is_kept_but_its_config_is_not_read() -> None:
    subject = image([layer(5000, 1)])
    note = attestation(subject, 2)
    source = source_of(index([subject, note]))
    resolved = await entry(source, choice=ALL)

    assert not resolved.images[1].platform.is_known
    assert resolved.images[1].diff_ids == ()
    assert note.config.digest not in source.asked


async def test_a_nested_index_is_kept_children_before_parents() -> None:
    tree = nested_index()
    inner = tree.children[1]
    resolved = await entry(source_of(tree), choice=ALL)

    assert [str(each.digest) for each in resolved.indexes] == [inner.manifest.digest, tree.manifest.digest]
    assert [str(each.digest) for each in resolved.images] == [
        blob.digest for blob in tree.manifests() if blob.media_type == OCI_MANIFEST
    ]
    assert str(resolved.digest) == tree.manifest.digest


async def test_a_platform_is_looked_for_in_nested_indexes_too() -> None:
    plain = image([layer(5000, 1)], platform="linux/s390x")
    inner = multi_platform(5)
    resolved = await entry(source_of(index([plain, inner])), choice=Choice((ARM64,)))

    assert str(resolved.digest) == inner.children[1].manifest.digest


@pytest.mark.parametrize("platform", [None, {"os": "linux", "architecture": "arm64"}])
async def test_what_an_inner_index_leaves_unsaid_the_outer_says_or_else_the_image_s_config(
    platform: dict[str, str] | None,
) -> None:
    built = image([layer(5000, 1)], platform="linux/arm64/v8")
    inner = index_of(built.manifest.descriptor())
    more = {} if platform is None else {"platform": platform}
    source = with_top(index_of(inner.descriptor(**more)), built)
    source.types[inner.digest], source.data[inner.digest] = inner.media_type, inner.data

    assert (await entry(source, choice=Choice((ARM64,)))).images[0].platform == ARM64
    assert "it has linux/arm64" in str(await failure(source))
    assert [each.platform for each in (await entry(source, choice=ALL)).images] == [ARM64]


async def test_images_without_a_platform_in_their_index_are_told_apart_by_their_configs() -> None:
    amd64, arm64 = (image([layer(5000, 1)], platform=text, label=text) for text in ("linux/amd64", "linux/arm64"))
    source = with_top(index_of(arm64.manifest.descriptor(), amd64.manifest.descriptor()), arm64, amd64)

    assert str((await entry(source)).digest) == amd64.manifest.digest
    assert str(await failure(source, choice=Choice((ARM,)))).endswith("it has linux/amd64, linux/arm64")


async def test_an_image_that_the_index_names_is_taken_before_one_that_only_its_config_tells() -> None:
    named, unnamed = (image([layer(5000, 1)], label=text) for text in ("named", "unnamed"))
    platform = {"os": "linux", "architecture": "amd64"}
    top = index_of(unnamed.manifest.descriptor(), named.manifest.descriptor(platform=platform))
    source = with_top(top, named, unnamed)

    assert str((await entry(source)).digest) == named.manifest.digest
    assert unnamed.manifest.digest not in source.asked


async def test_the_only_child_of_an_index_is_taken_where_nothing_tells_its_platform() -> None:
    chart = artefact("application/vnd.cncf.helm.config.v1+json")
    resolved = await entry(with_top(index_of(chart.manifest.descriptor()), chart))

    assert str(resolved.digest) == chart.manifest.digest
    assert not resolved.images[0].platform.is_known


async def test_the_only_child_of_an_index_is_refused_where_its_config_names_another_platform() -> None:
    built = image([layer(5000, 1)], platform="linux/arm64")

    assert "it has linux/arm64" in str(await failure(with_top(index_of(built.manifest.descriptor()), built)))


def artefact(config_type: str, config: bytes = b"{}") -> content.Image:
    """Make a manifest whose config and only layer are the same bytes, as ORAS does."""
    body = content.Blob(config_type, config)
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": "application/vnd.example.sbom",
        "config": body.descriptor(),
        "layers": [body.descriptor()],
    }
    blob = content.Blob(OCI_MANIFEST, content.encode(manifest))
    return content.Image(blob, body, (content.Layer(body, body.digest),), "unknown/unknown")


async def test_an_artefact_is_resolved_without_reading_its_config() -> None:
    chart = artefact("application/vnd.oci.empty.v1+json")
    source = source_of(chart)
    resolved = await entry(source)

    assert source.asked == [NAME]
    assert not resolved.images[0].platform.is_known
    assert [blob.size for blob in resolved.content()] == [len(chart.manifest.data), 2]


async def test_a_signature_whose_config_names_no_platform_is_resolved() -> None:
    signature = artefact("application/vnd.oci.image.config.v1+json", b'{"architecture": "", "os": "", "rootfs": {}}')

    assert not (await entry(source_of(signature))).images[0].platform.is_known


async def test_a_layer_that_stands_twice_and_a_foreign_one_are_resolved() -> None:
    twice, windows = layer_twice(), with_foreign_layer()
    found = await ask(DictSource({NAME: twice, "quay.io/shop/win:1": windows}), NAME, "quay.io/shop/win:1")
    first, second = found.inventory.entries

    assert digests(first) == expected_digests(twice)
    assert digests(second) == expected_digests(windows)
    assert len(second.images[0].foreign_layers) == 1


async def test_a_child_whose_type_only_its_index_tells_has_that_type() -> None:
    body = json.loads(image([layer(5000, 1)], dialect="docker").manifest.data)
    docker = body.pop("mediaType")
    blob = content.Blob(docker, content.encode(body))
    source = with_top(index_of(blob.descriptor(platform={"os": "linux", "architecture": "amd64"})))
    source.types[blob.digest], source.data[blob.digest] = "", blob.data

    assert (await entry(source)).images[0].media_type == docker


async def test_a_child_of_another_size_than_its_index_says_is_refused() -> None:
    built = image([layer(5000, 1)])
    child = built.manifest.descriptor(platform={"os": "linux", "architecture": "amd64"})
    error = await failure(with_top(index_of(child | {"size": child["size"] + 1}), built))

    assert isinstance(error, SizeMismatch)
    assert f"has {built.manifest.size} bytes and not {built.manifest.size + 1}" in str(error)


async def test_a_child_with_another_digest_than_its_index_says_is_refused() -> None:
    tree = multi_platform()
    source = source_of(tree)
    digest = tree.children[0].manifest.digest
    source.data[digest] = source.data[digest].replace(b"2", b"3", 1)
    error = await failure(source)

    assert isinstance(error, DigestMismatch)
    assert digest in str(error)


async def test_a_config_with_another_digest_than_its_manifest_says_is_refused() -> None:
    built = image([layer(5000, 1)])
    source = source_of(built)
    source.data[built.config.digest] = built.config.data.replace(b"linux", b"plan9")
    error = await failure(source)

    assert isinstance(error, DigestMismatch)
    assert built.config.digest in str(error)


async def test_a_config_that_cannot_be_read_leaves_its_image_unresolved() -> None:
    broken = artefact("application/vnd.oci.image.config.v1+json", b"[]")
    error = await failure(source_of(broken))

    assert isinstance(error, InvalidManifest)
    assert str(error) == f"{NAME} config {broken.config.digest} is not an image config: it is not a JSON object"


async def test_a_sparse_source_without_configs_serves_where_an_index_tells_the_platform() -> None:
    tree = multi_platform()
    first = tree.children[0]
    assert isinstance(first, content.Image)
    resolved = await entry(source_of(tree, without=[first.config.digest]))

    assert resolved.images[0].platform == AMD64
    assert (resolved.images[0].diff_ids, resolved.images[0].created) == ((), "")
    assert digests(resolved) == expected_digests(first)


async def test_a_sparse_source_without_the_config_of_a_lone_image_does_not_know_the_image() -> None:
    built = image([layer(5000, 1)])
    error = await failure(source_of(built, without=[built.config.digest]))

    assert isinstance(error, NotFound)
    assert built.config.digest in str(error)


async def test_what_a_sparse_source_lacks_the_next_source_has() -> None:
    built = image([layer(5000, 1)])
    resolved = await entry([source_of(built, without=[built.config.digest], name="sparse"), source_of(built, name="b")])

    assert resolved.images[0].source == "b"


@pytest.mark.parametrize(
    ("tree", "media_type", "complaint"),
    [
        (multi_platform(), OCI_MANIFEST, "is listed as an image and is an index"),
        (image([layer(5000, 1)]), OCI_INDEX, "is listed as an index and is an image"),
    ],
    ids=["index", "image"],
)
async def test_a_child_that_is_not_what_its_index_calls_it_is_refused(
    tree: Tree, media_type: str, complaint: str
) -> None:
    child = tree.manifest.descriptor(platform={"os": "linux", "architecture": "amd64"}) | {"mediaType": media_type}
    error = await failure(with_top(index_of(child), tree))

    assert isinstance(error, InvalidManifest)
    assert str(error) == f"{NAME}: {tree.manifest.digest} {complaint}"


@pytest.mark.parametrize("choice", [Choice(), ALL], ids=["one", "all"])
async def test_indexes_may_be_nested_four_deep_and_no_deeper(choice: Choice) -> None:
    tree: Tree = image([layer(5000, 1)])
    for _ in range(5):
        tree = index([tree])
    resolved = await entry(source_of(tree), choice=choice)
    error = await failure(source_of(index([tree])), choice=choice)

    assert resolved.images[0].platform == AMD64
    assert isinstance(error, InvalidManifest)
    assert str(error) == f"{NAME}: indexes are nested more than 4 deep"


@pytest.mark.parametrize("choice", [Choice((ARM,)), ALL], ids=["one", "all"])
async def test_an_index_that_repeats_itself_at_every_level_is_walked_once(choice: Choice) -> None:
    built = image([layer(5000, 1)])
    tops = [index_of(*[built.manifest.descriptor(platform={"os": "linux", "architecture": "amd64"})] * 200)]
    for _ in range(3):
        tops.append(index_of(*[tops[-1].descriptor()] * 200))
    source = with_top(tops[-1], built)
    for top in tops:
        source.types[top.digest], source.data[top.digest] = top.media_type, top.data

    # 200 to the power of four steps would never end.
    found = await ask(source, choice=choice)

    assert [len(each.images) for each in found.inventory.entries] == ([1] if choice is ALL else [])
    assert len(source.asked) == len(set(source.asked))


async def test_an_index_of_thousands_of_images_is_refused() -> None:
    error = await failure(many_indexes(2001))

    assert isinstance(error, InvalidManifest)
    assert str(error) == f"{NAME}: its index refers to more than 2000 manifests"
    assert len((await entry(many_indexes(2000), choice=ALL)).indexes) == 2001


def many_indexes(count: int) -> DictSource:
    """Make an index of so many different empty indexes."""
    blobs = [
        content.Blob(OCI_INDEX, json.dumps({"manifests": [], "number": number}).encode()) for number in range(count)
    ]
    source = with_top(index_of(*(blob.descriptor() for blob in blobs)))
    for blob in blobs:
        source.types[blob.digest], source.data[blob.digest] = blob.media_type, blob.data
    return source


async def test_one_manifest_that_is_listed_for_two_platforms_is_an_image_for_each() -> None:
    built = image([layer(5000, 1)])
    platforms = [{"os": "linux", "architecture": "amd64"}, {"os": "linux", "architecture": "arm64", "variant": "v8"}]
    source = with_top(index_of(*(built.manifest.descriptor(platform=each) for each in platforms)), built)

    for choice in (ALL, Choice((AMD64, ARM64))):
        found = await ask(source, choice=choice)
        assert [each.platform for each in found.inventory.entries[0].images] == [AMD64, ARM64]
        assert len(found.inventory.images()) == 1
    assert [each.platform for each in (await entry(source, choice=Choice((ARM64,)))).images] == [ARM64]


async def test_sources_are_asked_in_order_and_the_first_that_has_it_is_named() -> None:
    built = image([layer(5000, 1)])
    first, second, third = DictSource({}, name="a"), source_of(built, name="b"), source_of(built, name="c")
    resolved = await entry([first, second, third])

    assert resolved.images[0].source == "b"
    assert first.asked == [NAME]
    assert third.asked == []


async def test_a_platform_that_the_first_source_lacks_may_be_in_the_second() -> None:
    sources = [
        source_of(index([image([layer(5000, 1)], platform="linux/s390x")]), name="a"),
        source_of(multi_platform()),
    ]

    assert (await entry(sources)).images[0].source == "dict"


async def test_a_source_that_cannot_be_reached_does_not_keep_the_next_from_answering() -> None:
    dead = DictSource({}, name="dead")
    dead.failure = Unreachable("dead: no answer")

    assert (await entry([dead, source_of(image([layer(5000, 1)]))])).images[0].source == "dict"


@pytest.mark.parametrize(
    ("failures", "told"),
    [
        ([NotFound("a"), NotFound("b")], 0),
        ([NotFound("a"), Unreachable("b")], 1),
        ([Unreachable("a"), NotFound("b")], 0),
        ([NotFound("a"), Unauthorized("b"), Unreachable("c")], 1),
        ([InputError("a"), Unreachable("b")], 0),
    ],
)
async def test_a_source_that_could_not_be_asked_is_told_before_those_that_have_nothing(
    failures: list[Unreachable], told: int
) -> None:
    sources = [DictSource({}, name=str(error)) for error in failures]
    for source, error in zip(sources, failures, strict=True):
        source.failure = error

    assert await failure(sources) is failures[told]


async def test_what_is_there_for_other_platforms_is_told_before_that_it_is_not_there() -> None:
    error = await failure(
        [DictSource({}, name="empty"), source_of(docker_list())], choice=Choice((Platform("linux", "s390x"),))
    )

    assert str(error) == f"{NAME} has no image for linux/s390x; it has linux/amd64, linux/arm/v7"


async def test_without_any_source_nothing_is_resolved() -> None:
    assert str(await failure([])) == f"{NAME}: no source was given to look in"


async def test_good_images_are_counted_beside_bad_ones() -> None:
    good, bad = image([layer(5000, 1)], label="good"), image([layer(5000, 2)], label="bad")
    source = DictSource({"quay.io/a:1": good, "quay.io/b:1": bad, "quay.io/c:1": good})
    source.data[bad.config.digest] = b"other"
    found = await ask(source, "quay.io/a:1", "quay.io/b:1", "quay.io/none:1", "quay.io/c:1")

    assert [str(each.reference) for each in found.inventory.entries] == ["quay.io/a:1", "quay.io/c:1"]
    assert [each.reference for each in found.inventory.unresolved] == ["quay.io/b:1", "quay.io/none:1"]
    assert [type(error) for error in found.errors] == [SizeMismatch, NotFound]


async def test_a_broken_file_in_one_source_is_an_answer_and_no_crash() -> None:
    broken = DictSource({}, name="broken")
    broken.failure = InputError("index.json: is not JSON")

    assert str(await failure(broken)) == "index.json: is not JSON"
    assert (await entry([broken, source_of(image([layer(5000, 1)]))])).images[0].source == "dict"


async def test_a_manifest_of_schema_1_is_unresolved_with_what_to_do() -> None:
    old = content.Blob(OCI_MANIFEST, b'{"schemaVersion": 1, "fsLayers": []}')

    assert "push the image again" in str(await failure(with_top(old)))


async def test_a_config_of_two_tags_is_fetched_once_and_never_again_when_seeding() -> None:
    built = image([layer(5000, 1)])
    source = DictSource({"quay.io/a:1": built, "quay.io/a:2": built, "quay.io/b:1": built})
    cached = CachedSource(source)
    references = {Reference.parse(name): () for name in source.names}
    found = await resolve(references, [cached], Choice())
    config = found.inventory.images()[0].config
    assert config is not None

    chunks = FirstOf([cached]).blob("quay.io/b", Descriptor(built.config.media_type, config.digest, config.size or 0))
    data = b"".join([chunk async for chunk in chunks])

    assert data == built.config.data
    assert source.asked.count(built.config.digest) == 1
    assert sorted(source.asked) == sorted([*source.names, built.config.digest])


async def test_a_child_that_several_references_share_is_fetched_once() -> None:
    tree = multi_platform()
    source = DictSource({"quay.io/a:1": tree, "quay.io/a:2": tree, "quay.io/b:1": index([tree])})
    found = await ask(source, *source.names)

    assert len(found.inventory.images()) == 1
    assert source.asked.count(tree.children[0].manifest.digest) == 1


async def test_progress_is_told_for_each_reference_whether_or_not_it_is_found() -> None:
    built = image([layer(5000, 1)])
    told: list[Progress] = []
    names = [NAME, "quay.io/none:1", "quay.io/none:2"]
    await resolve(
        {Reference.parse(name): () for name in names}, [CachedSource(source_of(built))], Choice(), told.append
    )

    assert [(each.done, each.total, each.unit) for each in told] == [
        (0, 3, "images"),
        (1, 3, "images"),
        (2, 3, "images"),
        (3, 3, "images"),
    ]
    assert {each.what for each in told} == set(names)


async def test_nothing_to_resolve_is_resolved() -> None:
    assert await resolve({}, [], Choice((ARM64,))) == Resolution(Inventory((), (), (ARM64,)))


async def test_only_so_many_references_are_asked_for_at_once() -> None:
    built = image([layer(5000, 1)])
    running, most = 0, 0

    class Slow(DictSource):
        async def manifest(self, reference: Reference) -> Content:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await anyio.sleep(0.001)
            running -= 1
            return await super().manifest(reference)

    names = [f"quay.io/a:{number}" for number in range(50)]
    found = await ask(Slow(dict.fromkeys(names, built)), *names)

    assert len(found.inventory.entries) == 50
    assert most == 32


async def test_cancelling_ends_every_question() -> None:
    ended: list[str] = []

    class Hanging(DictSource):
        async def manifest(self, reference: Reference) -> Content:
            try:
                await anyio.sleep_forever()
            finally:
                ended.append(str(reference))
            raise AssertionError

    names = [f"quay.io/a:{number}" for number in range(50)]
    source = Hanging({})
    with anyio.move_on_after(0.05) as scope:
        await ask(source, *names)

    assert scope.cancelled_caught
    assert len(ended) == 32


def known(number: int, platform: str, name: str = NAME) -> Image:
    digest = Digest.parse(f"sha256:{number:064x}")
    return Image(digest, OCI_MANIFEST, Platform.parse(platform), None, None, (), name)


async def test_facts_answer_where_there_is_no_manifest() -> None:
    fact = known(1, "linux/amd64")
    resolved = await entry(FactsOnly({NAME: (fact,)}))

    assert (resolved.images, resolved.digest, resolved.indexes) == ((fact,), fact.digest, ())


async def test_a_manifest_is_believed_before_facts() -> None:
    built = image([layer(5000, 1)])
    resolved = await entry(FactsOnly({NAME: (known(1, "linux/amd64"),)}, {NAME: built}))

    assert str(resolved.digest) == built.manifest.digest


async def test_facts_answer_where_the_manifests_are_only_half_there() -> None:
    tree = multi_platform()
    source = FactsOnly({NAME: (known(1, "linux/amd64"),)}, {NAME: tree})
    del source.data[tree.children[0].manifest.digest]

    assert (await entry(source)).images == (known(1, "linux/amd64"),)


async def test_of_facts_for_several_platforms_the_best_of_each_wanted_is_taken() -> None:
    facts = tuple(known(number, text) for number, text in enumerate(("linux/arm/v7", "linux/arm64/v8", "linux/amd64")))
    source = FactsOnly({NAME: facts})

    assert (await entry(source)).images == (facts[2],)
    assert (await entry(source, choice=Choice((AMD64, ARM64)))).images == (facts[2], facts[1])
    assert (await entry(source, choice=ALL)).images == facts


async def test_facts_for_other_platforms_are_named_where_the_wanted_one_is_absent() -> None:
    facts = (known(1, "linux/arm64"), known(2, "linux/s390x"))
    error = await failure(FactsOnly({NAME: facts}))

    assert str(error) == f"{NAME} has no image for linux/amd64; it has linux/arm64, linux/s390x"


async def test_the_only_fact_is_taken_whatever_its_platform_as_a_lone_image_is() -> None:
    assert (await entry(FactsOnly({NAME: (known(1, "linux/arm64"),)}))).images[0].platform == ARM64


async def test_a_source_of_facts_that_knows_nothing_lets_the_next_answer() -> None:
    built = image([layer(5000, 1)])

    assert (await entry([FactsOnly({}), source_of(built)])).images[0].source == "dict"


@pytest.mark.parametrize("choice", [Choice(), ALL], ids=["one", "all"])
async def test_what_is_found_does_not_depend_on_the_order_of_the_references(choice: Choice) -> None:
    tree, plain = multi_platform(), image([layer(5000, 1)])
    trees: Mapping[str, Tree] = {"quay.io/a:1": tree, "quay.io/b:1": plain, "quay.io/c:1": nested_index()}
    names = [*trees, "quay.io/none:1", f"quay.io/a@{tree.manifest.digest}"]
    forth = await ask(DictSource(trees), *names, choice=choice)
    back = await ask(DictSource(trees), *reversed(names), choice=choice)

    assert list(forth.inventory.entries) == list(reversed(back.inventory.entries))
    assert forth.inventory.blobs() == back.inventory.blobs()
    assert forth.inventory.unresolved == back.inventory.unresolved


def test_a_choice_is_for_linux_on_amd64_unless_it_is_said() -> None:
    assert Choice() == Choice((AMD64,), all_platforms=False)
    assert replace(Choice(), all_platforms=True) == ALL
