from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regplan.errors import InputError, InvalidDigest, InvalidManifest, InvalidReference
from regplan.oci.config import chain_ids, parse_config
from regplan.oci.digest import Digest
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.property
Text = TypeVar("Text", str, bytes)
Read = TypeVar("Read")

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}

digests = st.sampled_from(sorted(DIGITS)).flatmap(
    lambda algorithm: st.text("0123456789abcdef", min_size=DIGITS[algorithm], max_size=DIGITS[algorithm]).map(
        lambda encoded: Digest(algorithm, encoded)
    )
)
words = st.from_regex(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)?", fullmatch=True).filter(lambda word: len(word) < 30)
paths = st.lists(words, min_size=1, max_size=4).map("/".join)
tags = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", fullmatch=True)
labels = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,8}[A-Za-z0-9])?", fullmatch=True)
names = st.lists(labels, min_size=1, max_size=4).map(".".join)
addresses = st.ip_addresses(v=6).map(lambda address: f"[{address}]").filter(lambda text: "." not in text)
ports = st.one_of(st.just(""), st.integers(0, 65535).map(lambda port: f":{port}"))
hosts = st.builds(lambda host, port: f"{host}{port}/", st.one_of(names, addresses, st.just("localhost")), ports)
texts = st.builds(
    lambda host, path, tag, digest: f"{host}{path}{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}",
    st.one_of(st.just(""), st.sampled_from(["docker.io/", "index.docker.io/", "registry-1.docker.io/"]), hosts),
    paths,
    st.one_of(st.none(), tags),
    st.one_of(st.none(), digests),
)
platforms = st.builds(
    Platform.of,
    st.sampled_from(["linux", "Linux", "windows", "macOS", "darwin", "unknown", ""]),
    st.sampled_from(
        ["amd64", "x86_64", "arm64", "AArch64", "arm", "armhf", "armel", "386", "i386", "s390x", "unknown", ""]
    ),
    st.sampled_from(["", "v1", "v2", "v3", "5", "v6", "7", "v7", "8", "v8", "v8.0", "v8.2", "9", "v9.1", "power9"]),
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)


def attempt(parse: Callable[[Text], Read], text: Text) -> Read | InputError:
    """Read a text, or catch the one kind of error that a text may lead to."""
    try:
        return parse(text)
    except InputError as error:
        return error


@given(texts)
def test_a_reference_that_is_written_out_means_the_same(text: str) -> None:
    reference = Reference.parse(text)

    assert Reference.parse(str(reference)) == reference
    assert str(Reference.parse(str(reference))) == str(reference)


@given(texts)
def test_a_familiar_name_means_the_same_and_is_never_longer(text: str) -> None:
    reference = Reference.parse(text)

    assert Reference.parse(reference.familiar) == reference
    assert len(reference.familiar) <= len(str(reference))


@given(texts)
def test_a_reference_names_a_tag_or_a_digest_and_asks_for_one_of_them(text: str) -> None:
    reference = Reference.parse(text)

    assert reference.tag is not None or reference.digest is not None
    assert reference.target in {reference.tag, str(reference.digest)}
    assert reference.registry
    assert reference.registry not in {"index.docker.io", "registry-1.docker.io"}
    assert "/" in reference.repository or reference.registry != "docker.io"


@settings(max_examples=30)
@given(st.lists(texts, min_size=2, max_size=4))
def test_references_have_one_order(written: list[str]) -> None:
    references = [Reference.parse(text) for text in written]

    assert [str(each) for each in sorted(references)] == sorted(map(str, references))


@given(st.one_of(st.text(max_size=40), st.text("abAZ09./:@_-[] sha256\n", max_size=40)))
def test_whatever_is_written_is_a_reference_or_refused_and_nothing_else(text: str) -> None:
    read = attempt(Reference.parse, text)

    if isinstance(read, InvalidReference):
        assert repr(text) in str(read) or ("@" in text and "user and password" in str(read))
    else:
        assert isinstance(read, Reference)
        assert str(read).isascii()
        assert Reference.parse(str(read)) == read


@given(digests)
def test_a_digest_is_read_back_as_it_was_written(digest: Digest) -> None:
    assert Digest.parse(str(digest)) == digest


@given(st.binary(max_size=100), st.sampled_from(sorted(DIGITS)))
def test_a_digest_that_was_computed_is_well_formed_and_the_hash(data: bytes, algorithm: str) -> None:
    digest = Digest.of(data, algorithm)

    assert Digest.parse(str(digest)) == digest
    assert digest.encoded == hashlib.new(algorithm, data).hexdigest()


