"""The last byte of a blob: one small answer that proves how long the blob is.

A HEAD proves nothing. Distribution 2.8 answers it from its cache of blob descriptors, which Harbor keeps in Redis, so that
a file that a reboot has cut off keeps its old length there (tried on 2.8.2: HEAD 200 with the right length; a GET of the
last byte breaks off, and after a restart is answered 416 with the true length). Zot looks at the file at both
(pkg/storage/imagestore, CheckBlob). The Range is closed, since some registries refuse an open one.
"""

from __future__ import annotations

import re
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from regplan.errors import Unreachable
from regplan.model.verifying import BlobLength
from regplan.registry.ask import Ask
from regplan.registry.auth import repository_scope
from regplan.registry.bodies import stream_body
from regplan.registry.wire import blob_path, range_header, size_of

if TYPE_CHECKING:
    import httpx

    from regplan.oci.descriptor import Descriptor
    from regplan.registry.bodies import Sending
    from regplan.registry.session import Session

__all__ = ["last_byte"]

_TOTAL: Final = re.compile(r"bytes\s+(?:\*|\d+-\d+)/(\d{1,18})(?!\d)", re.ASCII)
_TRIES: Final = 2


async def last_byte(session: Session, repository: str, descriptor: Descriptor) -> BlobLength | None:
    """Ask for the last byte of a blob; None where the repository does not have the blob.

    A registry that knows no ranges sends all of it: that answer is closed unread, and its length proves nothing.
    """
    what = f"blob {descriptor.digest} of {repository}"
    scopes = frozenset({repository_scope(repository, "pull")})
    good = frozenset({200, 206, 404, 416})
    place = descriptor.size - 1
    headers = {"Range": range_header(place, place)}
    ask = Ask("GET", blob_path(repository, descriptor.digest), what, repository, scopes, headers, good=good)
    for _ in range(_TRIES):
        async with session.open(ask) as (response, sending):
            if response.status_code == 404:
                return None
            if response.status_code == 416:
                return BlobLength(_total(response) or 0)
            if response.status_code == 200:
                return BlobLength(size_of(response.headers), is_proven=False)
            if await _comes(response, sending):
                total = _total(response)
                return BlobLength(descriptor.size if total is None else total)
    return BlobLength(None)


async def _comes(response: httpx.Response, sending: Sending) -> bool:
    """Tell whether the byte that was announced comes."""
    try:
        async with aclosing(stream_body(response, sending)) as chunks:
            return bool([chunk async for chunk in chunks if chunk])
    except Unreachable:
        return False


def _total(response: httpx.Response) -> int | None:
    match = _TOTAL.match(response.headers.get("content-range", ""))
    return None if match is None else int(match[1])
