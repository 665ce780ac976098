"""Five sites that differ in what their reports have to say, and one of which nothing is known."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui.large_site import large_site

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["VERDICTS", "some_site"]

DEMO: Final = Path(__file__).parents[2] / "data" / "demo"
LOST: Final = "quay.io/coreos/etcd:v3.5.12-amd64"
# What each is made to come to.
VERDICTS: Final = {
    "demo": "MARGINAL",
    "large": "PASS",
    "failing": "FAIL",
    "incomplete": "INCOMPLETE",
    "single": "PASS",
    "bare": "INCOMPLETE",
}


def some_site(name: str, folder: Path) -> Path:
    """Write one of the sites into a folder, and tell where its site file is."""
    return _MAKERS[name](folder)


def _demo(folder: Path) -> Path:
    shutil.copytree(DEMO, folder, dirs_exist_ok=True)
    return folder / "site.yaml"


def _failing(folder: Path) -> Path:
    """Write the demo with a claim that its images do not fit into, and a host of a machine that is too small."""
    changes = (
        ("name: store-0421", "name: store-small"),
        ("storage: 320GiB", "storage: 6GB"),
        ("cpu: 4, memory: 7.8GB", "cpu: 2, memory: 3GB"),
    )
    return _changed(_demo(folder), *changes)


def _incomplete(folder: Path) -> Path:
    """Write the demo with an image of which nobody knows anything."""
    site = _changed(_demo(folder), ("name: store-0421", "name: store-unknown"))
    facts = folder / "recording" / "facts.jsonl"
    lines = facts.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["reference"] != LOST]
    assert len(kept) < len(lines)
    facts.write_text("".join(kept), encoding="utf-8")
    return site


def _single(folder: Path) -> Path:
    return _demo(folder).with_name("site-single.yaml")


def _bare(folder: Path) -> Path:
    """Write a host of which only the name is told, without a registry, for a profile that names no image."""
    folder.mkdir(parents=True, exist_ok=True)
    pack = {
        "name": "settings", "layer": "addon", "type": "manifest", "tag": "1", "version": "1",
        "values": "pack: {namespace: shop}", "manifests": [],
    }  # fmt: skip
    spec = {"version": "1", "template": {"type": "add-on", "cloudType": "edge-native", "packs": [pack]}}
    (folder / "none.json").write_text(json.dumps({"metadata": {"name": "none"}, "spec": spec}), encoding="utf-8")
    (folder / "site.yaml").write_text("name: kiosk-1\nprofiles: [none.json]\nhosts: [{name: box}]\n", encoding="utf-8")
    return folder / "site.yaml"


def _changed(site: Path, *changes: tuple[str, str]) -> Path:
    text = site.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    site.write_text(text, encoding="utf-8")
    return site


_MAKERS: Final[dict[str, Callable[[Path], Path]]] = {
    "demo": _demo,
    "large": large_site,
    "failing": _failing,
    "incomplete": _incomplete,
    "single": _single,
    "bare": _bare,
}
