"""Where a redirect may lead; pure, and one rule for every client here."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from regplan.registry.redact import redact_url
from regplan.registry.wire import leads_inside, origin_of

if TYPE_CHECKING:
    from regplan.registry.options import ConnectionOptions

__all__ = ["refusal"]


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
    here, there = origin_of(url), origin_of(onward)
    if there != here and leads_inside(there[1], peer or here[1]):
        return f"the internal address {there[1]}; it is not followed"
    netloc = urlsplit(onward).netloc.rpartition("@")[2]
    if here[0] == "https" and there[0] == "http" and not options.for_host(netloc).plain_http:
        return f"{redact_url(onward)} over plain HTTP; if that is meant, say --plain-http={netloc}"
    return ""
