"""What the numbers are that come from the site file, from counting, and from the internet link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.explained.meanings_hosting import HOSTING
from regplan.report.explained.told import Told

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SITE"]

_FILE: Final = "site file"
_DECLARED: Final = "declared"
_MEASURED: Final = "measured"
_PROFILES: Final = "the profiles that the site file names"
_PULLS: Final = "manifests of the {doc[wire][content_images]} references; placement by the profiles' workloads"
_LINK: Final = "transfers alone, sharing the link evenly; links of the site file"
_SIMULATED: Final = "the first bootstrap's transfers over links of the site file"
_HEADERS: Final = "headers of the registry's answers"

SITE: Final[Mapping[str, Told]] = {
    "schema_version": Told("The version of this document's form.", "rule", "regplan schema plan", "version"),
    "site.registry.replicas": Told(
        "Copies that the storage class keeps of the registry's claim.", _DECLARED, f"{_FILE}, registry.replicas", "copies"
    ),
    "site.internet_bps": Told("The internet link's rate.", _DECLARED, f"{_FILE}, links.internet.rate"),
    "site.lan_bps": Told("The local network's rate.", _DECLARED, f"{_FILE}, links.lan.rate"),
    "images.declared": Told(
        "References as they are written, each time that one is named; what must first be switched on is left out.",
        _MEASURED, _PROFILES, "mentions",
    ),
    "images.unique": Told("Distinct normalised references among {doc[images][declared]} mentions.", _MEASURED, _PROFILES, "references"),
    "images.resolved": Told(
        "References that a source answered for, or whose size the site file declares; {doc[images][unresolved]} are "
        "unresolved.",
        _MEASURED, "the sources that were asked", "references",
    ),
    "images.last_seen.tags": Told(
        "Tags that no source could be asked for, so that they are as they were last seen.", _MEASURED, "the cache", "tags"
    ),
    "images.declared_sizes[].bytes": Told(
        "The size of {row[reference]}, which no source can tell.", _DECLARED, f"{_FILE}, declared_sizes"
    ),
    "hosts[].cpu_milli": Told("The processors of {row[name]}.", _DECLARED, f"{_FILE}, hosts.cpu"),
    "hosts[].memory_bytes": Told("The memory of {row[name]}.", _DECLARED, f"{_FILE}, hosts.memory"),
    "hosts[].storage_bytes": Told("The drive of {row[name]}.", _DECLARED, f"{_FILE}, hosts.storage"),
    "hosts[].image_bytes": Told(
        "What {row[name]} pulls at first bootstrap: the union of the digests of the references that "
        "wire.host_images.{row[name]} counts, manifests included.",
        _MEASURED, _PULLS,
    ),
    "hosts[].content_bytes": Told(
        "Compressed content that {row[name]} keeps of its images, each digest once.", _MEASURED, _PULLS
    ),
    "hosts[].content_high_bytes": Told(
        "The same with each image of unknown placement on {row[name]}; there are {doc[wire][images_of_unknown_placement]}.",
        _MEASURED, _PULLS,
    ),
    "hosts[].unpacked_bytes": Told(
        "Snapshots of {row[name]}'s images, each chain of layers once; a layer that was not measured takes "
        "assumptions.unpacked_ratio {doc[unpacked][ratio]} times its compressed size.",
        "{row[unpacked_provenance]}", _PULLS,
    ),
    "hosts[].unpacked_high_bytes": Told(
        "The same with each image of unknown placement on {row[name]}; there are {doc[wire][images_of_unknown_placement]}.",
        "{row[unpacked_provenance]}", _PULLS,
    ),
    **{
        f"hosts[].unpacked_{high}{key}": Told(says + words, _MEASURED, _PULLS)
        for key, says in (
            ("measured_bytes", "Snapshots of {row[name]}'s images whose unpacked size is measured"),
            ("compressed_bytes", "The compressed size of what {row[name]} unpacks and nobody measured"),
        )
        for high, words in (("", "."), ("high_", ", with each image of unknown placement there."))
    },
    **HOSTING,
    "wire.direct_bytes": Told(
        "The first bootstrap without the registry: every host pulls what runs on it over the internet link.",
        _MEASURED, _PULLS,
    ),
    "wire.primary_bytes": Told(
        "The first bootstrap with the registry: every image once, and what runs before the registry for each host.",
        _MEASURED, _PULLS,
    ),
    "wire.saved_bytes": Told("What the registry saves of the first bootstrap's internet bytes.", _MEASURED, _PULLS),
    "wire.saved_ratio": Told("The saved share of what goes over the link without a registry.", _MEASURED, _PULLS),
    "wire.direct_boot_s": Told("When the last host has its images without the registry.", _MEASURED, _LINK),
    "wire.primary_boot_s": Told("When the last host has its images with the registry.", _MEASURED, _LINK),
    "wire.saved_low_bytes": Told(
        "What is saved with each image of unknown placement on one host; there are {doc[wire][images_of_unknown_placement]}.",
        _MEASURED, _PULLS,
    ),
    "wire.saved_high_bytes": Told(
        "What is saved with each image of unknown placement on every host; there are {doc[wire][images_of_unknown_placement]}.",
        _MEASURED, _PULLS,
    ),
    "wire.direct_low_bytes": Told(
        "What all hosts pull with each image of unknown placement on one host.", _MEASURED, _PULLS
    ),
    "wire.direct_high_bytes": Told(
        "What all hosts pull with each image of unknown placement on every host.", _MEASURED, _PULLS
    ),
    "wire.images_of_unknown_placement": Told(
        "References of which no workload, or one of unknown spread, is known.", _MEASURED, _PROFILES
    ),
    "wire.host_bytes.*": Told(
        "What {key} pulls: the union of the digests of the references that wire.host_images.{key} counts, manifests included.",
        _MEASURED, _PULLS,
    ),
    "wire.early_bytes.*": Told(
        "What {key} pulls before a registry lives: the packs of layers k8s, cni and csi, and the registry's own.",
        _MEASURED, _PULLS,
    ),
    "wire.host_images.*": Told("References that {key} pulls.", _MEASURED, _PROFILES, "references"),
    "wire.content_bytes": Told(
        "What the registry is seeded with: the union of the digests of {doc[wire][content_images]} references, without "
        "those inside the provider image.",
        _MEASURED, "manifests; sizes that the site file declares where there is none",
    ),
    "wire.content_images": Told(
        "References that the registry is seeded with over the link; those inside the provider image are not.",
        _MEASURED, _PROFILES, "references",
    ),
    "simulation[].wan_bytes": Told("Internet bytes of the way {row[name]}.", _MEASURED, _SIMULATED),
    "simulation[].lan_bytes": Told("Bytes of the way {row[name]} over the local network.", _MEASURED, _SIMULATED),
    "simulation[].media_bytes": Told("Bytes of the way {row[name]} that come on media.", _MEASURED, _SIMULATED),
    "simulation[].boot_s.p50": Told("When half the hosts have their images.", _MEASURED, _LINK, "s"),
    "simulation[].boot_s.p95": Told("When 95 % of the hosts have their images.", _MEASURED, _LINK, "s"),
    "simulation[].boot_s.max": Told("When the last host has its images.", _MEASURED, _LINK, "s"),
    "assumptions[].value": Told("{row[meaning]}", "assumed", "{row[source]}", "{row[unit]}"),
    "rate_limits[].limit": Told("Pulls that {row[host]} allows in its window.", _MEASURED, _HEADERS, "pulls"),
    "rate_limits[].remaining": Told("Pulls that were left at {row[host]} when it was asked.", _MEASURED, _HEADERS, "pulls"),
    "rate_limits[].used": Told("Pulls of {row[host]} that this run made.", _MEASURED, _HEADERS, "pulls"),
    "rate_limits[].window_s": Told("How long the window of {row[host]} is.", _MEASURED, _HEADERS, "s"),
}  # fmt: skip
