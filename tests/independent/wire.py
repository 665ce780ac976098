"""Internet bytes of a site's first bootstrap, with and without the primary registry, by set algebra.

    python tests/independent/wire.py data/demo/site.yaml

Which host pulls which image:
- the packs of layers k8s, cni and csi, and DaemonSets: every host;
- static pods: the control-plane hosts;
- other workloads: min(replicas, hosts) hosts: the workers in the site's order, then the control plane's;
- an image that no workload names: `hosts_per_image` (1 unless the site says otherwise) hosts, in the same order; the low
  bound puts it on the first of them, the high bound on every host;
- what cannot come from the registry, since it must run before it (the packs of layers k8s, cni and csi, and the
  registry's own): every host, over the internet, with a registry or without.
Images of the os layer lie in the provider image: they cost nothing, on either side, and are left out of everything here.

    direct  = sum over hosts of the union of what the host pulls
    primary = union of all images, once, into the registry
            + sum over hosts of the union of what the host pulls before the registry lives

Unions are of digests: manifests, configs and layers; an unknown size counts 0.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from independent.bytes import merged, total
from independent.material import Image, Pack, Workload, normalise, pick, read_facts, read_packs, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Host", "Pulls", "bootstrap", "hosts_of", "pulls_of", "site_wire"]

EVERYWHERE = frozenset({"k8s", "cni", "csi"})
REGISTRY_PACKS = frozenset({"zot", "zot-registry", "harbor", "registry-connect"})


@dataclass(frozen=True)
class Host:
    """A host's name and role: control-plane or worker."""

    name: str
    role: str


@dataclass(frozen=True)
class Pulls:
    """Who pulls what: `placed` maps a reference to its hosts; `unknown` ones have none yet."""

    placed: Mapping[str, frozenset[str]]
    unknown: tuple[str, ...]
    early: frozenset[str]

    @property
    def references(self) -> tuple[str, ...]:
        """Everything that is pulled at all, in order of name."""
        return tuple(sorted({*self.placed, *self.unknown}))


def hosts_of(site: Mapping[str, Any]) -> list[Host]:
    """The site's hosts in order; one with `count` becomes NAME-1, NAME-2."""
    hosts: list[Host] = []
    for entry in site["hosts"]:
        role = entry.get("role", "control-plane")
        count = entry.get("count")
        names = [entry["name"]] if count is None else [f"{entry['name']}-{number + 1}" for number in range(count)]
        hosts += [Host(name, role) for name in names]
    return hosts


def schedulable(hosts: Sequence[Host]) -> list[str]:
    """The hosts in the order in which ordinary workloads fill them: the workers, then the control plane's."""
    return [host.name for host in sorted(hosts, key=lambda host: host.role != "worker")]


def pulls_of(packs: Sequence[Pack], hosts: Sequence[Host], extra: Sequence[str] = ()) -> Pulls:
    """Place every image of the packs; those of the os layer are left out."""
    inside = {reference for pack in packs if pack.layer == "os" for reference in pack.references}
    placed: dict[str, frozenset[str]] = {}
    named: dict[str, None] = dict.fromkeys(normalise(text) for text in extra)
    early: set[str] = set()
    for pack in packs:
        named |= dict.fromkeys(pack.references)
        if pack.layer in EVERYWHERE or pack.name in REGISTRY_PACKS:
            early |= {*pack.references, *(each for work in pack.workloads for each in work.references)}
        for workload in pack.workloads:
            for reference in workload.references:
                placed[reference] = placed.get(reference, frozenset()) | _hosts_for(workload, hosts)
    placed |= dict.fromkeys(early, frozenset(host.name for host in hosts))
    placed = {reference: where for reference, where in placed.items() if reference not in inside}
    unknown = tuple(reference for reference in named if reference not in placed and reference not in inside)
    return Pulls(placed, unknown, frozenset(early - inside))


def _hosts_for(workload: Workload, hosts: Sequence[Host]) -> frozenset[str]:
    if workload.spread == "every":
        return frozenset(host.name for host in hosts)
    if workload.spread == "static":
        return frozenset(host.name for host in hosts if host.role == "control-plane")
    return frozenset(schedulable(hosts)[: workload.replicas])


def bootstrap(
    images: Mapping[str, Image], pulls: Pulls, hosts: Sequence[Host], unknown_on: frozenset[str]
) -> dict[str, Any]:
    """Internet bytes with the images of unknown placement on the hosts `unknown_on`."""
    where = {**pulls.placed, **dict.fromkeys(pulls.unknown, unknown_on)}
    content_bytes = total(merged(images[reference] for reference in pulls.references))
    rows: list[dict[str, Any]] = []
    for host in hosts:
        mine = [reference for reference in pulls.references if host.name in where[reference]]
        rows.append(
            {
                "name": host.name,
                "role": host.role,
                "images": len(mine),
                "direct_bytes": total(merged(images[each] for each in mine)),
                "early_bytes": total(merged(images[each] for each in mine if each in pulls.early)),
            }
        )
    direct_bytes = sum(row["direct_bytes"] for row in rows)
    primary_bytes = content_bytes + sum(row["early_bytes"] for row in rows)
    return {
        "direct_bytes": direct_bytes,
        "primary_bytes": primary_bytes,
        "saved_bytes": direct_bytes - primary_bytes,
        "saved_ratio": (direct_bytes - primary_bytes) / direct_bytes if direct_bytes else None,
        "registry_bytes": content_bytes,
        "hosts": rows,
    }


def site_wire(path: Path) -> dict[str, Any]:
    """Read a site file and what it names, and compute its wire."""
    site = read_yaml(path)
    hosts = hosts_of(site)
    architectures = {entry.get("arch", "amd64") for entry in site["hosts"]}
    if len(architectures) != 1:
        raise SystemExit("this script knows sites of one architecture only")
    recordings = [path.parent / each.removeprefix("recording:") / "facts.jsonl" for each in site["from"]]
    packs = read_packs([path.parent / each for each in site["profiles"]], site.get("variables"))
    pulls = pulls_of(packs, hosts, site.get("images") or [])
    found = pick(read_facts(recordings), pulls.references, f"linux/{architectures.pop()}")
    images = {image.reference: image for image in found}
    count = int((site.get("assumptions") or {}).get("hosts_per_image", 1))
    order = schedulable(hosts)
    middle = bootstrap(images, pulls, hosts, frozenset(order[:count]))
    low = bootstrap(images, pulls, hosts, frozenset(order[:1]))
    high = bootstrap(images, pulls, hosts, frozenset(host.name for host in hosts))
    return {
        "kind": "wire",
        "site": site["name"],
        **middle,
        "saved_low_bytes": low["saved_bytes"],
        "saved_high_bytes": high["saved_bytes"],
        "low": low,
        "high": high,
        "unknown": list(pulls.unknown),
        "early": sorted(pulls.early),
        "placed": {reference: sorted(where) for reference, where in sorted(pulls.placed.items())},
    }


def main() -> None:
    """Print the wire of each site file as JSON."""
    parser = argparse.ArgumentParser(description="Internet bytes of the first bootstrap, by set algebra.")
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    answers = [site_wire(path) for path in parser.parse_args().sites]
    sys.stdout.write(json.dumps(answers[0] if len(answers) == 1 else answers, indent=2) + "\n")


if __name__ == "__main__":
    main()
