from __future__ import annotations

import hashlib
import json

import pytest

from regplan.errors import InvalidManifest
from regplan.oci.config import chain_ids, parse_config
from regplan.oci.digest import Digest
from regplan.oci.platform import Platform

FIRST, SECOND, THIRD = (f"sha256:{character * 64}" for character in "abc")
CONFIG = {
    "created": "2026-01-01T00:00:00Z",
    "author": "somebody",
    "architecture": "arm64",
    "os": "linux",
    "variant": "v8",
    "config": {"Env": ["PATH=/usr/bin"], "Cmd": ["sh"]},
    "rootfs": {"type": "layers", "diff_ids": [FIRST, SECOND, FIRST]},
    "history": [{"created_by": "a"}, {"created_by": "b", "empty_layer": True}],
    "x-builder": {"more": [1, 2]},
}


def test_a_config_tells_platform_layers_and_when_it_was_made() -> None:
    config = parse_config(json.dumps(CONFIG).encode())

    assert config.platform == Platform("linux", "arm64")
    assert [str(digest) for digest in config.diff_ids] == [FIRST, SECOND, FIRST]
    assert config.created == "2026-01-01T00:00:00Z"


def test_a_version_of_windows_is_kept() -> None:
    config = parse_config(b'{"os": "windows", "architecture": "amd64", "os.version": "10.0.20348.1"}')

    assert config.platform == Platform("windows", "amd64", "", "10.0.20348.1")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"os": "", "architecture": "", "rootfs": {"type": "layers", "diff_ids": []}},
        {"os": None, "architecture": None, "rootfs": None, "created": None, "variant": None},
        {"rootfs": []},
        {"rootfs": {"type": "layers"}},
        {"rootfs": {"type": "layers", "diff_ids": None}},
    ],
    ids=["nothing", "cosign", "nulls", "no-object", "no-list", "null-list"],
)
def test_a_config_that_says_nothing_is_for_no_known_machine_and_has_no_layers(document: dict[str, object]) -> None:
    config = parse_config(json.dumps(document).encode())

    assert not config.platform.is_known
    assert (config.diff_ids, config.created) == ((), "")


@pytest.mark.parametrize("diff_ids", [5, "sha256:abc", {"sha256": "abc"}, True, 0])
def test_layers_that_are_no_list_are_refused(diff_ids: object) -> None:
    raw = json.dumps({"rootfs": {"diff_ids": diff_ids}}).encode()

    with pytest.raises(InvalidManifest, match=r"^quay.io/a: rootfs.diff_ids is not a list$"):
        parse_config(raw, where="quay.io/a")


@pytest.mark.parametrize("entry", ["sha256:abc", None, 5, ["sha256"], "blake3:" + "0" * 64])
def test_a_layer_that_has_no_digest_is_refused(entry: object) -> None:
    raw = json.dumps({"rootfs": {"diff_ids": [FIRST, entry]}}).encode()

    with pytest.raises(InvalidManifest, match=r"^quay.io/a: rootfs.diff_ids: "):
        parse_config(raw, where="quay.io/a")


@pytest.mark.parametrize("raw", [b"", b"[]", b"\x1f\x8b", b"[" * 50_000])
def test_what_is_no_config_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidManifest, match=r"^quay.io/a is not "):
        parse_config(raw, where="quay.io/a")


def test_a_stack_of_layers_is_known_by_the_digest_of_the_stack_below_and_the_layer() -> None:
    # config.md, "Layer ChainID": each link is the digest of "CHAIN DIFFID".
    two = "sha256:" + hashlib.sha256(f"{FIRST} {SECOND}".encode()).hexdigest()
    three = "sha256:" + hashlib.sha256(f"{two} {THIRD}".encode()).hexdigest()

    chains = chain_ids(Digest.parse(text) for text in (FIRST, SECOND, THIRD))

    assert [str(chain) for chain in chains] == [FIRST, two, three]


def test_the_same_layer_on_another_stack_is_another_chain() -> None:
    first, second, third = (Digest.parse(text) for text in (FIRST, SECOND, THIRD))

    assert chain_ids([first, third])[1] != chain_ids([second, third])[1]
    assert chain_ids([first, second, third])[:2] == chain_ids([first, second])
    assert chain_ids([]) == ()
