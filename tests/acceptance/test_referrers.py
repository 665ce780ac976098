"""`--with-referrers` against a registry without the referrers API, a server with it, and layouts: counted by hand."""

from __future__ import annotations

import json
import tarfile
import urllib.parse
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import regplan
from support import images
from support.raw import Conversation, RawServer, answer
from support.referrers import (
    INDEX,
    SPDX,
    cosign_signature,
    cosign_tag,
    fallback,
    fallback_tag,
    referrer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from support.content import Blob, Tree
    from support.registry import Registry
    from support.starter import StartRegistry

MULTI = images.multi_platform()
AMD64 = MULTI.children[0]
SBOM = referrer(AMD64.manifest, seed=1)
SBOM_SIGNATURE = referrer(SBOM.manifest, "application/x-signature", seed=2)
INDEX_SIGNATURE = referrer(MULTI.manifest, "application/x-signature", seed=3)
COSIGN = cosign_signature()
REFERRING = (SBOM, SBOM_SIGNATURE, INDEX_SIGNATURE, COSIGN)


def size_of(trees: Iterable[Tree]) -> int:
    """The bytes of everything in these, each digest once."""
    return sum({blob.digest: blob.size for tree in trees for blob in (*tree.manifests(), *tree.blobs())}.values())


def layers(*arguments: str) -> dict[str, Any]:
    said = regplan("layers", *arguments, "-o", "json")
    assert said.code == 0, said.out + said.err
    return said.document


def kinds(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["digest"], each["artifact_type"]) for each in document["referrers"]["each"]}


WANTED = {
    (SBOM.manifest.digest, SPDX),
    (SBOM_SIGNATURE.manifest.digest, "application/x-signature"),
    (INDEX_SIGNATURE.manifest.digest, "application/x-signature"),
    (COSIGN.manifest.digest, "application/vnd.dev.cosign.simplesigning.v1+json"),
}


def push_all(registry: Registry, repository: str = "app/multi") -> str:
    """The image with its signatures, as clients keep them where there is no referrers API."""
    images.push(registry, repository, MULTI, ["1.0"])
    for subject, found in ((AMD64, SBOM), (SBOM, SBOM_SIGNATURE), (MULTI, INDEX_SIGNATURE)):
        images.push(registry, repository, fallback([found]), [fallback_tag(subject.manifest)])
    images.push(registry, repository, COSIGN, [cosign_tag(AMD64.manifest)])
    return f"{registry.address}/{repository}:1.0"


@pytest.mark.registry
def test_what_refers_to_an_image_is_counted_by_fallback_tags_and_cosigns_tags(start_registry: StartRegistry) -> None:
    reference = push_all(start_registry())

    document = layers(reference, "--plain-http", "--with-referrers")

    assert document["unique_bytes"] == size_of([AMD64, *REFERRING])
    assert (
        document["referrers"]["bytes"] == document["unique_bytes"] - layers(reference, "--plain-http")["unique_bytes"]
    )
    assert (document["referrers"]["count"], kinds(document)) == (4, WANTED)
    kept = {each["digest"]: each["subject_kept"] for each in document["referrers"]["each"]}
    assert [digest for digest, is_kept in kept.items() if not is_kept] == [INDEX_SIGNATURE.manifest.digest]


@pytest.mark.registry
def test_unique_bytes_with_all_platforms_are_what_the_registry_has_on_disk_but_for_the_stand_in_lists(
    start_registry: StartRegistry,
) -> None:
    registry = start_registry()
    reference = push_all(registry)

    document = layers(reference, "--plain-http", "--with-referrers", "--all-platforms")

    lists = [fallback([found]).manifest.size for found in (SBOM, SBOM_SIGNATURE, INDEX_SIGNATURE)]
    assert document["unique_bytes"] == registry.blob_bytes() - sum(lists)
    assert {each["subject_kept"] for each in document["referrers"]["each"]} == {True}


