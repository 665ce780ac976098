"""Values that are ready to be pasted where a registry is configured."""

from __future__ import annotations

from regplan.values import dataclass

__all__ = ["PasteValue"]


@dataclass(frozen=True, slots=True)
class PasteValue:
    """A text with the plan's numbers: `where` it goes, its `form` (yaml or json), and why it is as it is."""

    name: str
    where: str
    form: str
    text: str
    why: str
