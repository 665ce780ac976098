"""Cluster profiles as they are planned about: packs, the images they name, and the workloads that run them."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from regplan.model.wiring import Wiring
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.finding import Finding
    from regplan.model.patch import ListPatch
    from regplan.oci.reference import Reference

__all__ = [
    "ClusterProfile",
    "Container",
    "Declarations",
    "FoundBy",
    "ImageUse",
    "Pack",
    "PackDependency",
    "Provenance",
    "RegistrySettings",
    "ResourceNeed",
    "Spread",
    "UseStatus",
    "VolumeClaim",
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


class FoundBy(StrEnum):
    """By which rule a mention was found."""

    LIST = "list"
    WORKLOAD = "workload"
    CHART = "chart"
    TEMPLATE = "template"
    VALUES = "values"
    CUSTOM = "custom-object"
    PRESET = "preset"
    BUNDLE = "bundle"
    SITE = "site"
    ARGUMENT = "argument"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an image was named: file, profile, pack with its layer and version, and the key path inside the pack.

    `line` is the line of the file, counted from 1; None where it is not known. `found_by` tells by which rule.
    """

    file: str
    profile: str = ""
    pack: str = ""
    layer: str = ""
    key: str = ""
    version: str = ""
    line: int | None = None
    found_by: FoundBy | None = None

    def __str__(self) -> str:
        """Join what is known, widest first; a key whose line is known stands with its file, line and pack version.

        >>> str(Provenance("edge.yaml", "edge-infra", "cni-calico", "cni", "pack.content.images[0]", "3.28.0", 12))
        'edge.yaml:12 > edge-infra > cni/cni-calico 3.28.0 > pack.content.images[0]'
        """
        pack = f"{self.layer}/{self.pack}" if self.layer and self.pack else self.pack
        file, key = "" if self.profile else self.file, self.key
        if self.line and key:
            file = f"{self.file}:{self.line}"
            pack = f"{pack} {self.version}" if pack and self.version else pack
            # A list has no other keys than its lines.
            key = "" if key == f"line {self.line}" else key
        return " > ".join(part for part in (file, self.profile, pack, key) if part)


@dataclass(frozen=True, slots=True)
class ImageUse:
    """One mention of an image; `reference` is None where the text could not be understood, `problem` says why.

    `enabled_by` is the value that must be set before anything runs it. `is_counted` tells whether the site needs it as
    far as anyone can tell: what is merely possible is shown and not counted. `note` tells why it has its status.
    """

    text: str
    reference: Reference | None
    provenance: Provenance
    status: UseStatus = UseStatus.LISTED
    problem: str = ""
    enabled_by: str = ""
    is_counted: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a pod: requests and limits in thousandths of a CPU and in bytes, None where it states none.

    `pull_policy` is Always, IfNotPresent or Never, "" where it states none that can be told.
    """

    name: str
    image: Reference | None
    is_init: bool = False
    cpu_request_milli: int | None = None
    cpu_limit_milli: int | None = None
    memory_request_bytes: int | None = None
    memory_limit_bytes: int | None = None
    pull_policy: str = ""

    @property
    def always_pulls(self) -> bool:
        """Tell whether a registry is asked at each start (Kubernetes docs, "Images": Always, and :latest by default)."""
        if self.pull_policy or self.image is None:
            return self.pull_policy == "Always"
        return self.image.digest is None and self.image.tag == "latest"


@dataclass(frozen=True, slots=True)
class VolumeClaim:
    """A persistent volume claim: its size in bytes, None where it is not known; one for each pod where `is_per_pod`."""

    name: str
    size_bytes: int | None
    storage_class: str = ""
    is_per_pod: bool = False


@dataclass(frozen=True, slots=True)
class Workload:
    """Something that runs pods; `replicas` is None where it does not apply or is not known.

    `node_selector` are the labels that a host must have, `node_affinity` the required terms as texts (each term's
    expressions joined by commas; one term is enough), `is_spread` tells that no two of its pods may share a host.
    `surge` is how many further pods there are while it is rolled, None where it does not say.
    """

    kind: str
    namespace: str
    name: str
    spread: Spread
    replicas: int | None
    images: tuple[Reference, ...]
    provenance: Provenance
    containers: tuple[Container, ...] = ()
    claims: tuple[VolumeClaim, ...] = ()
    node_selector: tuple[tuple[str, str], ...] = ()
    node_affinity: tuple[str, ...] = ()
    is_spread: bool = False
    surge: int | None = None


@dataclass(frozen=True, slots=True)
class ResourceNeed:
    """What a pack's `constraints.resources` ask for: `amount` in thousandths of a CPU, in bytes of memory or of disk.

    `per` tells on which hosts: all, master or worker; "" where the pack does not say.
    """

    kind: str
    amount: int
    per: str = ""


@dataclass(frozen=True, slots=True)
class PackDependency:
    """Another pack that a pack's `constraints.dependencies` name: `kind` is required, optional, notSupported or upgrade."""

    name: str
    layer: str
    kind: str
    min_version: str = ""
    max_version: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """A layer of a cluster profile: a Palette pack, chart or manifest."""

    name: str
    version: str
    layer: str
    type: str = "spectro"
    needs: tuple[ResourceNeed, ...] = ()
    dependencies: tuple[PackDependency, ...] = ()


@dataclass(frozen=True, slots=True)
class ClusterProfile:
    """A cluster profile: its name, its version and its packs, in order; `digest` is its text's, "" where nobody took it."""

    name: str
    version: str
    type: str
    packs: tuple[Pack, ...]
    file: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """What the profiles' values say of the primary registry; None is what they do not say. Never a password.

    `wiring` tells pack by pack how the registry is tied to the cluster.
    """

    kind: str | None = None
    storage_bytes: int | None = None
    project: str | None = None
    sync: bool | None = None
    has_connect: bool = False
    wiring: Wiring = field(default_factory=Wiring)


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything that was read from profiles, values, manifests and lists; `uses` has one entry for each mention.

    `bundles` are the files that are definitions of content bundles, which hold Palette's own images too. `patches` are the
    image lists that packs should have, of those that need a change. `folders` are the folders and archives that were handed
    over: a mention's file inside one begins with its name.
    """

    profiles: tuple[ClusterProfile, ...] = ()
    uses: tuple[ImageUse, ...] = ()
    workloads: tuple[Workload, ...] = ()
    findings: tuple[Finding, ...] = ()
    settings: RegistrySettings = RegistrySettings()
    bundles: tuple[str, ...] = ()
    patches: tuple[ListPatch, ...] = ()
    folders: tuple[str, ...] = ()

    def references(self) -> dict[Reference, tuple[str, ...]]:
        """Map each distinct normalised reference that counts to its mentions, in order of first mention."""
        mentions: dict[Reference, list[str]] = {}
        for use in self.uses:
            if use.reference is not None and use.is_counted:
                mentions.setdefault(use.reference, []).append(str(use.provenance))
        return {reference: tuple(where) for reference, where in mentions.items()}
