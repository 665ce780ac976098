"""What was handed over beside a cluster profile joins it: packs on disk, charts, and what Palette answered.

A pack on disk joins the profile's pack of its name: that of the same version, or the only one there is. It brings its
charts, its presets, its manifests and its constraints, and never its values, since the profile's own are what Palette
applies. A chart joins the packs and values files that configure it under `charts.NAME`, name it under
`pack.content.charts`, or have its name. Where a folder holds several packs, those that no profile has are left out: it is
a shelf to take from. A single pack that no profile has is read by itself.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Finding, Verdict
from regplan.profile.composer import Seq
from regplan.profile.parts import Origin, RawPack, RawProfile
from regplan.profile.tree import dig
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.profile.kinds import Part
    from regplan.profile.parts import Problems, RawChart

__all__ = ["Joined", "join"]

_SHELVED: Final = frozenset({Origin.PACK, Origin.CHART})
_CONFIGURING: Final = frozenset({Origin.PROFILE, Origin.VALUES, Origin.PACK})


@dataclass(frozen=True, slots=True)
class Joined:
    """What remains once everything is joined, in order, and what is to be told of it."""

    parts: tuple[RawProfile | RawPack, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Shelf:
    """The packs and charts at hand, which of them somebody took, and what is to be told."""

    packs: list[RawPack]
    charts: list[RawPack]
    taken: set[int] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def take(self, found: Sequence[RawPack], version: str) -> RawPack | None:
        """Take what has the version, or the only one there is."""
        same = [each for each in found if _bare(each.pack.version) == _bare(version)]
        if not same and len(found) != 1:
            return None
        taken = (same or found)[0]
        self.taken.add(id(taken))
        return taken


def join(groups: Sequence[Sequence[Part]], problems: Problems) -> Joined:
    """Join what belongs together; `groups` has the parts of each thing that was handed over, in order.

    What does not fit is added to `problems`.
    """
    parts = [part for group in groups for part in group]
    packs = [part for part in parts if isinstance(part, RawPack)]
    shelf = _Shelf(
        [each for each in packs if each.origin is Origin.PACK], [each for each in packs if each.origin is Origin.CHART]
    )
    answers = [part for part in parts if not isinstance(part, (RawPack, RawProfile))]
    profiles = tuple(part for part in parts if isinstance(part, RawProfile))
    if answers:
        from regplan.profile.answers import apply_answers

        profiles = apply_answers(profiles, answers, problems)
    filled = iter([_profile(each, shelf) for each in profiles])
    configured = {id(each): _with_charts(each, shelf) for each in packs if each.origin in _CONFIGURING}
    found: list[RawProfile | RawPack] = []
    for group in groups:
        is_shelf = bool(profiles) and sum(_is_shelved(part) for part in group) > 1
        for part in group:
            if isinstance(part, RawProfile):
                found.append(next(filled))
            elif isinstance(part, RawPack) and id(part) not in shelf.taken and not (is_shelf and _is_shelved(part)):
                found.append(configured.get(id(part), part))
    return Joined(tuple(found), tuple(shelf.findings))


def _is_shelved(part: Part) -> bool:
    return isinstance(part, RawPack) and part.origin in _SHELVED


def _profile(profile: RawProfile, shelf: _Shelf) -> RawProfile:
    packs = tuple(_with_charts(_with_pack(raw, shelf), shelf) for raw in profile.packs)
    return replace(profile, profile=replace(profile.profile, packs=tuple(each.pack for each in packs)), packs=packs)


def _with_pack(raw: RawPack, shelf: _Shelf) -> RawPack:
    """Give a profile's pack what its folder has; a folder of another version is better than none, and is told."""
    disk = shelf.take([each for each in shelf.packs if each.pack.name == raw.pack.name], raw.pack.version)
    if disk is None:
        return raw
    if _bare(disk.pack.version) != _bare(raw.pack.version):
        shelf.findings.append(_other_version(raw, disk))
    own = {each.key for each in raw.manifests}
    manifests = (each for each in disk.manifests if each.key not in own and not each.key.startswith("values."))
    presets = (replace(each, is_on=f"{each.group}:{each.name}" in raw.enabled_presets) for each in disk.presets)
    return replace(
        raw,
        pack=replace(raw.pack, needs=disk.pack.needs, dependencies=disk.pack.dependencies),
        manifests=(*raw.manifests, *manifests),
        charts=raw.charts or disk.charts,
        presets=raw.presets or tuple(presets),
    )


def _with_charts(raw: RawPack, shelf: _Shelf) -> RawPack:
    """Give a pack the charts that it configures or names and that are at hand by themselves."""
    have = {each.name for each in raw.charts}
    versions = _charts_of(raw)
    charts: list[RawChart] = []
    for name, version in versions.items():
        if name not in have:
            found = shelf.take([each for each in shelf.charts if each.pack.name == name], version)
            charts += found.charts if found is not None else ()
    return replace(raw, charts=(*raw.charts, *charts)) if charts else raw


def _charts_of(raw: RawPack) -> dict[str, str]:
    """Tell the charts that a pack may have, each with the version that is wanted."""
    found = {raw.pack.name: raw.pack.version} if raw.pack.name else {}
    for name in dig(raw.values, "charts") or ():
        found.setdefault(str(name), raw.pack.version)
    named = dig(raw.values, "pack", "content", "charts")
    for each in named if isinstance(named, Seq) else ():
        name, version = dig(each, "name"), dig(each, "version")
        if isinstance(name, str):
            found[name] = version if isinstance(version, str) else raw.pack.version
    return found


def _bare(version: str) -> str:
    return version.strip().removeprefix("v")


def _other_version(raw: RawPack, disk: RawPack) -> Finding:
    message = (
        f"{raw.where}: the pack at hand is version {disk.pack.version or '(none)'} and the profile's is "
        f"{raw.pack.version or '(none)'}; its charts and manifests are read all the same."
    )
    fix = f"Hand over version {raw.pack.version} of the pack." if raw.pack.version else "Say which version is meant."
    source = "regplan: a pack at hand joins the profile's pack of its name"
    return Finding("profile.other-version", Verdict.INFO, message, where=str(raw.where), fix=fix, source=source)
