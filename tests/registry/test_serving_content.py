"""Manifests, blobs and lists of `regplan serve --writable`, asked over plain HTTP requests."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from registry.ours import serving
from support import http, images

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.ours import Served
    from support.http import Response

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
NONE = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(f"oci:{tmp_path_factory.mktemp('tree')}", writable=True) as served:
        yield served


def ask(server: Served, method: str, path: str, body: bytes | None = None, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.request(method, f"{server.url}{path}", body=body, headers=named)


def code(answer: Response) -> str:
    told = json.loads(answer.body)["errors"][0]
    assert told["message"]
    return str(told["code"])


def put_blob(server: Served, repository: str, data: bytes, algorithm: str = "sha256") -> str:
    digest = f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"
    answer = ask(server, "POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", data)
    assert (answer.status, answer.headers["docker-content-digest"]) == (201, digest)
    return digest


def artifact(server: Served, repository: str, **more: object) -> bytes:
    empty = put_blob(server, repository, b"{}")
    config = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2}
    return json.dumps({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [], **more}).encode()


def put_manifest(server: Served, repository: str, reference: str, raw: bytes, kind: str = OCI_MANIFEST) -> Response:
    return ask(server, "PUT", f"/v2/{repository}/manifests/{reference}", raw, Content_Type=kind)


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def push(server: Served, repository: str, tree: images.Tree, *references: str) -> None:
    for blob in tree.blobs():
        put_blob(server, repository, blob.data)
    for manifest in tree.manifests():
        assert put_manifest(server, repository, manifest.digest, manifest.data, manifest.media_type).status == 201
    for reference in references:
        assert put_manifest(server, repository, reference, tree.manifest.data, tree.manifest.media_type).status == 201


def test_the_base_path_says_that_this_is_a_registry(server: Served) -> None:
    for path in ("/v2/", "/v2"):
        answer = ask(server, "GET", path)
        assert (answer.status, answer.headers["docker-distribution-api-version"]) == (200, "registry/2.0")


@pytest.mark.parametrize(
    ("name", "tree"),
    [
        ("oci", images.multi_platform(seed=1000)),
        ("docker", images.docker_list(seed=1010)),
        ("nested", images.nested_index(seed=1020)),
        ("foreign", images.with_foreign_layer(seed=1030)),
        ("twice", images.layer_twice(seed=1040)),
    ],
)
def test_manifests_come_back_byte_for_byte_with_their_type(server: Served, name: str, tree: images.Tree) -> None:
    repository = f"content/{name}"
    push(server, repository, tree, "1.0", "latest")

    for manifest in tree.manifests():
        for reference in (manifest.digest, *(["1.0", "latest"] if manifest is tree.manifests()[-1] else [])):
            got = ask(server, "GET", f"/v2/{repository}/manifests/{reference}")
            head = ask(server, "HEAD", f"/v2/{repository}/manifests/{reference}")
            assert got.body == manifest.data
            assert head.body == b""
            for answer in (got, head):
                assert answer.status == 200
                assert answer.headers["content-type"] == manifest.media_type
                assert answer.headers["content-length"] == str(manifest.size)
                assert answer.headers["docker-content-digest"] == manifest.digest


def test_a_manifest_may_leave_its_type_to_the_header(server: Served) -> None:
    raw = artifact(server, "content/untyped")
    document = json.loads(raw)
    del document["mediaType"]
    raw = json.dumps(document).encode()

    assert put_manifest(server, "content/untyped", "1", raw, DOCKER_MANIFEST).status == 201

    for reference in ("1", sha256(raw)):
        answer = ask(server, "GET", f"/v2/content/untyped/manifests/{reference}")
        assert (answer.headers["content-type"], answer.body) == (DOCKER_MANIFEST, raw)


def test_a_manifest_and_a_blob_may_be_named_by_sha512(server: Served) -> None:
    data = b"x" * 1000
    digest = put_blob(server, "content/long", data, "sha512")
    got = ask(server, "GET", f"/v2/content/long/blobs/{digest}")
    assert (got.body, got.headers["docker-content-digest"]) == (data, digest)

    raw = artifact(server, "content/long")
    named = f"sha512:{hashlib.sha512(raw).hexdigest()}"
    put = put_manifest(server, "content/long", f"{named}?tag=a&tag=b", raw)
    assert (put.status, put.headers["docker-content-digest"], put.headers["oci-tag"]) == (201, named, "a, b")
    for reference in (named, "a", "b"):
        got = ask(server, "GET", f"/v2/content/long/manifests/{reference}")
        assert (got.body, got.headers["docker-content-digest"]) == (raw, named)
    assert ask(server, "GET", f"/v2/content/long/manifests/{sha256(raw)}").status == 404


@pytest.mark.parametrize(
    ("reference", "kind", "change", "status", "error"),
    [
        ("1", OCI_MANIFEST, b"", 400, "MANIFEST_INVALID"),
        ("1", OCI_MANIFEST, b"[]", 400, "MANIFEST_INVALID"),
        ("1", OCI_MANIFEST, b"{", 400, "MANIFEST_INVALID"),
        ("1", OCI_MANIFEST, b'{"schemaVersion": 1}', 400, "MANIFEST_INVALID"),
        ("1", OCI_INDEX, None, 400, "MANIFEST_INVALID"),
        ("1", "text/plain", None, 415, "UNSUPPORTED"),
        (".1", OCI_MANIFEST, None, 400, "MANIFEST_INVALID"),
        ("x" * 129, OCI_MANIFEST, None, 400, "MANIFEST_INVALID"),
        (NONE, OCI_MANIFEST, None, 400, "DIGEST_INVALID"),
        ("sha256:xyz", OCI_MANIFEST, None, 400, "DIGEST_INVALID"),
        ("md5:abc", OCI_MANIFEST, None, 400, "DIGEST_INVALID"),
        ("1", OCI_MANIFEST, b" " * (4 * 2**20 + 1), 413, "SIZE_INVALID"),
    ],
)  # fmt: skip
def test_a_manifest_that_cannot_be_is_refused(
    server: Served, reference: str, kind: str, change: bytes | None, status: int, error: str
) -> None:
    raw = artifact(server, "content/refused") if change is None else change

    answer = put_manifest(server, "content/refused", reference, raw, kind)

    assert (answer.status, code(answer)) == (status, error)
    assert ask(server, "GET", "/v2/content/refused/tags/list").status == 404


def test_a_manifest_of_four_mebibytes_is_taken(server: Served) -> None:
    fill = 4 * 2**20 - len(artifact(server, "content/large", annotations={"k": ""}))
    raw = artifact(server, "content/large", annotations={"k": "x" * fill})

    assert len(raw) == 4 * 2**20
    assert put_manifest(server, "content/large", "1", raw).status == 201
    assert ask(server, "GET", "/v2/content/large/manifests/1").body == raw


@pytest.mark.parametrize("part", ["config", "layer", "child"])
def test_a_manifest_before_what_it_names_is_refused(server: Served, part: str) -> None:
    tree = images.multi_platform(seed=1050) if part == "child" else images.image([images.layer(900, 1051)])
    repository = f"content/early-{part}"
    blobs = tree.blobs() if part == "child" else tree.blobs()[1:] if part == "config" else tree.blobs()[:1]
    for blob in blobs:
        put_blob(server, repository, blob.data)

    answer = put_manifest(server, repository, "1", tree.manifest.data, tree.manifest.media_type)

    assert (answer.status, code(answer)) == (400, "MANIFEST_BLOB_UNKNOWN")


def test_a_tag_moves_and_what_it_left_is_still_there_by_digest(server: Served) -> None:
    first, second = (artifact(server, "content/moved", annotations={"n": n}) for n in "12")
    for raw in (first, second):
        assert put_manifest(server, "content/moved", "1", raw).status == 201

    assert ask(server, "GET", "/v2/content/moved/manifests/1").body == second
    assert ask(server, "GET", f"/v2/content/moved/manifests/{sha256(first)}").body == first


def test_deleting_a_tag_leaves_the_manifest_and_deleting_that_takes_its_tags(server: Served) -> None:
    raw = artifact(server, "content/deleted")
    path = "/v2/content/deleted/manifests"
    for tag in ("a", "b", "c"):
        put_manifest(server, "content/deleted", tag, raw)

    assert ask(server, "DELETE", f"{path}/a").status == 202
    assert ask(server, "GET", f"{path}/a").status == 404
    assert code(ask(server, "DELETE", f"{path}/a")) == "MANIFEST_UNKNOWN"
    assert ask(server, "GET", f"{path}/b").body == ask(server, "GET", f"{path}/{sha256(raw)}").body == raw
    assert ask(server, "DELETE", f"{path}/{sha256(raw)}").status == 202
    assert [ask(server, "GET", f"{path}/{each}").status for each in ("b", "c", sha256(raw))] == [404] * 3
    assert json.loads(ask(server, "GET", "/v2/content/deleted/tags/list").body)["tags"] == []
    assert put_manifest(server, "content/deleted", "a", raw).status == 201


def test_the_last_tag_of_a_manifest_may_go_and_it_stays(server: Served) -> None:
    raw = artifact(server, "content/untagged")
    put_manifest(server, "content/untagged", "a", raw)

    assert ask(server, "DELETE", "/v2/content/untagged/manifests/a").status == 202
    assert ask(server, "GET", f"/v2/content/untagged/manifests/{sha256(raw)}").body == raw


def test_a_blob_is_deleted_from_one_repository_and_a_manifest_is_no_blob_to_delete(server: Served) -> None:
    digest = put_blob(server, "content/gone-a", b"shared")
    put_blob(server, "content/gone-b", b"shared")
    raw = artifact(server, "content/gone-a")
    put_manifest(server, "content/gone-a", "1", raw)

    assert ask(server, "DELETE", f"/v2/content/gone-a/blobs/{digest}").status == 202
    assert code(ask(server, "DELETE", f"/v2/content/gone-a/blobs/{digest}")) == "BLOB_UNKNOWN"
    assert ask(server, "GET", f"/v2/content/gone-b/blobs/{digest}").body == b"shared"
    assert ask(server, "DELETE", f"/v2/content/gone-a/blobs/{sha256(raw)}").status == 404
    assert ask(server, "GET", "/v2/content/gone-a/manifests/1").status == 200


@pytest.mark.parametrize(
    ("span", "status", "expected"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=100-199", 206, slice(100, 200)),
        ("bytes=999000-", 206, slice(999_000, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=999990-2000000", 206, slice(999_990, None)),
        ("bytes=1000000-", 416, None),
        ("bytes=9-3", 416, None),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("nonsense", 200, slice(None)),
    ],
)
def test_a_part_of_a_blob_is_what_was_asked_for(server: Served, span: str, status: int, expected: slice | None) -> None:
    data = images.layer(1_000_000, 1060).blob.data
    digest = put_blob(server, "content/parts", data)

    answer = ask(server, "GET", f"/v2/content/parts/blobs/{digest}", Range=span)

    assert answer.status == status
    if expected is None:
        assert answer.headers["content-range"] == f"bytes */{len(data)}"
        return
    assert answer.body == data[expected]
    assert answer.headers["docker-content-digest"] == digest
    if status == 206:
        start, stop, _ = expected.indices(len(data))
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(data)}"


def test_a_head_of_a_blob_tells_size_and_digest(server: Served) -> None:
    digest = put_blob(server, "content/head", b"")

    answer = ask(server, "HEAD", f"/v2/content/head/blobs/{digest}")

    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "0", b"")
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("GET", f"/v2/nothing/blobs/{NONE}", 404, "BLOB_UNKNOWN"),
        ("GET", "/v2/nothing/blobs/sha256:x", 400, "DIGEST_INVALID"),
        ("GET", "/v2/nothing/manifests/1", 404, "NAME_UNKNOWN"),
        ("GET", "/v2/nothing/manifests/.1", 404, "MANIFEST_UNKNOWN"),
        ("GET", "/v2/nothing/tags/list", 404, "NAME_UNKNOWN"),
        ("GET", "/v2/nothing/referrers/x", 400, "DIGEST_INVALID"),
        ("DELETE", "/v2/nothing/manifests/1", 404, "NAME_UNKNOWN"),
        ("DELETE", f"/v2/nothing/blobs/{NONE}", 404, "BLOB_UNKNOWN"),
        ("GET", "/v2/UPPER/tags/list", 404, "NAME_INVALID"),
        ("POST", "/v2/UPPER/blobs/uploads/", 400, "NAME_INVALID"),
        ("POST", "/v2/a/index.json/blobs/uploads/", 400, "NAME_INVALID"),
        ("POST", "/v2/%2e%2e/%2e%2e/x/blobs/uploads/", 400, "NAME_INVALID"),
        ("POST", "/v2/a%00b/blobs/uploads/", 400, "NAME_INVALID"),
        ("GET", "/v2/.uploads/tags/list", 404, "NAME_INVALID"),
        ("GET", "/", 404, "NAME_UNKNOWN"),
        ("GET", "/v3/", 404, "NAME_UNKNOWN"),
        ("POST", "/v2/", 405, "UNSUPPORTED"),
        ("PUT", "/v2/a/tags/list", 405, "UNSUPPORTED"),
        ("TRACE", "/v2/", 405, "UNSUPPORTED"),
    ],
)
def test_errors_have_the_specifications_form(server: Served, method: str, path: str, status: int, error: str) -> None:
    answer = ask(server, method, path)

    assert (answer.status, code(answer), answer.headers["content-type"]) == (status, error, "application/json")
    assert ("allow" in answer.headers) is (status == 405)


def test_lists_come_sorted_and_in_pages(tmp_path: Path) -> None:
    with serving(f"oci:{tmp_path}", writable=True) as server:
        assert json.loads(ask(server, "GET", "/v2/_catalog").body) == {"repositories": []}
        for repository in ("b", "a/b", "a"):
            raw = artifact(server, repository)
            for tag in ("v2", "v10", "V1") if repository == "a" else ("x",):
                put_manifest(server, repository, tag, raw)

        assert json.loads(ask(server, "GET", "/v2/_catalog").body) == {"repositories": ["a", "a/b", "b"]}
        page = ask(server, "GET", "/v2/_catalog?n=2")
        assert json.loads(page.body)["repositories"] == ["a", "a/b"]
        assert page.headers["link"] == '</v2/_catalog?n=2&last=a%2Fb>; rel="next"'
        assert json.loads(ask(server, "GET", "/v2/_catalog?n=2&last=a%2Fb").body)["repositories"] == ["b"]
        assert json.loads(ask(server, "GET", "/v2/a/tags/list").body) == {"name": "a", "tags": ["V1", "v10", "v2"]}
        first = ask(server, "GET", "/v2/a/tags/list?n=2")
        assert json.loads(first.body)["tags"] == ["V1", "v10"]
        assert first.headers["link"] == '</v2/a/tags/list?n=2&last=v10>; rel="next"'
        last = ask(server, "GET", "/v2/a/tags/list?n=2&last=v10")
        assert (json.loads(last.body)["tags"], "link" in last.headers) == (["v2"], False)
        assert ask(server, "GET", "/v2/a/tags/list?n=x").status == 400


def test_what_refers_to_a_manifest_is_listed_and_filtered(server: Served) -> None:
    subject = artifact(server, "content/subject")
    about = {"mediaType": OCI_MANIFEST, "digest": sha256(subject), "size": len(subject)}
    plain = artifact(server, "content/subject", subject=about)
    typed = artifact(server, "content/subject", subject=about, artifactType="a/sbom", annotations={"k": "v"})
    index = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [], "subject": about}).encode()
    path = f"/v2/content/subject/referrers/{sha256(subject)}"

    before = ask(server, "GET", path)
    assert (before.status, before.headers["content-type"]) == (200, OCI_INDEX)
    assert json.loads(before.body) == {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    for raw, kind in ((plain, OCI_MANIFEST), (typed, OCI_MANIFEST), (index, OCI_INDEX)):
        answer = put_manifest(server, "content/subject", sha256(raw), raw, kind)
        assert (answer.status, answer.headers["oci-subject"]) == (201, sha256(subject))

    def described(raw: bytes, kind: str, **more: object) -> dict[str, object]:
        return {"mediaType": kind, "digest": sha256(raw), "size": len(raw), **more}

    expected = [
        described(plain, OCI_MANIFEST, artifactType="application/vnd.oci.empty.v1+json"),
        described(typed, OCI_MANIFEST, artifactType="a/sbom", annotations={"k": "v"}),
        described(index, OCI_INDEX),
    ]
    everything = ask(server, "GET", path)
    assert json.loads(everything.body)["manifests"] == expected
    assert "oci-filters-applied" not in everything.headers
    filtered = ask(server, "GET", f"{path}?artifactType=a%2Fsbom")
    assert json.loads(filtered.body)["manifests"] == expected[1:2]
    assert filtered.headers["oci-filters-applied"] == "artifactType"
    assert ask(server, "DELETE", f"/v2/content/subject/manifests/{sha256(typed)}").status == 202
    assert json.loads(ask(server, "GET", path).body)["manifests"] == [expected[0], expected[2]]


def test_a_subject_need_not_be_there_yet(server: Served) -> None:
    raw = artifact(server, "content/ahead", subject={"mediaType": OCI_MANIFEST, "digest": NONE, "size": 1})

    assert put_manifest(server, "content/ahead", "1", raw).headers["oci-subject"] == NONE
    told = json.loads(ask(server, "GET", f"/v2/content/ahead/referrers/{NONE}").body)["manifests"]
    assert [each["digest"] for each in told] == [sha256(raw)]
    assert json.loads(ask(server, "GET", f"/v2/nowhere/referrers/{NONE}").body)["manifests"] == []


def test_a_layer_is_no_manifest_however_large_it_is(server: Served) -> None:
    push(server, "content/layer", images.image([images.layer(5_000_000, 1070)], label="layer"), "1")
    for digest in (images.layer(5_000_000, 1070).blob.digest, put_blob(server, "content/layer", b"{}")):
        answer = ask(server, "GET", f"/v2/content/layer/manifests/{digest}")
        assert (answer.status, code(answer)) == (404, "MANIFEST_UNKNOWN")


def test_a_page_in_a_browser_can_read_nothing_into_it(server: Served) -> None:
    answer = ask(server, "POST", "/v2/content/page/blobs/uploads/", Origin="http://evil.example")

    assert (answer.status, code(answer)) == (403, "DENIED")
