"""A study read back from its plan document, so that every face shows a plan from elsewhere as it shows one made here.

Of declarations and images only what reports tell of them is in a document: names of profiles, sizes of images.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from regplan.errors import InputError
from regplan.model.finding import Finding, Verdict
from regplan.model.image import DeclaredImage, Inventory, Unresolved
from regplan.model.layers import ImageSize, LayerReport, ReferrerReport, ReferrerSize, Unpacking
from regplan.model.limits import RateLimit
from regplan.model.plan import Growth, HostPlan, ImageCounts, Plan, Study
from regplan.model.profile import ClusterProfile, Declarations
from regplan.model.site import Assumptions, Host, Link, RegistrySpec, Site, SiteFrom
from regplan.model.wire import SimulatedScenario, Simulation, Wire
from regplan.oci.digest import Digest
from regplan.oci.reference import Reference
from regplan.report.advice import advice_from, sensitivity_from
from regplan.report.chance import chance_from
from regplan.report.clock import clock_from
from regplan.report.explained.told_formulas import told_formulas
from regplan.report.hosting import hosting_of
from regplan.report.life import life_from
from regplan.report.need import need_of_document
from regplan.report.own_rules import own_rules_from
from regplan.report.prospects import prospects_from
from regplan.report.rebuilt_sharing import analysis_of, platform_of, projects_of
from regplan.report.shares import shares_from
from regplan.report.survival import survival_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["study_of"]

_MOST_TAGS = 1_000_000
_WIRE_SUMS = ("content_bytes", "content_images", "direct_low_bytes", "direct_high_bytes")


def study_of(document: Mapping[str, Any]) -> Study:
    """Read a plan document that fits the schema; raises `InputError` for a reference that is none."""
    site, images = document["site"], document["images"]
    unresolved = _unresolved(images["unresolved"])
    declared = tuple(
        DeclaredImage(Reference.parse(each["reference"]), int(each["bytes"]))
        for each in images.get("declared_sizes", ())
    )
    profiles = tuple(
        ClusterProfile(each["name"], each["version"], "", (), "", each.get("digest") or "")
        for each in site.get("cluster_profiles", ())
    )
    wire = None if document["wire"] is None else _wire(document["wire"])
    counts = ImageCounts(int(images["declared"]), int(images["unique"]), int(images["resolved"]), unresolved)
    plan = _plan(document, counts, wire)
    limits = tuple(
        RateLimit(**{each.name: told[each.name] for each in fields(RateLimit) if each.name in told})
        for told in document.get("rate_limits", ())
    )
    inventory = Inventory((), unresolved, declared=declared, rate_limits=limits)
    simulation, formulas = _simulation(document, wire), told_formulas(document)
    return Study(
        Declarations(profiles),
        inventory,
        plan,
        simulation,
        formulas,
        life_from(document),
        clock_from(document),
        chance_from(document),
        shares_from(document),
    )


def _plan(document: Mapping[str, Any], counts: ImageCounts, wire: Wire | None) -> Plan:
    growth = document.get("upgrade")
    return Plan(
        site=_site(document),
        verdict=Verdict(document["verdict"]),
        binding_constraint=document["binding_constraint"],
        findings=tuple(_finding(each) for each in document["findings"]),
        counts=counts,
        layers=_layers(document),
        storage=need_of_document(document["storage"]),
        hosts=tuple(_host_plan(each) for each in document["hosts"]),
        wire=wire,
        upgrade=None if growth is None else Growth(**{each.name: int(growth[each.name]) for each in fields(Growth)}),
        generated_at=document["generated_at"],
        inputs_digest=document["inputs_digest"],
        analysis=analysis_of(document),
        survival=survival_from(document),
        **prospects_from(document),
        own_rules=own_rules_from(document),
        advice=advice_from(document),
        sensitivity=sensitivity_from(document),
    )


def _site(document: Mapping[str, Any]) -> Site:
    site, default = document["site"], Site("")
    registry, versions = site.get("registry"), site.get("versions") or {}
    return Site(
        name=site["name"],
        inputs=SiteFrom(
            profiles=tuple(site.get("profiles", ())),
            sources=tuple(site.get("from", ())),
            upgrade_to=tuple(site.get("upgrade_to", ())),
            upgrade_from=tuple(tuple(each) for each in site.get("upgrade_from", ())),
        ),
        hosts=tuple(_host(each) for each in document["hosts"]),
        registry=None
        if registry is None
        else RegistrySpec(
            kind=registry["kind"], project=registry.get("project", ""), replicas=int(registry.get("replicas", 1))
        ),
        internet_link=_link(site, "internet"),
        lan_link=_link(site, "lan"),
        deployment=site.get("deployment", default.deployment),
        management=site.get("management", default.management),
        internet=site.get("internet", default.internet),
        edition=site.get("edition", default.edition),
        palette_version=versions.get("palette"),
        agent_version=versions.get("agent"),
        assumptions=_assumptions(document.get("assumptions", ())),
        defaulted=tuple(document.get("defaulted", ())),
        file=site.get("file", ""),
    )


def _host(each: Mapping[str, Any]) -> Host:
    return Host(
        each["name"],
        each.get("role") or "",
        _whole(each["cpu_milli"]),
        _whole(each["memory_bytes"]),
        _whole(each.get("storage_bytes")),
        each.get("arch") or "",
    )


def _host_plan(each: Mapping[str, Any]) -> HostPlan:
    return HostPlan(
        each["name"],
        Verdict(each["verdict"]),
        _whole(each["cpu_milli"]),
        _whole(each["memory_bytes"]),
        int(each["image_bytes"]),
        _whole(each.get("content_bytes")),
        _whole(each.get("unpacked_bytes")),
        each.get("unpacked_provenance") or "",
        _whole(each.get("content_high_bytes")),
        _whole(each.get("unpacked_high_bytes")),
        **hosting_of(each),
    )


def _assumptions(told: Sequence[Mapping[str, Any]]) -> Assumptions:
    """Take the values of the assumptions that are known here; a newer regplan may have more."""
    values = {each["key"]: each["value"] for each in told}
    known: dict[str, Any] = {}
    for each in fields(Assumptions):
        value = values.get(each.name, each.default)
        if isinstance(value, str):
            raise InputError(f"the assumption {each.name} is a text")
        known[each.name] = int(value) if isinstance(each.default, int) else float(value)
    return Assumptions(**known)


def _finding(each: Mapping[str, Any]) -> Finding:
    return Finding(
        each["rule"],
        Verdict(each["verdict"]),
        each["message"],
        each["measured"],
        each["required"],
        each["unit"],
        each["where"],
        each["fix"],
        each["source"],
        is_checked=each.get("checked", each["verdict"] != Verdict.INCOMPLETE),
        op=each.get("op", ">="),
    )


def _layers(document: Mapping[str, Any]) -> LayerReport:
    storage = document["storage"]
    return LayerReport(
        referenced_bytes=int(storage["referenced_bytes"]),
        unique_bytes=int(storage["unique_bytes"]),
        blobs=int(storage["blobs"]),
        manifests=int(storage.get("manifests", 0)),
        pairs=int(storage.get("pairs", 0)),
        stored_bytes=int(storage.get("stored_bytes", storage["unique_bytes"])),
        quota_bytes=int(storage.get("quota_bytes", storage["unique_bytes"])),
        sizes_unknown=int(storage.get("sizes_unknown", 0)),
        images=tuple(_image(each) for each in document.get("layers", ())),
        foreign=tuple(storage.get("foreign", ())),
        last_seen=_last_seen(document["images"].get("last_seen")),
        uncompressed_bytes=int(storage.get("uncompressed_bytes", 0)),
        unpacking=_unpacking(document.get("unpacked")),
        index_bytes=int(storage.get("index_bytes", 0)),
        projects=projects_of(storage),
        referrers=_referrers(document.get("referrers")),
    )


def _referrers(told: Mapping[str, Any] | None) -> ReferrerReport | None:
    if told is None:
        return None
    each = tuple(
        ReferrerSize(
            one["reference"],
            Digest.parse(one["subject"]),
            Digest.parse(one["digest"]),
            one["artifact_type"],
            int(one["size_bytes"]),
            one["subject_kept"],
        )
        for one in told["each"]
    )
    return ReferrerReport(int(told["count"]), int(told["bytes"]), each, _unresolved(told["unknown"]))


def _unresolved(told: Sequence[Mapping[str, Any]]) -> tuple[Unresolved, ...]:
    return tuple(Unresolved(each["reference"], each["reason"], tuple(each["provenance"])) for each in told)


def _last_seen(told: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Take how many there are, the first and the last; those between are not told, and nobody shows them."""
    count = 0 if told is None else int(told["tags"])
    if told is None or count == 0:
        return ()
    if count > _MOST_TAGS:
        raise InputError(f"images.last_seen.tags is {count:,}, and no plan has so many")
    oldest, newest = told["oldest"] or "", told["newest"] or ""
    return (*(oldest for _ in range(count - 1)), newest)


