"""Plans and measures as the documents that others script against: JSON values with the contract's fixed names."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from regplan.model.upgrade import Upgrade
from regplan.report.advice import advice_document
from regplan.report.assumed import assumed
from regplan.report.choosing import referrers_document
from regplan.report.hosting import hosting_document
from regplan.report.mentions import finding_document, images_document, unresolved_documents
from regplan.report.need import need_document
from regplan.report.own_rules import own_rules_document
from regplan.report.portable import portable, study_files
from regplan.report.prospects import prospects_document
from regplan.report.shares import shares_document, shares_of
from regplan.report.sharing import analysis_document, projects_document
from regplan.report.survival import survival_document, unchecked_document
from regplan.report.upgrades import growth_document, upgrade_document
from regplan.report.words import with_escapes
from regplan.values import fields_of
from regplan.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.model.image import DeclaredImage
    from regplan.model.layers import ImageSize, LayerReport, Unpacking
    from regplan.model.limits import RateLimit
    from regplan.model.plan import Growth, Plan, Study
    from regplan.model.profile import Declarations
    from regplan.model.site import Site
    from regplan.model.wire import Simulation, Wire

__all__ = [
    "declared_document",
    "diff_document",
    "finding_document",
    "images_document",
    "json_text",
    "last_seen_document",
    "layers_document",
    "numbers_document",
    "plan_document",
    "rate_limits_document",
    "referrers_document",
    "simulation_document",
    "tool_document",
    "unresolved_documents",
]

SCHEMA_VERSION = 1


def plan_document(study: Study) -> dict[str, object]:
    """Write a plan as the contract's plan document; sizes are integers of bytes, and no path of this machine is in it."""
    from regplan.report.explained.told_formulas import formulas_document

    names = study_files(study)
    plan = portable(study.plan, names)
    document = {**_numbers(study, plan), "sharing": shares_document(shares_of(study, names))}
    return {**document, "formulas": formulas_document(plan, study.told, document)}


def numbers_document(study: Study) -> dict[str, object]:
    """Write the plan document without what tables do not show: formulas, and where bytes lie as charts draw it."""
    return _numbers(study, portable(study.plan, study_files(study)))


def _numbers(study: Study, plan: Plan) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "plan",
        "tool": tool_document(),
        "generated_at": plan.generated_at,
        "inputs_digest": plan.inputs_digest,
        "site": {**_site(plan.site), "cluster_profiles": _profiles(study.declarations)},
        "verdict": plan.verdict.value,
        "binding_constraint": plan.binding_constraint,
        "findings": [finding_document(finding) for finding in plan.findings],
        "images": {
            "declared": plan.counts.declared,
            "unique": plan.counts.unique,
            "resolved": plan.counts.resolved,
            "unresolved": unresolved_documents(plan.counts.unresolved),
            "last_seen": last_seen_document(plan.layers.last_seen),
            "declared_sizes": declared_document(study.inventory.declared)["declared"],
        },
        "layers": [_image_size(each) for each in plan.layers.images],
        **analysis_document(plan.analysis),
        "unpacked": _unpacking(plan.layers.unpacking),
        "storage": _storage(plan),
        "referrers": referrers_document(plan.layers.referrers),
        "hosts": _hosts(plan),
        "survival": survival_document(plan.survival),
        **advice_document(plan),
        **prospects_document(plan),
        "unchecked": unchecked_document(plan.findings),
        "own_rules": own_rules_document(plan.own_rules),
        "wire": None if plan.wire is None else _wire(plan.wire),
        "upgrade": None if plan.upgrade is None else growth_document(plan.upgrade),
        "simulation": None if study.simulation is None else _scenarios(study.simulation),
        **_life(study),
        **_clock(study),
        **_chance(study),
        "assumptions": [fields_of(each) for each in assumed(plan.site)],
        "defaulted": list(plan.site.defaulted),
        "rate_limits": rate_limits_document(study.inventory.rate_limits),
    }


def _life(study: Study) -> dict[str, object]:
    if study.life is None:
        return {}
    from regplan.report.life import life_document

    return {"life": life_document(study.life)}


def _clock(study: Study) -> dict[str, object]:
    if study.clock is None:
        return {}
    from regplan.report.clock import clock_document

    return {"clock": clock_document(study.clock)}


def _chance(study: Study) -> dict[str, object]:
    if study.chance is None:
        return {}
    from regplan.report.chance import chance_document

    return {"chance": chance_document(study.chance)}


