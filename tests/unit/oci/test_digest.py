from __future__ import annotations

import hashlib

import pytest

from regplan.errors import InvalidDigest
from regplan.oci.digest import Digest, sha256_of

# The digest of no bytes at all, and of the two bytes of the empty descriptor (image specification, manifest.md).
NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
EMPTY_JSON = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(("algorithm", "digits"), [("sha256", 64), ("sha384", 96), ("sha512", 128)])
def test_a_digest_of_a_known_algorithm_is_read_and_written_back(algorithm: str, digits: int) -> None:
    text = f"{algorithm}:{'0123456789abcdef' * (digits // 16)}"
    digest = Digest.parse(text)

    assert (digest.algorithm, digest.encoded) == (algorithm, text.removeprefix(f"{algorithm}:"))
    assert str(digest) == text


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_a_digest_is_computed_with_the_algorithm_that_is_asked_for(algorithm: str) -> None:
    assert str(Digest.of(b"abc", algorithm)) == f"{algorithm}:{hashlib.new(algorithm, b'abc').hexdigest()}"


def test_sha256_is_what_a_digest_is_computed_with_unless_another_is_asked_for() -> None:
    assert str(Digest.of(b"")) == f"sha256:{NOTHING}"
    assert str(Digest.of(b"{}")) == f"sha256:{EMPTY_JSON}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256:",
        ":" + NOTHING,
        NOTHING,
        f"sha256:{NOTHING[:-1]}",
        f"sha256:{NOTHING}0",
        f"sha256:{NOTHING.upper()}",
        f"SHA256:{NOTHING}",
        f"sha256:{NOTHING}\n",
        f" sha256:{NOTHING}",
        f"sha256::{NOTHING}",
        f"sha256:{'g' * 64}",
        f"sha256:{chr(0x663) * 64}",
        f"sha512:{NOTHING}",
        f"sha256:../../{NOTHING[6:]}",
        f"sha-:{NOTHING}",
        "None",
    ],
)
def test_what_is_no_digest_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(InvalidDigest) as caught:
        Digest.parse(text)

    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f"blake3:{NOTHING}",
        f"md5:{'0' * 32}",
        "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8",
        "sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564",
    ],
)
def test_a_digest_that_nobody_here_could_check_is_refused_by_its_algorithm(text: str) -> None:
    with pytest.raises(InvalidDigest, match="unknown algorithm; known are sha256, sha384, sha512"):
        Digest.parse(text)


def test_the_short_form_is_twelve_digits() -> None:
    assert Digest.of(b"").short == NOTHING[:12]


def test_digests_are_keys_and_can_be_sorted() -> None:
    first, second = Digest.parse(f"sha256:{'0' * 64}"), Digest.parse(f"sha256:{'1' * 64}")

    assert sorted([second, first]) == [first, second]
    assert len({first, Digest("sha256", "0" * 64)}) == 1


@pytest.mark.parametrize("size", [0, 1, 63, 64, 999_999, 1_000_000, 1_000_001])
def test_the_sha256_of_little_and_of_much_is_one_and_the_same(size: int) -> None:
    data = bytes(number % 251 for number in range(size))

    assert sha256_of(data) == hashlib.sha256(data).hexdigest()
