"""Every change that is tried, in the documented order; a rule needs none of its own as long as one of these moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.plan.fixes.content import content_levers
from regplan.plan.fixes.hosts import host_levers
from regplan.plan.fixes.packs import pack_levers
from regplan.plan.fixes.primary import primary_levers
from regplan.plan.fixes.registry import registry_levers
from regplan.plan.fixes.site import site_levers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.finding import Finding
    from regplan.plan.fixes.ground import Ground, Lever
    from regplan.plan.fixes.problems import Problem

__all__ = ["levers_of"]


def levers_of(ground: Ground, findings: Sequence[Finding], problems: Sequence[Problem]) -> tuple[Lever, ...]:
    """List what may be changed of a ground that has these findings."""
    return (
        *registry_levers(ground),
        *primary_levers(ground, problems),
        *site_levers(ground, findings),
        *pack_levers(ground, findings),
        *content_levers(ground),
        *host_levers(ground, problems),
    )
