"""How far each assumption may be from what it is taken to be, and what a plan says at both ends."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from regplan.units import MiB
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.finding import Verdict

__all__ = ["RANGES", "End", "Range", "Swing"]


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the most that an assumption may well be, and who says so."""

    low: float
    high: float
    source: str


@dataclass(frozen=True, slots=True)
class End:
    """What a plan says with one assumption at `value`: need in bytes, verdict, what binds.

    `tightest` is the rule that comes closest to its limit, or falls shortest of it, and `reach` its measured/required.
    """

    value: float
    required_bytes: int
    verdict: Verdict
    binding_constraint: str | None
    tightest: str = ""
    reach: float | None = None


@dataclass(frozen=True, slots=True)
class Swing:
    """One assumption moved alone: `now` is the plan as it is, `low` and `high` at the ends of its range."""

    key: str
    unit: str
    meaning: str
    source: str
    low: End
    now: End
    high: End

    @property
    def need_bytes(self) -> int:
        """How far the storage need goes from one end to the other."""
        return max(self._needs) - min(self._needs)

    @property
    def moves_verdict(self) -> bool:
        """Whether the verdict is another at one of the ends."""
        return not self.low.verdict is self.now.verdict is self.high.verdict

    @property
    def _needs(self) -> tuple[int, int, int]:
        return self.low.required_bytes, self.now.required_bytes, self.high.required_bytes


_QUANTILES: Final = "converged-computing/container-chonks, 2024"
_POLICY: Final = "a policy of the site's own: none to twice the default, assumed"

# What is not here has no range that anybody published or that could be argued, and is left as it is.
RANGES: Final[Mapping[str, Range]] = MappingProxyType(
    {
        "versions_kept": Range(1, 4, "no way back, to three versions of it"),
        "releases_per_year": Range(1, 12, "one release a year to one a month"),
        "growth_per_year": Range(0.0, 0.30, "none, to twice the 15 % that planners often take"),
        "free_space": Range(0.05, 0.30, "Ceph full 0.95, to Longhorn's 30 % reserve"),
        "filesystem_overhead": Range(
            0.0192, 0.0692, "ext4 with -m0, to ext4 as mkfs.ext4 makes it, with 5 % reserved for root; measured"
        ),
        "version_delta": Range(
            0.12,
            0.69,
            "a Kubernetes release changes 12 to 17 %, and a set of which most tags were built anew 69 %; assumed",
        ),
        "parallel_uploads": Range(3, 15, "docker and containerd push 3 to 5 at once; three such clients"),
        "abandoned_uploads": Range(0, 10, "none, to ten broken connections within what the registry waits"),
        "gc_delay_hours": Range(1, 24, "Zot's default 1 h, to the 24 h of its retention examples"),
        "gc_interval_hours": Range(1, 24, "Zot's default 1 h, to once a day"),
        "gc_window_hours": Range(2, 24, "Harbor's window of 2 h, to a day"),
        "metadata_bytes_per_link": Range(4_096, 40_000, "one block of ext4, to twice what was measured"),
        "hosts_per_image": Range(1, 3, "one host, to three replicas"),
        "unpacked_ratio": Range(1.36, 3.11, "5th to 95th percentile of 128,523 manifests"),
        "image_p50_bytes": Range(53_700_000, 392_600_000, f"{_QUANTILES}: p25 to p75"),
        "image_p90_bytes": Range(392_600_000, 2_780_000_000, f"{_QUANTILES}: p75 to p95"),
        "reserve_cpu_milli": Range(60, 160, "a fixed reserve of 60m, to twice the default, assumed"),
        "reserve_cpu": Range(0.0, 0.06, "nothing on top, to the 6 % that clouds reserve of a first core"),
        "reserve_memory_bytes": Range(255 * MiB, 1024 * MiB, "the least that clouds reserve, to 1 GiB"),
        "reserve_memory": Range(0.0, 0.25, "nothing on top, to the 25 % that clouds reserve of the first 4 GiB"),
        "eviction_memory_bytes": Range(100 * MiB, 750 * MiB, "the kubelet's default, to what clouds set"),
        "container_cpu_milli": Range(10, 250, "an idle agent, to a busy small service; assumed"),
        "container_memory_bytes": Range(32 * MiB, 512 * MiB, "an idle agent, to a small service on a JVM; assumed"),
        "headroom_cpu": Range(0.0, 0.30, _POLICY),
        "headroom_memory": Range(0.0, 0.40, _POLICY),
        "longhorn_cpu": Range(0.05, 0.24, "a setting of 5 %, to two instance managers of 12 % during an upgrade"),
        "surge": Range(0.0, 1.0, "Recreate or maxSurge 0, to 100 %"),
        "bundle_copies": Range(1.0, 3.0, "the archive is removed while it is extracted, to one more copy beside both"),
    }
)
