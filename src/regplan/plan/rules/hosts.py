"""Rules about hosts as they are documented: processors, memory and architecture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.oci.platform import Platform
from regplan.plan.rules.rule import Observation, Rule, Threshold
from regplan.plan.rules.sources import HARDWARE, PRIMARY, SINCE_PRIMARY
from regplan.units import GB, GiB, format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regplan.model.site import Host, Site
    from regplan.plan.rules.rule import Basis

__all__ = ["NO_HOSTS", "RULES"]

_SINGLE: Final = "one host"
_NO_REGISTRY: Final = "no primary registry"
NO_HOSTS: Final = Observation("This cannot be checked.", where="hosts", absent="`hosts`")
_ALL: Final = (Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE)


def _each(site: Site, see: Callable[[Host], Observation]) -> Iterator[Observation]:
    if not site.hosts:
        yield NO_HOSTS
    for host in site.hosts:
        yield see(host)


def _when(site: Site) -> str:
    if site.registry is None:
        return _NO_REGISTRY
    return _SINGLE if len(site.hosts) == 1 else ""


def _who(when: str) -> str:
    subjects = {_SINGLE: "The only host of a cluster", _NO_REGISTRY: "A host without a primary registry"}
    return subjects.get(when, "A host")


def _page(when: str) -> str:
    return HARDWARE if when == _NO_REGISTRY else PRIMARY


def _look_cpu(rule: Rule, basis: Basis) -> Iterator[Observation]:
    when = _when(basis.facts.site)
    required = rule.number(when)

    def see(host: Host) -> Observation:
        has = "" if host.cpu_milli is None else f"{host.name} has {host.cpu_milli / 1000:g} CPU. "
        return Observation(
            f"{has}{_who(when)} needs {required / 1000:g} CPU.",
            host.cpu_milli,
            required,
            where=host.name,
            fix=f"Give {host.name} at least {required / 1000:g} CPU.",
            absent=f"`cpu` of host {host.name}",
            source=_page(when),
        )

    return _each(basis.facts.site, see)


def _look_memory(rule: Rule, basis: Basis) -> Iterator[Observation]:
    when = _when(basis.facts.site)
    required = rule.number(when)
    documented, binary = required // GB, required // GB * GiB

    def see(host: Host) -> Observation:
        has, note = "", ""
        if host.memory_bytes is not None:
            has = f"{host.name} has {format_bytes(host.memory_bytes)} of memory. "
            note = ", met" if host.memory_bytes >= binary else ", not met"
        return Observation(
            f"{has}{_who(when)} needs {documented} GB; read as {documented} GiB it would be {format_bytes(binary)}{note}.",
            host.memory_bytes,
            required,
            where=host.name,
            fix=f"Give {host.name} at least {documented} GB of memory.",
            absent=f"`memory` of host {host.name}",
            source=_page(when),
        )

    return _each(basis.facts.site, see)


def _look_arch(rule: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    if site.registry is None:
        return
    if not site.hosts:
        yield NO_HOSTS
        return
    count = sum(Platform.of("linux", host.arch).architecture == "amd64" for host in site.hosts)
    yield Observation(
        f"{count} of {len(site.hosts)} hosts are AMD64 (x86_64); a primary registry needs one.",
        count,
        rule.number(),
        where="hosts",
        fix="Add an AMD64 (x86_64) host for the registry.",
    )


RULES: Final = (
    Rule(
        id="host.cpu",
        title="Processors of each host",
        compares="each host's `cpu` with the documented minimum",
        source=PRIMARY,
        verdicts=_ALL,
        look=_look_cpu,
        thresholds=(Threshold(4000), Threshold(6000, _SINGLE), Threshold(2000, _NO_REGISTRY)),
        unit="milli",
        since=SINCE_PRIMARY,
    ),
    Rule(
        id="host.memory",
        title="Memory of each host",
        compares="each host's `memory` with the documented minimum",
        source=PRIMARY,
        verdicts=(*_ALL, Verdict.MARGINAL),
        look=_look_memory,
        thresholds=(Threshold(8 * GB), Threshold(12 * GB, _SINGLE), Threshold(8 * GB, _NO_REGISTRY)),
        unit="bytes",
        since=SINCE_PRIMARY,
        reading="decimal, GB = 10^9; up to 5 % below is MARGINAL, since firmware and kernel take their share; the "
        "message says whether GiB would be met too",
        tolerance_percent=5,
    ),
    Rule(
        id="host.arch",
        title="Architecture of the registry's host",
        compares="the count of AMD64 hosts with one; applies where there is a primary registry",
        source=PRIMARY,
        verdicts=_ALL,
        look=_look_arch,
        thresholds=(Threshold(1),),
        unit="hosts",
        since=SINCE_PRIMARY,
    ),
)
