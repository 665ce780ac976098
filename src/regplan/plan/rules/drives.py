"""The rule about each host's main drive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.plan.facts import unresolved_references
from regplan.plan.hosts.drives import Sizes, beside_images, disk_of, drive_need
from regplan.plan.rules.hosts import NO_HOSTS
from regplan.plan.rules.rule import Observation, Rule, Threshold
from regplan.plan.rules.sources import HARDWARE
from regplan.units import GB, format_bytes, format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.plan import HostDisk
    from regplan.model.site import Host
    from regplan.plan.hosts.drives import Beside
    from regplan.plan.prepared import Prepared
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES", "drive_bytes"]

_DOCUMENTED: Final = 100 * GB


def drive_bytes(host: Host, basis: Basis) -> int:
    """Tell what a host's main drive must have at least."""
    disk, beside = disk_of(host, basis.facts), _beside_on(host, basis)
    return drive_need(disk.size_bytes, beside, _DOCUMENTED, basis.facts.site.assumptions).value


def _look_disk(rule: Rule, basis: Basis) -> Iterator[Observation]:
    if not basis.facts.site.hosts:
        yield NO_HOSTS
    for host in basis.facts.site.hosts:
        yield _see(host, rule.number(), basis)


def _see(host: Host, documented: int, basis: Basis) -> Observation:
    disk, beside = disk_of(host, basis.facts), _beside_on(host, basis)
    required = drive_need(disk.size_bytes, beside, documented, basis.facts.site.assumptions)
    has = "" if host.storage_bytes is None else f"{host.name} has a drive of {format_bytes(host.storage_bytes)}. "
    lost = _unresolved_on(host, beside, basis)
    least = f" at least, with {format_count(lost, 'image')} unresolved that may come there" if lost else ""
    fits = host.storage_bytes is not None and host.storage_bytes >= required.value
    return Observation(
        f"{has}A main drive has at least {format_bytes(documented)}; this host's {format_bytes(disk.content_bytes)} of "
        f"images take {format_bytes(disk.size_bytes)} there, compressed and unpacked ({_known(disk, basis)})"
        f"{_beside(beside)}. With the room that the kubelet keeps free, and the next version beside this one, it needs "
        f"{format_bytes(required.value)}{least}.",
        host.storage_bytes,
        required.value,
        where=host.name,
        fix="Resolve what is unknown, or state its size in `declared_sizes`."
        if fits
        else f"Give {host.name} a main drive of at least {format_bytes(required.value)} ({required.value:,} B).",
        verdict=Verdict.INCOMPLETE if fits and lost else None,
        absent=f"`storage` of host {host.name}",
        formulas=(required.formula,),
    )


def _unresolved_on(host: Host, beside: Beside, basis: Basis) -> int:
    """Count the images that nobody could answer for and that may come to a host, in a bundle or since it may run them."""
    lost = unresolved_references(basis.facts)
    needs = basis.facts.needs.get(host.name)
    if not lost or beside.bundle or needs is None:
        return len(lost)
    named = basis.prepared.once(_named)
    # What is no reference has no placement, and may be anywhere.
    return sum(
        each.reference in needs.placed or each.reference in needs.adrift or each.reference not in named for each in lost
    )


def _named(prepared: Prepared) -> frozenset[str]:
    return frozenset(map(str, prepared.declarations.references()))


def _beside_on(host: Host, basis: Basis) -> Beside:
    facts = basis.facts
    content = basis.layers.unique_bytes + sum(each.size_bytes for each in facts.inventory.declared)
    return beside_images(host, facts, basis.hosting, Sizes(content, basis.need.required_bytes))


def _beside(beside: Beside) -> str:
    parts = (
        ("the registry's claim of", beside.claim),
        ("a bundle of", beside.bundle),
        ("system partitions of", beside.partitions),
    )
    told = [f"{what} {format_bytes(size)}" for what, size in parts if size]
    return f", beside {' and '.join(told)}" if told else ""


def _known(disk: HostDisk, basis: Basis) -> str:
    assumed = f"unpacked_ratio {basis.facts.site.assumptions.unpacked_ratio:g}"
    told = {"measured": "unpacked sizes measured", "mixed": f"unpacked sizes measured, else {assumed}"}
    how = told.get(disk.provenance, assumed)
    if disk.high_bytes <= disk.size_bytes:
        return how
    return f"{how}; with every image of unknown placement here it would be {format_bytes(disk.high_bytes)}"


RULES: Final = (
    Rule(
        id="host.disk",
        title="Main drive of each host",
        compares="each host's `storage` with the documented minimum, or where they take more with its images compressed and "
        "unpacked, what lies beside them, and what the kubelet keeps free; a lower bound that fits is INCOMPLETE",
        source=HARDWARE,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE),
        look=_look_disk,
        thresholds=(Threshold(_DOCUMENTED),),
        unit="bytes",
        reading="decimal, GB = 10^9",
    ),
)
