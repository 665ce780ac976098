"""The one place where secrets are taken out of what people and logs get to see; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.registry.options import Secret

__all__ = ["redact_headers", "redact_text", "redact_url"]

_HIDDEN: Final = "***"
# What the specification itself puts into a query; everything else may be a session, a signature or a token.
_SHOWN: Final = frozenset({"artifactType", "digest", "from", "last", "mount", "n", "ns", "scope", "service", "tag"})
_SECRET_HEADERS: Final = frozenset(
    {"apikey", "authorization", "cookie", "proxy-authenticate", "proxy-authorization", "set-cookie", "x-registry-auth"}
)
_URL = re.compile(r"\bhttps?:(?://|\\/\\/)[^\s\"'<>]+")
_SCHEME = re.compile(r"\b(bearer|basic)\s+(?!realm\b)[A-Za-z0-9._~+/=-]{4,}", re.IGNORECASE)
_PAIR = re.compile(
    r"([\"']?\b[\w-]*(?:passw(?:or)?d|secret|token|signature|_state|api[_-]?key|credential)[\w-]*[\"']?\s*[:=]\s*)"
    r"(\"[^\"]*\"|'[^']*'|[^\s,;&\"']+)",
    re.IGNORECASE,
)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def redact_url(url: str) -> str:
    """Tell a URL without user, password, fragment and all query values that may be secret.

    >>> redact_url("https://me:pw@a.example/v2/x/blobs/uploads/1?_state=abc&digest=sha256:00")
    'https://a.example/v2/x/blobs/uploads/1?_state=***&digest=sha256:00'
    """
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return _HIDDEN
    shown = [(key, quote(value, safe=":/,*@") if key in _SHOWN else _HIDDEN) for key, value in pairs]
    query = "&".join(f"{quote(key)}={value}" for key, value in shown)
    if parts.query and not pairs:
        query = _HIDDEN
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Tell headers with every value hidden that holds or may hold a secret.

    >>> redact_headers({"Authorization": "Basic eDp5", "Accept": "*/*"})
    {'Authorization': '***', 'Accept': '*/*'}
    """
    return {name: _HIDDEN if name.lower() in _SECRET_HEADERS else redact_text(value) for name, value in headers.items()}


def redact_text(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Tell free text, such as a registry's message, on one line, without secrets and control characters.

    `secrets` are values that must not show in any case; the patterns catch those that nobody told us of.

    >>> redact_text("token=abc refused, see https://a.example/?sig=1")
    'token=*** refused, see https://a.example/?sig=***'
    """
    for secret in sorted((secret.reveal() for secret in secrets if secret), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    text = _CONTROL.sub(" ", text).strip()
    text = _URL.sub(lambda match: redact_url(match[0].replace("\\/", "/")), text)
    text = _SCHEME.sub(lambda match: f"{match[1]} {_HIDDEN}", text)
    text = _PAIR.sub(lambda match: f"{match[1]}{_HIDDEN}", text)
    return _JWT.sub(_HIDDEN, text)
