"""A request and its answer as whoever watches is told of it: no header, no body, no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.exchange import Exchange
from regplan.registry.faults import Failure
from regplan.registry.redact import redact_url

if TYPE_CHECKING:
    import httpx

    from regplan.registry.bodies import Sending
    from regplan.registry.small import Reply

__all__ = ["exchange_of"]


def exchange_of(sending: Sending, said: httpx.Response | Reply | Failure, at_s: float, took_s: float) -> Exchange:
    """Tell a request with what came back: the length of its body by its header."""
    url = redact_url(sending.url)
    if isinstance(said, Failure):
        return Exchange(at_s, sending.method, sending.host, url, None, None, took_s, said.fault.name.lower())
    length = said.headers.get("content-length", "")
    size = int(length) if length.isascii() and length.isdigit() else None
    return Exchange(at_s, sending.method, sending.host, url, said.status_code, size, took_s)
