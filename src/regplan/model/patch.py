"""The image list that a pack should have, line by line, with what is changed in it."""

from __future__ import annotations

from regplan.values import dataclass

__all__ = ["ListPatch", "PatchLine"]


@dataclass(frozen=True, slots=True)
class PatchLine:
    """A line of a list: the image as it is to be written, and why; one that is not `is_active` stands in a comment.

    `is_new` tells that no list has it yet.
    """

    image: str
    why: str = ""
    is_active: bool = True
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class ListPatch:
    """The `pack.content.images` that a pack should have; `changes` tell in words what is not as it was."""

    file: str
    profile: str
    layer: str
    pack: str
    version: str
    lines: tuple[PatchLine, ...]
    changes: tuple[str, ...]
