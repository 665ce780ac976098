"""One mention of an image: the text as it is written, and the reference that it means."""

from __future__ import annotations

import re

from regplan.errors import InvalidReference
from regplan.model.profile import ImageUse, Provenance, UseStatus
from regplan.oci.reference import Reference, without_password
from regplan.profile.macros import Scope, expand

__all__ = ["image_use", "strip_reference", "tells_same"]

_SCHEME = re.compile(r"\A(?:container|docker|oci)://", re.IGNORECASE)
_QUOTES = "\"'`"


def strip_reference(text: str) -> str:
    """Take blanks, quotes and the schemes of packs off a reference.

    >>> strip_reference("container://us-docker.pkg.dev/a/b:1 ")
    'us-docker.pkg.dev/a/b:1'
    """
    return _SCHEME.sub("", text.strip().strip(_QUOTES).strip(), count=1)


def image_use(
    text: str, where: Provenance, scope: Scope | None = None, status: UseStatus = UseStatus.LISTED
) -> ImageUse:
    """Read one mention; where it cannot be understood, its reference is None and its problem says why.

    >>> str(image_use("redis:7", Provenance("list.txt")).reference)
    'docker.io/library/redis:7'
    """
    if not text.strip():
        return ImageUse(text, None, where, status, "no image is named here")
    filled = expand(text, scope if scope is not None else Scope())
    if filled.text is None:
        return ImageUse(text, None, where, status, filled.problem)
    try:
        return ImageUse(text, Reference.parse(strip_reference(filled.text)), where, status)
    except InvalidReference as error:
        return ImageUse(without_password(text), None, where, status, str(error))


def tells_same(listed: Reference, used: Reference) -> bool:
    """Tell whether a registry that holds `listed` serves `used`: same name, and same digest or else same tag.

    >>> tells_same(Reference.parse("nginx:1.27"), Reference.parse("docker.io/library/nginx:1.27"))
    True
    """
    if listed.name != used.name:
        return False
    if listed.digest is not None and used.digest is not None:
        return listed.digest == used.digest
    return listed.tag is not None and listed.tag == used.tag
