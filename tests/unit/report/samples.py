"""A study made by hand: realistic, with unknown sizes, an unresolved image, a repeated layer and a short host."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.finding import Finding, Verdict
from regplan.model.fix import Advice, Change, Cost, Fix, Named, WayOut
from regplan.model.hosting import Placed
from regplan.model.image import Blob, DeclaredImage, Image, Inventory, ResolvedReference, Unresolved
from regplan.model.layers import ImageSize, LayerReport
from regplan.model.outlook import Outlook
from regplan.model.plan import (
    Growth,
    HostPlan,
    ImageCounts,
    Plan,
    StorageNeed,
    StorageTerm,
    Study,
    UnresolvedNeed,
    VersionsNeed,
)
from regplan.model.profile import ClusterProfile, Declarations, ImageUse, Pack, Provenance, UseStatus
from regplan.model.sensitivity import End, Swing
from regplan.model.site import Assumptions, Host, Link, RegistrySpec, Site, SiteFrom
from regplan.model.wire import SimulatedScenario, Simulation, Wire
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HOSTS", "LAYERS", "make_advised", "make_outlook", "make_study"]

AMD64 = Platform("linux", "amd64")
# reference -> (manifest size, config size, layers by name); None is a size that nobody knows
IMAGES: dict[str, tuple[int | None, int, tuple[str, ...]]] = {
    "docker.io/library/nginx:1.27": (1200, 7200, ("debian", "nginx")),
    "docker.io/library/postgres:17": (3100, 9800, ("debian", "postgres", "empty", "empty")),
    "quay.io/coreos/etcd:v3.5.12": (None, 2700, ("static", "etcd")),
    "registry.k8s.io/kube-proxy:v1.33.9": (1700, 3400, ("static", "kube-proxy")),
}
LAYERS: dict[str, int] = {
    "debian": 28_230_000,
    "nginx": 41_700_123,
    "postgres": 113_456_789,
    "empty": 32,
    "static": 104_000,
    "etcd": 58_900_001,
    "kube-proxy": 31_900_000,
}
UNRESOLVED = Unresolved(
    "gcr.io/absent/thing:1.0",
    "404: no such manifest (recording rec has no facts of it either)",
    ("edge-infra > addon/thing > pack.content.images[0]",),
)
HOSTS = (
    Host("node-1", "control-plane", 8000, 16 * 2**30, 512 * 10**9),
    Host("node-2", "worker", 8000, 16 * 2**30, 512 * 10**9),
    Host("node-3", "worker", 4000, 7_800_000_000, 512 * 10**9),
)

# The site file says versions_kept: 2 aloud, which is the default too.
UNSET = tuple(
    f"assumptions.{name}" for name in Assumptions.__slots__ if name not in {"growth_per_year", "versions_kept"}
)


def digest(name: str) -> Digest:
    return Digest.of(name.encode())


def make_image(reference: str, layers: Mapping[str, int]) -> Image:
    manifest_size, config_size, names = IMAGES[reference]
    config = Blob(digest(f"config of {reference}"), config_size)
    stack = tuple(Descriptor(OCI_LAYER, digest(name), layers[name]) for name in names)
    return Image(digest(reference), OCI_MANIFEST, AMD64, manifest_size, config, stack, "recording", OCI_CONFIG)


def make_inventory(layers: Mapping[str, int]) -> Inventory:
    entries = tuple(
        ResolvedReference(Reference.parse(text), digest(text), (make_image(text, layers),), provenance=("edge-infra",))
        for text in IMAGES
    )
    declared = (DeclaredImage(Reference.parse("corp.example/erp:9"), 1_200_000_000),)
    return Inventory(entries, (UNRESOLVED,), (AMD64,), declared)


def make_layer_report(layers: Mapping[str, int]) -> LayerReport:
    """Measure with plain sets and sums, so that what a report says is held against something else than regplan."""
    contents: dict[str, dict[str, int | None]] = {}
    for text, (manifest, config, names) in IMAGES.items():
        contents[text] = {
            f"manifest {text}": manifest,
            f"config {text}": config,
            **{name: layers[name] for name in names},
        }
    holders = Counter(name for content in contents.values() for name in content)
    union = {name: size for content in contents.values() for name, size in content.items()}
    rows = []
    for text, content in contents.items():
        size = sum(each or 0 for each in content.values())
        alone = sum(each or 0 for name, each in content.items() if holders[name] == 1)
        unknown = sum(each is None for each in content.values())
        # What is shared divides without rest here.
        fair = sum((each or 0) // holders[name] for name, each in content.items())
        rows.append(ImageSize(text, digest(text), AMD64, size, size - alone, alone, unknown, fair_bytes=fair))
    referenced, unique = sum(row.size_bytes for row in rows), sum(each or 0 for each in union.values())
    blobs = sum(not name.startswith("manifest") for name in union)
    pairs = sum(not name.startswith("manifest") for content in contents.values() for name in content)
    return LayerReport(referenced, unique, blobs, 4, pairs, referenced, unique, 1, tuple(rows))


def make_findings(claimed: int, required: int, hosts: tuple[Host, ...]) -> tuple[Finding, ...]:
    docs = "Palette docs, Deploy Cluster with a Primary Registry, Prerequisites"
    memory = tuple(
        Finding(
            "host.memory",
            Verdict.PASS if host.memory_bytes >= 8 * 10**9 else Verdict.MARGINAL,
            f"{host.name} has {host.memory_bytes / 10**9:.1f} GB of memory",
            host.memory_bytes,
            8 * 10**9,
            "bytes",
            host.name,
            "" if host.memory_bytes >= 8 * 10**9 else "add memory, or take another host",
            docs,
        )
        for host in hosts
        if host.memory_bytes is not None
    )
    return (
        Finding(
            "storage.minimum", Verdict.PASS, "The PVC has 300 GB.", claimed, 300 * 10**9, "bytes", "registry", "", docs
        ),
        Finding(
            "storage.claim", Verdict.PASS, "The need fits the PVC.", claimed, required, "bytes", "registry", "", "sum"
        ),
        *memory,
        Finding(
            "image.unresolved",
            Verdict.INCOMPLETE,
            "1 image is unresolved.",
            where=UNRESOLVED.reference,
            fix="give --from, or record it",
            source="regplan",
        ),
        Finding("version.agent", Verdict.PASS, "The agent is new enough.", "4.7.2", "4.6.13", "", "site", "", docs),
        Finding("registry.zot-docker-types", Verdict.INFO, "Nobody has looked.", where="registry"),
    )


def make_declarations() -> Declarations:
    use = Provenance("profiles/edge-infra.json", "edge-infra", "nginx", "addon", "pack.content.images[0]")
    uses = tuple(ImageUse(text, Reference.parse(text), use) for text in (*IMAGES, UNRESOLVED.reference))
    again = replace(use, pack="web", key="manifests[0]")
    more = (
        ImageUse("nginx:1.27", Reference.parse("nginx:1.27"), again, UseStatus.MISSING),
        ImageUse("Not An Image", None, again, UseStatus.UNKNOWN, "'Not An Image' is not an image reference"),
    )
    profile = ClusterProfile("edge-infra", "1.4.2", "cluster", (Pack("nginx", "1.27", "addon"),), use.file)
    return Declarations((profile,), (*uses, *more))


def make_study(
    layers: Mapping[str, int] | None = None, hosts: tuple[Host, ...] = HOSTS, *, name: str = "store-0421"
) -> Study:
    """Make the study; `layers` change sizes by name, `hosts` are the site's."""
    sizes = {**LAYERS, **(layers or {})}
    report = make_layer_report(sizes)
    claimed = 320 * 2**30
    free = report.unique_bytes // 5
    need = StorageNeed(
        (
            StorageTerm("live", report.unique_bytes, "measured", "13 distinct digests of 4 references, each once"),
            StorageTerm("declared", 1_200_000_000, "declared", "declared_sizes of 1 reference"),
            StorageTerm("free_space", free, "assumed", "free_space 0.15 of the PVC"),
        ),
        claimed,
        UnresolvedNeed(1, 290_000_000_000, 132_400_000, 1_180_000_000, 2_000_000_000, 3_200_000_000),
        VersionsNeed(
            count=2,
            measured=1,
            deletes=True,
            releases_per_year=4,
            years=3,
            next_bytes=61_729_562,
            is_measured=False,
            why="registry.retention keeps 2",
        ),
        181_000_000_000,
    )
    direct, primary = report.unique_bytes * len(hosts), report.unique_bytes
    low, high = direct - primary, direct - primary + 90_000_000
    rate = 20_000_000
    wire = Wire(
        direct, primary, low, high, direct * 8 / rate, primary * 8 / rate, 2, tuple((h.name, primary) for h in hosts)
    )
    findings = make_findings(claimed, need.required_bytes, hosts)
    site = Site(
        name=name,
        inputs=SiteFrom(
            profiles=("profiles/edge-infra.json",),
            sources=("recording:rec",),
            upgrade_from=(("profiles/edge-infra-before.json",),),
        ),
        hosts=hosts,
        registry=RegistrySpec(storage_bytes=claimed),
        internet_link=Link(rate, 0.06),
        management="local",
        internet="thin",
        palette_version="4.7.2",
        agent_version="4.7.2",
        assumptions=Assumptions(growth_per_year=0.15),
        defaulted=("timezone", "deployment", *UNSET),
        file="site.yaml",
    )
    plan = Plan(
        site=site,
        verdict=Verdict.INCOMPLETE,
        binding_constraint="image.unresolved",
        findings=findings,
        counts=ImageCounts(8, 6, 4, (UNRESOLVED,)),
        layers=report,
        storage=need,
        hosts=tuple(
            HostPlan(
                host.name,
                Verdict.MARGINAL if host.cpu_milli == 4000 else Verdict.PASS,
                host.cpu_milli,
                host.memory_bytes,
                primary,
                requested_cpu_milli=1_350 if place else 1_100,
                requested_memory_bytes=2_281_701_376,
                allocatable_cpu_milli=None if host.cpu_milli is None else host.cpu_milli - 120,
                allocatable_memory_bytes=None if host.memory_bytes is None else host.memory_bytes - 765_000_000,
                disk_required_bytes=100_000_000_000 + place,
                placed=(
                    Placed("RKE2 control plane", 1, 1_100, 2_281_701_376, "rule"),
                    *((Placed("shop/till", 2, 250, 0, "mixed"),) if place else ()),
                ),
            )
            for place, host in enumerate(hosts)
        ),
        wire=wire,
        upgrade=Growth(report.unique_bytes - 5, 7_000_000, 5, report.unique_bytes + 7_000_000),
        generated_at="2026-09-01T08:00:00+00:00",
        inputs_digest=f"sha256:{'ab' * 32}",
    )
    scenarios = (
        SimulatedScenario("direct", direct, 0, 0, 1.5, 2.5, direct * 8 / rate),
        SimulatedScenario("primary", primary, direct, 0, None, None, None),
    )
    return Study(make_declarations(), make_inventory(sizes), plan, Simulation(name, scenarios, wire))