def _image(each: Mapping[str, Any]) -> ImageSize:
    return ImageSize(
        each["reference"],
        Digest.parse(each["digest"]),
        platform_of(each["platform"]),
        int(each["size_bytes"]),
        int(each["shared_bytes"]),
        int(each["unique_bytes"]),
        int(each.get("sizes_unknown", 0)),
        _whole(each.get("unpacked_bytes")),
        each.get("unpacked_provenance") or "",
        int(each.get("fair_bytes", 0)),
        _whole(each.get("unpacked_measured_bytes")),
        _whole(each.get("unpacked_compressed_bytes")),
    )


def _unpacking(told: Mapping[str, Any] | None) -> Unpacking | None:
    if told is None:
        return None
    return Unpacking(
        size_bytes=int(told["bytes"]),
        provenance=told["provenance"],
        chains=int(told["chains"]),
        layers=int(told["layers"]),
        measured_layers=int(told["measured_layers"]),
        guessed_images=int(told["guessed_images"]),
        ratio=told["ratio"],
        why=tuple((each["why"], int(each["layers"])) for each in told["why"]),
        measured_bytes=int(told.get("measured_bytes", 0)),
        compressed_bytes=int(told.get("compressed_bytes", 0)),
    )


def _wire(wire: Mapping[str, Any]) -> Wire:
    saved = int(wire["saved_bytes"])
    return Wire(
        int(wire["direct_bytes"]),
        int(wire["primary_bytes"]),
        int(wire.get("saved_low_bytes", saved)),
        int(wire.get("saved_high_bytes", saved)),
        wire["direct_boot_s"],
        wire["primary_boot_s"],
        int(wire.get("images_of_unknown_placement", 0)),
        _by_name(wire.get("host_bytes")),
        _by_name(wire.get("early_bytes")),
        _by_name(wire.get("host_images")),
        *(int(wire.get(key, 0)) for key in _WIRE_SUMS),
    )


def _by_name(told: Mapping[str, Any] | None) -> tuple[tuple[str, int], ...]:
    return tuple((name, int(value)) for name, value in (told or {}).items())


def _simulation(document: Mapping[str, Any], wire: Wire | None) -> Simulation | None:
    told = document.get("simulation")
    if told is None or wire is None:
        return None
    scenarios = tuple(
        SimulatedScenario(
            each["name"],
            int(each["wan_bytes"]),
            int(each["lan_bytes"]),
            int(each["media_bytes"]),
            *(each["boot_s"][key] for key in ("p50", "p95", "max")),
        )
        for each in told
    )
    return Simulation(document["site"]["name"], scenarios, wire)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _link(site: Mapping[str, Any], name: str) -> Link | None:
    rate_bps = site.get(f"{name}_bps")
    return None if rate_bps is None else Link(int(rate_bps), measured=site.get("measured", {}).get(name, ""))
