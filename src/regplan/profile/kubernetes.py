"""Kubernetes objects that run pods: their images, how many pods there are, and on which hosts they run.

Kinds as in the Kubernetes API reference, "Workload Resources"; images stand in containers, initContainers,
ephemeralContainers and image volumes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from regplan.model.profile import Spread
from regplan.profile.composer import Map, Seq
from regplan.profile.tree import dig

if TYPE_CHECKING:
    from regplan.profile.composer import Tree

__all__ = ["PodOwner", "is_custom", "pod_owner"]

_TEMPLATES: Final = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
} | dict.fromkeys(
    ("DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"), ("spec", "template")
)
_COUNTED: Final = {
    "CronJob": ("spec", "jobTemplate", "spec", "parallelism"),
    "Job": ("spec", "parallelism"),
} | dict.fromkeys(("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"), ("spec", "replicas"))
_CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")
_CONTROL_PLANE: Final = frozenset({"node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"})
_STATIC: Final = frozenset({"kubernetes.io/config.mirror", "kubernetes.io/config.source"})
_BUILT_IN = re.compile(r"v1|(?:apps|autoscaling|batch|policy|[a-z0-9.-]+\.k8s\.io)/.+")


@dataclass(frozen=True, slots=True)
class PodOwner:
    """An object that runs pods, with the texts of its images and their keys; `count` is the text of its replicas."""

    kind: str
    namespace: str
    name: str
    spread: Spread
    count: str | None
    images: tuple[tuple[str, str], ...]
    has_pod: bool = True


def pod_owner(document: Map, namespace: str = "") -> PodOwner | None:
    """Read an object that runs pods; None for every other kind; `namespace` is for an object that names none.

    A DaemonSet runs on every host, a static pod and whatever is bound to the control plane's label there, anything
    else as often as it says: once where it says nothing.
    """
    kind = str(document.get("kind"))
    if kind not in _TEMPLATES:
        return None
    spec = dig(document, *_TEMPLATES[kind], "spec")
    counted = dig(document, *_COUNTED[kind]) if kind in _COUNTED else None
    return PodOwner(
        kind,
        _text(dig(document, "metadata", "namespace")) or namespace or "default",
        _text(dig(document, "metadata", "name")) or _text(dig(document, "metadata", "generateName")),
        _spread(kind, document, spec),
        counted if isinstance(counted, str) else None,
        tuple(_images(spec)),
        isinstance(spec, Map),
    )


def is_custom(document: Map) -> bool:
    """Tell whether an object is not one of Kubernetes' own kinds, so that an operator may run images for it."""
    return document.get("kind") not in _TEMPLATES and _BUILT_IN.fullmatch(_text(document.get("apiVersion"))) is None


def _images(spec: Tree) -> list[tuple[str, str]]:
    found = []
    for part in _CONTAINERS:
        for place, container in enumerate(_items(dig(spec, part))):
            image = dig(container, "image")
            if isinstance(image, str):
                found.append((f"{part}[{place}].image", image))
    for place, volume in enumerate(_items(dig(spec, "volumes"))):
        image = dig(volume, "image", "reference")
        if isinstance(image, str):
            found.append((f"volumes[{place}].image.reference", image))
    return found


def _spread(kind: str, document: Map, spec: Tree) -> Spread:
    if _is_bound(spec) or (kind == "Pod" and _is_static(document)):
        return Spread.CONTROL_PLANE
    return Spread.EVERY_HOST if kind == "DaemonSet" else Spread.REPLICAS


def _is_static(document: Map) -> bool:
    annotations = dig(document, "metadata", "annotations")
    tier = dig(document, "metadata", "labels", "tier")
    is_system = dig(document, "metadata", "namespace") == "kube-system"
    return (isinstance(annotations, Map) and not _STATIC.isdisjoint(annotations)) or (
        is_system and tier == "control-plane"
    )


def _is_bound(spec: Tree) -> bool:
    """Tell whether pods can run nowhere but on the control plane."""
    selector = dig(spec, "nodeSelector")
    if isinstance(selector, Map) and not _CONTROL_PLANE.isdisjoint(selector):
        return True
    affinity = dig(spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = _items(dig(affinity, "nodeSelectorTerms"))
    return bool(terms) and all(any(map(_binds, _items(dig(term, "matchExpressions")))) for term in terms)


def _binds(expression: Tree) -> bool:
    return dig(expression, "key") in _CONTROL_PLANE and dig(expression, "operator") in {"Exists", "In"}


def _items(tree: Tree) -> list[Tree]:
    return tree if isinstance(tree, Seq) else []


def _text(tree: Tree) -> str:
    return tree.strip() if isinstance(tree, str) else ""
