"""One mention of an image: the text as it is written, and the reference that it means."""

from __future__ import annotations

import re
from typing import Final

from regplan.errors import InvalidReference
from regplan.model.profile import ImageUse, Provenance, UseStatus
from regplan.oci.reference import Reference, without_password
from regplan.patterns import pattern
from regplan.profile.macros import Scope, expand

__all__ = ["TAG_UNSAID", "image_use", "may_be_same", "place_of", "strip_reference", "tells_same"]

# The problem of an image whose name is known: its chart fills in a version of its own.
TAG_UNSAID: Final = "its tag is not said"
_SCHEME = pattern(r"\A(?:container|docker|oci)://", re.IGNORECASE)
_QUOTES = "\"'`"
_MOST_TEXT: Final = 2_000
# What packs write where they have no image, such as the provider image in agent mode.
_NOTHING = pattern(r"N/?A")


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
    if len(text) > _MOST_TEXT:
        return ImageUse(f"{text[:60]}…", None, where, status, f"no reference has more than {_MOST_TEXT:,} characters")
    if not text.strip():
        return ImageUse(text, None, where, status, "no image is named here")
    filled = expand(text, scope if scope is not None else Scope())
    if filled.text is None:
        return ImageUse(text, None, where, status, filled.problem)
    if _NOTHING.fullmatch(filled.text.strip()):
        return ImageUse(
            text, None, where, UseStatus.UNKNOWN, f"it says {filled.text.strip()}: no image", is_counted=False
        )
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


def place_of(where: Provenance) -> str:
    """Tell where a mention stands, as editors and compilers write it: the file and its line, else the key.

    >>> place_of(Provenance("a.yaml", key="charts.web.image", line=7)), place_of(Provenance("a.json", "shop", "web"))
    ('a.yaml:7', 'shop > web')
    """
    return f"{where.file}:{where.line}" if where.line else str(where)


def may_be_same(listed: Reference, used: Reference) -> bool:
    """Tell whether nobody can say if two mentions are of one image: one has a tag alone, the other a digest alone.

    >>> pinned = Reference.parse("nginx@sha256:" + "a" * 64)
    >>> may_be_same(pinned, Reference.parse("nginx:1.27")), may_be_same(Reference.parse("nginx:1"), Reference.parse("nginx:2"))
    (True, False)
    """
    return listed.name == used.name and {_form(listed), _form(used)} == {"tag", "digest"}


def _form(reference: Reference) -> str:
    if reference.digest is None:
        return "tag"
    return "digest" if reference.tag is None else "both"
