"""Lists in pages: `n` and `last`, and the Link to what follows; pure (distribution-spec 1.1, "Listing Tags")."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from regplan.registry.serving.reply import Refused, refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.registry.serving.head import Head

__all__ = ["page_of"]

_MOST: Final = 10_000


def page_of(names: Sequence[str], head: Head) -> tuple[list[str], dict[str, str]]:
    """Tell the part of the sorted `names` that was asked for, and the Link header where more follows."""
    asked = head.parameter("n")
    if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise Refused(refusal(400, "PAGINATION_NUMBER_INVALID", "n is no number of names"))
    most = min(int(asked), _MOST) if asked else _MOST
    last = head.parameter("last")
    start = bisect_right(names, last) if last else 0
    page = list(names[start : start + most])
    if not page or start + most >= len(names):
        return page, {}
    return page, {"Link": f'<{quote(head.path)}?n={most}&last={quote(page[-1], safe="")}>; rel="next"'}
