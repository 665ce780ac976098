"""Small sets of images, sites and declarations for planning, each written out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.model.image import Blob, Image, Inventory, KeptIndex, ResolvedReference, Unresolved
from regplan.model.profile import (
    ClusterProfile,
    Declarations,
    ImageUse,
    Pack,
    Provenance,
    RegistrySettings,
    Spread,
    UseStatus,
    Workload,
)
from regplan.model.site import Assumptions, Host, RegistrySpec, Site
from regplan.model.wiring import Admission, ConnectPack, PasswordState, RegistryPack, Wiring
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.plan.check import PlanFacts, build_plan
from regplan.units import GB, MB

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from regplan.model.finding import Finding
    from regplan.model.plan import Plan

AMD64 = Platform("linux", "amd64")
ARM64 = Platform("linux", "arm64")
# Nothing but the images themselves counts.
BARE = Assumptions(
    versions_kept=1,
    releases_per_year=0.0,
    free_space=0.0,
    filesystem_overhead=0.0,
    parallel_uploads=0,
    metadata_bytes_per_link=0,
)


# A profile that runs Zot, ties it in by its preset, and does not pull always.
WIRED = Wiring(
    registries=(
        RegistryPack("zot", "shop > addon/zot", profile="shop", password_key="charts.zot.registry.password",
                     password=PasswordState.MACRO),
    ),
    connects=(ConnectPack("shop > addon/registry-connect", profile="shop", preset="zot"),),
    admissions=(Admission("shop > k8s/edge-k3s"),),
)  # fmt: skip


def digest(name: str) -> Digest:
    return Digest.of(name.encode())


def image(
    name: str,
    layers: Mapping[str, int] | Sequence[tuple[str, int]],
    *,
    manifest: int | None = 10,
    config: int | None = 5,
    platform: Platform = AMD64,
    media_type: str = OCI_MANIFEST,
    foreign: Iterable[str] = (),
) -> Image:
    """An image whose manifest, config and layers are known by their names."""
    pairs = layers.items() if hasattr(layers, "items") else layers
    kept = [Descriptor(OCI_LAYER, digest(each), size) for each, size in pairs]
    lost = [
        Descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", digest(each), 999) for each in foreign
    ]
    return Image(
        digest=digest(f"manifest {name}"),
        media_type=media_type,
        platform=platform,
        manifest_size=manifest,
        config=Blob(digest(f"config {name}"), config),
        layers=(*kept, *lost),
        source="test",
        config_type=OCI_CONFIG,
    )


def index(name: str, size: int, images: Sequence[Image]) -> KeptIndex:
    return KeptIndex(digest(f"index {name}"), OCI_INDEX, size, tuple(each.digest for each in images))


def entry(reference: str, *images: Image, indexes: tuple[KeptIndex, ...] = ()) -> ResolvedReference:
    return ResolvedReference(
        Reference.parse(reference), images[0].digest if images else digest("none"), images, indexes
    )


def inventory(*entries: ResolvedReference, unresolved: Sequence[str] = ()) -> Inventory:
    missing = tuple(Unresolved(reference, "not found", ("list.txt",)) for reference in unresolved)
    return Inventory(entries, missing, (AMD64,))


def use(
    reference: str,
    *,
    pack: str = "",
    layer: str = "addon",
    status: UseStatus = UseStatus.LISTED,
    profile: str = "",
) -> ImageUse:
    return ImageUse(reference, Reference.parse(reference), Provenance("file", profile, pack, layer), status)


def workload(
    reference: str,
    spread: Spread,
    replicas: int | None = None,
    *,
    pack: str = "app",
    layer: str = "addon",
) -> Workload:
    where = Provenance("file", "", pack, layer)
    return Workload("Deployment", "default", "it", spread, replicas, (Reference.parse(reference),), where)


def profile(*packs: str) -> ClusterProfile:
    return ClusterProfile("shop", "1.0.0", "cluster", tuple(Pack(name, "1", "addon") for name in packs), "shop.json")


def declarations(*uses: ImageUse, **more: Any) -> Declarations:
    return Declarations(uses=uses, **more)


def host(name: str = "node-1", **more: Any) -> Host:
    """A host that meets every rule."""
    return Host(
        **{"name": name, "cpu_milli": 8000, "memory_bytes": 16 * GB, "storage_bytes": 512 * GB, "arch": "amd64", **more}
    )


def hosts(count: int, **more: Any) -> tuple[Host, ...]:
    return tuple(host(f"node-{number + 1}", **more) for number in range(count))


def registry(**more: Any) -> RegistrySpec:
    return RegistrySpec(**{"storage_bytes": 500 * GB, "keep_versions": 2, **more})


def site(**more: Any) -> Site:
    """A site that meets every rule."""
    good = {
        "name": "store",
        "hosts": hosts(3),
        "registry": registry(),
        "palette_version": "4.7.2",
        "agent_version": "4.7.2",
        "internet": "thin",
        "palette_images": "none",
    }
    return Site(**{**good, **more})


SHOP = image("shop", {"base": 100 * MB, "shop": 20 * MB})
TILL = image("till", {"base": 100 * MB, "till": 30 * MB})


def facts(**more: Any) -> PlanFacts:
    """Facts about a site that meets every rule, with two images that share a layer."""
    good = {
        "site": site(),
        "declarations": declarations(
            use("r.io/shop:1"),
            use("r.io/till:1"),
            profiles=(profile("zot", "registry-connect"),),
            settings=RegistrySettings(has_connect=True, wiring=WIRED),
        ),
        "inventory": inventory(entry("r.io/shop:1", SHOP), entry("r.io/till:1", TILL)),
    }
    return PlanFacts(**{**good, **more})


def plan(**more: Any) -> Plan:
    return build_plan(facts(**more))


def findings(rule: str, **more: Any) -> list[Finding]:
    return [finding for finding in plan(**more).findings if finding.rule == rule]


def finding(rule: str, **more: Any) -> Finding:
    """The only finding of a rule."""
    (found,) = findings(rule, **more)
    return found
