"""Where a redirect may lead; pure, and one rule for every client here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from regplan.registry.redact import redact_url
from regplan.registry.wire import leads_inside, origin_of

if TYPE_CHECKING:
    from regplan.registry.ask import Ask
    from regplan.registry.options import ConnectionOptions

__all__ = ["is_followed", "onward_from", "refusal"]

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SAME_AGAIN: Final = frozenset({307, 308})


def is_followed(ask: Ask, status: int, url: str, location: str) -> bool:
    """Tell whether a redirect is followed: of a question anywhere, of what can be sent again within the same registry."""
    if ask.method in {"GET", "HEAD"}:
        return status in _REDIRECTS
    if status not in _SAME_AGAIN or not ask.is_replayable:
        return False
    onward = onward_from(url, location)
    return bool(onward) and origin_of(onward) == origin_of(url)


def onward_from(url: str, location: str) -> str:
    """Tell the whole URL that a Location means, "" where it means none.

    >>> onward_from("https://a.example/v2/x", "/v2/y"), onward_from("https://a.example/", "http://[::1/")
    ('https://a.example/v2/y', '')
    """
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def refusal(url: str, onward: str, peer: str, options: ConnectionOptions) -> str:
    """Tell why a redirect from `url` to `onward` is not followed, as the end of "HOST sends us on to"; "" where it is.

    `peer` is the address of who sends us on: from the outside nobody leads us to what only this network reaches, and
    nobody leads from TLS down to plain HTTP. Raises `RegistryError` for what is no URL.

    >>> from regplan.registry.options import ConnectionOptions
    >>> refusal("https://a.example/v2/", "https://10.0.0.1/x", "1.1.1.1", ConnectionOptions())
    'the internal address 10.0.0.1; it is not followed'
    >>> refusal("https://a.example/v2/", "https://cdn.example/x", "1.1.1.1", ConnectionOptions())
    ''
    """
    if not onward:
        return "what is no URL"
    here, there = origin_of(url), origin_of(onward)
    if there != here and leads_inside(there[1], peer or here[1]):
        return f"the internal address {there[1]}; it is not followed"
    netloc = urlsplit(onward).netloc.rpartition("@")[2]
    if here[0] == "https" and there[0] == "http" and not options.for_host(netloc).plain_http:
        return f"{redact_url(onward)} over plain HTTP; if that is meant, say --plain-http={netloc}"
    return ""
