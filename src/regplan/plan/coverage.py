"""What stands at a target, told image by image and version by version. Pure."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.model.coverage import Coverage, CoveredImage, CoveredVersion, Room
from regplan.model.image import Inventory
from regplan.plan.packs import is_provided, mentions_of
from regplan.plan.sharing import known_sizes
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.model.image import ResolvedReference
    from regplan.model.profile import Declarations
    from regplan.model.survival import HostNeeds
    from regplan.model.verifying import VerifyResult

__all__ = ["VersionImages", "cover", "narrowed", "room_for"]

_STATES = ("missing", "wrong", "equivalent", "unpinned")


@dataclass(frozen=True, slots=True)
class VersionImages:
    """One version of a site's profiles: its name, what it declares, what of it was resolved, and what each host pulls."""

    name: str
    declarations: Declarations
    inventory: Inventory
    needs: Mapping[str, HostNeeds] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """Name every reference that it needs, in order of first mention."""
        return tuple(map(str, self.declarations.references()))


def cover(result: VerifyResult, versions: Sequence[VersionImages], asked: Sequence[str], *, sync: bool) -> Coverage:
    """Tell what was found of every image that one of `versions` needs; `sync` tells whether gaps are fetched from afar."""
    states = {name: state for state in reversed(_STATES) for name in getattr(result, state)}
    images: dict[str, None] = {}
    for version in versions:
        images.update(dict.fromkeys(version.names()))
    facts = _Facts(versions)
    covered = (facts.covered(name, states.get(name, "complete"), sync=sync) for name in images)
    return Coverage(tuple(covered), tuple(_version(each, states) for each in versions), tuple(asked), sync)


def room_for(
    coverage: Coverage, versions: Sequence[VersionImages], required_bytes: int, claimed_bytes: int | None
) -> Room:
    """Tell how many unique bytes of all versions stand at the target, how many are to come, and what the claim is."""
    entries = {str(entry.reference): entry for version in versions for entry in version.inventory.entries}
    lacking = {image.reference for image in coverage.images if image.state in {"missing", "wrong"}}
    held = known_sizes(_of(entry for name, entry in entries.items() if name not in lacking))
    wanted = known_sizes(_of(entries.values()))
    to_come = sum(size or 0 for digest, size in wanted.items() if digest not in held)
    return Room(sum(size or 0 for size in held.values()), to_come, required_bytes, claimed_bytes)


def narrowed(names: Iterable[str], coverage: Coverage) -> tuple[str, ...]:
    """Keep the references of versions that were asked for, and whatever no version names."""
    of = {image.reference: image.versions for image in coverage.images}
    asked = set(coverage.asked)
    return tuple(name for name in names if name not in of or asked & set(of[name]))


class _Facts:
    """Who needs which image, over all versions."""

    def __init__(self, versions: Sequence[VersionImages]) -> None:
        self._versions = [(version, frozenset(version.names())) for version in versions]
        self._workloads: dict[str, dict[str, None]] = {}
        self._provenance: dict[str, dict[str, None]] = {}
        self._provided: dict[str, bool] = {}
        for version in versions:
            self._note(version.declarations)

    def covered(self, name: str, state: str, *, sync: bool) -> CoveredImage:
        versions = [version for version, names in self._versions if name in names]
        placed = {host: None for version in versions for host, needs in version.needs.items() if name in needs.placed}
        adrift = {host: None for version in versions for host, needs in version.needs.items() if name in needs.adrift}
        return CoveredImage(
            name,
            state,
            tuple(version.name for version in versions),
            tuple(self._provenance.get(name, ())),
            tuple(placed),
            tuple(host for host in adrift if host not in placed),
            tuple(self._workloads.get(name, ())),
            self._effect(name, state, sync=sync),
        )

    def _effect(self, name: str, state: str, *, sync: bool) -> str:
        if state not in {"missing", "wrong"}:
            return ""
        if self._provided.get(name, False):
            return "provided"
        if state == "wrong":
            return "wrong"
        return "internet" if sync else "fails"

    def _note(self, declarations: Declarations) -> None:
        for reference, mentions in mentions_of(declarations).items():
            name = str(reference)
            self._provenance.setdefault(name, {}).update(dict.fromkeys(map(str, mentions)))
            self._provided[name] = self._provided.get(name, True) and any(map(is_provided, mentions))
        for workload in declarations.workloads:
            told = "/".join(filter(None, (workload.namespace, workload.name)))
            for reference in workload.images:
                self._workloads.setdefault(str(reference), {})[f"{workload.kind} {told}"] = None


def _version(version: VersionImages, states: Mapping[str, str]) -> CoveredVersion:
    names = version.names()
    found = {state: tuple(sorted(name for name in names if states.get(name) == state)) for state in _STATES}
    return CoveredVersion(
        version.name,
        len(names),
        found["missing"],
        found["wrong"],
        found["equivalent"],
        found["unpinned"],
        len(version.inventory.unresolved),
    )


def _of(entries: Iterable[ResolvedReference]) -> Inventory:
    return Inventory(tuple(entries))
