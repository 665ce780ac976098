"""A large site for the tests, made of the demo's facts: 143 images over 44 real ones, in eleven packs, for five hosts and Harbor.

Every image is one that ships as a fact (`data/demo`), with a layer and a config of its own on top, so that bases are shared as they are
between versions of one image. Nothing is drawn by chance: sizes follow from the place in the list.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

__all__ = ["IMAGES", "large_site"]

FACTS = Path(__file__).parents[2] / "data" / "demo" / "recording" / "facts.jsonl"
IMAGES = 143
PACKS = 11
SITE = """name: distribution-centre-07
profiles: [profiles/large.json]
from: [recording:recording/]
management: central
internet: thin
versions: {palette: 4.7.2, agent: 4.7.2}
content: {palette_images: none, uploader: regplan}
registry: {kind: harbor, project: spectro-images, storage: 600GB, gc: daily, retention: keep 2}
hosts:
  - {name: control, role: control-plane, cpu: 8, memory: 32GiB, storage: 1TB, count: 3}
  - {name: work, role: worker, cpu: 16, memory: 64GiB, storage: 2TB, count: 2}
links:
  internet: {rate: 50Mbit/s, latency: 40ms}
  lan: {rate: 10Gbit/s, latency: 1ms}
"""


def large_site(folder: Path) -> Path:
    """Write the site, its profile and its recording into a folder, and tell where the site file is."""
    facts = [json.loads(line) for line in FACTS.read_text(encoding="utf-8").splitlines()]
    real = [each for each in facts if each["platform"] == "linux/amd64"]
    made = [_version(real[place % len(real)], place) for place in range(IMAGES)]
    names = [each["reference"] for each in made]
    for name in ("profiles", "recording"):
        (folder / name).mkdir(parents=True)
    (folder / "recording" / "facts.jsonl").write_text(
        "".join(json.dumps(each) + "\n" for each in made), encoding="utf-8"
    )
    (folder / "profiles" / "large.json").write_text(json.dumps(_profile(names)), encoding="utf-8")
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    return folder / "site.yaml"


def _digest(name: str) -> str:
    return f"sha256:{sha256(name.encode()).hexdigest()}"


def _version(fact: dict[str, Any], place: int) -> dict[str, Any]:
    """Put a layer of 1 to 143 times 250 kB on a real image, under a name of its own."""
    name = fact["reference"].partition("@")[0].rpartition("/")[2].partition(":")[0]
    reference = f"registry.example/team-{place % PACKS + 1}/{name}:2026.{place // PACKS + 1}.{place}"
    top = {"digest": _digest(f"layer {place}"), "size": 250_000 * (place + 1)}
    return {
        **{key: value for key, value in fact.items() if key != "index"},
        "reference": reference,
        "manifest": {"digest": _digest(f"manifest {place}"), "size": 1_500 + place},
        "config": {"digest": _digest(f"config {place}"), "size": 7_000 + place},
        "layers": [*fact["layers"], top],
        "source": "made of a fact of the demo",
    }


def _profile(names: list[str]) -> dict[str, Any]:
    packs = [
        {
            "name": f"team-{number + 1}",
            "type": "manifest",
            "layer": "addon",
            "tag": "1.0.0",
            "version": "1.0.0",
            "values": yaml.safe_dump(
                {"pack": {"content": {"images": [{"image": each} for each in names[number::PACKS]]}}}
            ),
            "manifests": [],
        }
        for number in range(PACKS)
    ]
    spec = {"version": "3.1.0", "template": {"type": "add-on", "cloudType": "edge-native", "packs": packs}}
    return {"metadata": {"name": "distribution-centre"}, "spec": spec}
