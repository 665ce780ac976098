"""A plan: everything that is said of a site, as one value that every face reads."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from regplan.model.sharing import Analysis
from regplan.showing import shown
from regplan.units import GB
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.chance import Chance
    from regplan.model.clock import Clock
    from regplan.model.disks import DiskNeed
    from regplan.model.finding import Finding, Verdict
    from regplan.model.fix import Advice, Fix
    from regplan.model.formula import Formula, ToldFormula
    from regplan.model.hosting import Placed
    from regplan.model.image import Inventory, Unresolved
    from regplan.model.layers import LayerReport
    from regplan.model.life import Life
    from regplan.model.media import MediaPlan
    from regplan.model.outlook import Outlook
    from regplan.model.own_rule import OwnRule
    from regplan.model.pasted import PasteValue
    from regplan.model.profile import Declarations
    from regplan.model.sensitivity import Swing
    from regplan.model.shares import Shares
    from regplan.model.site import Site
    from regplan.model.survival import HostSurvival
    from regplan.model.wire import Simulation, Wire

__all__ = [
    "MINIMUM_BYTES",
    "Growth",
    "HostDisk",
    "HostPlan",
    "ImageCounts",
    "Plan",
    "StorageNeed",
    "StorageTerm",
    "Study",
    "UnresolvedNeed",
    "VersionsNeed",
]

# Palette docs, "Deploy Cluster with a Primary Registry".
MINIMUM_BYTES: Final = 300 * GB


@dataclass(frozen=True, slots=True)
class Growth:
    """What an upgrade changes, in bytes; `peak_bytes` is while both versions are kept."""

    kept_bytes: int
    new_bytes: int
    dropped_bytes: int
    peak_bytes: int

    _repr_mimebundle_ = shown


@dataclass(frozen=True, slots=True)
class StorageTerm:
    """One addend of the storage need; `provenance` is measured, declared, rule or assumed.

    `formula` tells how it was reckoned, None where it was read from elsewhere.
    """

    key: str
    size_bytes: int
    provenance: str
    source: str
    formula: Formula | None = None


@dataclass(frozen=True, slots=True)
class UnresolvedNeed:
    """What the `count` images that nobody could answer for may add to the need; everything here is assumed.

    `break_even_bytes` is the largest average size at which all still fits the PVC: 0 where it does not fit without
    them, None where nothing is claimed. `need_p50_bytes` is the whole need with each of them at `p50_bytes`. `formulas`
    give the two needs and the average.
    """

    count: int
    break_even_bytes: int | None
    p50_bytes: int
    p90_bytes: int
    need_p50_bytes: int
    need_p90_bytes: int
    formulas: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionsNeed:
    """How many versions of the profiles lie in the registry at once (`count`, this one among them), and `why`.

    `measured` are those beside this one that digests tell of, and that count. `deletes` is whether anything deletes old
    versions; where nothing does, all releases of the `years` stay. `next_bytes` is what one more version adds, which
    `is_measured` where digests tell all of it.
    """

    count: int
    measured: int
    deletes: bool
    releases_per_year: float
    years: float
    next_bytes: int
    is_measured: bool
    why: str


@dataclass(frozen=True, slots=True)
class StorageNeed:
    """What the registry's PVC must hold: `required_bytes` is the sum of `terms`, without the documented minimum.

    `unresolved` is what images that nobody could answer for may add, None where there is none. `versions` is None where
    nobody told. `holds_bytes` is the largest `live` that the claim holds, everything that is a share of the images being
    scaled with it; None without a claim, or where nothing is measured. `formulas` give what is no term: `set`, `version`,
    `versions`, `written`, `required_bytes`, `pvc_bytes` and `holds_bytes`, as far as they are known.
    """

    terms: tuple[StorageTerm, ...]
    claimed_bytes: int | None
    unresolved: UnresolvedNeed | None = None
    versions: VersionsNeed | None = None
    holds_bytes: int | None = None
    formulas: tuple[Formula, ...] = ()
    minimum_bytes: int = MINIMUM_BYTES

    @property
    def required_bytes(self) -> int:
        """The sum of the terms."""
        return sum(term.size_bytes for term in self.terms)

    @property
    def pvc_bytes(self) -> int:
        """What to claim: the need, or the documented minimum where that is more."""
        return max(self.required_bytes, self.minimum_bytes)

    def bytes_of(self, key: str) -> int:
        """Tell the bytes of a term, 0 where the need has none of that key."""
        return next((term.size_bytes for term in self.terms if term.key == key), 0)

    @property
    def use_ratio(self) -> float | None:
        """The need as a share of the claim; None where nothing is claimed."""
        return self.required_bytes / self.claimed_bytes if self.claimed_bytes else None


@dataclass(frozen=True, slots=True)
class HostDisk:
    """What a host's images take on its drive: their content, each digest once, and unpacked, each chain once.

    `high` is the same with every image of unknown placement on this host. `provenance` says how the unpacked sizes are
    known: measured, assumed, or mixed; the unpacked bytes are the measured ones, and so many times the compressed ones as is
    assumed.
    """

    content_bytes: int
    unpacked_bytes: int
    provenance: str = "assumed"
    content_high_bytes: int = 0
    unpacked_high_bytes: int = 0
    measured_bytes: int = 0
    compressed_bytes: int = 0
    measured_high_bytes: int = 0
    compressed_high_bytes: int = 0

    @property
    def size_bytes(self) -> int:
        """What both take: containerd keeps the compressed content beside the snapshots."""
        return self.content_bytes + self.unpacked_bytes

    @property
    def high_bytes(self) -> int:
        """The same with every image of unknown placement on this host."""
        return self.content_high_bytes + self.unpacked_high_bytes


@dataclass(frozen=True, slots=True)
class HostPlan:
    """What is said of one host; `image_bytes` are the compressed images that it pulls at first bootstrap.

    `content_bytes` and `unpacked_bytes` are what they take on its drive, compressed and unpacked; `high` is with every
    image of unknown placement on this host. `requested` is what the pods `placed` there ask for together, `allocatable`
    what pods can have of the host, `disk_required_bytes` what its main drive needs. None is what nobody reckoned.
    """

    name: str
    verdict: Verdict
    cpu_milli: int | None
    memory_bytes: int | None
    image_bytes: int
    content_bytes: int | None = None
    unpacked_bytes: int | None = None
    unpacked_provenance: str = ""
    content_high_bytes: int | None = None
    unpacked_high_bytes: int | None = None
    requested_cpu_milli: int | None = None
    requested_memory_bytes: int | None = None
    allocatable_cpu_milli: int | None = None
    allocatable_memory_bytes: int | None = None
    disk_required_bytes: int | None = None
    unpacked_measured_bytes: int | None = None
    unpacked_compressed_bytes: int | None = None
    unpacked_high_measured_bytes: int | None = None
    unpacked_high_compressed_bytes: int | None = None
    placed: tuple[Placed, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageCounts:
    """References as written, distinct ones, resolved ones, and those that nobody could answer for."""

    declared: int
    unique: int
    resolved: int
    unresolved: tuple[Unresolved, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is said of a site; `generated_at` is RFC 3339, `inputs_digest` covers all that was read.

    `survival` tells of each host what becomes of it while the internet link is cut. `own_rules` are the user's, whose
    findings are among the others. `advice` is what would make it pass,
    and `sensitivity` what each assumption moves, what moves most first; None where nobody asked. `disks` are those behind the
    claim, and `outlook` is how it fills up; None where nothing is claimed. `values` are what all this comes to, ready to be
    pasted. `media` are the drives that bring the images, for each size that was asked for; None where none was.
    """

    site: Site
    verdict: Verdict
    binding_constraint: str | None
    findings: tuple[Finding, ...]
    counts: ImageCounts
    layers: LayerReport
    storage: StorageNeed
    hosts: tuple[HostPlan, ...]
    wire: Wire | None
    upgrade: Growth | None
    generated_at: str
    inputs_digest: str
    analysis: Analysis = field(default_factory=Analysis)
    survival: tuple[HostSurvival, ...] = ()
    own_rules: tuple[OwnRule, ...] = ()
    advice: Advice | None = None
    sensitivity: tuple[Swing, ...] | None = None
    disks: DiskNeed | None = None
    outlook: Outlook | None = None
    values: tuple[PasteValue, ...] = ()
    media: tuple[MediaPlan, ...] | None = None

    _repr_mimebundle_ = shown

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """What makes the plan better, the cheapest first; nothing where nobody asked."""
        return () if self.advice is None else self.advice.fixes

    def __repr__(self) -> str:
        """Tell the verdict and what binds, which is what one wants to see in a notebook or a failing test."""
        return f"<Plan {self.site.name}: {self.verdict}, bound by {self.binding_constraint or 'nothing'}>"


@dataclass(frozen=True, slots=True)
class Study:
    """A plan together with what it was made from: the one value that screens, notebooks and reports are given.

    `told` are the formulas of a plan document that was read; a plan that was made here carries its own. `shares` are what such a
    document says of where the bytes lie; of a plan that was made here its images tell it.
    `life` and `clock`, what events carry and when hosts are ready, are there where they were asked for, and so is `chance`, what
    drawn lives come to.
    """

    declarations: Declarations
    inventory: Inventory
    plan: Plan
    simulation: Simulation | None = None
    told: tuple[ToldFormula, ...] = ()
    life: Life | None = None
    clock: Clock | None = None
    chance: Chance | None = None
    shares: Shares | None = None

    _repr_mimebundle_ = shown

    def __repr__(self) -> str:
        """Tell what the plan says, which is what one wants to see in a notebook or a failing test."""
        return f"<Study {self.inventory!r} {self.plan!r}>"
