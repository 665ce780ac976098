"""What each mention's status is, once everything that is listed and everything that runs is known.

An image that runs, or that values switch on by name, is `listed` where some list of the site has it, since the registry
holds what any profile lists; else it is `missing` where Palette manages the pack, and `listed` where manifests or a
chart were handed over by themselves. What must be switched on first is `only-if-enabled`, what nobody can tell is
`unknown`. But where the pack's own list has the same repository under another host, and nothing pulls that one, the
list proves that the image is needed, so that it is `missing` too.

A listed image is `unused` where something shows that the site does not need it, whether or not all is in sight; `Why`
names what. It counts all the same, since it is seeded.
"""

from __future__ import annotations

from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from regplan.model.profile import UseStatus
from regplan.profile.joined import joined
from regplan.profile.macros import has_macro
from regplan.profile.mention import may_be_same
from regplan.profile.pack import MANAGED
from regplan.profile.parts import Evidence
from regplan.profile.sighted import Known, References, by_name, ground
from regplan.profile.variants import architecture_of, is_windows, kernel_variants
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.profile import ImageUse
    from regplan.oci.reference import Reference
    from regplan.profile.pack import PackUses
    from regplan.profile.parts import RawPack, Sighting

__all__ = ["Settled", "Why", "settle"]


class Why(StrEnum):
    """Why a mention is `missing` or `unused`, where it is more than plainly so."""

    PLAIN = "plain"
    MISSPELT = "its key is misspelt"
    HOST = "another host"
    TAG = "another tag"
    WINDOWS = "for Windows"
    MACHINE = "for another architecture"
    VARIANT = "one of several variants"
    OFF = "only once something is switched on"
    NOWHERE = "named by nothing else"


@dataclass(frozen=True, slots=True)
class Settled:
    """A mention of a pack with its status and why."""

    raw: RawPack
    use: ImageUse
    why: Why = Why.PLAIN


class _Like(NamedTuple):
    why: Why
    reference: Reference


@dataclass(frozen=True, slots=True)
class _Own:
    """A pack with its own list by name and by path, and what all packs together name."""

    pack: PackUses
    known: Known
    names: References
    paths: Mapping[str, Sequence[Reference]]
    pulled: Mapping[str, str]
    variants: Mapping[Reference, str] = field(default_factory=dict)
    architectures: frozenset[str] = frozenset()

    def settled(self, use: ImageUse, why: Why = Why.PLAIN) -> Settled:
        """Settle a mention of this pack."""
        return Settled(self.pack.raw, use, why)

    def like(self, sighting: Sighting) -> _Like | None:
        """Find what the pack's list has instead of what was sighted: another tag, else another host."""
        named = self.names.names.get(sighting.name, ())
        if named:
            return _Like(Why.TAG, named[0])
        path = sighting.name.partition("/")[2]
        return next((_Like(Why.HOST, each) for each in self.paths.get(path, ())), None)


def settle(packs: Sequence[PackUses], architectures: frozenset[str] = frozenset()) -> tuple[Settled, ...]:
    """Tell every mention of every pack, in order, each with its status; `architectures` are the hosts', if known."""
    seen = [joined(ground(pack.sightings, pack.workloads, architectures), pack.listed, pack.raw) for pack in packs]
    listed = (use for pack in packs for use in pack.listed if use.status is UseStatus.LISTED)
    known = Known.of(listed, (sighting for each in seen for sighting in each))
    settled: list[Settled] = []
    for pack, sightings in zip(packs, seen, strict=True):
        own = _own(pack, sightings, known, architectures)
        settled += (_settle_listed(use, own) for use in pack.listed)
        settled += (_settle_sighted(each, own) for each in sightings if each.evidence is not Evidence.DEAD)
    return tuple(settled)


def _own(pack: PackUses, sightings: Sequence[Sighting], known: Known, architectures: frozenset[str]) -> _Own:
    names = by_name(use for use in pack.listed if use.status is UseStatus.LISTED)
    paths: dict[str, list[Reference]] = {}
    for reference in (each for references in names.names.values() for each in references):
        paths.setdefault(reference.repository, []).append(reference)
    variants = kernel_variants(each for references in names.names.values() for each in references)
    families = {each: family for family, references in variants.items() for each in references}
    return _Own(pack, known, names, paths, _pulled(sightings, names), families, architectures)