def make_outlook() -> Outlook:
    """A registry that fills up: 40 bytes of images beside 10 that stay, and a version of 20 more every month."""
    used = tuple(50 + 20 * month for month in range(5))
    return Outlook(120, 96, used, 3, 4, 10, 0, 40, 0, 12, 20, None)


def make_advised() -> Study:
    """The same with what would make it pass, and with what its assumptions move."""
    study = make_study()
    swings = make_sensitivity(study.plan.storage.required_bytes)
    return replace(study, plan=replace(study.plan, advice=make_advice(), sensitivity=swings, outlook=make_outlook()))


def make_advice() -> Advice:
    memory = Change("hosts.node-3.memory", "7.8GB", "8GiB", "bytes", 7_800_000_000, 2**33)
    removes = (Named("host.memory", "node-3"),)
    fix = Fix(
        "Give node-3 8GiB of memory", Cost.HARDWARE, (memory,), removes, Verdict.INCOMPLETE, "image.unresolved", 0.1
    )
    way = WayOut(
        (fix.title,), (memory,), removes, Verdict.INCOMPLETE, "image.unresolved", (Named("image.unresolved", "images"),)
    )
    return Advice((fix,), way)


def make_sensitivity(need: int) -> tuple[Swing, ...]:
    """One assumption that changes the verdict, one that changes the need alone, and one that changes nothing."""

    def end(value: float, more: int = 0, verdict: Verdict = Verdict.INCOMPLETE) -> End:
        return End(value, need + more, verdict, "image.unresolved", "host.memory", 0.975)

    return (
        Swing(
            "version_delta", "ratio", "new bytes of one version", "assumed",
            end(0.12, -200_000_000), end(0.35), end(0.69, 3_000_000_000, Verdict.FAIL),
        ),
        Swing("free_space", "ratio", "share kept free", "policies", end(0.05, -100_000_000), end(0.15), end(0.3, 400_000_000)),
        Swing("unpacked_ratio", "ratio", "unpacked for each compressed byte", "measured", end(1.36), end(2.44), end(3.11)),
    )  # fmt: skip
