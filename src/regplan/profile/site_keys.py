"""The keys of the site file, in one table: reading, JSON Schema, template and documentation are made from it."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Final

from regplan.model.site import Assumptions
from regplan.profile import site_kinds as kinds
from regplan.profile.site_key import Key, Section
from regplan.profile.site_links import link_keys
from regplan.profile.site_pull_keys import PULLS
from regplan.profile.site_scenario_keys import SCENARIO

__all__ = ["KEYS", "SECTIONS", "keys_of", "subsections"]


SECTIONS: Final = (
    Section("", "a site: what is there, what is to run on it, and what is assumed"),
    Section("versions", "what is installed"),
    Section("content", "what a content bundle brings besides the profiles' images"),
    Section("registry", "the primary registry; without this section the site has none", is_whole=True),
    Section("hosts", "the Edge hosts; `count: 3` stands for NAME-1 to NAME-3", is_list=True, is_whole=True),
    Section("links", "the network"),
    Section("links.internet", "the link to the internet", is_whole=True),
    Section("links.lan", "the network between the hosts", is_whole=True),
    Section("assumptions", "what nobody measured; `regplan plan` lists each with its source"),
    Section("scenario", "the site's life, for the simulation", is_whole=True),
    Section("pulls", "how hosts pull and unpack, for the times of the simulation", is_whole=True),
)

_SITE: Final = (
    Key(
        "name",
        "name",
        kinds.TEXT,
        "the site's name",
        example="store-0421",
        is_shown=True,
        is_required=True,
    ),
    Key(
        "profiles",
        "profiles",
        kinds.FILES,
        "cluster profiles, values files, manifests or lists; relative to this file",
        otherwise="none",
        example="[profile.json]",
        is_shown=True,
    ),
    Key("images", "images", kinds.TEXTS, "further references", otherwise="none", example="[nginx:1.27]"),
    Key(
        "deployment",
        "deployment",
        kinds.choice("appliance", "agent"),
        "how Palette runs on the hosts",
        default="appliance",
        is_shown=True,
    ),
    Key(
        "management",
        "management",
        kinds.choice("central", "local"),
        "who manages the cluster",
        default="central",
        is_shown=True,
    ),
    Key(
        "internet",
        "internet",
        kinds.choice("full", "thin", "none", also={"airgap": "none", "air-gapped": "none"}),
        "none (airgap), thin (only planned transfers) or full",
        default="full",
        is_shown=True,
    ),
    Key("edition", "edition", kinds.choice("palette", "vertex"), "the product", default="palette"),
    Key(
        "from",
        "sources",
        kinds.TEXTS,
        "where images are looked up, tried in order: origin, mirrors, docker://MIRROR, oci:DIR, recording:DIR",
        otherwise="their own registries",
        example="[origin]",
    ),
    Key(
        "mirrors",
        "mirrors",
        kinds.MIRRORS,
        "who is asked before a source host, in order; with `from: [mirrors]` the host itself never is",
        otherwise="none",
        example="{docker.io: mirror.corp/hub, quay.io: [mirror.corp/quay, 10.0.0.9:5000]}",
    ),
    Key("versions.palette", "palette_version", kinds.VERSION, "Palette", otherwise="not known", example="4.7.2"),
    Key("versions.agent", "agent_version", kinds.VERSION, "the Palette agent", otherwise="not known", example="4.7.2"),
    Key(
        "declared_sizes",
        "declared_sizes",
        kinds.SIZES,
        "sizes of images that no registry here can tell, or the CSV file that holds them (reference,size)",
        otherwise="none",
        example="{registry.corp/app:1.0: 1.2GB}",
    ),
    Key("timezone", "timezone", kinds.TIMEZONE, "of time windows", default="UTC", example="Europe/Berlin"),
    Key(
        "variables",
        "variables",
        kinds.VARIABLES,
        "profile variables; never a secret",
        otherwise="the profiles' defaults",
        example="{AppVersion: 1.0.0}",
    ),
    Key(
        "system",
        "system",
        kinds.VARIABLES,
        "what the running cluster fills into `.spectro.system` macros; the pack of layer k8s tells kubernetes.version",
        example="{cluster.name: store-0421, kubernetes.version: 1.30.5}",
    ),
    Key(
        "content.palette_images",
        "palette_images",
        kinds.choice("unknown", "none", "core", "all"),
        "which of Palette's own images the registry gets; unknown keeps a verdict on profiles INCOMPLETE",
        default="unknown",
        is_shown=True,
    ),
    Key(
        "content.palette_images_size",
        "palette_images_bytes",
        kinds.SIZE,
        "what those take, which no public list tells; left out, they are not counted",
        example="3GB",
    ),
    Key(
        "content.packs_size",
        "packs_bytes",
        kinds.SIZE,
        "what charts and packs take in the registry; left out, they are not counted",
        example="1GB",
    ),
    Key(
        "content.compliance",
        "compliance_images",
        kinds.BOOLEAN,
        "whether images of compliance scans are brought",
        default="false",
    ),
    Key(
        "content.uploader",
        "uploader",
        kinds.choice("palette-cli", "local-ui", "regplan", "edge-cli"),
        "what uploads content to the primary registry; left out, it is not known",
        example="regplan",
    ),
)

_REGISTRY: Final = (
    Key(
        "registry.kind",
        "kind",
        kinds.choice("zot", "harbor", "other", also={"custom": "other"}),
        "what serves it",
        default="zot",
        is_shown=True,
    ),
    Key(
        "registry.address",
        "addresses",
        kinds.ADDRESSES,
        "one or a list of nodes of one registry",
        otherwise="not known",
        example="10.0.0.5:30003",
    ),
    Key(
        "registry.project",
        "project",
        kinds.TEXT,
        "where images are put",
        default="spectro-images",
    ),
    Key(
        "registry.storage",
        "storage_bytes",
        kinds.SIZE,
        "the PVC: what the claim offers",
        otherwise="what the profiles' values say",
        example="300GB",
        is_shown=True,
    ),
    Key(
        "registry.storage_class",
        "storage_class",
        kinds.TEXT,
        "the storage class of the PVC",
        otherwise="not known",
        example="piraeus",
    ),
    Key("registry.replicas", "replicas", kinds.COUNT, "copies that the storage class keeps", default="1"),
    Key(
        "registry.retention",
        "keep_versions",
        kinds.RETENTION,
        "what deletes old versions; left out, what the retention in a Zot pack's values keeps",
        default="none",
        example="keep 2 versions",
    ),
    Key(
        "registry.gc",
        "gc",
        kinds.COLLECTION,
        "how often the registry collects garbage; default: Zot within 2 h, the others never",
        default="default",
    ),
    Key(
        "registry.sync",
        "sync",
        kinds.BOOLEAN,
        "whether missing content is fetched from the internet",
        otherwise="what the profiles' values say",
        example="true",
    ),
    Key(
        "registry.certificate_expires",
        "certificate_expires",
        kinds.DATE,
        "the last day of the registry's certificate; left out, it is not known",
        example="2027-01-31",
    ),
    Key(
        "registry.on_demand",
        "on_demand",
        kinds.BOOLEAN,
        "whether it fetches an image when somebody asks for it (Zot's sync on demand), which takes room twice; left out, what a "
        "Zot pack's values say",
        default="false",
    ),
)

_HOSTS: Final = (
    Key("hosts.name", "name", kinds.TEXT, "the host's name", example="node-1", is_shown=True, is_required=True),
    Key(
        "hosts.role",
        "role",
        kinds.choice("control-plane", "worker"),
        "what it is in the cluster",
        default="control-plane",
        is_shown=True,
    ),
    Key("hosts.cpu", "cpu_milli", kinds.CPU, "processors", otherwise="not known", example="8", is_shown=True),
    Key("hosts.memory", "memory_bytes", kinds.SIZE, "memory", otherwise="not known", example="16GiB", is_shown=True),
    Key("hosts.storage", "storage_bytes", kinds.SIZE, "disk", otherwise="not known", example="512GB", is_shown=True),
    Key("hosts.arch", "arch", kinds.ARCH, "architecture", default="amd64", is_shown=True),
    Key("hosts.count", "count", kinds.COUNT, "how many such hosts", example="2"),
)


_SHARES: Final = {
    "growth_per_year": kinds.GROWTH,
    "free_space": kinds.SPARE,
    "filesystem_overhead": kinds.SPARE,
    "media_overhead": kinds.SPARE,
    "unpacked_ratio": kinds.FACTOR,
    "reserve_cpu": kinds.SPARE,
    "reserve_memory": kinds.SPARE,
    "headroom_cpu": kinds.SPARE,
    "headroom_memory": kinds.SPARE,
    "longhorn_cpu": kinds.SPARE,
    "eviction_drive": kinds.SPARE,
    "bundle_copies": kinds.FACTOR,
}
_COUNTS: Final = {
    "releases_per_year": kinds.NUMBER,
    "abandoned_uploads": kinds.NATURAL,
    "gc_delay_hours": kinds.NUMBER,
    "gc_interval_hours": kinds.NUMBER,
    "gc_window_hours": kinds.NUMBER,
}


def _assumptions() -> tuple[Key, ...]:
    """Make a key of every assumption: the model says its unit, default, meaning and source."""
    found = []
    for each in fields(Assumptions):
        value = getattr(Assumptions(), each.name)
        default = f"{value}"
        kind = _COUNTS.get(each.name, kinds.COUNT)
        if isinstance(value, float):
            default = f"{value:g}"
        match each.metadata["unit"]:
            case "bytes":
                kind, default = kinds.SIZE, f"{value}B"
            case "milli":
                kind = kinds.NATURAL
            case "ratio":
                kind = _SHARES.get(each.name, kinds.SHARE)
                default = f"{value:g}" if kind is kinds.FACTOR else f"{100 * value:g}%"
        meaning, source = each.metadata["doc"], each.metadata["source"]
        found.append(Key(f"assumptions.{each.name}", each.name, kind, meaning, default=default, source=source))
    return tuple(found)


KEYS: Final = (
    *_SITE,
    *_REGISTRY,
    *_HOSTS,
    *link_keys("links.internet", "20Mbit/s", "60ms"),
    *link_keys("links.lan", "1Gbit/s", "1ms"),
    Key(
        "upgrade_to",
        "upgrade_to",
        kinds.FILES,
        "the profiles of the next version",
        otherwise="none",
        example="[profile-next.json]",
    ),
    Key(
        "upgrade_from",
        "upgrade_from",
        kinds.VERSIONS,
        "the profiles of the version before, or a list of versions, newest first; counted while they are kept",
        otherwise="none",
        example="[[profile-before.json]]",
    ),
    *_assumptions(),
    *SCENARIO,
    *PULLS,
)


@cache
def keys_of(section: str) -> tuple[Key, ...]:
    """List the keys of a section, in the table's order."""
    return tuple(key for key in KEYS if key.section == section)


@cache
def subsections(section: str) -> tuple[Section, ...]:
    """List the sections right below a section."""
    return tuple(each for each in SECTIONS if each.path and each.path.rpartition(".")[0] == section)
