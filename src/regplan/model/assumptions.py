"""What nobody measured: every assumption of a plan, with its unit, its meaning and its source."""

from __future__ import annotations

from dataclasses import field, fields
from typing import Final

from regplan.units import MiB
from regplan.values import dataclass

__all__ = ["Assumptions"]

_RESERVED: Final = "Google Distributed Cloud docs, resources available for pods: 80m + 1 %, 320 MiB + 5 %"
_UNSTATED: Final = "assumed; the scheduler counts nothing for it, and it runs all the same"
_HEADROOM: Final = "assumed: room for limits above requests, and for what starts in bursts"
_KUBELET: Final = "the kubelet's imageGCLowThresholdPercent 80 and imageGCHighThresholdPercent 85"
_IMAGE_SIZES: Final = "converged-computing/container-chonks, 2024: one tag each of 1,521 repositories on Docker Hub"


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What nobody measured: each field can be set under `assumptions:`, its `metadata` has meaning and source."""

    versions_kept: int = field(
        default=2,
        metadata={
            "unit": "versions",
            "doc": "profile versions that lie in the registry at once; where nothing deletes old ones, at least so many",
            "source": "old and new stand side by side during an upgrade",
        },
    )
    releases_per_year: float = field(
        default=4.0,
        metadata={
            "unit": "releases",
            "doc": "new profile versions each year, where scenario.upgrades_per_year does not tell",
            "source": "four releases a year, assumed",
        },
    )
    growth_per_year: float = field(
        default=0.0,
        metadata={
            "unit": "ratio",
            "doc": "growth of the live images each year",
            "source": "not assumed unless the site file says so",
        },
    )
    free_space: float = field(
        default=0.15,
        metadata={
            "unit": "ratio",
            "doc": "share of the PVC kept free",
            "source": "Ceph nearfull 0.85, kubelet image GC 85 %, DaoCloud capacity planning 85 %",
        },
    )
    filesystem_overhead: float = field(
        default=0.0192,
        metadata={
            "unit": "ratio",
            "doc": "share of the PVC that the file system takes for itself",
            "source": "ext4 at 300 GiB formatted with -m0, measured with dumpe2fs",
        },
    )
    version_delta: float = field(
        default=0.35,
        metadata={
            "unit": "ratio",
            "doc": "new bytes of one version over the next, where the old profiles are not given",
            "source": "assumed; a rebuilt tag is mostly new, a Kubernetes release changes 12 to 17 %",
        },
    )
    warn_share: float = field(
        default=0.8,
        metadata={
            "unit": "ratio",
            "doc": "share of what the claim holds from which one should act: delete versions, or claim more",
            "source": "80 %, where storage classes and registries warn before they refuse: Ceph nearfull 85 %, kubelet image GC "
            "down to 80 %",
        },
    )
    media_overhead: float = field(
        default=0.01,
        metadata={
            "unit": "ratio",
            "doc": "share of a drive's size that its partition and file system take, where images come on drives",
            "source": "assumed: FAT32 and exFAT keep 4 bytes (FAT32 twice) for each cluster of 32 KiB, and half a cluster "
            "of each file is lost, 0.5 % of 32 GB for ten thousand files; ext4 takes more, 2.1 % of 32 GB formatted with -m0, measured",
        },
    )
    parallel_uploads: int = field(
        default=8,
        metadata={
            "unit": "blobs",
            "doc": "blobs in flight at once while seeding, each taking its own room until it is complete",
            "source": "regplan seeds eight at a time",
        },
    )
    abandoned_uploads: int = field(
        default=0,
        metadata={
            "unit": "blobs",
            "doc": "broken uploads that lie in the registry at once, each as large as the largest blobs",
            "source": "regplan resumes its own; a tool that starts over leaves one for each broken connection, for 168 h in "
            "Harbor and distribution and 1 h in Zot",
        },
    )
    gc_delay_hours: float = field(
        default=1.0,
        metadata={
            "unit": "hours",
            "doc": "how long Zot leaves what nothing refers to",
            "source": "Zot's default gcDelay, 1 h",
        },
    )
    gc_interval_hours: float = field(
        default=1.0,
        metadata={
            "unit": "hours",
            "doc": "how often Zot collects garbage",
            "source": "Zot's default gcInterval, 1 h",
        },
    )
    gc_window_hours: float = field(
        default=2.0,
        metadata={
            "unit": "hours",
            "doc": "how long Harbor leaves what was deleted before a collection takes it",
            "source": "Harbor's collector spares what is younger than two hours",
        },
    )
    metadata_bytes_per_link: int = field(
        default=20_000,
        metadata={
            "unit": "bytes",
            "doc": "file-system room of one blob's link in one repository",
            "source": "docker-registry 2.8.2 on ext4: 19.5 kB for each (repository, blob), measured",
        },
    )
    hosts_per_image: int = field(
        default=1,
        metadata={
            "unit": "hosts",
            "doc": "hosts that pull an image of which no workload is known",
            "source": "the fewest, so that savings are never overstated",
        },
    )
    unpacked_ratio: float = field(
        default=2.44,
        metadata={
            "unit": "ratio",
            "doc": "unpacked bytes for each compressed byte on a host",
            "source": "median of 128,523 manifests; 5th to 95th percentile 1.36 to 3.11",
        },
    )
    reserve_cpu_milli: int = field(
        default=80,
        metadata={
            "unit": "milli",
            "doc": "thousandths of a CPU that a host keeps for its system, whatever its size",
            "source": _RESERVED,
        },
    )
    reserve_cpu: float = field(
        default=0.01,
        metadata={
            "unit": "ratio",
            "doc": "share of a host's CPU that it keeps for its system, on top",
            "source": _RESERVED,
        },
    )
    reserve_memory_bytes: int = field(
        default=320 * MiB,
        metadata={
            "unit": "bytes",
            "doc": "memory that a host keeps for its system, whatever its size",
            "source": _RESERVED,
        },
    )
    reserve_memory: float = field(
        default=0.05,
        metadata={
            "unit": "ratio",
            "doc": "share of a host's memory that it keeps for its system, on top",
            "source": _RESERVED,
        },
    )
    eviction_memory_bytes: int = field(
        default=100 * MiB,
        metadata={
            "unit": "bytes",
            "doc": "memory below which the kubelet evicts pods, and which no pod can have",
            "source": "the kubelet's default memory.available<100Mi",
        },
    )
    container_cpu_milli: int = field(
        default=100,
        metadata={
            "unit": "milli",
            "doc": "what a container that states no request for CPU is taken to use, in thousandths of a CPU",
            "source": _UNSTATED,
        },
    )
    container_memory_bytes: int = field(
        default=128 * MiB,
        metadata={
            "unit": "bytes",
            "doc": "what a container that states no request for memory is taken to use",
            "source": _UNSTATED,
        },
    )
    headroom_cpu: float = field(
        default=0.15,
        metadata={
            "unit": "ratio",
            "doc": "share of what can be allocated on a host that requests for CPU leave free",
            "source": _HEADROOM,
        },
    )
    headroom_memory: float = field(
        default=0.20,
        metadata={
            "unit": "ratio",
            "doc": "share of what can be allocated on a host that requests for memory leave free",
            "source": _HEADROOM,
        },
    )
    longhorn_cpu: float = field(
        default=0.12,
        metadata={
            "unit": "ratio",
            "doc": "share of each host's CPU that Longhorn's instance manager asks for",
            "source": "Longhorn docs, guaranteed instance manager CPU: 12 %",
        },
    )
    surge: float = field(
        default=0.25,
        metadata={
            "unit": "ratio",
            "doc": "further pods of a Deployment while it is rolled, where it does not say",
            "source": "Kubernetes docs, Deployment, maxSurge: 25 %, rounded up",
        },
    )
    image_gc_low: float = field(
        default=0.80,
        metadata={
            "unit": "ratio",
            "doc": "share of a drive that images in use must stay below, or collecting them never ends",
            "source": _KUBELET,
        },
    )
    image_gc_high: float = field(
        default=0.85,
        metadata={
            "unit": "ratio",
            "doc": "share of a drive from which on the kubelet collects images, so that old and new fit below it",
            "source": _KUBELET,
        },
    )
    eviction_drive: float = field(
        default=0.05,
        metadata={
            "unit": "ratio",
            "doc": "share of a drive below which the kubelet evicts pods",
            "source": "k3s and RKE2: nodefs.available<5%, imagefs.available<5%",
        },
    )
    bundle_copies: float = field(
        default=2.0,
        metadata={
            "unit": "ratio",
            "doc": "how often a locally managed host holds the content while a bundle is uploaded",
            "source": "the archive, and what is extracted of it",
        },
    )
    system_partitions_bytes: int = field(
        default=20_000_000_000,
        metadata={
            "unit": "bytes",
            "doc": "what an appliance's drive holds besides the partition of images: OEM, RECOVERY and STATE",
            "source": "kairos-agent: 2 images + 200 MiB, 3 images + 1000 MiB; with a provider image of 3.7 GB",
        },
    )
    image_p50_bytes: int = field(
        default=132_400_000,
        metadata={
            "unit": "bytes",
            "doc": "compressed size of an image that nobody could answer for, at the median",
            "source": _IMAGE_SIZES,
        },
    )
    image_p90_bytes: int = field(
        default=1_180_000_000,
        metadata={
            "unit": "bytes",
            "doc": "compressed size of an image that nobody could answer for, which nine of ten stay below",
            "source": _IMAGE_SIZES,
        },
    )

    def changed(self) -> tuple[str, ...]:
        """Name the assumptions that are not at their default."""
        return tuple(each.name for each in fields(self) if getattr(self, each.name) != each.default)
