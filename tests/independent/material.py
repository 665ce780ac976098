"""What the independent scripts read: facts, references, profiles and site files.

Standard library and PyYAML only, and nothing of regplan: these scripts exist to be compared with it number by number.
They read just what the demo's own files hold; whatever they do not understand ends them with a message.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = [
    "Image",
    "Pack",
    "Workload",
    "normalise",
    "pick",
    "read_facts",
    "read_packs",
    "read_yaml",
    "same_platform",
]

_MACRO = re.compile(r"\{\{\s*\.spectro\.(var|pack)\.([^\s|}]+)\s*\}\}")
_POD_OWNERS = ("DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet")
_STATIC = ("kubernetes.io/config.source", "kubernetes.io/config.mirror")


@dataclass(frozen=True)
class Image:
    """One manifest digest on one platform: `sizes` maps each distinct digest (manifest, config, layers) to its bytes."""

    reference: str
    platform: str
    digest: str
    sizes: Mapping[str, int | None]

    @property
    def blobs(self) -> frozenset[str]:
        """The config's and the layers' digests."""
        return frozenset(self.sizes) - {self.digest}


@dataclass(frozen=True)
class Workload:
    """Something in a manifest that runs pods; `spread` is every, static or replicas."""

    kind: str
    name: str
    spread: str
    replicas: int
    references: tuple[str, ...]


@dataclass(frozen=True)
class Pack:
    """A profile's pack: the references of its list and the workloads of its manifests, normalised."""

    profile: str
    name: str
    layer: str
    references: tuple[str, ...]
    workloads: tuple[Workload, ...] = field(default=())


def normalise(text: str) -> str:
    """Write a reference out in full, as Docker reads it: host, library, latest.

    >>> normalise("nginx"), normalise("container://quay.io/a/b@sha256:00")
    ('docker.io/library/nginx:latest', 'quay.io/a/b@sha256:00')
    """
    rest, _, digest = text.strip().partition("://")[2 if "://" in text else 0].partition("@")
    path, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        path, tag = rest, ""
    host, slash, tail = path.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, tail = "docker.io", path
    if host in {"docker.io", "index.docker.io"}:
        host, tail = "docker.io", tail if "/" in tail else f"library/{tail}"
    ending = (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    return f"{host.lower()}/{tail}{ending or ':latest'}"


def same_platform(one: str, other: str) -> bool:
    """Tell whether two platforms are one; arm64 without a variant is v8."""
    return _platform(one) == _platform(other)


def _platform(text: str) -> tuple[str, ...]:
    parts = tuple(text.lower().split("/"))
    return parts[:2] if parts[1:] in {("arm64", "v8"), ("amd64", "v1")} else parts


def read_facts(paths: Iterable[Path]) -> list[Image]:
    """Read recordings' facts.jsonl files; one digest with two sizes ends the run."""
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    images = [_image(json.loads(line)) for line in lines if line.strip()]
    known: dict[str, int] = {}
    for image in images:
        for digest, size in image.sizes.items():
            if size is not None and known.setdefault(digest, size) != size:
                raise SystemExit(f"{digest} has two sizes: {known[digest]} and {size}")
    return images


def _image(record: dict[str, Any]) -> Image:
    sizes: dict[str, int | None] = {}
    for descriptor in (record["manifest"], record["config"], *record["layers"]):
        sizes[descriptor["digest"]] = descriptor["size"]
    return Image(normalise(record["reference"]), record["platform"], record["manifest"]["digest"], sizes)


def pick(images: Sequence[Image], references: Iterable[str], platform: str) -> list[Image]:
    """Find each distinct reference's image on a platform, in order; one that is not there ends the run."""
    found = {each.reference: each for each in images if same_platform(each.platform, platform)}
    wanted = list(dict.fromkeys(normalise(text) for text in references))
    absent = [reference for reference in wanted if reference not in found]
    if absent:
        raise SystemExit(f"no facts for {platform} of: {', '.join(absent)}")
    return [found[reference] for reference in wanted]


def read_yaml(path: Path) -> Any:
    """Read a YAML or JSON file (JSON is YAML)."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def read_packs(paths: Iterable[Path], variables: Mapping[str, str] | None = None) -> list[Pack]:
    """Read profiles in the export shape; macros are filled from variables' values and from packs' own values."""
    documents = [read_yaml(path) for path in paths]
    filled: dict[str, str] = {}
    values: dict[str, Any] = {}
    for document in documents:
        for variable in document["spec"].get("variables", []):
            filled[variable["name"]] = str(variable.get("defaultValue", ""))
        for pack in document["spec"]["template"]["packs"]:
            values[pack["name"]] = yaml.safe_load(pack.get("values") or "") or {}
    filled |= {name: str(value) for name, value in (variables or {}).items()}
    return [
        _pack(document["metadata"]["name"], pack, values, filled)
        for document in documents
        for pack in document["spec"]["template"]["packs"]
    ]


def _pack(profile: str, pack: dict[str, Any], values: Mapping[str, Any], variables: Mapping[str, str]) -> Pack:
    content = (values[pack["name"]].get("pack") or {}).get("content") or {}
    listed = [entry["image"] for entry in content.get("images") or []]
    workloads = [each for manifest in pack.get("manifests") or [] for each in _workloads(manifest["content"])]
    return Pack(
        profile,
        pack["name"],
        pack["layer"],
        tuple(normalise(_fill(text, values, variables)) for text in listed),
        tuple(
            Workload(kind, name, spread, replicas, tuple(normalise(_fill(text, values, variables)) for text in images))
            for kind, name, spread, replicas, images in workloads
        ),
    )


def _fill(text: str, values: Mapping[str, Any], variables: Mapping[str, str]) -> str:
    def replacement(match: re.Match[str]) -> str:
        if match[1] == "var":
            return variables[match[2]]
        name = max((each for each in values if match[2].startswith(f"{each}.")), key=len)
        return str(_dotted(values[name], match[2].removeprefix(f"{name}.")))

    filled = _MACRO.sub(replacement, text)
    if "{{" in filled or not filled.strip():
        raise SystemExit(f"a macro stays unresolved in {text!r}")
    return filled


def _dotted(values: Any, path: str) -> Any:
    """Follow a dotted path; a key may itself hold dots, as `system.uri` does."""
    if not path:
        return values
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        key = ".".join(parts[:count])
        if isinstance(values, dict) and key in values:
            return _dotted(values[key], ".".join(parts[count:]))
    raise SystemExit(f"no value at {path!r}")


def _workloads(content: str) -> Iterator[tuple[str, str, str, int, list[str]]]:
    for document in yaml.safe_load_all(content):
        kind = (document or {}).get("kind", "")
        if kind not in _POD_OWNERS:
            continue
        metadata, spec = document.get("metadata", {}), document["spec"]
        pod = spec if kind == "Pod" else spec["template"]["spec"]
        images = [each["image"] for part in ("initContainers", "containers") for each in pod.get(part) or []]
        is_static = kind == "Pod" and any(key in metadata.get("annotations", {}) for key in _STATIC)
        spread = "every" if kind == "DaemonSet" else "static" if is_static else "replicas"
        replicas = spec.get("replicas", 1) if kind in {"Deployment", "ReplicaSet", "StatefulSet"} else 1
        yield kind, metadata["name"], spread, replicas, images
