"""Studies made by hand, so that every number on a screen has a second source: this file's own arithmetic."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from regplan.model.finding import Finding, Verdict
from regplan.model.hosting import Placed
from regplan.model.image import Blob, Image, Inventory, ResolvedReference, Unresolved
from regplan.model.layers import ImageSize, LayerReport
from regplan.model.outlook import Outlook
from regplan.model.plan import HostPlan, ImageCounts, Plan, StorageNeed, StorageTerm, Study, UnresolvedNeed
from regplan.model.profile import ClusterProfile, Declarations, ImageUse, Pack, Provenance, UseStatus
from regplan.model.site import Host, Link, RegistrySpec, Scenario, Site, SiteFrom
from regplan.model.wire import Wire
from regplan.oci.descriptor import Descriptor
from regplan.oci.digest import Digest
from regplan.oci.mediatype import DOCKER_LAYER, DOCKER_MANIFEST
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference

AMD64: Final = Platform("linux", "amd64")
BASE_BYTES: Final = 30_000_000
NGINX, STABLE = "docker.io/library/nginx:1.30.5", "docker.io/library/nginx:stable"
CALICO: Final = "quay.io/calico/node:v3.28.1"
HAPROXY: Final = f"docker.io/library/haproxy@sha256:{'7' * 64}"
LONG_PATH: Final = "mcr.microsoft.com/cbl-mariner/distroless/python:3.9.19-1-nonroot-cm2.0.20240403-amd64"


def digest(letters: str) -> Digest:
    """A digest that one recognises."""
    return Digest("sha256", (letters * 64)[:64])


def image(name: str, manifest_size: int | None, config_size: int, *layers: tuple[str, int]) -> Image:
    """An image with a config of its own; layers are given by the letters of their digest."""
    return Image(
        digest=digest(name),
        media_type=DOCKER_MANIFEST,
        platform=AMD64,
        manifest_size=manifest_size,
        config=Blob(digest(name + "c"), config_size),
        layers=tuple(Descriptor(DOCKER_LAYER, digest(letters), size) for letters, size in layers),
        source="recording",
    )


def entry(reference: str, made: Image, *provenance: str) -> ResolvedReference:
    """A reference that was resolved to one image."""
    return ResolvedReference(Reference.parse(reference), made.digest, (made,), provenance=provenance)


SITE: Final = Site(
    name="store-0421",
    hosts=tuple(Host(f"node-{number}", cpu_milli=8000, memory_bytes=16 * 10**9) for number in (1, 2)),
    registry=RegistrySpec(kind="zot", storage_bytes=300 * 10**9),
    internet_link=Link(20_000_000, 0.06),
    file="site.yaml",
)

PAGE: Final = "Palette docs, Deploy Cluster with a Primary Registry"
FINDINGS: Final = (
    Finding("storage.minimum", Verdict.PASS, "The PVC offers the documented 300 GB.", 300 * 10**9, 300 * 10**9, "bytes", "registry", "", PAGE),
    Finding("storage.claim", Verdict.PASS, "The PVC holds what is needed.", 300 * 10**9, 420_000_000, "bytes", "registry"),
    Finding("host.cpu", Verdict.PASS, "The host has the documented CPUs.", 8000, 4000, "milli", "node-1", "", PAGE),
    Finding("host.cpu", Verdict.FAIL, "The host has fewer CPUs than documented.", 2000, 4000, "milli", "node-2", "Give node-2 at least 4 CPUs.", PAGE),
    Finding("host.memory", Verdict.MARGINAL, "The host has a little less than 8 GB.", 7_800_000_000, 8 * 10**9, "bytes", "node-2", "Fit 8 GB or more.", PAGE),
    Finding("host.arch", Verdict.PASS, "A host is amd64.", "amd64", "amd64", "", "node-1", "", PAGE),
    Finding("version.agent", Verdict.PASS, "The agent is new enough.", "4.7.2", "4.6.13", "", "site.yaml", "", PAGE),
    Finding("image.unresolved", Verdict.INCOMPLETE, "One image could not be resolved: every sum is a lower bound.", 1, 0, "images", "site.yaml", "Record it, or declare its size under declared_sizes."),
    Finding("image.mutable-tag", Verdict.INFO, "The tag can change: docker.io/library/nginx:stable.", None, None, "", "retail > addon/web > pack.content.images"),
)  # fmt: skip
UNRESOLVED: Final = (Unresolved("registry.example/app:9", "404: no such manifest", ("retail > addon/app > values",)),)
MAY_ADD: Final = UnresolvedNeed(1, 190 * 10**9, 132_400_000, 1_180_000_000, 630_000_000, 2_280_000_000)


def site_study(*, nginx_layer_bytes: int = 45_000_000) -> Study:
    """Four references to three images, one of them with a manifest of unknown size; one image is unresolved.

    nginx and calico share a base of 30 MB; two tags name nginx. Own bytes: 45,010,000, 89,007,500 and 12,352,678.
    """
    more = nginx_layer_bytes - 45_000_000
    nginx = image("a1", 2000, 8000, ("ba5e", BASE_BYTES), ("a2", nginx_layer_bytes))
    calico = image("ca", 1500, 6000, ("ba5e", BASE_BYTES), ("cb", 89_000_000))
    haproxy = image("7", None, 7000, ("78", 12_345_678))
    entries = (
        entry(NGINX, nginx, "retail > addon/web > pack.content.images", "retail > addon/proxy > pack.content.images"),
        entry(STABLE, nginx, "retail > addon/web > pack.content.images"),
        entry(CALICO, calico, "retail > cni/calico > pack.content.images"),
        entry(HAPROXY, haproxy, "retail > addon/lb > pack.content.images"),
    )
    sizes = (
        ImageSize(
            NGINX, nginx.digest, AMD64, 75_010_000 + more, BASE_BYTES, 45_010_000 + more, fair_bytes=60_010_000 + more
        ),
        ImageSize(
            STABLE, nginx.digest, AMD64, 75_010_000 + more, BASE_BYTES, 45_010_000 + more, fair_bytes=60_010_000 + more
        ),
        ImageSize(CALICO, calico.digest, AMD64, 119_007_500, BASE_BYTES, 89_007_500, fair_bytes=104_007_500),
        ImageSize(HAPROXY, haproxy.digest, AMD64, 12_352_678, 0, 12_352_678, 1, fair_bytes=12_352_678),
    )
    layers = LayerReport(
        referenced_bytes=281_380_178 + 2 * more,
        unique_bytes=176_370_178 + more,
        blobs=7,
        manifests=3,
        pairs=7,
        stored_bytes=206_370_178 + more,
        quota_bytes=176_370_178 + more,
        sizes_unknown=1,
        images=sizes,
    )
    terms = (
        StorageTerm("images", 176_370_178 + more, "measured", "the manifests of 3 images, each digest once"),
        StorageTerm("next-version", 61_729_562, "assumed", "35 % of the images: old and new stand side by side"),
        StorageTerm("uploads", 100_000_000, "assumed", "the eight largest layers in flight while seeding"),
        StorageTerm("metadata", 140_000, "assumed", "20 kB for each of 7 links"),
        StorageTerm("free", 81_760_260, "assumed", "15 % of the PVC kept free"),
    )
    wire = Wire(
        direct_bytes=320_740_356 + 2 * more,
        primary_bytes=176_370_178 + more,
        saved_low_bytes=119_017_500,
        saved_high_bytes=176_370_178,
        direct_boot_s=128.3,
        primary_boot_s=70.6,
        images_of_unknown_placement=1,
    )
    plan = Plan(
        site=SITE,
        verdict=Verdict.FAIL,
        binding_constraint="host.cpu",
        findings=FINDINGS,
        counts=ImageCounts(6, 5, 4, UNRESOLVED),
        layers=layers,
        storage=StorageNeed(terms, 300 * 10**9, MAY_ADD),
        hosts=(),
        wire=wire,
        upgrade=None,
        generated_at="2026-09-01T08:00:00+00:00",
        inputs_digest=str(digest("1")),
    )
    return Study(Declarations(), Inventory(entries, UNRESOLVED, (AMD64,)), plan)


def declared_study() -> Study:
    """The same site with what its profiles say: two profiles, a chart's image that no list has, and one that is not needed.

    nginx is named twice in one pack and once in another; what the site file names itself stands in no pack.
    """

    def use(reference: str, pack: str, line: int, status: UseStatus = UseStatus.LISTED, **more: object) -> ImageUse:
        layer, _, name = pack.partition("/")
        profile = "edge-infra" if layer == "cni" else "retail"
        where = Provenance(f"{profile}.json", profile, name, layer, f"images[{line}]", "1.0.0", line)
        return ImageUse(reference, Reference.parse(reference), where, status, **more)  # type: ignore[arg-type]

    uses = (
        use(CALICO, "cni/calico", 12),
        use(NGINX, "addon/web", 20),
        use(NGINX, "addon/web", 31, UseStatus.MISSING),
        use(NGINX, "addon/proxy", 40),
        use("registry.example/app:9", "addon/web", 44, UseStatus.MISSING),
        use(
            "docker.io/library/redis:7",
            "addon/web",
            50,
            UseStatus.ONLY_IF_ENABLED,
            enabled_by="cache.enabled",
            is_counted=False,
        ),
        ImageUse(HAPROXY, Reference.parse(HAPROXY), Provenance("site.yaml", key="images[0]", line=4)),
    )
    profiles = (
        ClusterProfile("edge-infra", "1.4.2", "infra", (Pack("calico", "1.0.0", "cni"),), "edge-infra.json"),
        ClusterProfile(
            "retail", "2.0.0", "add-on", (Pack("web", "1.0.0", "addon"), Pack("proxy", "1.0.0", "addon")), "retail.json"
        ),
    )
    lints = (
        Finding(
            "image.missing-from-list",
            Verdict.INFO,
            "registry.example/app:9 is on no list.",
            where="retail",
            fix="List it.",
        ),
        FINDINGS[3],
    )
    return replace(site_study(), declarations=Declarations(profiles, uses, findings=lints))


def hosted_study() -> Study:
    """The same site with its two hosts filled: the pods on node-2 ask for more processors than it can give."""
    pods = (Placed("retail/web", 3, 1500, 3 * 10**9), Placed("retail/lb", 1, 500, 10**9, "assumed"))
    hosts = (
        HostPlan("node-1", Verdict.PASS, 8000, 16 * 10**9, 194_017_500),
        HostPlan(
            "node-2",
            Verdict.FAIL,
            2000,
            7_800_000_000,
            75_010_000,
            requested_cpu_milli=2000,
            requested_memory_bytes=4 * 10**9,
            allocatable_cpu_milli=1900,
            allocatable_memory_bytes=7 * 10**9,
            disk_required_bytes=100 * 10**9,
            placed=pods,
        ),
    )
    more = (
        Finding(
            "host.n-1", Verdict.FAIL, "Without node-2 the others lack CPU.", 1500, 2000, "milli", "hosts without node-2"
        ),
        Finding("survive.reboot", Verdict.PASS, "All hosts may reboot.", 4, 4, "images", "registry"),
    )
    study = site_study()
    site = replace(SITE, hosts=(SITE.hosts[0], replace(SITE.hosts[1], role="worker", storage_bytes=512 * 10**9)))
    return replace(study, plan=replace(study.plan, site=site, hosts=hosts, findings=(*FINDINGS, *more)))


def upgraded_study() -> Study:
    """The same site with a next version, whose profiles are on this machine and its images in a registry."""
    study = site_study()
    inputs = SiteFrom(("retail-2.0.0.yaml",), upgrade_to=("retail-2.1.0.yaml",))
    return replace(study, plan=replace(study.plan, site=replace(SITE, inputs=inputs)))


def passing_study() -> Study:
    """The same site where everything holds, everything is known, and nothing is unresolved."""
    study = site_study()
    findings = tuple(finding for finding in FINDINGS if finding.verdict is Verdict.PASS)
    plan = replace(
        study.plan,
        verdict=Verdict.PASS,
        binding_constraint="storage.minimum",
        findings=findings,
        counts=ImageCounts(5, 4, 4),
        layers=replace(study.plan.layers, sizes_unknown=0),
        storage=replace(study.plan.storage, unresolved=None),
        wire=None,
    )
    return replace(study, inventory=replace(study.inventory, unresolved=()), plan=plan)


def wired_study() -> Study:
    """The same site with a LAN and a scenario of half a year: node-1 pulls every image, since nothing says where they run."""
    study = site_study()
    scenario = Scenario(years=0.5, reimages_per_node_year=2, price_per_gb=0.5, window=(79_200, 18_000))
    site = replace(SITE, lan_link=Link(1_000_000_000, 0.001), scenario=scenario)
    wire = Wire(176_370_178, 176_370_178, 0, 0, None, None, content_bytes=176_370_178)
    return replace(study, plan=replace(study.plan, site=site, wire=wire))


def growing_study() -> Study:
    """A registry of 300 GB, of which the file system leaves 294.24: 100 GB lie there now, and 2 GB come each month."""
    study = site_study()
    outlook = Outlook(
        usable_bytes=294_240_000_000,
        warn_bytes=235_392_000_000,
        used_bytes=tuple((100 + 2 * month) * 10**9 for month in range(121)),
        warn_month=68,
        full_month=98,
        constant_bytes=0,
        older_bytes=0,
        set_bytes=100 * 10**9,
        growth_per_year=0.0,
        releases_per_year=12.0,
        version_bytes=2 * 10**9,
        most_versions=None,
    )
    return replace(study, plan=replace(study.plan, outlook=outlook))


def empty_study() -> Study:
    """A site whose profiles name no image, and of which nothing could be checked."""
    study = passing_study()
    plan = replace(
        study.plan,
        site=replace(SITE, registry=None, internet_link=None),
        binding_constraint=None,
        findings=(),
        counts=ImageCounts(0, 0, 0),
        layers=LayerReport(0, 0, 0, 0, 0, 0, 0, 0, ()),
        storage=StorageNeed((), None),
    )
    return replace(study, inventory=Inventory(()), plan=plan)


def large_study(images: int) -> Study:
    """Very many images, each of one layer; the sizes fall from first to last."""
    study = passing_study()
    made = [image(f"a{number:07x}", 500, 1000, (f"b{number:07x}", 10**9 - number)) for number in range(images)]
    names = [f"{LONG_PATH}-{number}" for number in range(images)]
    sizes = tuple(
        ImageSize(name, each.digest, AMD64, 10**9 + 1500 - number, 0, 10**9 + 1500 - number)
        for number, (name, each) in enumerate(zip(names, made, strict=True))
    )
    total = sum(size.size_bytes for size in sizes)
    layers = LayerReport(total, total, 2 * images, images, 2 * images, total, total, 0, sizes)
    inventory = Inventory(tuple(map(entry, names, made)))
    return replace(study, inventory=inventory, plan=replace(study.plan, layers=layers))
