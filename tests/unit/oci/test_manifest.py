from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from regplan.errors import InvalidManifest
from regplan.oci.digest import Digest
from regplan.oci.manifest import Index, Manifest, parse_manifest
from regplan.oci.platform import Platform
from support.images import (
    attestation,
    docker_list,
    image,
    index,
    layer,
    layer_twice,
    multi_platform,
    with_foreign_layer,
)

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
EMPTY = "application/vnd.oci.empty.v1+json"
EMPTY_DIGEST = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
A, B, C = (f"sha256:{character * 64}" for character in "abc")


def descriptor(digest: str = A, size: object = 7, media_type: str = OCI_LAYER, **more: object) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest, "size": size, **more}


def manifest(**changes: object) -> bytes:
    """Make a manifest; a change to `...` leaves the key out."""
    whole = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(A, 10, OCI_CONFIG),
        "layers": [descriptor(B, 20), descriptor(C, 30)],
    } | changes
    return json.dumps({key: value for key, value in whole.items() if value is not ...}).encode()


def listing(**changes: object) -> bytes:
    """Make an index; a change to `...` leaves the key out."""
    child = descriptor(A, 500, OCI_MANIFEST, platform={"os": "linux", "architecture": "amd64"})
    whole = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [child]} | changes
    return json.dumps({key: value for key, value in whole.items() if value is not ...}).encode()


def test_a_manifest_keeps_its_bytes_beside_what_was_parsed() -> None:
    raw = b" \n" + manifest(annotations={"a": "b"}, **{"x-unknown": [1]}) + b"\n\n"
    parsed = parse_manifest(raw)

    assert isinstance(parsed, Manifest)
    assert parsed.raw is raw
    assert parsed.size == len(raw)
    assert str(parsed.digest) == "sha256:" + hashlib.sha256(raw).hexdigest()
    assert [str(each.digest) for each in (parsed.config, *parsed.layers)] == [A, B, C]
    assert [each.size for each in (parsed.config, *parsed.layers)] == [10, 20, 30]
    assert [each.media_type for each in (parsed.config, *parsed.layers)] == [OCI_CONFIG, OCI_LAYER, OCI_LAYER]


def test_an_index_keeps_its_bytes_beside_what_was_parsed() -> None:
    raw = listing(annotations={"a": "b"}, **{"x-unknown": {}})
    parsed = parse_manifest(raw)

    assert isinstance(parsed, Index)
    assert parsed.raw is raw
    assert parsed.size == len(raw)
    assert str(parsed.digest) == "sha256:" + hashlib.sha256(raw).hexdigest()
    assert parsed.manifests[0].platform == Platform("linux", "amd64")


@pytest.mark.parametrize("dialect", ["oci", "docker"])
def test_an_image_of_either_dialect_is_read(dialect: Any) -> None:
    built = image([layer(5000, 1), layer(6000, 2)], dialect=dialect)
    parsed = parse_manifest(built.manifest.data, built.manifest.media_type)

    assert isinstance(parsed, Manifest)
    assert parsed.media_type == built.manifest.media_type
    assert str(parsed.digest) == built.manifest.digest
    assert str(parsed.config.digest) == built.config.digest
    assert [(str(each.digest), each.size) for each in parsed.layers] == [
        (each.blob.digest, each.blob.size) for each in built.layers
    ]


@pytest.mark.parametrize("tree", [multi_platform(), docker_list()], ids=["index", "manifest-list"])
def test_an_index_of_either_dialect_is_read(tree: Any) -> None:
    parsed = parse_manifest(tree.manifest.data)

    assert isinstance(parsed, Index)
    assert parsed.media_type == tree.manifest.media_type
    assert [str(each.digest) for each in parsed.manifests] == [child.manifest.digest for child in tree.children]
    assert [str(each.platform) for each in parsed.manifests] == [
        child.platform.removesuffix("/v8") for child in tree.children
    ]


def test_an_attestation_is_for_no_known_platform_and_says_what_it_attests() -> None:
    subject = image([layer(5000, 3)])
    parsed = parse_manifest(index([subject, attestation(subject, 4)]).manifest.data)

    assert isinstance(parsed, Index)
    one = parsed.manifests[1]
    assert one.platform is not None
    assert not one.platform.is_known
    assert dict(one.annotations)["vnd.docker.reference.digest"] == subject.manifest.digest


