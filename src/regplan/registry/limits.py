"""Docker Hub's rate-limit headers, which other registries send too; pure.

Source: Docker docs, "Docker Hub pull usage and limits": `ratelimit-limit: 100;w=21600`, `ratelimit-remaining`,
`docker-ratelimit-source`, on GET and HEAD of a manifest; they are absent where nothing is counted.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.limits import RateLimit
from regplan.registry.redact import redact_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["fewer_left", "rate_limit_of"]

_COUNT = re.compile(r"\s*(\d{1,12})\s*(?:$|[;,])", re.ASCII)
_WINDOW = re.compile(r";\s*w\s*=\s*(\d{1,12})", re.ASCII)
_MOST_SOURCE = 80


def rate_limit_of(host: str, headers: Mapping[str, str]) -> RateLimit | None:
    """Read what an answer of `host` says of its limit; None where it says nothing that can be read.

    >>> rate_limit_of("docker.io", {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "87;w=21600"})
    RateLimit(host='docker.io', limit=100, remaining=87, window_s=21600, source='', used=0)
    """
    allowed, left = headers.get("ratelimit-limit", ""), headers.get("ratelimit-remaining", "")
    limit, remaining = _COUNT.match(allowed), _COUNT.match(left)
    if limit is None and remaining is None:
        return None
    window = _WINDOW.search(allowed) or _WINDOW.search(left)
    return RateLimit(
        host,
        int(limit[1]) if limit else None,
        int(remaining[1]) if remaining else None,
        int(window[1]) if window else None,
        redact_text(headers.get("docker-ratelimit-source", ""))[:_MOST_SOURCE],
    )


def fewer_left(known: RateLimit | None, told: RateLimit | None, used: int = 0) -> RateLimit | None:
    """Choose what holds now of what two answers said: where several are asked at once, the last to come is not the newest.

    In one run, pulls of one limit only get fewer; another limit, window or source is another account's, and newer. `used`
    are the pulls that were made so far, whatever was told of them.

    >>> fewer_left(RateLimit("h", 100, 86, 60), RateLimit("h", 100, 87, 60)).remaining
    86
    >>> fewer_left(RateLimit("h", 100, 86, 60), None, 3).used
    3
    """
    newest = told or known
    if newest is None:
        return None
    if known is not None and told is not None and known.remaining is not None and told.remaining is not None:
        is_same = (known.limit, known.window_s, known.source) == (told.limit, told.window_s, told.source)
        newest = known if is_same and known.remaining < told.remaining else told
    return replace(newest, used=used)
