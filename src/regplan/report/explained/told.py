"""What a table of meanings has for each path."""

from __future__ import annotations

from regplan.values import NamedTuple

__all__ = ["Told"]


class Told(NamedTuple):
    """What a number is; texts may have `{doc[...]}` and `{row[...]}`, which take from the document and the innermost object.

    `provenance` is measured, declared, rule or assumed; `unit` is told where the number's name does not say it.
    """

    says: str
    provenance: str
    source: str
    unit: str = ""