def test_a_layer_that_stands_twice_is_listed_twice() -> None:
    parsed = parse_manifest(layer_twice().manifest.data)

    assert isinstance(parsed, Manifest)
    assert len(parsed.layers) == 4
    assert parsed.layers[0] == parsed.layers[2]


def test_a_foreign_layer_keeps_its_type_so_that_it_can_be_told() -> None:
    parsed = parse_manifest(with_foreign_layer().manifest.data)

    assert isinstance(parsed, Manifest)
    assert ".foreign." in parsed.layers[0].media_type


@pytest.mark.parametrize(
    ("own", "said", "expected"),
    [
        (OCI_MANIFEST, OCI_MANIFEST, OCI_MANIFEST),
        (DOCKER_MANIFEST, DOCKER_MANIFEST, DOCKER_MANIFEST),
        # The body's word stands, since the digest covers it.
        (DOCKER_MANIFEST, OCI_MANIFEST, DOCKER_MANIFEST),
        (OCI_MANIFEST, DOCKER_MANIFEST, OCI_MANIFEST),
        (OCI_MANIFEST, OCI_INDEX, OCI_MANIFEST),
        (OCI_MANIFEST, "text/plain", OCI_MANIFEST),
        (..., OCI_MANIFEST, OCI_MANIFEST),
        (..., DOCKER_MANIFEST, DOCKER_MANIFEST),
        (..., f"{DOCKER_MANIFEST}; charset=utf-8", DOCKER_MANIFEST),
        ("", DOCKER_MANIFEST, DOCKER_MANIFEST),
        (None, DOCKER_MANIFEST, DOCKER_MANIFEST),
        (7, DOCKER_MANIFEST, DOCKER_MANIFEST),
        # Neither says anything of use: the fields do. OCI's `mediaType` is optional, Docker's is not.
        (..., "", OCI_MANIFEST),
        (..., "application/json", OCI_MANIFEST),
        ("application/vnd.example.other", DOCKER_MANIFEST, DOCKER_MANIFEST),
    ],
)
def test_the_type_of_a_manifest_is_the_body_s_then_the_transport_s_then_what_it_looks_like(
    own: object, said: str, expected: str
) -> None:
    parsed = parse_manifest(manifest(mediaType=own), said)

    assert isinstance(parsed, Manifest)
    assert parsed.media_type == expected


@pytest.mark.parametrize(
    ("own", "said", "expected"),
    [
        (OCI_INDEX, "", OCI_INDEX),
        (DOCKER_INDEX, OCI_INDEX, DOCKER_INDEX),
        (OCI_INDEX, OCI_MANIFEST, OCI_INDEX),
        (..., DOCKER_INDEX, DOCKER_INDEX),
        (..., "", OCI_INDEX),
        (..., "application/json", OCI_INDEX),
    ],
)
def test_the_type_of_an_index_is_found_the_same_way(own: object, said: str, expected: str) -> None:
    parsed = parse_manifest(listing(mediaType=own), said)

    assert isinstance(parsed, Index)
    assert parsed.media_type == expected


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (manifest(manifests=[]), OCI_MANIFEST),
        (manifest(manifests=[descriptor()], mediaType=...), OCI_INDEX),
        (manifest(manifests=[descriptor()], config=...), OCI_MANIFEST),
        (listing(layers=[]), OCI_INDEX),
        (listing(config=descriptor(), mediaType=...), ""),
    ],
)
def test_what_is_an_image_to_one_client_and_an_index_to_another_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(InvalidManifest, match="is a manifest and an index at once"):
        parse_manifest(raw, said, where="quay.io/a:1")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"schemaVersion": 1, "name": "a", "tag": "b", "fsLayers": [], "signatures": []}', ""),
        (b'{"schemaVersion": 1, "fsLayers": []}', "application/json"),
        (b'{"name": "a", "fsLayers": []}', "application/vnd.docker.distribution.manifest.v1+prettyjws"),
        (b'{"mediaType": "application/vnd.docker.distribution.manifest.v1+json"}', ""),
        (manifest(schemaVersion=1), OCI_MANIFEST),
    ],
)
def test_schema_1_is_refused_with_what_to_do(raw: bytes, said: str) -> None:
    with pytest.raises(InvalidManifest, match=r"^quay.io/a:1 is of Docker's schema 1.*: push the image again$"):
        parse_manifest(raw, said, where="quay.io/a:1")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{}", ""),
        (b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}', "application/json"),
        (b'{"schemaVersion": 2}', "text/html"),
        (b'{"mediaType": "application/vnd.oci.artifact.manifest.v1+json", "blobs": []}', ""),
        (b'{"layers": []}', ""),
        (json.dumps({"config": descriptor()}).encode(), ""),
    ],
)
def test_what_is_neither_is_refused_with_its_type(raw: bytes, said: str) -> None:
    with pytest.raises(InvalidManifest, match=r"^quay.io/a:1 is neither a manifest nor an index"):
        parse_manifest(raw, said, where="quay.io/a:1")


