"""Cluster profiles in the export shape and lists, for the oracle: what each pack lists, runs and says of the registry.

It reads no more than the golden profiles hold. What the shape of a profile shows to be wrong is not reckoned: it stands
beside the defect, as a comment `# finding: RULE VERDICT`, written by hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from independent.material import normalise, read_yaml
from independent.sites import cpu_milli, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Container", "Declared", "Layer", "Pods", "read_declared", "told_findings"]

_MARK = re.compile(r"# finding: (\S+) (PASS|FAIL|INCOMPLETE|MARGINAL|INFO)\s*$", re.MULTILINE)
REGISTRY_PACKS = ("zot", "harbor", "harbor-edge-native-config")


@dataclass(frozen=True)
class Container:
    """A container: its image, and its requests where it states them."""

    image: str
    cpu_milli: int | None
    memory: int | None
    is_init: bool = False


@dataclass(frozen=True)
class Pods:
    """A workload: `spread` is every, static or replicas; `apart` tells that no two of its pods share a host."""

    name: str
    spread: str
    replicas: int
    containers: tuple[Container, ...]
    apart: bool = False

    @property
    def images(self) -> tuple[str, ...]:
        """What it runs."""
        return tuple(dict.fromkeys(each.image for each in self.containers))


@dataclass(frozen=True)
class Layer:
    """A pack: what its list has, what it runs, and its values."""

    profile: str
    name: str
    layer: str
    values: Mapping[str, Any]
    listed: tuple[str, ...] = ()
    runs: tuple[Pods, ...] = ()

    def value(self, *keys: str) -> Any:
        """Follow keys into the values; None where there is nothing."""
        found: Any = self.values
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found


@dataclass(frozen=True)
class Declared:
    """Everything that a site names: its packs in order, and references by themselves."""

    layers: tuple[Layer, ...] = ()
    loose: tuple[str, ...] = ()
    has_profiles: bool = False

    @property
    def statuses(self) -> dict[str, str]:
        """Each reference with what is known of it: listed, missing (it runs and no list has it), or unknown."""
        found = dict.fromkeys([each for layer in self.layers for each in layer.listed] + list(self.loose), "listed")
        for layer in self.layers:
            for pods in layer.runs:
                for image in pods.images:
                    found.setdefault(image, "missing")
        for layer in self.layers:
            for image in () if layer.listed else _in_values(layer.values):
                found.setdefault(image, "unknown")
        return found

    def named_by(self, reference: str) -> list[Layer]:
        """The packs that list or run an image."""
        return [each for each in self.layers if reference in _images_of(each)]

    def pack(self, *names: str) -> Layer | None:
        """The first pack of one of these names."""
        return next((each for each in self.layers if each.name in names), None)


def told_findings(paths: Sequence[Path]) -> list[tuple[str, str]]:
    """List the findings that stand beside the defects of profiles, as (rule, verdict)."""
    return [(match[1], match[2]) for path in paths for match in _MARK.finditer(path.read_text(encoding="utf-8"))]


def read_declared(paths: Sequence[Path], images: Sequence[str] = ()) -> Declared:
    """Read profiles and lists, in order, and further references."""
    layers: list[Layer] = []
    loose: list[str] = []
    for path in paths:
        if path.suffix == ".txt":
            lines = path.read_text(encoding="utf-8").splitlines()
            loose += [normalise(bare) for line in lines if (bare := line.partition("#")[0].strip())]
        else:
            document = read_yaml(path)
            packs = document["spec"]["template"]["packs"]
            layers += [_layer(document["metadata"]["name"], pack) for pack in packs]
    return Declared(tuple(layers), (*loose, *map(normalise, images)), bool(layers))


def _layer(profile: str, pack: Mapping[str, Any]) -> Layer:
    values = yaml.safe_load(pack.get("values") or "") or {}
    entries = ((values.get("pack") or {}).get("content") or {}).get("images") or []
    runs = tuple(pods for manifest in pack.get("manifests") or [] for pods in _pods(manifest["content"]))
    listed = tuple(normalise(entry["image"]) for entry in entries)
    return Layer(profile, pack["name"], pack["layer"], values, listed, runs)


def _pods(content: str) -> Iterator[Pods]:
    for document in yaml.safe_load_all(content):
        if document["kind"] not in {"Deployment", "DaemonSet", "StatefulSet"}:
            raise SystemExit(f"the oracle knows no {document['kind']}")
        spec = document["spec"]
        pod = spec["template"]["spec"]
        containers = [_container(each, is_init=True) for each in pod.get("initContainers") or []]
        containers += [_container(each, is_init=False) for each in pod["containers"]]
        apart = bool(((pod.get("affinity") or {}).get("podAntiAffinity") or {}).get(_REQUIRED))
        spread = "every" if document["kind"] == "DaemonSet" else "replicas"
        yield Pods(document["metadata"]["name"], spread, spec.get("replicas", 1), tuple(containers), apart)


_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def _container(each: Mapping[str, Any], *, is_init: bool) -> Container:
    asked = (each.get("resources") or {}).get("requests") or {}
    processors = cpu_milli(asked["cpu"]) if "cpu" in asked else None
    memory = int(quantity(asked["memory"])) if "memory" in asked else None
    return Container(normalise(each["image"]), processors, memory, is_init)


def _in_values(tree: Any) -> Iterator[str]:
    for key, child in tree.items() if isinstance(tree, dict) else ():
        if key == "image" and isinstance(child, str):
            yield normalise(child)
        else:
            yield from _in_values(child)


def _images_of(layer: Layer) -> set[str]:
    return {*layer.listed, *(image for pods in layer.runs for image in pods.images), *_in_values(layer.values)}


@dataclass(frozen=True)
class Told:
    """What the profiles' values say of the registry; None is what they do not say."""

    kind: str | None = None
    storage: int | None = None
    project: str | None = None
    sync: bool | None = None
    has_connect: bool = False
    served: str | None = None  # the project that the cluster looks into


def told_of_registry(declared: Declared) -> Told:
    """Read what the registry pack and Registry Connect say (Palette docs, "Deploy Cluster with a Primary Registry")."""
    pack, connect = declared.pack(*REGISTRY_PACKS), declared.pack("registry-connect")
    storage = None
    if pack is not None:
        claimed = {
            "zot": pack.value("charts", "zot", "pvc", "storage"),
            "harbor": pack.value("charts", "harbor", "persistence", "persistentVolumeClaim", "registry", "size"),
            "harbor-edge-native-config": pack.value("harbor-config", "storage", "registry"),
        }[pack.name]
        # The legacy pack's numbers are GB (facts/palette.md 3.4).
        legacy = pack.name == "harbor-edge-native-config"
        storage = None if claimed is None else int(quantity(f"{claimed}G" if legacy else claimed))
    config = ("charts", "registry-connect", "config")
    sync = connect.value(*config, "content", "sync", "enable") if connect else None
    project = connect.value(*config, "content", "sync", "projects", "images") if connect else None
    kind = None if pack is None else "zot" if pack.name == "zot" else "harbor"
    served = connect.value(*config, "registry", "inClusterRegistry", "projects", "images") if connect else None
    return Told(kind, storage, project, sync, connect is not None, served)
