"""Kinds of Kubernetes objects: which of them run pods, where their pod stands, and how their pods are counted.

Kinds as in the Kubernetes API reference, "Workload Resources", and what other groups make of the same pod template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.profile.manifests import objects_in
from regplan.profile.pods import is_pod
from regplan.profile.tree import dig
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from regplan.profile.composer import Map, Tree

__all__ = ["KubeObject", "Shape", "is_custom", "objects_in", "shape_of"]

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
_OF_K8S: Final = (
    "admissionregistration apiextensions apiregistration authentication authorization certificates coordination discovery"
    " events flowcontrol.apiserver internal.apiserver metrics networking node policy rbac.authorization resource"
    " scheduling snapshot.storage storage storagemigration"
)
# The groups of Kubernetes itself: a group that merely ends in k8s.io may be anybody's operator.
_BUILT_IN: Final = frozenset(
    ["apps", "autoscaling", "batch", "extensions", "policy", *(f"{name}.k8s.io" for name in _OF_K8S.split())]
)
_MACHINES: Final = {
    "VirtualMachine": ("spec", "template", "spec"),
    "VirtualMachineInstance": ("spec",),
    "VirtualMachineInstanceReplicaSet": ("spec", "template", "spec"),
    "VirtualMachinePool": ("spec", "virtualMachineTemplate", "spec", "template", "spec"),
}
# Groups whose pods Kubernetes or they themselves spread over hosts as a Deployment does.
_ROLLED: Final = frozenset({("argoproj.io", "Rollout"), ("apps.kruise.io", "CloneSet")})
_REPLICAS: Final = ("spec", "replicas")


class KubeObject(NamedTuple):
    """A Kubernetes object under its manifest's key; `file` where it is another than its surroundings'."""

    key: str
    document: Map
    file: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """Where an object keeps its pod, its pods' labels and their count, () where it has none.

    `is_known` tells that replicas run on as many hosts, `is_run` that it runs pods at all and does not only keep one.
    """

    pod: tuple[str, ...]
    labels: tuple[str, ...] = ()
    count: tuple[str, ...] = ()
    is_known: bool = True
    is_run: bool = True


def shape_of(document: Map) -> Shape | None:
    """Tell where an object keeps its pod; None for a kind that keeps none, or none that can be told for sure.

    Any object with `spec.template.spec.containers[].image` runs pods, whatever its kind; on how many hosts is not known
    then. KubeVirt's machines are pods too.
    """
    kind, version = str(document.get("kind")), _text(document.get("apiVersion"))
    group = version.rpartition("/")[0]
    is_own = not version or _is_built_in(version)
    if kind == "PodTemplate" and is_own:
        return Shape(("template", "spec"), is_run=False)
    if kind in _TEMPLATES and (is_own or is_pod(dig(document, *_TEMPLATES[kind], "spec"))):
        template = _TEMPLATES[kind]
        return Shape((*template, "spec"), (*template, "metadata", "labels"), _COUNTED.get(kind, ()))
    if kind in _MACHINES and group in {"kubevirt.io", "pool.kubevirt.io"}:
        return Shape(_MACHINES[kind], count=_REPLICAS if kind.endswith(("Set", "Pool")) else ())
    if not is_own and is_pod(dig(document, "spec", "template", "spec")):
        labels = ("spec", "template", "metadata", "labels")
        return Shape(("spec", "template", "spec"), labels, _REPLICAS, is_known=(group, kind) in _ROLLED)
    return None


def is_custom(document: Map) -> bool:
    """Tell whether an object is not one of Kubernetes' own kinds, so that an operator may run images for it."""
    version = _text(document.get("apiVersion"))
    is_own = document.get("kind") in _TEMPLATES and not version
    return not is_own and not _is_built_in(version)


def _text(tree: Tree) -> str:
    return tree.strip() if isinstance(tree, str) else ""


def _is_built_in(version: str) -> bool:
    group, _, name = version.partition("/")
    return version == "v1" or (bool(name) and group in _BUILT_IN)
