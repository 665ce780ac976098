"""A site file as the ledger of `carried` reads it: pieces, images and hosts, by reading its files anew.

    python tests/independent/lives.py data/demo/site.yaml

Prints what each event of the site carries under each topology, as (internet, site network, media).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from independent.carried import Ledger
from independent.material import pick, read_facts, read_packs, read_yaml
from independent.wire import Host, hosts_of, pulls_of, schedulable

__all__ = ["JOINING", "TOPOLOGIES", "events_of", "ledger_site"]

JOINING = "joining"
TOPOLOGIES: dict[str, tuple[Any, ...]] = {
    "direct": ("direct",),
    "primary": ("primary", "wan"),
    "bundle": ("primary", "bundle"),
    "pull-through": ("cache", "zot", None),
    "peer-to-peer": ("peers", 0.0),
}


def ledger_site(path: Path) -> dict[str, Any]:
    """Read a site file of one architecture, with its next version where it names one."""
    site = read_yaml(path)
    sources = [path.parent / each.removeprefix("recording:") / "facts.jsonl" for each in site["from"]]
    facts = read_facts(sources)
    count = int((site.get("assumptions") or {}).get("hosts_per_image", 1))
    found: dict[str, Any] = {"sizes": {}, "images": {}}
    versions: list[dict[str, Any]] = []
    for key in ("profiles", "upgrade_to"):
        packs = read_packs([path.parent / each for each in site.get(key) or []], site.get("variables"))
        extra = (site.get("images") or []) if site.get(key) else []
        for hosts in (hosts_of(site), [*hosts_of(site), Host(JOINING, "worker")]):
            pulls = pulls_of(packs, hosts, extra)
            for image in pick(facts, pulls.references, "linux/amd64"):
                found["sizes"] |= {digest: size or 0 for digest, size in image.sizes.items()}
                found["images"][image.reference] = {"pieces": sorted(image.sizes), "others": []}
            on = {**pulls.placed, **dict.fromkeys(pulls.unknown, frozenset(schedulable(hosts)[:count]))}
            runs = {host.name: [each for each in pulls.references if host.name in on[each]] for host in hosts}
            versions.append({"hosts": runs, "content": list(pulls.references), "early": sorted(pulls.early)})
    now, grown, after, _ = versions
    return {**found, **now, "joining": grown["hosts"][JOINING], "next": after if site.get("upgrade_to") else None}


def events_of(site: dict[str, Any], topology: tuple[Any, ...]) -> dict[str, tuple[int, int, int]]:
    """Tell what a bootstrap carries, and then each of the others by itself; of a host set up anew the mean over hosts."""

    def up() -> Ledger:
        ledger = Ledger(site, topology)
        ledger.bootstrap()
        return ledger

    wiped = [up().wipe(host) for host in site["hosts"]]
    mean = [round(sum(each) / len(wiped)) for each in zip(*wiped, strict=True)]
    return {
        "bootstrap": Ledger(site, topology).bootstrap(),
        "node-add": up().join(JOINING, site["joining"]),
        "reboot": (0, 0, 0),
        "reimage": (mean[0], mean[1], mean[2]),
        **({"upgrade": up().upgrade(), "upgrade-full": up().upgrade_full()} if site["next"] else {}),
        "image-gc": up().sweep(next(iter(site["hosts"]))),
    }


def main() -> None:
    """Print the events of a site file."""
    site = ledger_site(Path(sys.argv[1]))
    told = {name: events_of(site, topology) for name, topology in TOPOLOGIES.items()}
    sys.stdout.write(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