@given(st.one_of(st.text(max_size=30), st.from_regex(r"sha(256|512):[0-9a-fA-F]{60,130}")))
def test_whatever_is_written_is_a_digest_or_refused_and_nothing_else(text: str) -> None:
    read = attempt(Digest.parse, text)

    assert repr(text) in str(read) if isinstance(read, InvalidDigest) else str(read) == text


@given(platforms)
def test_a_platform_that_is_written_out_means_the_same(platform: Platform) -> None:
    assert Platform.parse(str(platform)) == platform


@given(platforms)
def test_making_a_platform_s_names_one_again_changes_nothing(platform: Platform) -> None:
    assert Platform.of(platform.os, platform.architecture, platform.variant) == platform


@given(platforms, st.lists(platforms, max_size=6))
def test_a_platform_chooses_itself_where_it_is_offered_and_else_one_of_what_is(
    wanted: Platform, offered: list[Platform]
) -> None:
    chosen = wanted.choose(offered)

    assert chosen is None or chosen in offered
    assert wanted.choose([*offered, wanted]) == wanted
    assert wanted.serves(wanted)


@given(platforms, st.lists(platforms, max_size=6))
def test_what_is_chosen_does_not_depend_on_the_order_of_the_offer(wanted: Platform, offered: list[Platform]) -> None:
    assert wanted.choose(offered) == wanted.choose(offered[::-1])


@given(st.text(max_size=20))
def test_whatever_is_written_is_a_platform_or_refused_and_nothing_else(text: str) -> None:
    read = attempt(Platform.parse, text)

    assert repr(text) in str(read) if isinstance(read, InputError) else Platform.parse(str(read)) == read


@given(st.lists(digests, max_size=6))
def test_the_chain_of_a_stack_begins_with_the_chain_of_what_is_below(diff_ids: list[Digest]) -> None:
    chains = chain_ids(diff_ids)

    assert len(chains) == len(diff_ids)
    assert chain_ids(diff_ids[:-1]) == chains[:-1]


@given(
    st.dictionaries(digests, st.integers(0, 2**63 - 1), min_size=1, max_size=4),
    st.lists(st.integers(0, 3), max_size=4),
    st.dictionaries(st.text(max_size=8).map(lambda key: f"x-{key}"), json_values, max_size=3),
    st.integers(0, 4),
)
def test_a_manifest_is_read_back_exactly_and_keeps_its_bytes(
    sizes: dict[Digest, int], places: list[int], unknown: dict[str, object], indent: int
) -> None:
    # A digest may stand more than once, and has one size.
    content = list(sizes.items())
    config, size = content[0]
    layers = [content[place % len(content)] for place in places]
    document = {
        "schemaVersion": 2,
        "config": {"mediaType": "c", "digest": str(config), "size": size},
        "layers": [{"mediaType": "l", "digest": str(digest), "size": layer_size} for digest, layer_size in layers],
    }
    raw = json.dumps(document | unknown, indent=indent).encode()
    parsed = parse_manifest(raw, OCI_MANIFEST)

    assert not isinstance(parsed, Index)
    assert parsed.raw == raw
    assert parsed.digest == Digest.of(raw)
    assert (parsed.config.digest, parsed.config.size) == (config, size)
    assert [(each.digest, each.size) for each in parsed.layers] == layers


@given(
    st.dictionaries(
        st.sampled_from(["schemaVersion", "mediaType", "config", "layers", "manifests", "subject", "artifactType"]),
        json_values,
        max_size=5,
    ),
    st.sampled_from(["", OCI_MANIFEST, OCI_INDEX]),
)
def test_whatever_json_comes_is_a_manifest_or_refused_and_nothing_else(document: object, media_type: str) -> None:
    raw = json.dumps(document).encode()
    read = attempt(lambda raw: parse_manifest(raw, media_type), raw)

    assert str(read).startswith("manifest") if isinstance(read, InputError) else read.raw == raw


@given(st.binary(max_size=60))
def test_whatever_bytes_come_are_read_or_refused_and_nothing_else(raw: bytes) -> None:
    for parse in (parse_manifest, parse_config):
        read = attempt(parse, raw)
        assert not isinstance(read, InputError) or isinstance(read, InvalidManifest)


@given(
    st.dictionaries(
        st.sampled_from(["os", "architecture", "variant", "os.version", "created", "rootfs"]),
        st.one_of(json_values, st.fixed_dictionaries({"diff_ids": json_values})),
    )
)
def test_whatever_json_comes_is_a_config_or_refused_and_nothing_else(document: object) -> None:
    read = attempt(parse_config, json.dumps(document).encode())

    if isinstance(read, InputError):
        assert str(read).startswith("config")
    else:
        assert read.platform.os
        assert read.platform.architecture
