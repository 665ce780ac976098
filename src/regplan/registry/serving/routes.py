"""Paths of the distribution specification, each to what it names; pure (distribution-spec 1.1, "Endpoints")."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from regplan.values import dataclass

__all__ = ["Place", "Route", "is_repository", "is_tag", "route_of"]

_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_MOST_REPOSITORY: Final = 255


class Place(StrEnum):
    """What a path names."""

    BASE = "base"
    CATALOG = "catalog"
    MANIFEST = "manifest"
    BLOB = "blob"
    UPLOADS = "uploads"
    UPLOAD = "upload"
    TAGS = "tags"
    REFERRERS = "referrers"


@dataclass(frozen=True, slots=True)
class Route:
    """What a path names, in which repository; `target` is a tag, a digest or an upload, not looked at yet."""

    place: Place
    repository: str = ""
    target: str = ""


# The last of the words that can be one counts: a repository may have any of them in its name.
_PATHS: Final = (
    (Place.UPLOADS, re.compile(r"/v2/(.+)/blobs/uploads/?")),
    (Place.UPLOAD, re.compile(r"/v2/(.+)/blobs/uploads/([^/]+)")),
    (Place.TAGS, re.compile(r"/v2/(.+)/tags/list")),
    (Place.MANIFEST, re.compile(r"/v2/(.+)/manifests/([^/]+)")),
    (Place.BLOB, re.compile(r"/v2/(.+)/blobs/([^/]+)")),
    (Place.REFERRERS, re.compile(r"/v2/(.+)/referrers/([^/]+)")),
)


def route_of(path: str) -> Route | None:
    """Tell what a decoded path names, or None where it is none of a registry's.

    >>> route_of("/v2/a/b/manifests/1.0")
    Route(place=<Place.MANIFEST: 'manifest'>, repository='a/b', target='1.0')
    """
    if path in {"/v2", "/v2/"}:
        return Route(Place.BASE)
    if path == "/v2/_catalog":
        return Route(Place.CATALOG)
    for place, pattern in _PATHS:
        if match := pattern.fullmatch(path):
            return Route(place, *match.groups())
    return None


def is_repository(name: str) -> bool:
    """Tell whether a text is a repository's name: no path out of a folder is.

    >>> is_repository("a/b-c"), is_repository("a/../b"), is_repository("A"), is_repository(".uploads")
    (True, False, False, False)
    """
    return len(name) <= _MOST_REPOSITORY and _REPOSITORY.fullmatch(name) is not None


def is_tag(text: str) -> bool:
    """Tell whether a text is a tag."""
    return _TAG.fullmatch(text) is not None
