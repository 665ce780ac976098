"""One request as a handler sees it, and what handlers check of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.errors import InvalidDigest
from regplan.oci.digest import Digest
from regplan.registry.serving.reply import Refused, refusal
from regplan.registry.serving.routes import is_tag
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.shelf import Shelf, WritableShelf
    from regplan.registry.serving.body import Body
    from regplan.registry.serving.head import Head
    from regplan.registry.serving.routes import Route

__all__ = ["Call", "parse_digest"]


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked (`head`, `route`, `body`) of what is served; `writable` is there where a handler may write."""

    head: Head
    route: Route
    body: Body
    shelf: Shelf
    writable: WritableShelf

    @property
    def repository(self) -> str:
        """The repository that the path names."""
        return self.route.repository

    @property
    def digest(self) -> Digest:
        """The digest that the path names; anything else is refused."""
        return parse_digest(self.route.target)

    def target(self) -> str:
        """Tell the tag or digest that the path names; what can be neither names no manifest."""
        target = self.route.target
        if ":" in target:
            return str(parse_digest(target))
        if is_tag(target):
            return target
        writes = self.head.method == "PUT"
        status, code = (400, "MANIFEST_INVALID") if writes else (404, "MANIFEST_UNKNOWN")
        raise Refused(refusal(status, code, f"{target[:128]!r} is neither a tag nor a digest"))


def parse_digest(text: str) -> Digest:
    """Read a digest, refusing what is none with 400."""
    try:
        return Digest.parse(text)
    except InvalidDigest as error:
        raise Refused(refusal(400, "DIGEST_INVALID", str(error)[:300])) from None