@pytest.mark.registry
def test_a_registry_without_the_api_is_probed_once_for_a_repository_and_its_tags_are_listed_once(
    start_registry: StartRegistry,
) -> None:
    registry = start_registry()
    references = [push_all(registry)]
    for number in range(3):
        images.push(registry, "app/multi", images.multi_platform(seed=100 + 10 * number), [f"2.{number}"])
        references.append(f"{registry.address}/app/multi:2.{number}")
    registry.forget_requests()

    layers(*references, "--plain-http", "--with-referrers")

    asked = [request.path for request in registry.requests()]
    assert sum("/referrers/" in path for path in asked) == 1
    assert sum(path.endswith("/tags/list") for path in asked) == 1
    assert [path for path in asked if "/manifests/sha256-" in path and path.endswith(".att")] == []
    fetched = [path for path in asked if "/manifests/sha256-" in path]
    assert len(fetched) == 4  # three lists and a signature, and nothing that is not there


@pytest.mark.registry
def test_a_recording_with_referrers_tells_the_same_with_the_registry_gone(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    registry, rec = start_registry(), str(tmp_path / "rec")
    reference, other = push_all(registry), push_all(registry, "app/unsigned")
    there = regplan("layers", reference, other, "--plain-http", "--with-referrers", "-o", "json")

    recorded = regplan("record", reference, other, "--plain-http", "--with-referrers", "-O", rec, "-o", "json")
    registry.stop()

    assert (recorded.code, recorded.document["referrers"]) == (0, 4)
    here = regplan("layers", reference, other, "--recording", rec, "--offline", "--with-referrers", "-o", "json")
    assert (here.code, here.out) == (0, there.out)
    named = layers(f"recording:{rec}", "--with-referrers")
    assert {each["reference"] for each in named["images"]} == {reference, other}


@pytest.mark.registry
def test_a_recording_without_referrers_does_not_pass_for_one_of_unsigned_images(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    registry, rec = start_registry(), str(tmp_path / "rec")
    reference = push_all(registry)
    regplan("record", reference, "--plain-http", "-O", rec)

    said = regplan("layers", reference, "--recording", rec, "--with-referrers", "-o", "json")
    regplan("record", reference, "--plain-http", "--with-referrers", "-O", rec)

    assert said.code == 4
    assert "record --with-referrers" in said.document["referrers"]["unknown"][0]["reason"]
    assert layers(reference, "--recording", rec, "--with-referrers")["referrers"]["count"] == 4


@pytest.mark.registry
def test_a_site_is_planned_with_what_refers_to_its_images(start_registry: StartRegistry, tmp_path: Path) -> None:
    registry = start_registry()
    site = {"name": "store", "images": [push_all(registry)], "registry": {"kind": "zot", "storage": "300GB"}}
    (tmp_path / "site.yaml").write_text(json.dumps(site), encoding="utf-8")

    document = regplan("plan", str(tmp_path / "site.yaml"), "--plain-http", "--with-referrers", "-o", "json").document

    assert document["referrers"]["count"] == 4
    assert document["storage"]["unique_bytes"] == size_of([AMD64, *REFERRING])
    live = next(term["bytes"] for term in document["storage"]["terms"] if term["key"] == "live")
    assert live == size_of([AMD64, *REFERRING])
    (found,) = (each for each in document["findings"] if each["rule"] == "image.referrers")
    assert found["verdict"] == "PASS"


@pytest.mark.registry
def test_an_upgrade_counts_new_signatures(start_registry: StartRegistry) -> None:
    registry = start_registry()
    images.push(registry, "app/old", MULTI, ["1.0"])
    new = push_all(registry, "app/new")

    said = regplan("diff", f"{registry.address}/app/old:1.0", new, "--plain-http", "--with-referrers", "-o", "json")

    assert said.code == 0, said.err
    assert said.document["new_bytes"] == size_of(REFERRING)
    assert {key: each["count"] for key, each in said.document["referrers"].items()} == {"old": 0, "new": 4}


def test_layouts_trees_and_archives_answer_by_subjects_and_tags(tmp_path: Path) -> None:
    name, repository = "registry.example/app/multi:1.0", "registry.example/app/multi"
    trees: dict[str, Tree] = {
        name: MULTI,
        f"{repository}:{fallback_tag(AMD64.manifest)}": fallback([SBOM]),
        f"{repository}:{cosign_tag(AMD64.manifest)}": COSIGN,
    }
    images.write_layout(tmp_path / "layout", trees)
    folder = tmp_path / "tree" / repository
    images.write_layout(folder, {key.rpartition(":")[2]: tree for key, tree in trees.items()})
    with tarfile.open(tmp_path / "archive.tar", "w") as archive:
        archive.add(tmp_path / "layout", ".")

    for source in ("oci:layout", "oci:tree", "oci-archive:archive.tar"):
        transport, _, place = source.partition(":")
        document = layers(name, "--from", f"{transport}:{tmp_path / place}", "--with-referrers")
        assert document["unique_bytes"] == size_of([AMD64, SBOM, COSIGN]), source


class Api:
    """A registry with the referrers API on raw sockets, one entry a page, which says that it filtered something."""

    def __init__(self, trees: Iterable[Tree], lists: dict[str, list[dict[str, Any]]]) -> None:
        blobs = [blob for tree in trees for blob in tree.manifests()]
        self.manifests: dict[str, Blob] = {blob.digest: blob for blob in blobs}
        self.tags = {"1.0": MULTI.manifest.digest}
        self.lists = lists
        self.configs = {blob.digest: blob.data for tree in trees for blob in tree.blobs()}

    def __call__(self, asked: Conversation) -> None:
        url = urllib.parse.urlsplit(asked.path)
        *_, kind, name = url.path.split("/")
        if kind == "referrers":
            asked.send(self.page(url.path, name, int(urllib.parse.parse_qs(url.query).get("page", ["0"])[0])))
        elif url.path.endswith("/tags/list"):
            asked.send(answer(200, json.dumps({"tags": list(self.tags)}).encode(), content_type="application/json"))
        elif kind == "manifests" and (blob := self.manifests.get(self.tags.get(name, name))) is not None:
            body = b"" if asked.method == "HEAD" else blob.data
            asked.send(answer(200, body, content_type=blob.media_type, content_length=str(blob.size)))
        else:
            asked.send(answer(404, b"{}", content_type="application/json"))

    def page(self, path: str, digest: str, number: int) -> bytes:
        entries = self.lists.get(digest, [])
        body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries[number : number + 1]}).encode()
        more = {"link": f'<{path}?page={number + 1}>; rel="next"'} if number + 1 < len(entries) else {}
        return answer(200, body, content_type=INDEX, oci_filters_applied="artifactType", **more)


