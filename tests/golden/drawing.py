"""Sites drawn by chance from the golden profiles, so that what the golden sites combine is not all that is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

__all__ = ["drawn_site"]

INFRA = (
    "infra-zot.yaml", "infra-zot-default.yaml", "infra-harbor.yaml", "infra-harbor-default.yaml", "infra-off.yaml",
    "infra-legacy.yaml", "infra-longhorn.yaml", "infra-plain.yaml", "infra-other-project.yaml", "wiring-broken.yaml",
    "wiring-untold.yaml", "",
)  # fmt: skip
APPS = ("shop-1.0.0.yaml", "shop-1.0.0.yaml", "shop-gap.yaml", "shop-unsure.yaml", "")
LISTS = ("small.txt", "large.txt", "web.txt", "camera.txt", "lost.txt", "pinned.txt", "")
GC = ("default", "none", "hourly", "daily", "weekly", "every 6h", "every 3d")
CLASSES = ("golden", "longhorn", "piraeus", "rook-ceph", "local-path", "nfs-client", "")


def drawn_site(random: Random) -> dict[str, Any]:
    """Draw a site; what is left out of it is left to its default."""
    infra, app, listed = random.choice(INFRA), random.choice(APPS), random.choice(LISTS)
    names = [name for name in (infra, app, listed) if name] or ["web.txt"]
    site: dict[str, Any] = {
        "name": "drawn",
        "profiles": [f"../profiles/{name}" for name in names],
        "from": ["recording:../layout/", "recording:../recording/"],
        "deployment": random.choice(("appliance", "appliance", "agent")),
        "management": random.choice(("central", "local")),
        "internet": random.choice(("none", "thin", "full")),
        "edition": random.choice(("palette", "palette", "vertex")),
        "content": _content(random),
        "hosts": _hosts(random),
    }
    _sometimes(site, random, "versions", _versions(random))
    _sometimes(site, random, "registry", _registry(random), odds=0.85)
    _sometimes(site, random, "scenario", {"years": random.randint(1, 4), "upgrades_per_year": random.randint(0, 6)})
    _sometimes(site, random, "assumptions", _assumptions(random))
    _sometimes(
        site, random, "declared_sizes", {"golden.example/shop/nobody:1.0.0": f"{random.randint(1, 9)}GB"}, odds=0.3
    )
    _sometimes(site, random, "upgrade_to", [f"../profiles/{name}" for name in (infra, "shop-1.1.0.yaml") if name])
    _sometimes(site, random, "upgrade_from", [f"../profiles/{name}" for name in (infra, "shop-0.9.0.yaml") if name])
    return site


def _sometimes(into: dict[str, Any], random: Random, key: str, value: Any, odds: float = 0.5) -> None:
    if random.random() < odds:
        into[key] = value


def _content(random: Random) -> dict[str, Any]:
    found: dict[str, Any] = {"palette_images": random.choice(("none", "core", "unknown"))}
    _sometimes(found, random, "palette_images_size", "3GB")
    _sometimes(found, random, "packs_size", "2GB", odds=0.3)
    _sometimes(found, random, "uploader", random.choice(("palette-cli", "edge-cli")))
    return found


def _versions(random: Random) -> dict[str, str]:
    return {
        "palette": random.choice(("4.6.18", "4.6.19", "4.6.31", "4.6.32", "4.6", "4.7.2")),
        "agent": random.choice(("4.6.12", "4.6.13", "4.6.13-rc.1", "4.7.2")),
    }


def _registry(random: Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    _sometimes(found, random, "kind", random.choice(("zot", "harbor", "other")))
    _sometimes(found, random, "project", random.choice(("spectro-images", "shop-images")))
    claims = ("299GB", "300GB", "400GiB", "20GB", "1TB")
    _sometimes(found, random, "storage", random.choice(claims), odds=0.8)
    _sometimes(found, random, "storage_class", random.choice(CLASSES[:-1]))
    _sometimes(found, random, "replicas", random.randint(1, 4))
    _sometimes(found, random, "retention", f"keep {random.randint(1, 5)}")
    _sometimes(found, random, "gc", random.choice(GC))
    _sometimes(found, random, "sync", random.random() < 0.5)
    _sometimes(found, random, "on_demand", value=True, odds=0.2)
    _sometimes(found, random, "certificate_expires", random.choice(("2020-01-31", "2099-01-01")), odds=0.3)
    return found


def _hosts(random: Random) -> list[dict[str, Any]]:
    hosts = []
    for number in range(random.choice((0, 1, 1, 2, 3, 3, 4))):
        host: dict[str, Any] = {
            "name": f"node-{number}",
            "role": "control-plane" if number == 0 else random.choice(("control-plane", "worker", "worker")),
            "arch": random.choice(("amd64", "amd64", "amd64", "arm64")),
        }
        # Where room is scarce, what is told depends on the order in which pods are put on hosts: golden sites have that.
        host["cpu"], host["memory"] = random.choice((16, 24, "32500m")), random.choice(("64GB", "128GiB"))
        _sometimes(host, random, "storage", random.choice(("99GB", "100GB", "428GB", "512GB", "2TB")), odds=0.9)
        hosts.append(host)
    return hosts


def _assumptions(random: Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    _sometimes(found, random, "versions_kept", random.randint(1, 6))
    _sometimes(found, random, "growth_per_year", random.choice(("0%", "15%", "120%")))
    _sometimes(found, random, "free_space", random.choice(("0%", "20%", "50%")))
    _sometimes(found, random, "version_delta", random.choice(("0%", "17%", "100%")))
    _sometimes(found, random, "parallel_uploads", random.randint(1, 12))
    _sometimes(found, random, "releases_per_year", random.randint(1, 9))
    _sometimes(found, random, "abandoned_uploads", random.randint(0, 4))
    return found
