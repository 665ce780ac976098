"""Rules about what is behind the registry's claim: disks, storage class, the charts' defaults, and growing in place."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.model.formula import Formula, Input
from regplan.plan.backends import BACKENDS, backend_of, copies_of
from regplan.plan.disks import disk_need
from regplan.plan.rules.rule import Observation, Rule, listed
from regplan.plan.rules.sources import CHARTS, OWN, PRIMARY
from regplan.units import GiB, format_bytes, format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.disks import DiskNeed
    from regplan.model.wiring import RegistryPack
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]

_NO_REGISTRY: Final = Observation(
    "The site plans no primary registry, so this rule does not apply.", where="registry", verdict=Verdict.INFO
)
_CLAIM: Final = "`registry.storage`"
# What the charts claim where nobody says more (goharbor/harbor-helm v1.19.1 and project-zot/helm-charts, values.yaml).
_DEFAULTS: Final = {"harbor": 5 * GiB, "zot": 8 * GiB}


def _look_disk(_: Rule, basis: Basis) -> Iterator[Observation]:
    facts = basis.facts
    backend, need = backend_of(facts), disk_need(facts)
    if facts.site.registry is None:
        yield _NO_REGISTRY
    elif backend is not None and backend.is_outside:
        yield Observation(
            "The claim lies on a file server outside these hosts, whose disks are not part of this plan.",
            where="registry.storage_class",
            verdict=Verdict.INFO,
        )
    elif need is None or not facts.site.hosts:
        yield Observation("This cannot be checked.", where="hosts", absent=_CLAIM if need is None else "`hosts`")
    else:
        yield _disk(need, spreads=backend is not None and backend.spreads)


def _disk(need: DiskNeed, *, spreads: bool) -> Observation:
    unknown = [host.name for host in need.hosts if host.storage_bytes is None]
    copies = "one copy" if need.copies == 1 else f"{need.copies} copies, each on a host of its own,"
    kept = f", {need.reserve:.0%} of each disk being reserved," if need.reserve else ""
    by = f" on {need.backend}" if need.backend else ""
    hosts = format_count(len(need.hosts), "host")
    is_one = len(need.hosts) == 1
    few = (
        f" There {'is' if is_one else 'are'} {hosts} for {need.copies} copies." if len(need.hosts) < need.copies else ""
    )
    each = (
        f"{format_bytes(need.raw_node_bytes)} on {'one host' if need.copies == 1 else f'each of {need.copies} hosts'}"
    )
    if spreads:
        each = f"spread over the hosts, at most {format_bytes(need.raw_node_bytes)} on one"
    room = "" if need.room_bytes is None else f"; the hosts' drives have room for {format_bytes(need.room_bytes)}"
    return Observation(
        f"A claim of {format_bytes(need.claimed_bytes)}{by} with {copies}{kept} takes {format_bytes(need.raw_cluster_bytes)} "
        f"of disk, {each}{room}.{few}",
        need.room_bytes,
        need.raw_cluster_bytes,
        where="hosts",
        fix=_larger(need),
        absent=f"`storage` of host {', '.join(unknown)}" if need.room_bytes is None else "",
        formulas=_formulas(need),
    )


def _formulas(need: DiskNeed) -> tuple[Formula, ...]:
    names = {"room_bytes": "measured", "raw_cluster_bytes": "required"}
    return tuple(replace(each, key=names[each.key]) for each in need.formulas if each.key in names)


def _larger(need: DiskNeed) -> str:
    """Tell the least that helps: which hosts need which drive, or how many hosts are missing."""
    if len(need.hosts) < need.copies:
        return f"Add {format_count(need.copies - len(need.hosts), 'host')} with a drive of at least {format_bytes(need.raw_node_bytes)}, or keep fewer copies (`registry.replicas`)."  # fmt: skip
    short = [host.name for host in need.hosts if host.takes_bytes and (host.storage_bytes or 0) < need.raw_node_bytes]
    if not short:
        return "Give the hosts larger drives, keep fewer copies (`registry.replicas`), or claim less."
    return (
        f"Give {listed(short)} a drive of at least {format_bytes(need.raw_node_bytes)}, keep fewer copies "
        "(`registry.replicas`), or claim less."
    )


def _look_class(_: Rule, basis: Basis) -> Iterator[Observation]:
    registry = basis.facts.site.registry
    if registry is None:
        return
    backend, copies = backend_of(basis.facts), copies_of(basis.facts)
    counts = f"it counts with {copies.count} {'copy' if copies.count == 1 else 'copies'}"
    if backend is not None:
        reserved = f", and reserves {backend.reserve:.0%} of a disk" if backend.reserve else ""
        yield Observation(
            f"The storage behind the claim is {backend.name}: {counts}{reserved}.",
            where="registry.storage_class",
            verdict=Verdict.PASS,
            source=backend.source,
        )
        return
    known = ", ".join(each.name for each in BACKENDS)
    told = (
        f"{registry.storage_class!r} is no storage class that regplan knows ({known})"
        if registry.storage_class
        else f"Neither `registry.storage_class` nor one storage pack of the profiles tells the storage behind the claim ({known})"
    )
    yield Observation(
        f"{told}: {counts} and nothing reserved.",
        where="registry.storage_class",
        fix="Name the kind of storage in `registry.storage_class`, or state in `registry.replicas` how many copies it keeps.",
        verdict=Verdict.INFO,
    )


def _look_default(_: Rule, basis: Basis) -> Iterator[Observation]:
    if basis.facts.site.registry is None:
        return
    for pack in basis.facts.declarations.settings.wiring.registries:
        if pack.has_values and not pack.is_legacy and pack.kind in _DEFAULTS:
            yield _default(pack, basis)


def _default(pack: RegistryPack, basis: Basis) -> Observation:
    default, required = _DEFAULTS[pack.kind], basis.need.pvc_bytes
    size = f"{math.ceil(required / GiB)}Gi"
    where = f"{pack.where} > {pack.storage_key}" if pack.storage_key else pack.where
    told = f"`{pack.storage_key or _KEYS[pack.kind]}: {size}`"
    if pack.persistent is False:
        return Observation(
            f"The registry's chart is told to keep nothing: `{pack.persistence_key}` is false, so that every restart empties it.",
            where=f"{pack.where} > {pack.persistence_key}",
            fix=f"Set `{pack.persistence_key}: true`, and {told}.",
            verdict=Verdict.FAIL,
        )
    if pack.storage_bytes is None:
        return Observation(
            f"The values at hand set no size for the registry's claim, and its chart claims {format_bytes(default)} "
            f"({default // GiB}Gi) by itself.",
            where=where,
            fix=f"Set {told} in the pack's values.",
            verdict=Verdict.INFO,
        )
    return Observation(
        f"The pack claims {format_bytes(pack.storage_bytes)}, {_beside(pack.storage_bytes, default)} its chart claims by itself.",
        pack.storage_bytes,
        default,
        where=where,
        fix=f"Set {told} in the pack's values.",
        verdict=Verdict.PASS if pack.storage_bytes > default else Verdict.FAIL,
        formulas=(Formula("required", "chart_default", (Input("chart_default", default, "bytes", "rule", CHARTS),)),),
        op=">",
    )


def _beside(claimed: int, default: int) -> str:
    if claimed == default:
        return "just what"
    return f"{'more' if claimed > default else 'less'} than the {format_bytes(default)} that"


_KEYS: Final = {
    "zot": "charts.zot.pvc.storage",
    "harbor": "charts.harbor.persistence.persistentVolumeClaim.registry.size",
}


def _look_resize(_: Rule, basis: Basis) -> Iterator[Observation]:
    claimed, wanted = basis.need.claimed_bytes, basis.need.pvc_bytes
    if basis.facts.site.registry is None or claimed is None or claimed >= wanted:
        return
    backend = backend_of(basis.facts)
    fixed = backend is not None and not backend.expands
    how = (
        f"{backend.name if backend else ''} volumes cannot grow"
        if fixed
        else "a claim grows only where its storage class has `allowVolumeExpansion: true`, and the volume template of a "
        "StatefulSet not at all by the pack's values"
    )
    yield Observation(
        f"The claim has to grow by {format_bytes(wanted - claimed)}, and once the registry runs {how}.",
        where="registry.storage",
        fix=f"Set {format_bytes(wanted)} ({math.ceil(wanted / GiB)}Gi) before the registry is deployed; afterwards it takes a new "
        "claim, which is seeded anew.",
        verdict=Verdict.INFO,
    )


_ALL: Final = (Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.INFO)
RULES: Final = (
    Rule(
        id="storage.disk",
        title="The disks behind the claim",
        compares="what equal copies may take of the hosts' drives with the claim times its copies, divided by what the storage "
        "does not reserve; each copy lies whole on a host of its own (Ceph spreads one over all). INFO without a primary registry, "
        "and where the storage is outside the hosts",
        source=OWN,
        verdicts=_ALL,
        look=_look_disk,
        unit="bytes",
    ),
    Rule(
        id="storage.class",
        title="The storage class behind the claim",
        compares="`registry.storage_class`, or the storage pack's name, with the kinds of storage whose copies and reserves are "
        "known; INFO where none of them is found, telling what is assumed",
        source=OWN,
        verdicts=(Verdict.PASS, Verdict.INFO),
        look=_look_class,
    ),
    Rule(
        id="storage.chart-default",
        title="More than the registry chart's own claim",
        compares="the claim in the registry pack's values with what its chart claims by itself (Harbor 5Gi, Zot 8Gi), and whether it keeps anything at "
        "all; INFO where the values at hand set no size",
        source=CHARTS,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INFO),
        look=_look_default,
        unit="bytes",
        reading="Kubernetes quantities, Gi = 2^30",
    ),
    Rule(
        id="storage.resize",
        title="A claim that has to grow",
        compares="whether the claim is smaller than what it should be; INFO, since a claim is hard to enlarge later",
        source=PRIMARY,
        verdicts=(Verdict.INFO,),
        look=_look_resize,
    ),
)
