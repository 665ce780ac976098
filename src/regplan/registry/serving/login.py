"""Who may use a registry of ours: one user with a password, or the users of an htpasswd file."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.registry.options import Secret

__all__ = ["Accounts", "parse_htpasswd", "single_account"]

_BCRYPT: Final = ("$2a$", "$2b$", "$2y$")
_MOST_HEADER: Final = 4096
_MOST_BCRYPT_BYTES: Final = 72
_MOST_REMEMBERED: Final = 1024


class Accounts:
    """Users, each with a check of a password; how long a refusal takes does not tell whether the user exists."""

    def __init__(self, checks: Mapping[str, Callable[[bytes], bool]]) -> None:
        """Know these users."""
        self._checks = checks
        self._dummy = next(iter(checks.values()))
        self._key = secrets.token_bytes(32)
        self._good: set[bytes] = set()

    def allow(self, authorization: str) -> bool:
        """Tell whether a header Authorization names a user with its password."""
        user, password = _basic(authorization)
        if user is None:
            return False
        # A bcrypt check takes a tenth of a second, and a client sends its password with every request.
        seen = hmac.digest(self._key, user.encode() + b"\0" + password, "sha256")
        if seen in self._good:
            return True
        check = self._checks.get(user)
        is_good = (check or self._dummy)(password) and check is not None
        if is_good:
            if len(self._good) >= _MOST_REMEMBERED:
                self._good.clear()
            self._good.add(seen)
        return is_good


def single_account(user: str, password: Secret) -> Accounts:
    """Know one user; raises `InputError` for a name that basic authentication cannot carry."""
    if not user or ":" in user:
        raise InputError("a user's name is not empty and holds no colon")
    wanted = hashlib.sha256(password.reveal().encode()).digest()
    return Accounts({user: lambda given: hmac.compare_digest(hashlib.sha256(given).digest(), wanted)})


def parse_htpasswd(text: str, name: str) -> Accounts:
    """Read an htpasswd file with bcrypt passwords (`htpasswd -B`); raises `InputError` naming file and line."""
    checks: dict[str, Callable[[bytes], bool]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        user, colon, hashed = line.strip().partition(":")
        if not colon or not user:
            raise InputError(f"{name}: line {number} is not USER:PASSWORD")
        if not hashed.startswith(_BCRYPT):
            raise InputError(
                f"{name}: line {number}: the password of {user} is not of bcrypt; write it with htpasswd -B"
            )
        checks[user] = _bcrypt_check(hashed.encode())
        _probe(checks[user], f"{name}: line {number}")
    if not checks:
        raise InputError(f"{name}: names no user; write one with htpasswd -B")
    return Accounts(checks)


def _bcrypt_check(hashed: bytes) -> Callable[[bytes], bool]:
    try:
        import bcrypt
    except ImportError:
        raise MissingExtra("--htpasswd", "serve") from None
    return lambda given: bcrypt.checkpw(given[:_MOST_BCRYPT_BYTES].replace(b"\0", b""), hashed)


def _probe(check: Callable[[bytes], bool], where: str) -> None:
    try:
        check(b"")
    except ValueError:
        raise InputError(f"{where}: the password is no whole hash of bcrypt; write it with htpasswd -B") from None


def _basic(authorization: str) -> tuple[str | None, bytes]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(authorization) > _MOST_HEADER:
        return None, b""
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (user.decode(), password) if colon else (None, b"")
    except (binascii.Error, UnicodeDecodeError):
        return None, b""
