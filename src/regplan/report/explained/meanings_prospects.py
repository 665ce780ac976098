"""What the numbers are of disks, of the outlook and of the drives that bring images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.report.explained.told import Told

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROSPECTS"]

_FILE: Final = "site file"
_CLAIM: Final = "registry.storage, or the profiles' values"
_STORAGE: Final = "docs/rules.md, storage.disk"
_FLOW: Final = "docs/model.md, Growth and runway"
_NEED: Final = "terms of the storage need"
_MEDIA: Final = "regplan plan --media"

PROSPECTS: Final[Mapping[str, Told]] = {
    "disks.copies": Told(
        "Copies of the claim that the storage keeps.", "{doc[disks][copies_known]}", _STORAGE, "copies"
    ),
    "disks.reserve": Told("Share of a disk that the storage never gives out.", "assumed", _STORAGE, "ratio"),
    "disks.claimed_bytes": Told("What the registry claims.", "declared", _CLAIM),
    "disks.raw_node_bytes": Told("Disk that one copy takes on its host.", "assumed", _STORAGE),
    "disks.raw_cluster_bytes": Told("Disk that all copies take together.", "assumed", _STORAGE),
    "disks.room_bytes": Told(
        "What the hosts' drives have for equal copies, each on a host of its own.", "declared", f"{_FILE}, hosts.storage"
    ),
    "disks.hosts[].storage_bytes": Told("The drive of {row[name]}.", "declared", f"{_FILE}, hosts.storage"),
    "disks.hosts[].usable_bytes": Told(
        "What the storage gives out of {row[name]}'s drive: the drive without the reserved share {doc[disks][reserve]}.",
        "assumed", _STORAGE,
    ),
    "disks.hosts[].takes_bytes": Told("What a copy of the claim takes on {row[name]}.", "assumed", _STORAGE),
    "outlook.usable_bytes": Told("What the file system leaves of the claim.", "assumed", _FLOW),
    "outlook.warn_bytes": Told("The share of it from which one should act.", "assumed", _FLOW),
    "outlook.warn_month": Told(
        "The first month in which more than warn_bytes lie in the registry.", "assumed", _FLOW, "months"
    ),
    "outlook.full_month": Told(
        "The first month in which more than usable_bytes would lie in the registry.", "assumed", _FLOW, "months"
    ),
    "outlook.constant_bytes": Told(
        "What does not grow: uploads in flight, links, what is stated, and garbage that waits where it is collected.",
        "assumed", _NEED,
    ),
    "outlook.older_bytes": Told(
        "What versions of before add that lie there now.", "measured", "digests of the profiles of upgrade_from"
    ),
    "outlook.set_bytes": Told("What the images of this version take.", "measured", _NEED),
    "outlook.growth_per_year": Told("Growth of the images each year.", "assumed", "assumptions.growth_per_year", "ratio"),
    "outlook.releases_per_year": Told(
        "New profile versions each year.", "assumed", "scenario.upgrades_per_year, assumptions.releases_per_year", "releases"
    ),
    "outlook.version_bytes": Told("What one more version adds.", "assumed", "storage.versions.next_bytes"),
    "outlook.most_versions": Told(
        "How many versions are added at most to those of now, the others being deleted and freed.",
        "declared", f"{_FILE}, registry.retention and registry.gc", "versions",
    ),
    "outlook.months[].month": Told("Months from now.", "rule", _FLOW, "months"),
    "outlook.months[].used_bytes": Told(
        "What lies in the registry at the end of month {row[month]}.", "assumed", _FLOW
    ),
    "media[].drive_bytes": Told("The size of a drive.", "declared", _MEDIA),
    "media[].usable_bytes": Told("What a drive's file system leaves.", "assumed", _MEDIA),
    "media[].total_bytes": Told("Each distinct digest of the set once.", "measured", "manifests, declared_sizes"),
    "media[].least": Told("Drives that the bytes alone need.", "measured", _MEDIA, "drives"),
    "media[].unknown": Told("Blobs of unknown size, which count 0.", "measured", "manifests", "blobs"),
    "media[].drives[].size_bytes": Told("What goes onto this drive.", "measured", "manifests, declared_sizes"),
}  # fmt: skip
