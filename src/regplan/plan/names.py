"""Which references get one name at the registry, and whether that name then means one image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.model.finding import Verdict
from regplan.plan.mapping import target_name, target_repository
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.model.image import Inventory
    from regplan.model.profile import RegistrySettings
    from regplan.model.wiring import RewriteRules
    from regplan.oci.digest import Digest
    from regplan.oci.reference import Reference
    from regplan.plan.mapping import Mapping as Naming

__all__ = ["Clash", "clashes", "known_digests", "moved", "profile_mapping", "target_names"]


@dataclass(frozen=True, slots=True)
class Clash:
    """References that get one name: INFO where they are one image, FAIL where they are several or nobody can tell."""

    name: str
    references: tuple[Reference, ...]
    verdict: Verdict
    is_known: bool


def target_names(
    references: Iterable[Reference], project: str, mapping: Naming
) -> tuple[dict[Reference, str], tuple[str, ...]]:
    """Map references to their names at the registry, and tell of those whose name no registry takes."""
    names: dict[Reference, str] = {}
    problems: list[str] = []
    for reference in references:
        try:
            names[reference] = target_name(reference, project, mapping)
        except InputError as error:
            problems.append(str(error))
    return names, tuple(problems)


def profile_mapping(settings: RegistrySettings) -> RewriteRules:
    """Tell the rules of the profiles that rename images at the registry.

    With Registry Connect `imageReplacementRules` alone do; `registryMappingRules` then say where content is mirrored
    (Palette docs, "Installer Reference").
    """
    rules = settings.wiring.rules
    return replace(rules, mapped=()) if settings.has_connect else rules


def known_digests(inventory: Inventory) -> dict[Reference, tuple[Digest, ...]]:
    """Map each reference to its digests, the one that its tag names first: the index where that is kept, else an image."""
    return {
        entry.reference: (
            *((entry.digest,) if entry.indexes else ()),
            *(index.digest for index in reversed(entry.indexes)),
            *(image.digest for image in entry.images),
        )
        for entry in inventory.entries
    }


def clashes(
    references: Iterable[Reference], project: str, mapping: Naming, known: Mapping[Reference, tuple[Digest, ...]]
) -> tuple[Clash, ...]:
    """Find the tags at the registry that several references want; names that no registry takes are left out.

    One that is pinned and the same one with its tag alone are one image as far as anybody says.
    """
    wanted: dict[str, list[Reference]] = {}
    for reference in dict.fromkeys(references):
        if reference.tag is not None:
            try:
                repository = target_repository(reference, project, mapping)
            except InputError:
                continue
            wanted.setdefault(f"{repository}:{reference.tag}", []).append(reference)
    return tuple(_clash(name, tuple(found), known) for name, found in wanted.items() if len(found) > 1)


def moved(references: Iterable[Reference], project: str, mapping: Naming) -> tuple[Reference, ...]:
    """List the references that another mapping than the default gives another name."""
    every = tuple(references)
    plain, other = (target_names(every, project, each)[0] for each in ("host", mapping))
    return tuple(reference for reference in every if plain.get(reference) != other.get(reference))


def _clash(name: str, references: tuple[Reference, ...], known: Mapping[Reference, tuple[Digest, ...]]) -> Clash:
    digests = [known.get(each) or ((each.digest,) if each.digest is not None else ()) for each in references]
    told = [each for each in digests if each]
    differ = any(not _agree(told[0], other) for other in told[1:])
    is_known = len(told) == len(references)
    one_source = len({reference.name for reference in references}) == 1
    is_one = not differ and (is_known or one_source)
    return Clash(name, references, Verdict.INFO if is_one else Verdict.FAIL, differ or is_known)


def _agree(one: tuple[Digest, ...], other: tuple[Digest, ...]) -> bool:
    """Tell whether two are one image, or one is in the other's index, so that a tag on the index serves both."""
    return one[0] in other or other[0] in one
