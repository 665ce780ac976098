"""What whoever hands a report over puts on it: for whom, by whom, which revision, with which logo."""

from __future__ import annotations

import base64
from typing import Final

from regplan.errors import InputError
from regplan.values import dataclass

__all__ = ["Front", "Logo", "read_logo"]

_KINDS: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_MOST_BYTES: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture, PNG or JPEG, with its media type."""

    content: bytes
    media_type: str

    @property
    def kind(self) -> str:
        """Its kind as file names tell it."""
        return self.media_type.rpartition("/")[2].replace("jpeg", "jpg")

    @property
    def data_uri(self) -> str:
        """The picture as it stands in a page that loads nothing."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True, slots=True)
class Front:
    """Names for a cover, "" for what nobody gave, and a logo."""

    customer: str = ""
    project: str = ""
    author: str = ""
    revision: str = ""
    logo: Logo | None = None

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """What was given, with its label, in the order of a cover.

        >>> Front(author="A. Planner", customer="Retail").told
        (('Customer', 'Retail'), ('Author', 'A. Planner'))
        """
        every = (
            ("Customer", self.customer),
            ("Project", self.project),
            ("Author", self.author),
            ("Revision", self.revision),
        )
        return tuple((label, value) for label, value in every if value)


def read_logo(content: bytes, name: str) -> Logo:
    """Take a file for a logo; raises `InputError` for what is no PNG or JPEG, or larger than 2 MB."""
    kind = next((kind for start, kind in _KINDS.items() if content.startswith(start)), None)
    if kind is None:
        raise InputError(f"{name}: a logo is a PNG or JPEG file")
    if len(content) > _MOST_BYTES:
        raise InputError(f"{name}: a logo has at most 2 MB, and this has {len(content):,} bytes")
    return Logo(content, kind)
