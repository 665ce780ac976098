#!/usr/bin/env python3
"""Measure the reports of a large site: each format over the plan's own time in the same run, and how large the page is.

    .venv/bin/python benchmarks/reports.py [ROUNDS] [--images N] [--hosts N]

A site of 500 images of eight layers (three of one of twelve bases), in twenty packs of which six run on every host, for three hosts.
`regplan plan` and `regplan report` run turn about as a user runs them, each in a process of its own, with its start and imports;
processor seconds, the lower of ROUNDS (2). Ends with 1 where a format takes over ten times the plan, or the page has 8 MB.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

FORMATS = ("html", "pdf", "xlsx", "docx", "md", "json")
MOST_TIMES = 10.0
MOST_PAGE_BYTES = 8_000_000
PACKS = 20
SITE = """name: distribution-centre
profiles: [profile.json]
from: [recording:recording/]
management: central
internet: thin
versions: {{palette: 4.7.2, agent: 4.7.2}}
content: {{palette_images: none, uploader: regplan}}
registry: {{kind: zot, project: spectro-images, storage: 900GB, gc: daily, retention: keep 2}}
hosts:
  - {{name: control, role: control-plane, cpu: 8, memory: 32GiB, storage: 2TB}}
  - {{name: work, role: worker, cpu: 16, memory: 64GiB, storage: 2TB, count: {workers}}}
links:
  internet: {{rate: 50Mbit/s, latency: 40ms}}
  lan: {{rate: 1Gbit/s, latency: 1ms}}
scenario: {{years: 3, upgrades_per_year: 4}}
"""


def digest(name: str) -> str:
    """Name a piece of content."""
    return f"sha256:{sha256(name.encode()).hexdigest()}"


def fact(number: int) -> dict[str, object]:
    """Tell of one image: three layers of its base, and five of its own; sizes follow from its number."""
    base = number % 12
    below = [(f"base {base} {place}", 3_000_000 + 7_000_000 * place + 100_003 * base) for place in range(3)]
    own = [(f"{number} {place}", 20_000 + (7_919 * number + 104_729 * place) % 9_000_000) for place in range(5)]
    return {
        "reference": f"registry.example/team-{number % PACKS + 1}/service-{number}:1.{number % 7}.{number}",
        "platform": "linux/amd64",
        "manifest": {"digest": digest(f"manifest {number}"), "size": 1_500 + number},
        "config": {"digest": digest(f"config {number}"), "size": 7_000 + number},
        "layers": [{"digest": digest(f"layer {name}"), "size": size} for name, size in (*below, *own)],
        "source": "made for a benchmark",
    }


def write_site(folder: Path, images: int, hosts: int) -> Path:
    """Write the site, its profile and its recording, and tell where the site file is."""
    facts = [fact(number) for number in range(images)]
    packs = [
        {
            "name": f"team-{number + 1}",
            "type": "manifest",
            # Packs of the layers k8s, cni and csi run on every host.
            "layer": "csi" if number < 6 else "addon",
            "tag": "1.0.0",
            "version": "1.0.0",
            "values": json.dumps({"pack": {"content": {"images": [{"image": each["reference"]} for each in facts[number::PACKS]]}}}),
            "manifests": [],
        }
        for number in range(PACKS)
    ]  # fmt: skip
    spec = {"version": "1.0.0", "template": {"type": "add-on", "cloudType": "edge-native", "packs": packs}}
    (folder / "recording").mkdir()
    (folder / "recording" / "facts.jsonl").write_text("".join(json.dumps(each) + "\n" for each in facts))
    (folder / "profile.json").write_text(json.dumps({"metadata": {"name": "centre"}, "spec": spec}))
    (folder / "site.yaml").write_text(SITE.format(workers=hosts - 1))
    return folder / "site.yaml"


def seconds(*arguments: str) -> float:
    """Run regplan, and tell its processor seconds; its plan may well not pass."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "regplan", *arguments], check=False, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in {0, 1}:
        raise SystemExit(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Measure turn about."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rounds", type=int, nargs="?", default=2)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--hosts", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = write_site(Path(folder), given.images, given.hosts)
        files = {kind: Path(folder) / f"plan.{kind}" for kind in FORMATS}
        plans, reports = [], {kind: [] for kind in FORMATS}
        for _ in range(given.rounds):
            plans.append(seconds("plan", str(site)))
            for kind, file in files.items():
                reports[kind].append(seconds("report", str(site), "-O", str(file)))
        sizes = {kind: file.stat().st_size for kind, file in files.items()}
    plan = min(plans)
    print(f"plan of {given.images} images and {given.hosts} hosts: {plan:.2f} s")
    for kind, each in reports.items():
        print(f"{kind:5} {min(each):6.2f} s, {min(each) / plan:5.2f} times the plan, {sizes[kind] / 1e6:6.2f} MB")
    slow = [kind for kind, each in reports.items() if min(each) > MOST_TIMES * plan]
    return 1 if slow or sizes["html"] >= MOST_PAGE_BYTES else 0


if __name__ == "__main__":
    sys.exit(main())
