"""The name of an image that is not known to its end."""

from __future__ import annotations

import re

from regplan.errors import InvalidReference
from regplan.oci.reference import Reference
from regplan.profile.charts.data import MARK

__all__ = ["known_name"]

_ENDING = re.compile(rf"(?P<name>[^{MARK}:@]+(?::[0-9]+/[^{MARK}:@]+)?)(?::[^/]*|@.*)")


def known_name(text: str) -> str | None:
    """Tell an image's text up to its tag where only its tag or digest is not known; None where its name is not.

    >>> known_name("quay.io/a/b:"), known_name("corp:5000/a@sha256:")
    ('quay.io/a/b', 'corp:5000/a')
    """
    match = _ENDING.fullmatch(text)
    if match is None:
        return None
    try:
        Reference.parse(match["name"])
    except InvalidReference:
        return None
    return match["name"]
