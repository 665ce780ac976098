"""The image lists that packs should have: what is listed, written right, and what is missing, with the reason.

Nothing is left out silently. What a pack only might need stands in a comment, and so does an image whose tag nobody here
knows, since a list needs one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.patch import ListPatch, PatchLine
from regplan.model.profile import FoundBy, UseStatus
from regplan.patterns import pattern
from regplan.profile.checks.words import counted
from regplan.profile.macros import has_macro
from regplan.profile.mention import place_of
from regplan.profile.pack import MANAGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.profile import ImageUse
    from regplan.profile.settle import Settled

__all__ = ["list_patches"]

_RIGHT = pattern(r"pack\.content\.images\[[0-9]+\]\.image")
_PLACE = pattern(r"\[[0-9]+\]")
_RUN: Final = frozenset({FoundBy.CHART, FoundBy.TEMPLATE, FoundBy.WORKLOAD})


def list_patches(settled: Iterable[Settled]) -> tuple[ListPatch, ...]:
    """Write the image list of each pack whose list needs a change, in the order of the packs."""
    packs: dict[int, list[Settled]] = {}
    for each in settled:
        if each.raw.origin in MANAGED:
            packs.setdefault(id(each.raw), []).append(each)
    found = (_patch(each) for each in packs.values())
    return tuple(each for each in found if each is not None)


def _patch(settled: Sequence[Settled]) -> ListPatch | None:
    raw = settled[0].raw
    listed = [each.use for each in settled if each.use.provenance.found_by is FoundBy.LIST]
    seen = [each.use for each in settled if each.use.provenance.found_by is not FoundBy.LIST]
    more = _added(seen, {use.reference for use in listed if use.reference is not None})
    added = [line for line in more if line.is_active or line.is_new]
    changes = (*_mended(listed), *((f"{counted(added, 'image')} added",) if added else ()))
    if not changes:
        return None
    lines = (*(_kept(use) for use in listed), *more)
    return ListPatch(
        raw.where.file, raw.where.profile, raw.where.layer, raw.where.pack, raw.where.version, lines, changes
    )


def _mended(listed: Sequence[ImageUse]) -> tuple[str, ...]:
    """Tell the places of a list that Palette does not read as they are, each once, and the texts that are no reference."""
    keys = (use.provenance.key for use in listed if _RIGHT.fullmatch(use.provenance.key) is None)
    places = dict.fromkeys(f"`{_PLACE.sub('[]', key)}` becomes `pack.content.images[].image`" for key in keys)
    wrong = [use for use in listed if _is_no_reference(use)]
    return (*places, *((f"{counted(wrong, 'text')} that is no reference put into a comment",) if wrong else ()))


def _kept(use: ImageUse) -> PatchLine:
    text = use.text.strip().strip("\"'`").strip()
    if _is_no_reference(use):
        return PatchLine(text or "REFERENCE", use.problem, is_active=False)
    why = f"unused: {use.note}" if use.status is UseStatus.UNUSED else ""
    return PatchLine(text, why)


def _is_no_reference(use: ImageUse) -> bool:
    return use.reference is None and use.is_counted and not has_macro(use.text)


def _added(seen: Sequence[ImageUse], listed: set[object]) -> list[PatchLine]:
    """Write a line for each image that the list lacks, the certain ones first."""
    lines: dict[str, PatchLine] = {}
    for use in seen:
        if use.status is UseStatus.LISTED or (use.reference is not None and use.reference in listed):
            continue
        line = _line(use)
        known = lines.get(line.image) if line is not None else None
        if line is not None and (known is None or (line.is_active, line.is_new) > (known.is_active, known.is_new)):
            lines[line.image] = line
    return sorted(lines.values(), key=lambda line: (not line.is_active, not line.is_new))


def _line(use: ImageUse) -> PatchLine | None:
    name = str(use.reference) if use.reference is not None else use.text.strip()
    if not name:
        return None
    place, note = place_of(use.provenance), f"; {use.note}" if use.note else ""
    is_needed = use.is_counted and use.status in {UseStatus.MISSING, UseStatus.UNKNOWN}
    if is_needed and use.reference is None:
        image = name if has_macro(name) else f"{name}:TAG"
        return PatchLine(
            image, f"fill in what is not known: {use.problem} ({place}){note}", is_active=False, is_new=True
        )
    if use.status is UseStatus.MISSING:
        verb = "runs in" if use.provenance.found_by in _RUN else "named in"
        return PatchLine(name, f"{verb} {place}{note}", is_new=True)
    if is_needed:
        return PatchLine(name, f"named in {place}; take it out if nothing runs it", is_new=True)
    if use.status is UseStatus.ONLY_IF_ENABLED:
        return PatchLine(name, f"only with {use.enabled_by or 'an option'} ({place})", is_active=False)
    return PatchLine(name, f"named in {place}; nobody can tell here whether it runs{note}", is_active=False)
