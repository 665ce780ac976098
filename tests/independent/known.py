"""What recordings know of images, for the oracle: facts.jsonl and image layouts without layers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from independent.material import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["Entry", "Known", "Picture", "choose", "read_known"]

Sizes = dict[str, "int | None"]


@dataclass(frozen=True)
class Picture:
    """An image: one manifest on one platform; `sizes` has each distinct digest once, `layers` in order."""

    digest: str
    platform: str
    media_type: str
    sizes: Mapping[str, int | None]
    layers: tuple[tuple[str, int], ...]
    plain: frozenset[str] = frozenset()

    @property
    def blobs(self) -> frozenset[str]:
        """Config and layers."""
        return frozenset(self.sizes) - {self.digest}


@dataclass(frozen=True)
class Entry:
    """What a reference stands for at a site: images, and the index where it is kept whole."""

    reference: str
    pictures: tuple[Picture, ...]
    index: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def sizes(self) -> Sizes:
        """Each distinct digest of it, once."""
        found: Sizes = dict(self.index)
        for picture in self.pictures:
            found |= picture.sizes
        return found

    @property
    def repository(self) -> str:
        """Its name without tag and digest."""
        name = self.reference.partition("@")[0]
        head, colon, tag = name.rpartition(":")
        return head if colon and "/" not in tag else name


@dataclass(frozen=True)
class Known:
    """Everything that the recordings of a site hold, by reference."""

    pictures: Mapping[str, tuple[Picture, ...]]
    indexes: Mapping[str, Mapping[str, int | None]]


def read_known(folders: Iterable[Path]) -> Known:
    """Read recordings; the first that has a reference is heard."""
    pictures: dict[str, tuple[Picture, ...]] = {}
    indexes: dict[str, Mapping[str, int | None]] = {}
    for folder in folders:
        if (folder / "facts.jsonl").is_file():
            found: dict[str, tuple[Picture, ...]] = {}
            for line in (folder / "facts.jsonl").read_text(encoding="utf-8").splitlines():
                fact = json.loads(line)
                reference = normalise(fact["reference"])
                found[reference] = (*found.get(reference, ()), _of_fact(fact))
            pictures = {**found, **pictures}
        if (folder / "index.json").is_file():
            for name, entry in _of_layout(folder).items():
                pictures.setdefault(name, entry.pictures)
                indexes.setdefault(name, entry.index)
    return Known(pictures, indexes)


def choose(known: Known, reference: str, platforms: Sequence[str]) -> Entry | None:
    """Tell what a reference stands for; None where nobody knows it.

    A reference pinned to an index's digest is kept whole (contract, "The plan document"). Else it is the images for the
    wanted platforms, or the only one that there is.
    """
    found = known.pictures.get(reference) or _by_digest(known, reference)
    if not found:
        return None
    index = known.indexes.get(reference) or {}
    if index and reference.partition("@")[2] in index:
        return Entry(reference, found, index)
    wanted = tuple(each for each in found if each.platform in platforms)
    return Entry(reference, wanted or found[:1]) if wanted or len(found) == 1 else None


def _by_digest(known: Known, reference: str) -> tuple[Picture, ...]:
    name, _, digest = reference.partition("@")
    repository = Entry(name, ()).repository
    every = (each for ref, found in known.pictures.items() if Entry(ref, ()).repository == repository for each in found)
    return tuple({each.digest: each for each in every if digest and each.digest == digest}.values())


def _of_fact(fact: Mapping[str, Any]) -> Picture:
    layers = tuple((each["digest"], each["size"]) for each in fact["layers"])
    sizes = {fact["manifest"]["digest"]: fact["manifest"]["size"], fact["config"]["digest"]: fact["config"]["size"]}
    return Picture(fact["manifest"]["digest"], fact["platform"], fact["media_type"], {**sizes, **dict(layers)}, layers)


def _of_layout(folder: Path) -> dict[str, Entry]:
    found = {}
    for entry in json.loads((folder / "index.json").read_text(encoding="utf-8"))["manifests"]:
        document = _blob(folder, entry["digest"])
        name = entry["annotations"]["org.opencontainers.image.ref.name"]
        if "manifests" in document:
            pictures = tuple(_picture(folder, each) for each in document["manifests"])
            found[name] = Entry(name, pictures, {entry["digest"]: entry["size"]})
        else:
            found[name] = Entry(name, (_picture(folder, entry),))
    return found


def _picture(folder: Path, entry: Mapping[str, Any]) -> Picture:
    manifest = _blob(folder, entry["digest"])
    config = _blob(folder, manifest["config"]["digest"])
    layers = tuple((each["digest"], each["size"]) for each in manifest["layers"])
    sizes = {entry["digest"]: entry["size"], manifest["config"]["digest"]: manifest["config"]["size"], **dict(layers)}
    plain = frozenset(each["digest"] for each in manifest["layers"] if each["mediaType"].endswith(".tar"))
    platform = f"{config['os']}/{config['architecture']}"
    return Picture(entry["digest"], platform, manifest["mediaType"], sizes, layers, plain)


def _blob(folder: Path, digest: str) -> Any:
    return json.loads((folder / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes())
