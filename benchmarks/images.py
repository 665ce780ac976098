#!/usr/bin/env python3
"""List the images of a profile of 100 packs, as a whole process, against the time libyaml takes to compose its text.

    .venv/bin/python benchmarks/images.py [ROUNDS] [--packs FOLDER]

The bound is twice that time plus 0.4 s, interpreter start included. The packs are made up, 10 kB of values each, or the
first 100 of a checkout of spectrocloud/pack-central. Both are measured in turn and in processor time, so that the ratio
holds on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

PACKS = 100
# As in the public packs: five images a pack, and values of which most lines are comments.
PARTS = 5
COMMENTS = 16


def made_up(number: int) -> str:
    """Write the values of one pack: a list, and a chart's values with comments, as packs have them."""
    lines = ["pack:", f'  namespace: "app-{number}"', "  content:", "    images:"]
    lines += [f"      - image: registry.example/team-{number}/part-{part}:1.{part}.0" for part in range(PARTS)]
    lines += ["charts:", f"  app-{number}:"]
    for part in range(PARTS):
        lines += [
            f"    # Line {line} of what part {part} is for, what its values mean, and when to change them."
            for line in range(COMMENTS)
        ]
        lines += [
            f"    # -- Part {part} of the application: what it is for, and what happens where it is left out.",
            f"    part{part}:",
            f"      enabled: {'true' if part % 3 else 'false'}",
            "      image:",
            f"        repository: registry.example/team-{number}/part-{part}",
            f'        tag: "1.{part}.0"',
            "        pullPolicy: IfNotPresent",
            f"      replicas: {part % 4 + 1}",
            "      resources:",
            "        requests: {cpu: 100m, memory: 128Mi}",
            "        limits: {cpu: 500m, memory: 512Mi}",
            "      # -- Labels and annotations that the pods get.",
            f"      podLabels: {{app.kubernetes.io/name: app-{number}, app.kubernetes.io/component: part-{part}}}",
            "      tolerations: []",
            "      nodeSelector: {}",
        ]
    return "\n".join(lines) + "\n"


def profile(values: list[str]) -> dict[str, Any]:
    """Write a cluster profile in the shape that Palette exports."""
    packs = [
        {
            "name": f"pack-{number}",
            "layer": "addon",
            "type": "spectro",
            "tag": "1.0.0",
            "version": "1.0.0",
            "values": each,
        }
        for number, each in enumerate(values)
    ]
    template = {"type": "add-on", "cloudType": "edge-native", "packs": packs}
    return {"metadata": {"name": "hundred"}, "spec": {"version": "1.0.0", "template": template}}


def composed(texts: list[str]) -> float:
    """Tell the seconds of processor time that libyaml takes to compose all texts."""
    start = time.process_time()
    for text in texts:
        list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    return time.process_time() - start


def listed(file: Path) -> float:
    """Tell the seconds of processor time that `regplan images FILE` takes, interpreter start included."""
    start = _children()
    command = [sys.executable, "-m", "regplan", "images", str(file), "-o", "json"]
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode not in {0, 1, 4}:
        sys.exit(done.stderr.decode())
    return _children() - start


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure both in turn and print medians and the bound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", type=int, nargs="?", default=7)
    parser.add_argument("--packs", type=Path)
    asked = parser.parse_args()
    values = [made_up(number) for number in range(PACKS)]
    if asked.packs:
        files = sorted(asked.packs.glob("packs/*/values.yaml"))[:PACKS]
        values = [each.read_text(encoding="utf-8") for each in files]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "profile.json"
        file.write_text(json.dumps(profile(values)), encoding="utf-8")
        listed(file)
        pairs = [(composed([file.read_text(encoding="utf-8"), *values]), listed(file)) for _ in range(asked.rounds)]
    compose, listing = (statistics.median(times) for times in zip(*pairs, strict=True))
    bound = 2 * compose + 0.4
    print(f"{len(values)} packs, {sum(map(len, values)) / 1e6:.2f} MB of values, {asked.rounds} rounds, medians")
    print(f"libyaml composes in {compose:.3f} s, so the bound is {bound:.3f} s")
    print(f"regplan images takes {listing:.3f} s: {listing / bound:.2f} of the bound")


if __name__ == "__main__":
    main()
