"""Kubernetes quantities of a manifest: read with their macros filled in, or told with their key."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from regplan.errors import InvalidQuantity
from regplan.model.finding import Finding, Verdict
from regplan.profile.macros import Expanded, expand, has_macro
from regplan.profile.tree import describe, dig, line_of
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.profile import Provenance
    from regplan.profile.composer import Tree
    from regplan.profile.macros import Scope
    from regplan.profile.parts import Problems

__all__ = ["Desk"]


@dataclass(slots=True)
class Desk:
    """What reading one object needs at every step; what cannot be known is added to `problems` or to `findings`.

    `where` is the object's provenance; its key names the manifest and the object.
    """

    where: Provenance
    scope: Scope
    problems: Problems
    findings: list[Finding] = field(default_factory=list)

    def at(self, key: str, line: int | None = None) -> Provenance:
        """Tell the provenance of a key of the object."""
        return replace(self.where, key=f"{self.where.key} {key}".strip(), line=line or self.where.line or None)

    def quantity(self, holder: Tree, name: str, key: str, parse: Callable[[str], int]) -> int | None:
        """Read the quantity that stands at `name` of `holder`, in base units; None where there is none, or none known."""
        given = dig(holder, name)
        if given is None:
            return None
        path = f"{key}.{name}"
        if not isinstance(given, str):
            where = self.at(path, line_of(holder, name))
            self.problem(where, f"a quantity such as 500m or 2Gi is expected, and here is {describe(given)}")
            return None
        # Most quantities are plain, and where they stand need not be told.
        filled = self.filled(given, self.at(path, line_of(holder, name)), path) if has_macro(given) else given
        try:
            return None if filled is None else parse(filled)
        except InvalidQuantity as error:
            self.problem(self.at(path, line_of(holder, name)), str(error))
            return None

    def filled(self, text: str, where: Provenance, what: str) -> str | None:
        """Fill in the macros of a text; None and a finding where that cannot be."""
        expanded: Expanded = expand(text, self.scope)
        if expanded.text is None:
            message = f"{where}: {what} is not known: {expanded.problem}."
            fix, source = "Give the macro a value.", 'Palette docs, "Macros"'
            self.findings.append(
                Finding("profile.unresolved-macro", Verdict.INFO, message, where=str(where), fix=fix, source=source)
            )
        return expanded.text

    def problem(self, where: Provenance, problem: str) -> None:
        """Note what nobody could read: the file, the line where it is known, the pack, the key."""
        key = f"{where.pack} {where.key}".strip()
        self.problems.add(where.file, f"line {where.line}: {key}" if where.line else key, problem)