def test_a_type_that_would_garble_a_terminal_is_escaped() -> None:
    with pytest.raises(InvalidManifest) as caught:
        parse_manifest(b'{"mediaType": "\\u001b[2J\\ud800"}')

    assert str(caught.value).isprintable()
    assert str(caught.value).isascii()


@pytest.mark.parametrize("size", [-1, 1.5, 7.0, True, False, None, "7", [], {}, 2**63, ...])
@pytest.mark.parametrize("place", ["config", "layers[1]", "manifests[0]", "subject"])
def test_a_size_that_is_no_count_of_bytes_is_refused_with_its_place(size: object, place: str) -> None:
    wrong = {key: value for key, value in descriptor(A, size).items() if value is not ...}
    raw = {
        "config": manifest(config=wrong),
        "layers[1]": manifest(layers=[descriptor(), wrong]),
        "manifests[0]": listing(manifests=[wrong]),
        "subject": manifest(subject=wrong),
    }[place]

    with pytest.raises(InvalidManifest) as caught:
        parse_manifest(raw, where="quay.io/a:1")

    assert str(caught.value).startswith(f"quay.io/a:1: {place} has no valid size: ")


@pytest.mark.parametrize("size", [0, 1, 2**53 + 1, 2**63 - 1])
def test_a_size_is_exact_to_the_last_byte(size: int) -> None:
    parsed = parse_manifest(manifest(config=descriptor(A, size)))

    assert isinstance(parsed, Manifest)
    assert parsed.config.size == size


@pytest.mark.parametrize("digest", [None, "", "sha256:abc", 7, f"SHA256:{'a' * 64}", f"blake3:{'a' * 64}", ["a"]])
def test_a_digest_that_is_none_is_refused_with_its_place(digest: object) -> None:
    with pytest.raises(InvalidManifest, match=r"^quay.io/a:1: layers\[0\]: "):
        parse_manifest(manifest(layers=[descriptor() | {"digest": digest}]), where="quay.io/a:1")


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (manifest(config=...), "config"),
        (manifest(config=None), "config"),
        (manifest(config=[]), "config"),
        (manifest(config="sha256"), "config"),
        (manifest(layers=["sha256"]), r"layers\[0\]"),
        (manifest(layers=[descriptor(), None]), r"layers\[1\]"),
        (manifest(subject="sha256"), "subject"),
        (listing(manifests=[7]), r"manifests\[0\]"),
    ],
)
def test_what_is_no_descriptor_is_refused_with_its_place(raw: bytes, place: str) -> None:
    with pytest.raises(InvalidManifest, match=f"^quay.io/a:1: {place} is not a descriptor$"):
        parse_manifest(raw, where="quay.io/a:1")


@pytest.mark.parametrize("layers", [[], None, ...])
def test_an_image_may_have_no_layers_at_all(layers: object) -> None:
    # tianon/scratch:nolayers leaves the key out; builders in Go write an empty list as null.
    parsed = parse_manifest(manifest(layers=layers))

    assert isinstance(parsed, Manifest)
    assert parsed.layers == ()


@pytest.mark.parametrize("manifests", [[], None])
def test_an_index_may_be_empty(manifests: object) -> None:
    parsed = parse_manifest(listing(manifests=manifests))

    assert isinstance(parsed, Index)
    assert parsed.manifests == ()


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (manifest(layers={}), "layers"),
        (manifest(layers="x"), "layers"),
        (listing(manifests={}), "manifests"),
        (listing(manifests=...), "manifests"),
    ],
)
def test_a_list_that_is_none_is_refused_by_its_key(raw: bytes, key: str) -> None:
    with pytest.raises(InvalidManifest, match=f"^quay.io/a:1 has no list '{key}'$"):
        parse_manifest(raw, where="quay.io/a:1")