def _pulled(sightings: Sequence[Sighting], names: References) -> dict[str, str]:
    """Map the repository of what is used, and is not listed by any tag, to its full name."""
    used = (each.name for each in sightings if each.evidence not in {Evidence.OFF, Evidence.DEAD})
    return {name.partition("/")[2]: name for name in used if name and name not in names.names}


def _settle_listed(use: ImageUse, own: _Own) -> Settled:
    if use.status is UseStatus.MISSING:
        note = "its key is misspelt, so that Palette does not see it"
        return own.settled(replace(use, note=note), Why.MISSPELT)
    unused = _unused(use.reference, own) if use.reference is not None and use.status is UseStatus.LISTED else None
    if unused is None:
        return own.settled(use)
    why, note = unused
    return own.settled(replace(use, status=UseStatus.UNUSED, note=note), why)


def _unused(reference: Reference, own: _Own) -> tuple[Why, str] | None:
    """Tell why a listed image is not needed, in words too; None where it is, or may be."""
    if own.known.runs(reference):
        return None
    elsewhere = _for_other_hosts(reference, own.architectures)
    return elsewhere if elsewhere is not None or own.known.is_live(reference) else _unnamed(reference, own)


def _for_other_hosts(reference: Reference, architectures: frozenset[str]) -> tuple[Why, str] | None:
    if is_windows(reference):
        return Why.WINDOWS, "it is for Windows, and Edge hosts run Linux"
    machine = architecture_of(reference)
    if machine is None or not architectures or machine in architectures:
        return None
    return Why.MACHINE, f"it is for {machine}, and the hosts are {' and '.join(sorted(architectures))}"


def _unnamed(reference: Reference, own: _Own) -> tuple[Why, str] | None:
    """Tell what it means that nothing which is switched on names a listed image; None where it means nothing."""
    gates = own.known.gates(reference)
    if reference in own.variants:
        return Why.VARIANT, "one of several variants, each for another distribution"
    if gates:
        return Why.OFF, f"only used with {' or '.join(gates)}"
    if reference.repository in own.pulled:
        return Why.HOST, f"the pack uses {own.pulled[reference.repository]} instead"
    if (
        own.pack.is_in_sight
        and own.pack.sightings
        and reference.repository.removeprefix("library/") not in own.pack.words
    ):
        return Why.NOWHERE, "nothing else that the pack holds names it"
    return None


def _settle_sighted(sighting: Sighting, own: _Own) -> Settled:
    use = sighting.use
    if sighting.evidence is Evidence.OFF:
        return own.settled(replace(use, status=UseStatus.ONLY_IF_ENABLED, is_counted=False))
    served = own.names.serving(sighting) or own.known.listed.serving(sighting)
    if served is not None:
        return own.settled(_served(use, served))
    if sighting.evidence is Evidence.MAYBE:
        return _settle_possible(use, own.like(sighting), own)
    if own.pack.raw.origin not in MANAGED:
        return own.settled(replace(use, status=UseStatus.LISTED))
    if not sighting.name:
        return own.settled(replace(use, status=UseStatus.UNKNOWN))
    return _missing(use, own.like(sighting), own)


def _served(use: ImageUse, served: Reference) -> ImageUse:
    if use.reference is not None:
        return replace(use, status=UseStatus.LISTED)
    # It says no tag, and the list does: this is one more mention of what is listed.
    return replace(use, status=UseStatus.LISTED, reference=served, problem="", note="named here without a tag")


def _settle_possible(use: ImageUse, like: _Like | None, own: _Own) -> Settled:
    is_managed = own.pack.raw.origin in MANAGED
    if is_managed and like is not None and like.why is Why.HOST and not own.known.is_live(like.reference):
        return _missing(use, like, own)
    # A list, even a wrong one, says what is needed; without one, whatever is named may be.
    is_counted = not own.pack.listed and (use.reference is not None or has_macro(use.text))
    note = f"the list has {like.reference}" if like is not None else ""
    return own.settled(replace(use, status=UseStatus.UNKNOWN, is_counted=is_counted, note=note))


def _missing(use: ImageUse, like: _Like | None, own: _Own) -> Settled:
    if like is None:
        return own.settled(replace(use, status=UseStatus.MISSING))
    if use.reference is not None and may_be_same(like.reference, use.reference):
        note = f"the list has {like.reference}, which may be the same image"
        return own.settled(replace(use, status=UseStatus.UNKNOWN, note=note), like.why)
    note = f"the list has {like.reference} instead"
    return own.settled(replace(use, status=UseStatus.MISSING, note=note), like.why)
