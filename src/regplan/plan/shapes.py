"""The ways in which a registry may name its images, and which images to ask it for to find out. Pure.

Documented shapes: the source's host is kept (Palette's docs, and what regplan and `skopeo sync --scoped` write), the
profiles' own rules, the path alone (pushed by hand), its last component (`skopeo sync` without --scoped).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.plan.mapping import target_repository
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.image import Inventory
    from regplan.model.wiring import RewriteRules
    from regplan.oci.reference import Reference
    from regplan.plan.mapping import Mapping

__all__ = ["Shape", "choose_probes", "known_shapes", "without_clashes"]

_MOST_PROBES: Final = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """One way of naming, by the name that `--mapping` takes."""

    name: str
    mapping: Mapping


def known_shapes(rules: RewriteRules | None) -> tuple[Shape, ...]:
    """List the shapes in the order in which they are tried; `rules` are the profiles', None where they have none."""
    of_profiles = () if not rules else (Shape("profile", rules),)
    return (Shape("host", "host"), *of_profiles, Shape("plain", "plain"), Shape("last", "last"))


def choose_probes(
    references: Sequence[Reference], project: str, shapes: Sequence[Shape], most: int = _MOST_PROBES
) -> tuple[Reference, ...]:
    """Choose the images to ask for: those that most shapes name differently, spread over the list.

    A registry may have been filled in the list's order and only in part, so that the first ones alone would not do.
    """
    told = [(len({_name(reference, project, shape) for shape in shapes}), reference) for reference in references]
    if not told:
        return ()
    widest = max(count for count, _ in told)
    telling = [reference for count, reference in told if count == widest]
    if len(telling) <= most:
        return tuple(telling)
    return tuple(telling[place * (len(telling) - 1) // (most - 1)] for place in range(most))


def without_clashes(
    inventory: Inventory, project: str, mapping: Mapping
) -> tuple[Inventory, tuple[tuple[Reference, Reference], ...]]:
    """Leave out images whose tag another image has too under `mapping`; tell each with the one that was before it.

    Of two images under one tag a registry can hold one, so that no plan can ask for both.
    """
    first: dict[str, tuple[Reference, object]] = {}
    kept, clashing = [], []
    for entry in inventory.entries:
        name = f"{target_repository(entry.reference, project, mapping)}:{entry.reference.tag}"
        other, digest = first.setdefault(name, (entry.reference, entry.digest))
        if entry.reference.tag is None or digest == entry.digest:
            kept.append(entry)
        else:
            clashing.append((entry.reference, other))
    return replace(inventory, entries=tuple(kept)), tuple(clashing)


def _name(reference: Reference, project: str, shape: Shape) -> str:
    try:
        return target_repository(reference, project, shape.mapping)
    except InputError:
        return ""
