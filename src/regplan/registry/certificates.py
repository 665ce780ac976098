"""A server's certificate chain as it was sent, read by OpenSSL itself, whether it is trusted or not.

Python shows an unverified chain publicly from 3.13 on, and then only as bytes; the object below it has had the chain with its
fields since 3.10. Where a Python lacks that, the server's own fingerprint is still told.
"""

from __future__ import annotations

import hashlib
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from regplan.model.probe import Certificate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["read_chain"]

_DER: Final = 2  # _ssl.ENCODING_DER
_MOST: Final = 10
_MOST_NAMES: Final = 100
_MOST_TEXT: Final = 200
_SHORT: Final = {"commonName": "CN", "organizationName": "O", "organizationalUnitName": "OU", "countryName": "C"}
_DAY_S: Final = 86_400


def read_chain(connection: ssl.SSLObject, now: datetime) -> tuple[Certificate, ...]:
    """Read the certificates that the other side sent, its own first; `now` is for the days that are left."""
    below: Any = getattr(connection, "_sslobj", None)
    try:
        chain: Sequence[Any] = below.get_unverified_chain() or ()
        return tuple(_read(each.get_info(), each.public_bytes(_DER), now) for each in chain[:_MOST])
    except (AttributeError, ValueError, TypeError):
        own = connection.getpeercert(binary_form=True)
        return (Certificate(_fingerprint(own)),) if own else ()


def _read(info: Mapping[str, Any], data: bytes, now: datetime) -> Certificate:
    begins, ends = (_time(info.get(key, "")) for key in ("notBefore", "notAfter"))
    return Certificate(
        fingerprint=_fingerprint(data),
        subject=_name(info.get("subject", ())),
        issuer=_name(info.get("issuer", ())),
        names=tuple(_plain(name) for _, name in info.get("subjectAltName", ())[:_MOST_NAMES]),
        not_before="" if begins is None else begins.isoformat(),
        not_after="" if ends is None else ends.isoformat(),
        days_left=None if ends is None else int((ends - now).total_seconds() // _DAY_S),
    )


def _fingerprint(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _name(parts: Sequence[Sequence[tuple[str, str]]]) -> str:
    """Write a distinguished name in its own order, as OpenSSL's -nameopt does."""
    return ", ".join(f"{_SHORT.get(kind, kind)}={_plain(value)}" for part in parts for kind, value in part)


def _plain(text: str) -> str:
    """Make a text that a server wrote one harmless line."""
    shown = "".join(each if each.isprintable() else "?" for each in text)
    return shown if len(shown) <= _MOST_TEXT else f"{shown[:_MOST_TEXT]}…"


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None
