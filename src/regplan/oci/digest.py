"""Digests: what identifies content (image specification, descriptor.md, "Digests")."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import Final

from regplan.errors import InvalidDigest
from regplan.patterns import pattern
from regplan.values import NamedTuple

try:
    if sys.version_info >= (3, 12):
        from _sha2 import sha256 as _small  # type: ignore[import-not-found]
    else:
        from _sha256 import sha256 as _small  # type: ignore[import-not-found]
except ImportError:  # a Python that was built with OpenSSL's hashes alone
    from hashlib import sha256 as _small

__all__ = ["Digest", "sha256_of"]

# From here on OpenSSL is quicker by more than its loading takes.
_MUCH: Final = 1_000_000

_GRAMMAR = pattern(r"(?P<algorithm>[a-z0-9]+(?:[+._-][a-z0-9]+)*):(?P<encoded>[A-Za-z0-9=_-]+)")
_HEX_LENGTHS: Final = {"sha256": 64, "sha384": 96, "sha512": 128}


class Digest(NamedTuple):
    """What identifies content: an algorithm and the encoded hash of its bytes.

    A tuple, since a plan looks up tens of thousands of them, and these are hashed without a call.
    """

    algorithm: str
    encoded: str

    @classmethod
    @lru_cache(maxsize=2**16)
    def parse(cls, text: str) -> Digest:
        """Read "sha256:…"; raises `InvalidDigest`.

        >>> str(Digest.parse("sha256:" + "a" * 64))[:12]
        'sha256:aaaaa'
        """
        match = _GRAMMAR.fullmatch(text)
        if match is None:
            raise InvalidDigest(f"{text!r} is not a digest; a digest reads sha256: and 64 hexadecimal digits")
        length = _HEX_LENGTHS.get(match["algorithm"])
        if length is None:
            raise InvalidDigest(f"{text!r} uses an unknown algorithm; known are {', '.join(_HEX_LENGTHS)}")
        if re.fullmatch(rf"[a-f0-9]{{{length}}}", match["encoded"]) is None:
            raise InvalidDigest(f"{text!r} is not a digest; {match['algorithm']}: takes {length} lower-case hex digits")
        return cls(match["algorithm"], match["encoded"])

    @classmethod
    def of(cls, data: bytes, algorithm: str = "sha256") -> Digest:
        """Compute the digest of `data`.

        >>> Digest.of(b"").short
        'e3b0c44298fc'
        """
        if algorithm == "sha256":
            return cls(algorithm, sha256_of(data))
        import hashlib

        return cls(algorithm, hashlib.new(algorithm, data).hexdigest())

    @property
    def short(self) -> str:
        """The first twelve digits, for screens; never for comparing."""
        return self.encoded[:12]

    def __str__(self) -> str:
        """The digest as every manifest writes it."""
        return f"{self.algorithm}:{self.encoded}"


def sha256_of(data: bytes) -> str:
    """Compute the SHA-256 of `data`, in hexadecimal digits.

    `hashlib` loads OpenSSL, three milliseconds of every run that only hashes a few texts; Python's own is at hand, as
    `random` takes it from there (ADR 0024).

    >>> sha256_of(b"abc")[:16]
    'ba7816bf8f01cfea'
    """
    if len(data) < _MUCH:
        told: str = _small(data).hexdigest()
        return told
    from hashlib import sha256

    return sha256(data).hexdigest()
