"""Names as nobody should give them, and a site whose files name something at every key that takes a text."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["HOSTILE", "LONG", "Files", "leaves", "site_files", "with_leaf", "write_site"]

LONG: Final = f"registry.example/{'very-long/' * 27}image:1.0"
# What a page, a spreadsheet, a terminal, Markdown, typst or XML would act on, and what turns the reading direction around.
HOSTILE: Final = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;{{ 7*7 }}]]>",
    "formula": "=cmd|' /C calc'!A0",
    "acting": "in\u202eni\u2066ght\u200f! a\x1b[31mb\x1b]0;c\x07d\x9b2Je\x7f one\r\n# two\n| three |\u2028---\n```",
    "marks": '@ref [x](javascript:alert(1)) ![y](http://evil.example/y.png) *b* ~~c~~ _d_ #read("/etc/passwd") $x$ <lbl> /* no */ #{1}',
    "odd": "+nul\x00 not\ufffe\uffff bom\ufeff cell_x0041_",
    "long": LONG,
}  # fmt: skip

Files = dict[str, Any]

_IMAGES: Final = ("registry.example/shop/web:1.0", "registry.example/shop/till:2.0", "other.example/cache:3")
_WORKLOAD: Final = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [{"name": "serve", "image": _IMAGES[0], "resources": {"requests": {"cpu": "500m"}}}]
            },
        },
    },
}


def site_files() -> Files:
    """Give the files of the site by their names, as values: the site, profiles of two versions, rules, and a recording."""
    return {
        "site.yaml": {
            "name": "store-0421",
            "profiles": ["shop.json"],
            "images": ["registry.example/extra/tool:9"],
            "from": ["recording:recording/"],
            "mirrors": {"registry.example": ["mirror.example/hub"]},
            "management": "local",
            "internet": "thin",
            "timezone": "Europe/Berlin",
            "versions": {"palette": "4.7.2", "agent": "4.7.2"},
            "content": {"palette_images": "none", "uploader": "regplan"},
            "variables": {"Shop": "north"},
            "system": {"cluster.name": "store"},
            "declared_sizes": {"lost.example/gone:1": "1GB"},
            "registry": {
                "kind": "zot", "address": ["10.0.0.5:30003"], "project": "spectro-images", "storage": "320GiB",
                "storage_class": "fast", "replicas": 2, "retention": "keep 2", "gc": "daily", "certificate_expires": "2030-01-31",
            },
            "hosts": [
                {"name": "node-1", "role": "control-plane", "cpu": "8", "memory": "16GiB", "storage": "512GB"},
                {"name": "node-2", "role": "worker", "cpu": "4", "memory": "7.8GB", "storage": "512GB"},
            ],
            "links": {"internet": {"rate": "20Mbit/s", "latency": "60ms"}, "lan": {"rate": "1Gbit/s", "latency": "1ms"}},
            "upgrade_to": ["shop-next.json"],
            "upgrade_from": [["shop-old.json"]],
            "scenario": {"years": "3", "node_adds": "1", "upgrades_per_year": "4", "window": "22:00-05:00"},
        },
        "shop.json": _profile("1.0.0", _IMAGES),
        "shop-next.json": _profile("1.1.0", (*_IMAGES[1:], "registry.example/shop/web:1.1")),
        "shop-old.json": _profile("0.9.0", (*_IMAGES[:2], "other.example/cache:2")),
        "rules/house.yaml": {
            "id": "house.claim", "title": "The claim of the house", "measured": "storage.claimed_bytes", "op": ">=",
            "threshold": "500GB", "fix": "Claim 500 GB.", "source": "House rules, page 12",
        },
    }  # fmt: skip


def write_site(folder: Path, files: Files) -> Path:
    """Write the files into a folder, and tell where the site file is."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Escapes stand for whatever YAML and JSON do not let in as it is.
        written = (
            json.dumps(content) if name.endswith(".json") else yaml.safe_dump(content, sort_keys=False, width=10**6)
        )
        path.write_text(written, encoding="utf-8")
    recording = folder / "recording"
    recording.mkdir(exist_ok=True)
    names = (*_IMAGES, "registry.example/shop/web:1.1", "other.example/cache:2", "registry.example/extra/tool:9")
    facts = "".join(f"{json.dumps(_fact(name, place))}\n" for place, name in enumerate(names))
    (recording / "facts.jsonl").write_text(facts, encoding="utf-8")
    return folder / "site.yaml"


def leaves(value: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """Tell the way to each text in a value, the keys of maps that take any name included."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, *path, key)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from leaves(each, *path, place)
    elif isinstance(value, str):
        yield path


def with_leaf(value: Any, path: tuple[str | int, ...], text: str) -> Any:
    """Give the same value with another text at the end of a way."""
    if not path:
        return text
    head, *rest = path
    if isinstance(value, dict):
        return {key: with_leaf(each, tuple(rest), text) if key == head else each for key, each in value.items()}
    return [with_leaf(each, tuple(rest), text) if place == head else each for place, each in enumerate(value)]


def _profile(version: str, images: tuple[str, ...]) -> Any:
    listed = {"pack": {"content": {"images": [{"image": each} for each in images]}, "namespace": "shop"}}
    packs = [
        {
            "name": "shop", "layer": "addon", "type": "manifest", "tag": version, "version": version,
            "values": yaml.safe_dump(listed), "manifests": [{"name": "web", "content": yaml.safe_dump(_WORKLOAD)}],
        },
        {"name": "tools", "layer": "addon", "type": "spectro", "tag": "7", "version": "7.0", "values": "pack: {namespace: tools}"},
    ]  # fmt: skip
    spec = {"version": version, "template": {"type": "add-on", "cloudType": "edge-native", "packs": packs}}
    return {"metadata": {"name": "shop"}, "spec": spec}


def _digest(name: str) -> str:
    return f"sha256:{sha256(name.encode()).hexdigest()}"


def _fact(reference: str, place: int) -> Any:
    base = {"digest": _digest("base"), "size": 30_000_000}
    own = {"digest": _digest(f"layer {reference}"), "size": 1_000_000 * (place + 1)}
    return {
        "reference": reference,
        "platform": "linux/amd64",
        "media_type": "application/vnd.oci.image.manifest.v1+json",
        "manifest": {"digest": _digest(reference), "size": 500 + place},
        "config": {"digest": _digest(f"config {reference}"), "size": 1_000 + place},
        "layers": [base, own],
        "source": "made for a test",
    }
