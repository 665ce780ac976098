"""A made-up fleet: five profiles, what a recording knows of their images, and a table of sites that all differ."""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["COLUMNS", "PROFILES", "site_file", "sites", "write_fleet", "write_table"]

PROFILES = ("infra", "retail", "kitchen", "cameras", "office")
IMAGES = 24
COLUMNS = (
    "name", "profiles", "from", "management", "internet", "versions.palette", "versions.agent", "content.palette_images",
    "registry.storage", "registry.replicas", "registry.retention", "hosts.count", "hosts.cpu", "hosts.memory",
    "hosts.storage", "hosts.worker.count", "hosts.worker.cpu", "hosts.worker.memory", "hosts.worker.storage",
    "links.internet.rate", "links.lan.rate",
)  # fmt: skip
MB = 10**6


def write_fleet(folder: Path, count: int, seed: int = 1) -> Path:
    """Write profiles, recording and table into a folder; returns the table."""
    (folder / "recording").mkdir(parents=True)
    facts = [json.dumps(fact) for name in PROFILES for fact in _facts(name)]
    (folder / "recording" / "facts.jsonl").write_text("\n".join(facts) + "\n", encoding="utf-8")
    for name in PROFILES:
        (folder / f"{name}.json").write_text(json.dumps(_profile(name)), encoding="utf-8")
    return write_table(folder / "sites.csv", sites(count, seed))


def write_table(path: Path, rows: Iterator[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def sites(count: int, seed: int = 1) -> Iterator[dict[str, str]]:
    """Yield rows that all differ: profiles, hosts, links, claim."""
    chance = random.Random(seed)
    subsets = [each for size in range(1, 6) for each in itertools.combinations(PROFILES, size)]
    for number in range(count):
        workers = chance.choice([0, 0, 1, 2, 3, 4, 6])
        yield {
            "name": f"store-{number:05d}",
            "profiles": ", ".join(f"{name}.json" for name in chance.choice(subsets)),
            "from": "recording:recording/",
            "management": chance.choice(["local", "central"]),
            "internet": chance.choice(["none", "thin", "full"]),
            "versions.palette": chance.choice(["4.7.2", "4.6.19", "4.6.3"]),
            "versions.agent": chance.choice(["4.7.2", "4.6.13", "4.6.2"]),
            "content.palette_images": chance.choice(["none", "none", "unknown"]),
            "registry.storage": f"{250 + number % 200},{number % 97:02d}GB",
            "registry.replicas": str(chance.choice([1, 2, 3])),
            "registry.retention": chance.choice(["none", "keep 2 versions", "keep 3"]),
            "hosts.count": str(chance.choice([1, 3])),
            "hosts.cpu": str(chance.choice([2, 4, 6, 8, 16])),
            "hosts.memory": f"{chance.choice([7, 8, 12, 16, 32])},{number % 89:02d} GB",
            "hosts.storage": f"{chance.choice([96, 256, 512, 1000])}GB",
            "hosts.worker.count": str(workers),
            "hosts.worker.cpu": str(chance.choice([4, 8])),
            "hosts.worker.memory": "16GiB",
            "hosts.worker.storage": f"{256 + number % 1000}GB",
            "links.internet.rate": f"{2 + number % 48}Mbit/s",
            "links.lan.rate": f"{chance.choice([1, 10])}Gbit/s",
        }


def site_file(row: Mapping[str, str]) -> str:
    """Write a row as a site file, which is JSON here."""

    def plain(text: str) -> str:
        return text.replace(",", ".")

    hosts = [("", "node", None), ("worker.", "worker", "worker")]
    groups = [
        {
            "name": name,
            **({"role": role} if role else {}),
            "count": int(row[f"hosts.{group}count"]),
            **{key: plain(row[f"hosts.{group}{key}"]) for key in ("cpu", "memory", "storage")},
        }
        for group, name, role in hosts
        if row[f"hosts.{group}count"] != "0"
    ]
    return json.dumps(
        {
            "name": row["name"],
            "profiles": row["profiles"].split(", "),
            "from": [row["from"]],
            "management": row["management"],
            "internet": row["internet"],
            "versions": {"palette": row["versions.palette"], "agent": row["versions.agent"]},
            "content": {"palette_images": row["content.palette_images"]},
            "registry": {
                "storage": plain(row["registry.storage"]),
                "replicas": int(row["registry.replicas"]),
                "retention": row["registry.retention"],
            },
            "hosts": groups,
            "links": {"internet": {"rate": row["links.internet.rate"]}, "lan": {"rate": row["links.lan.rate"]}},
        }
    )


def _references(profile: str) -> list[str]:
    return [f"registry.example/{profile}/app-{number}:1.{number}" for number in range(IMAGES)]


def _digest(name: str) -> str:
    return f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"


def _facts(profile: str) -> Iterator[dict[str, object]]:
    for number, reference in enumerate(_references(profile)):
        names = [f"base {number % 5} {level}" for level in range(3)] + [
            f"{profile} {number} {level}" for level in range(4)
        ]
        layers = [{"digest": _digest(name), "size": sum(name.encode()) * 11_003 % (90 * MB) + 1} for name in names]
        for arch in ("amd64", "arm64"):
            own = [*layers, {"digest": _digest(f"{reference} {arch}"), "size": 3 * MB + number}]
            yield {
                "reference": reference,
                "platform": f"linux/{arch}",
                "media_type": "application/vnd.oci.image.manifest.v1+json",
                "manifest": {"digest": _digest(f"manifest {reference} {arch}"), "size": 1800},
                "config": {"digest": _digest(f"config {reference} {arch}"), "size": 4000},
                "layers": own,
                "source": "made up",
            }


def _profile(profile: str) -> dict[str, object]:
    """Write a cluster profile as Palette exports one: every pack lists its images, and most show what runs."""
    kind, layers = ("cluster", ("os", "k8s", "cni", "csi")) if profile == "infra" else ("add-on", ())
    references = _references(profile)
    packs = []
    for place in range(8):
        layer = layers[place] if place < len(layers) else "addon"
        mine = references[place * 3 : place * 3 + 3]
        listed = "".join(f"      - image: {each}\n" for each in mine)
        manifests = [] if place == 7 else [{"name": "it", "content": _manifests(f"{profile}-{place}", mine, place)}]
        name = f"{profile}-pack-{place}" if layer == "addon" else f"edge-{layer}"
        packs.append(
            {
                "name": name, "type": "manifest", "layer": layer, "tag": "1.0.0", "version": "1.0.0",
                "values": f"pack:\n  content:\n    images:\n{listed}", "manifests": manifests,
            }
        )  # fmt: skip
    return {
        "metadata": {"name": profile},
        "spec": {"version": "1.0.0", "template": {"type": kind, "cloudType": "edge-native", "packs": packs}},
    }


def _manifests(name: str, images: list[str], place: int) -> str:
    """Write workloads: a DaemonSet now and then, else Deployments of one to three replicas."""
    found = []
    for number, image in enumerate(images):
        kind = "DaemonSet" if (place + number) % 4 == 0 else "Deployment"
        replicas = "" if kind == "DaemonSet" else f"  replicas: {1 + (place + number) % 3}\n"
        found.append(
            f"apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}-{number}\nspec:\n{replicas}"
            f"  selector: {{matchLabels: {{app: it}}}}\n  template:\n    metadata: {{labels: {{app: it}}}}\n    spec:\n"
            f"      containers:\n        - name: it\n          image: {image}\n"
            "          resources: {requests: {cpu: 100m, memory: 128Mi}}\n"
        )
    return "---\n".join(found)
