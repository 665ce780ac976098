"""The rules, each a row of data with its source, and what they say of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.plan.rules import (
    certificate,
    content,
    drives,
    engine,
    hosts,
    images,
    kept,
    legacy,
    lint,
    losing,
    memory,
    modes,
    naming,
    referring,
    registry,
    requests,
    storage,
    survival,
    versions,
)
from regplan.plan.rules.rule import Basis, Rule, evaluate

if TYPE_CHECKING:
    from collections.abc import Collection

    from regplan.model.finding import Finding

__all__ = ["RULES", "Basis", "Rule", "check_rules", "find_rule"]

RULES: Final[tuple[Rule, ...]] = (
    *storage.RULES,
    *hosts.RULES,
    *drives.RULES,
    *engine.RULES,
    *requests.RULES,
    *losing.RULES,
    *versions.RULES,
    *modes.RULES,
    *survival.RULES,
    *images.RULES,
    *referring.RULES,
    *kept.RULES,
    *registry.RULES,
    *memory.RULES,
    *certificate.RULES,
    *legacy.RULES,
    *naming.RULES,
    *content.RULES,
    *lint.RULES,
)


def check_rules(basis: Basis, only: Collection[str] | None = None) -> tuple[Finding, ...]:
    """Look at every rule, or at some by their ids, in the order of `RULES`; one that does not apply says nothing."""
    rules = RULES if only is None else [rule for rule in RULES if rule.id in only]
    return tuple(finding for rule in rules for finding in evaluate(rule, basis))


def find_rule(rule_id: str) -> Rule | None:
    """Tell the row of a rule id, None for an unknown one.

    >>> find_rule("host.arch").title
    "Architecture of the registry's host"
    """
    return next((rule for rule in RULES if rule.id == rule_id), None)
