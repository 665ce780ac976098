"""What a key and a section of the site file are; `site_keys` has the table of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.profile.site_kinds import Kind

__all__ = ["Key", "Section"]


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping of the site file; `is_list`: several of them; `is_whole`: left out, it has no single defaults."""

    path: str
    meaning: str
    is_list: bool = False
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the site file.

    `field` is the attribute that it fills. `default` is what a left-out key means, written as YAML; where that is no
    value, `otherwise` says it in words, and unless both are empty a plan names it. `example` stands in the template, as
    a comment unless `is_shown`. `source` is who says so.
    """

    path: str
    field: str
    kind: Kind
    meaning: str
    default: str = ""
    otherwise: str = ""
    example: str = ""
    is_shown: bool = False
    is_required: bool = False
    source: str = ""

    @property
    def section(self) -> str:
        """The path of the section that the key stands in, "" at the top."""
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The key's own name."""
        return self.path.rpartition(".")[2]