def layers_document(report: LayerReport) -> dict[str, object]:
    """Write the deduplicated sizes of a set of images; sizes are integers of bytes."""
    return {
        "kind": "layers",
        "referenced_bytes": report.referenced_bytes,
        "unique_bytes": report.unique_bytes,
        "blobs": report.blobs,
        "manifests": report.manifests,
        "pairs": report.pairs,
        "stored_bytes": report.stored_bytes,
        "quota_bytes": report.quota_bytes,
        "index_bytes": report.index_bytes,
        "projects": projects_document(report.projects),
        "sizes_unknown": report.sizes_unknown,
        "foreign": list(report.foreign),
        "uncompressed_bytes": report.uncompressed_bytes,
        "last_seen": last_seen_document(report.last_seen),
        "referrers": referrers_document(report.referrers),
        "unpacked_bytes": None if report.unpacking is None else report.unpacking.size_bytes,
        "unpacked_provenance": None if report.unpacking is None else report.unpacking.provenance,
        "unpacked": _unpacking(report.unpacking),
        "images": [_image_size(each) for each in report.images],
    }


def diff_document(changes: Growth | Upgrade) -> dict[str, object]:
    """Write what an upgrade changes; sizes are integers of bytes."""
    told = upgrade_document(changes) if isinstance(changes, Upgrade) else growth_document(changes)
    return {"kind": "diff", **told}


def simulation_document(simulation: Simulation) -> dict[str, object]:
    """Write the ways to bring images to a site side by side; times are seconds, None where no link is known."""
    return {
        "kind": "simulation",
        "site": simulation.site,
        "scenarios": _scenarios(simulation),
        **{key: value for key, value in _wire(simulation.wire).items() if key.startswith("saved_")},
        "images_of_unknown_placement": simulation.wire.images_of_unknown_placement,
    }


def tool_document() -> dict[str, object]:
    """Tell what made a document: regplan and its version."""
    return {"name": "regplan", "version": VERSION}