def listed(*found: images.Image) -> list[dict[str, Any]]:
    return [each.manifest.descriptor(artifactType=each.layers[0].blob.media_type) for each in found]


def test_the_api_is_read_over_all_its_pages(tmp_path: Path) -> None:
    second = referrer(AMD64.manifest, "application/x-signature", seed=9)
    lists = {
        AMD64.manifest.digest: listed(SBOM, second),
        SBOM.manifest.digest: listed(SBOM_SIGNATURE),
        MULTI.manifest.digest: listed(INDEX_SIGNATURE),
    }
    found = (SBOM, second, SBOM_SIGNATURE, INDEX_SIGNATURE)
    with RawServer(Api([MULTI, *found], lists)) as server:
        document = layers(
            f"{server.address}/app/multi:1.0", "--plain-http", "--with-referrers", "--cache-dir", str(tmp_path)
        )
        asked = server.asked()

    assert document["unique_bytes"] == size_of([AMD64, *found])
    assert sum("/tags/list" in each for each in asked) == 1
    assert [each for each in asked if "manifests/sha256-" in each] == []


def test_loops_and_lists_that_name_what_does_not_refer_count_nothing_twice(tmp_path: Path) -> None:
    # No hash refers to itself: the lists say so all the same, and are not believed.
    lists = {
        AMD64.manifest.digest: listed(SBOM),
        SBOM.manifest.digest: [*listed(SBOM), AMD64.manifest.descriptor(), MULTI.manifest.descriptor()],
        MULTI.manifest.digest: [AMD64.manifest.descriptor()],
    }
    with RawServer(Api([MULTI, SBOM], lists)) as server:
        document = layers(
            f"{server.address}/app/multi:1.0", "--plain-http", "--with-referrers", "--cache-dir", str(tmp_path)
        )

    assert document["unique_bytes"] == size_of([AMD64, SBOM])
    assert document["referrers"]["count"] == 1


