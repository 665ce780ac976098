"""Cluster profiles as they are planned about: packs, the images they name, and the workloads that run them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regplan.model.finding import Finding
    from regplan.oci.reference import Reference

__all__ = [
    "ClusterProfile",
    "Declarations",
    "ImageUse",
    "Pack",
    "Provenance",
    "RegistrySettings",
    "Spread",
    "UseStatus",
    "Workload",
]


class UseStatus(StrEnum):
    """What the profile says of an image: whether its list has it, and whether anything runs it."""

    LISTED = "listed"
    MISSING = "missing"
    ONLY_IF_ENABLED = "only-if-enabled"
    UNKNOWN = "unknown"
    UNUSED = "unused"


class Spread(StrEnum):
    """On which hosts a workload's pods run."""

    EVERY_HOST = "every-host"
    CONTROL_PLANE = "control-plane"
    REPLICAS = "replicas"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an image was named: file, profile, pack with its layer, and the key path inside the pack."""

    file: str
    profile: str = ""
    pack: str = ""
    layer: str = ""
    key: str = ""

    def __str__(self) -> str:
        """Join what is known, widest first."""
        pack = f"{self.layer}/{self.pack}" if self.layer and self.pack else self.pack
        return " > ".join(part for part in (self.profile or self.file, pack, self.key) if part)


@dataclass(frozen=True, slots=True)
class ImageUse:
    """One mention of an image; `reference` is None where the text could not be understood, `problem` says why."""

    text: str
    reference: Reference | None
    provenance: Provenance
    status: UseStatus = UseStatus.LISTED
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Workload:
    """Something that runs pods; `replicas` is None where it does not apply or is not known."""

    kind: str
    namespace: str
    name: str
    spread: Spread
    replicas: int | None
    images: tuple[Reference, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Pack:
    """A layer of a cluster profile: a Palette pack, chart or manifest."""

    name: str
    version: str
    layer: str
    type: str = "spectro"


@dataclass(frozen=True, slots=True)
class ClusterProfile:
    """A cluster profile: its name, its version and its packs, in order."""

    name: str
    version: str
    type: str
    packs: tuple[Pack, ...]
    file: str


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """What the profiles' values say of the primary registry; None is what they do not say. Never a password."""

    kind: str | None = None
    storage_bytes: int | None = None
    project: str | None = None
    sync: bool | None = None
    has_connect: bool = False


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything that was read from profiles, values, manifests and lists; `uses` has one entry for each mention."""

    profiles: tuple[ClusterProfile, ...] = ()
    uses: tuple[ImageUse, ...] = ()
    workloads: tuple[Workload, ...] = ()
    findings: tuple[Finding, ...] = ()
    settings: RegistrySettings = RegistrySettings()

    def references(self) -> dict[Reference, tuple[str, ...]]:
        """Map each distinct normalised reference to its mentions, in order of first mention."""
        mentions: dict[Reference, list[str]] = {}
        for use in self.uses:
            if use.reference is not None:
                mentions.setdefault(use.reference, []).append(str(use.provenance))
        return {reference: tuple(where) for reference, where in mentions.items()}