def test_an_artefact_keeps_its_type_and_its_empty_config_which_is_its_layer_too() -> None:
    nothing = descriptor(EMPTY_DIGEST, 2, EMPTY, data="e30=")
    raw = manifest(artifactType="application/vnd.example.sbom", config=nothing, layers=[nothing])
    parsed = parse_manifest(raw)

    assert isinstance(parsed, Manifest)
    assert parsed.artifact_type == "application/vnd.example.sbom"
    assert parsed.config.media_type == EMPTY
    assert parsed.layers[0].digest == parsed.config.digest == Digest.of(b"{}")


def test_a_manifest_and_an_index_may_refer_to_a_subject() -> None:
    subject = descriptor(C, 99, OCI_MANIFEST, artifactType="application/vnd.example.signature")

    for raw in (manifest(subject=subject), listing(subject=subject)):
        parsed = parse_manifest(raw)
        assert parsed.subject is not None
        assert (str(parsed.subject.digest), parsed.subject.size) == (C, 99)
        assert parsed.subject.artifact_type == "application/vnd.example.signature"
    assert parse_manifest(manifest(subject=None)).subject is None


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ({"os": "linux", "architecture": "arm64", "variant": "v8"}, Platform("linux", "arm64")),
        ({"os": "linux", "architecture": "arm"}, Platform("linux", "arm", "v7")),
        (
            {"os": "windows", "architecture": "amd64", "os.version": "10.0.1", "os.features": ["win32k"]},
            Platform("windows", "amd64", "", "10.0.1"),
        ),
        ({"os": "linux"}, Platform("linux", "unknown")),
        ({"architecture": "amd64"}, Platform("unknown", "amd64")),
        ({"variant": "v8", "os.version": "10"}, None),
        ({"os": "unknown", "architecture": "unknown"}, Platform("unknown", "unknown")),
        ({}, None),
        ({"os": "", "architecture": ""}, None),
        (None, None),
        ("linux/amd64", None),
        (..., None),
    ],
)
def test_a_child_s_platform_is_what_the_index_says_or_nothing(platform: object, expected: Platform | None) -> None:
    child = descriptor() if platform is ... else descriptor(platform=platform)
    parsed = parse_manifest(listing(manifests=[child]))

    assert isinstance(parsed, Index)
    assert parsed.manifests[0].platform == expected


def test_annotations_are_sorted_and_do_not_tell_descriptors_apart() -> None:
    first = descriptor(annotations={"b": "2", "a": "1"})
    parsed = parse_manifest(listing(manifests=[first, descriptor(), descriptor(annotations=["a"])]))

    assert isinstance(parsed, Index)
    assert parsed.manifests[0].annotations == (("a", "1"), ("b", "2"))
    assert parsed.manifests[2].annotations == ()
    assert len(set(parsed.manifests)) == 1


def test_an_index_may_hold_indexes() -> None:
    inner = descriptor(B, 900, OCI_INDEX)
    parsed = parse_manifest(listing(manifests=[inner, descriptor(A, 500, OCI_MANIFEST)]))

    assert isinstance(parsed, Index)
    assert [each.media_type for each in parsed.manifests] == [OCI_INDEX, OCI_MANIFEST]


def test_of_a_key_that_stands_twice_the_last_counts_as_it_does_for_containerd() -> None:
    raw = manifest().replace(b'"layers"', b'"layers": [], "layers"')
    parsed = parse_manifest(raw)

    assert isinstance(parsed, Manifest)
    assert len(parsed.layers) == 2


def test_a_manifest_as_large_as_a_registry_takes_is_read() -> None:
    filler = "x" * (4 * 2**20 - len(manifest(annotations={"filler": ""})))
    raw = manifest(annotations={"filler": filler})

    assert len(raw) == 4 * 2**20
    assert parse_manifest(raw).size == 4 * 2**20


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[" * 100_000, b'{"config":' * 100_000])
def test_bytes_that_are_no_json_are_refused(raw: bytes) -> None:
    with pytest.raises(InvalidManifest, match=r"^manifest is not JSON$"):
        parse_manifest(raw)


def test_one_digest_with_two_sizes_is_refused() -> None:
    parts = json.loads(manifest())
    raw = manifest(layers=[*parts["layers"], {**parts["layers"][0], "size": 1}])

    with pytest.raises(InvalidManifest, match=r"^manifest gives sha256:[0-9a-f]{64} two sizes: \d+ and 1$"):
        parse_manifest(raw)


def test_bytes_are_left_out_where_a_manifest_is_shown() -> None:
    assert "raw" not in repr(parse_manifest(manifest()))
    assert "raw" not in repr(parse_manifest(listing()))