def json_text(document: Mapping[str, object]) -> str:
    """Write a document as indented JSON (RFC 8259) with a newline at its end; raises `ValueError` for NaN.

    What terminals and editors would act on is escaped.
    """
    return with_escapes(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def _seconds(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _site(site: Site) -> dict[str, object]:
    registry = site.registry
    return {
        "name": site.name,
        "file": site.file,
        "deployment": site.deployment,
        "management": site.management,
        "internet": site.internet,
        "edition": site.edition,
        "versions": {"palette": site.palette_version, "agent": site.agent_version},
        "profiles": list(site.inputs.profiles),
        "from": list(site.inputs.sources),
        "upgrade_to": list(site.inputs.upgrade_to),
        "upgrade_from": [list(each) for each in site.inputs.upgrade_from],
        "registry": None
        if registry is None
        else {"kind": registry.kind, "project": registry.project, "replicas": registry.replicas},
        "internet_bps": None if site.internet_link is None else site.internet_link.rate_bps,
        "lan_bps": None if site.lan_link is None else site.lan_link.rate_bps,
        **_measured(site),
    }


def _measured(site: Site) -> dict[str, object]:
    """Tell which links were measured, and when; nothing where none was."""
    links = {"internet": site.internet_link, "lan": site.lan_link}
    days = {name: link.measured for name, link in links.items() if link is not None and link.measured}
    return {"measured": days} if days else {}


def _profiles(declarations: Declarations) -> list[dict[str, object]]:
    return [
        {"name": each.name, "version": each.version, "digest": each.digest or None} for each in declarations.profiles
    ]


def last_seen_document(times: Sequence[str]) -> dict[str, object]:
    """Write how many tags are as they were last seen, and when: `times` are sorted, and none where all were asked for."""
    return {"tags": len(times), "oldest": times[0] if times else None, "newest": times[-1] if times else None}


def rate_limits_document(limits: Sequence[RateLimit]) -> list[dict[str, object]]:
    """Write what registries said of the pulls that are left."""
    return [fields_of(each) for each in limits]


def declared_document(images: Sequence[DeclaredImage]) -> dict[str, object]:
    """Write the images whose size is only declared, and what they take together; they are in no other sum."""
    return {
        "declared_bytes": sum(each.size_bytes for each in images),
        "declared": [{"reference": str(each.reference), "bytes": each.size_bytes} for each in images],
    }


def _image_size(each: ImageSize) -> dict[str, object]:
    return {
        "reference": each.reference,
        "digest": str(each.digest),
        "platform": str(each.platform),
        "size_bytes": each.size_bytes,
        "shared_bytes": each.shared_bytes,
        "unique_bytes": each.unique_bytes,
        "fair_bytes": each.fair_bytes,
        "sizes_unknown": each.sizes_unknown,
        "unpacked_bytes": each.unpacked_bytes,
        "unpacked_provenance": each.unpacked_provenance or None,
        "unpacked_measured_bytes": each.unpacked_measured_bytes,
        "unpacked_compressed_bytes": each.unpacked_compressed_bytes,
    }


def _unpacking(unpacking: Unpacking | None) -> dict[str, object] | None:
    if unpacking is None:
        return None
    return {
        "bytes": unpacking.size_bytes,
        "provenance": unpacking.provenance,
        "chains": unpacking.chains,
        "layers": unpacking.layers,
        "measured_layers": unpacking.measured_layers,
        "guessed_images": unpacking.guessed_images,
        "measured_bytes": unpacking.measured_bytes,
        "compressed_bytes": unpacking.compressed_bytes,
        "ratio": unpacking.ratio,
        "why": [{"layers": count, "why": why} for why, count in unpacking.why],
    }


def _storage(plan: Plan) -> dict[str, object]:
    layers = plan.layers
    return {
        "referenced_bytes": layers.referenced_bytes,
        "unique_bytes": layers.unique_bytes,
        "blobs": layers.blobs,
        **need_document(plan.storage),
        "manifests": layers.manifests,
        "pairs": layers.pairs,
        "stored_bytes": layers.stored_bytes,
        "quota_bytes": layers.quota_bytes,
        "index_bytes": layers.index_bytes,
        "projects": projects_document(layers.projects),
        "sizes_unknown": layers.sizes_unknown,
        "foreign": list(layers.foreign),
        "uncompressed_bytes": layers.uncompressed_bytes,
    }


def _hosts(plan: Plan) -> list[dict[str, object]]:
    described = {host.name: host for host in plan.site.hosts}
    rows: list[dict[str, object]] = []
    for each in plan.hosts:
        host = described.get(each.name)
        rows.append(
            {
                "name": each.name,
                "verdict": each.verdict.value,
                "cpu_milli": each.cpu_milli,
                "memory_bytes": each.memory_bytes,
                "image_bytes": each.image_bytes,
                "role": None if host is None else host.role,
                "arch": None if host is None else host.arch,
                "storage_bytes": None if host is None else host.storage_bytes,
                "content_bytes": each.content_bytes,
                "unpacked_bytes": each.unpacked_bytes,
                "unpacked_provenance": each.unpacked_provenance or None,
                "content_high_bytes": each.content_high_bytes,
                "unpacked_high_bytes": each.unpacked_high_bytes,
                **hosting_document(each),
            }
        )
    return rows


def _wire(wire: Wire) -> dict[str, object]:
    return {
        "direct_bytes": wire.direct_bytes,
        "primary_bytes": wire.primary_bytes,
        "saved_bytes": wire.saved_bytes,
        "saved_ratio": wire.saved_ratio,
        "direct_boot_s": _seconds(wire.direct_boot_s),
        "primary_boot_s": _seconds(wire.primary_boot_s),
        "saved_low_bytes": wire.saved_low_bytes,
        "saved_high_bytes": wire.saved_high_bytes,
        "images_of_unknown_placement": wire.images_of_unknown_placement,
        "host_bytes": dict(wire.host_bytes),
        "early_bytes": dict(wire.early_bytes),
        "host_images": dict(wire.host_images),
        "content_bytes": wire.content_bytes,
        "content_images": wire.content_images,
        "direct_low_bytes": wire.direct_low_bytes,
        "direct_high_bytes": wire.direct_high_bytes,
    }


def _scenarios(simulation: Simulation) -> list[dict[str, object]]:
    return [
        {
            "name": each.name,
            "wan_bytes": each.wan_bytes,
            "lan_bytes": each.lan_bytes,
            "media_bytes": each.media_bytes,
            "boot_s": {
                "p50": _seconds(each.boot_p50_s),
                "p95": _seconds(each.boot_p95_s),
                "max": _seconds(each.boot_max_s),
            },
        }
        for each in simulation.scenarios
    ]
