"""Users' own rules as documents, and read back from them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from regplan.model.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.model.own_rule import OwnRule

__all__ = ["own_rules_document", "own_rules_from"]


def own_rules_document(rules: Iterable[OwnRule]) -> list[dict[str, object]]:
    """Write the rows of users' own rules, with the columns of their files."""
    return [
        {
            "id": rule.id,
            "title": rule.title,
            "compares": rule.compares,
            "measured": rule.measured,
            "op": rule.op,
            "threshold": list(rule.threshold) if isinstance(rule.threshold, tuple) else rule.threshold,
            "unit": rule.unit,
            "source": rule.source,
            "since": rule.since,
            "reading": rule.reading,
            "verdict": rule.broken.value,
            "where": rule.where,
            "fix": rule.fix,
            "tolerance": rule.tolerance,
            "file": rule.file,
        }
        for rule in rules
    ]


def own_rules_from(document: Mapping[str, Any]) -> tuple[OwnRule, ...]:
    """Read the same back; an older plan has none."""
    from regplan.model.own_rule import OwnRule

    names = [each.name for each in fields(OwnRule)]
    found = []
    for told in document.get("own_rules", ()):
        given = {**told, "broken": Verdict(told["verdict"])}
        if isinstance(given["threshold"], list):
            given["threshold"] = tuple(given["threshold"])
        found.append(OwnRule(**{name: given[name] for name in names}))
    return tuple(found)
