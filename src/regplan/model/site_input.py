"""A key of the site file that can be set, as a value."""

from __future__ import annotations

from regplan.values import dataclass

__all__ = ["SiteInput"]


@dataclass(frozen=True, slots=True)
class SiteInput:
    """A key that can be set: its value as the file has it or what stands for it, and whether the file has it.

    `name` names the host too where it is a host's; `takes` tells in words what it can be. `before` is the value in the file
    that was read, "" where it is the same.
    """

    name: str
    path: str
    value: str
    is_written: bool
    takes: str
    meaning: str
    source: str = ""
    before: str = ""