def unknown(handler: Callable[[Conversation], None], tmp_path: Path) -> tuple[dict[str, Any], int]:
    """What is said of an image of which a hostile server tells what refers to it, and the requests that it took."""
    with RawServer(handler) as server:
        said = regplan(
            "layers", f"{server.address}/app/multi:1.0", "--plain-http", "--with-referrers",
            "--cache-dir", str(tmp_path), "-o", "json",
        )  # fmt: skip
        count = len(server.asked())
    assert said.code == 4, said.out + said.err
    assert len(said.document["images"]) == 1
    assert said.document["unresolved"] == []
    return said.document, count


def _entry(number: int, size: int = 700) -> dict[str, Any]:
    return {"mediaType": SPDX, "digest": f"sha256:{number:064x}", "size": size}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([_entry(number) for number in range(3_000)], "has more than 64 pages"),
        ([SBOM.manifest.descriptor() | {"size": SBOM.manifest.size + 1}], "bytes and not"),
        ([SBOM.manifest.descriptor() | {"size": -1}], "has no valid size"),
    ],
)
def test_lists_without_end_and_lies_about_size_leave_the_image_counted_and_its_referrers_unknown(
    tmp_path: Path, entries: list[dict[str, Any]], message: str
) -> None:
    document, count = unknown(Api([MULTI, SBOM], {AMD64.manifest.digest: entries}), tmp_path)

    assert message in document["referrers"]["unknown"][0]["reason"]
    assert document["unique_bytes"] == size_of([AMD64])
    assert count < 100


@pytest.mark.parametrize("entries", [2_500, 1_000_000])
def test_a_list_with_very_many_entries_is_refused_before_they_are_fetched(tmp_path: Path, entries: int) -> None:
    descriptors = ",".join(json.dumps(_entry(number)) for number in range(min(entries, 2_500)))
    # A million: the bytes go on and on, and are not read to their end.
    body = f'{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{descriptors}'.encode()
    many = body + b" " * (150 * entries - len(body)) + b"]}" if entries > 2_500 else body + b"]}"
    api = Api([MULTI], {})

    def handler(asked: Conversation) -> None:
        if "/referrers/" in asked.path:
            asked.send(answer(200, many, content_type=INDEX))
        else:
            api(asked)

    document, count = unknown(handler, tmp_path)

    assert document["referrers"]["unknown"]
    assert count < 20


def test_a_chain_of_signatures_of_signatures_is_followed_so_far(tmp_path: Path) -> None:
    chain = [SBOM]
    for number in range(30):
        chain.append(referrer(chain[-1].manifest, seed=50 + number, size=40))
    lists = {before.manifest.digest: listed(after) for before, after in zip([AMD64, *chain[:-1]], chain, strict=True)}

    document, count = unknown(Api([MULTI, *chain], lists), tmp_path)

    assert "deep" in document["referrers"]["unknown"][0]["reason"]
    assert count < 40


def test_many_signatures_of_one_image_are_bounded(tmp_path: Path) -> None:
    made = [referrer(AMD64.manifest, seed=1000 + number, size=40) for number in range(600)]
    api = Api([MULTI, *made], {})
    many = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed(*made)}).encode()

    def handler(asked: Conversation) -> None:
        if "/referrers/" in asked.path and AMD64.manifest.digest in asked.path:
            asked.send(answer(200, many, content_type=INDEX))
        else:
            api(asked)

    document, count = unknown(handler, tmp_path)

    assert "more than 500 manifests" in document["referrers"]["unknown"][0]["reason"]
    assert count < 600
