"""What all packs of a site together list, run, and would run if something were switched on: looked up by name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.oci.platform import Platform
from regplan.patterns import pattern
from regplan.profile.mention import tells_same
from regplan.profile.parts import Evidence
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.model.profile import ImageUse, Workload
    from regplan.oci.reference import Reference
    from regplan.profile.parts import Sighting

__all__ = ["Known", "References", "by_name", "ground"]

_OS_LABELS: Final = frozenset({"beta.kubernetes.io/os", "kubernetes.io/os"})
_ARCH_LABELS: Final = frozenset({"beta.kubernetes.io/arch", "kubernetes.io/arch"})
_USUAL: Final = "amd64"
# A term of a node affinity, as `Workload.node_affinity` writes it.
_IN = pattern(r"([\w./-]+) in \(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class References:
    """References by their full repository names, in order of mention."""

    names: Mapping[str, Sequence[Reference]]

    def serving(self, sighting: Sighting) -> Reference | None:
        """Find the one that serves a sighting: the same digest or tag, or any tag where the sighting's is not known."""
        named = self.names.get(sighting.name, ())
        used = sighting.use.reference
        return next((each for each in named if used is None or tells_same(each, used)), None)


@dataclass(frozen=True, slots=True)
class Known:
    """What the packs of a site list, what they use, and what they would use once something is switched on."""

    listed: References
    live: Mapping[str, Sequence[Sighting]]
    off: Mapping[str, Sequence[Sighting]]

    @classmethod
    def of(cls, listed: Iterable[ImageUse], sightings: Iterable[Sighting]) -> Known:
        """Put together what is listed and what was sighted anywhere."""
        live: dict[str, list[Sighting]] = {}
        off: dict[str, list[Sighting]] = {}
        for sighting in sightings:
            if sighting.evidence is not Evidence.DEAD:
                (off if sighting.evidence is Evidence.OFF else live).setdefault(sighting.name, []).append(sighting)
        return cls(by_name(listed), live, off)

    def is_live(self, reference: Reference) -> bool:
        """Tell whether anything that is not switched off uses an image, or may."""
        return any(_is_of(each, reference) for each in self.live.get(reference.name, ()))

    def runs(self, reference: Reference) -> bool:
        """Tell whether a pod is seen to use an image."""
        return any(
            _is_of(each, reference) and each.evidence is Evidence.RUNS for each in self.live.get(reference.name, ())
        )

    def gates(self, reference: Reference) -> tuple[str, ...]:
        """Tell what must be switched on before anything uses an image, once each."""
        named = (each for each in self.off.get(reference.name, ()) if _is_of(each, reference))
        return tuple(dict.fromkeys(each.use.enabled_by or "an option" for each in named))


def by_name(uses: Iterable[ImageUse]) -> References:
    """Sort the references of mentions by their names."""
    names: dict[str, list[Reference]] = {}
    for use in uses:
        if use.reference is not None:
            names.setdefault(use.reference.name, []).append(use.reference)
    return References(names)


def ground(
    sightings: Sequence[Sighting], workloads: Sequence[Workload], architectures: frozenset[str]
) -> tuple[Sighting, ...]:
    """Switch off what none of the hosts can run, such as a DaemonSet for Windows: Edge hosts run Linux.

    `architectures` are the hosts'; where they are not known, amd64 is taken for the only one, as everywhere else.
    """
    hosts = architectures or frozenset({_USUAL})
    needs = {image: _needed_host(each, hosts) for each in workloads for image in each.images}
    # An image that another workload runs too is needed all the same.
    needs |= {image: "" for each in workloads if not _needed_host(each, hosts) for image in each.images}
    return tuple(
        replace(each, evidence=Evidence.OFF, use=replace(each.use, enabled_by=needed))
        if each.evidence is Evidence.RUNS
        and each.use.reference is not None
        and (needed := needs.get(each.use.reference, ""))
        else each
        for each in sightings
    )


def _needed_host(workload: Workload, architectures: frozenset[str]) -> str:
    """Tell which host a workload needs that the site does not have, "" where it may run on one that it has."""
    labels = dict(workload.node_selector)
    systems = _labelled(workload, labels, _OS_LABELS)
    if systems and "linux" not in systems:
        return f"a host that runs {' or '.join(sorted(systems))}"
    machines = _labelled(workload, labels, _ARCH_LABELS)
    known = {Platform.of("linux", each).architecture for each in machines}
    return f"a host that is {' or '.join(sorted(machines))}" if known and known.isdisjoint(architectures) else ""


def _labelled(workload: Workload, labels: Mapping[str, str], names: frozenset[str]) -> set[str]:
    """Tell which values of a label a workload's hosts may have; nothing where any will do, or a macro stands there."""
    told = {labels[name] for name in names & labels.keys()}
    if not told:
        terms = [_IN.findall(term) for term in workload.node_affinity]
        values = [{each for name, listed in term if name in names for each in listed.split(",")} for term in terms]
        told = set().union(*values) if values and all(values) else set()
    return set() if any("{{" in each for each in told) else told


def _is_of(sighting: Sighting, reference: Reference) -> bool:
    used = sighting.use.reference
    return used is None or tells_same(reference, used)
