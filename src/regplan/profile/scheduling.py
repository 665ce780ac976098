"""Where pods may run: labels that a host must have, and pods that may not share one (Kubernetes docs, "Assigning Pods")."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from regplan.model.profile import Spread
from regplan.patterns import pattern
from regplan.profile.composer import Map
from regplan.profile.macros import expand
from regplan.profile.pods import items
from regplan.profile.tree import dig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.composer import Tree
    from regplan.profile.macros import Scope

__all__ = ["affinity_of", "is_spread", "selector_of", "spread_of", "surge_of"]

_CONTROL_PLANE: Final = frozenset({"node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"})
_STATIC: Final = frozenset({"kubernetes.io/config.mirror", "kubernetes.io/config.source"})
_SURGE: Final = pattern(r"([0-9]{1,6})(%?)")
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_HOST: Final = "kubernetes.io/hostname"
_FORMS: Final = {
    "In": "{} in ({})",
    "NotIn": "{} notin ({})",
    "Exists": "{}",
    "DoesNotExist": "!{}",
    "Gt": "{} > {}",
} | {"Lt": "{} < {}"}


def spread_of(document: Map, spec: Tree) -> Spread:
    """Tell on which hosts an object's pods run: a DaemonSet on every host, what is bound to the control plane there."""
    kind = document.get("kind")
    if _is_bound(spec) or (kind == "Pod" and _is_static(document)):
        return Spread.CONTROL_PLANE
    return Spread.EVERY_HOST if kind == "DaemonSet" else Spread.REPLICAS


def selector_of(spec: Tree, scope: Scope) -> tuple[tuple[str, str], ...]:
    """Read a pod's node selector; a value whose macro nobody can fill in stays as it is written."""
    selector = dig(spec, "nodeSelector")
    pairs = selector.items() if isinstance(selector, Map) else ()
    return tuple((key, _filled(value, scope)) for key, value in pairs)


def affinity_of(spec: Tree, scope: Scope) -> tuple[str, ...]:
    """Write the required terms of a pod's node affinity as label selectors: `zone in (a,b),!gpu`; one is enough."""
    return tuple(",".join(_expressions(term, scope)) for term in _terms(spec))


def is_spread(spec: Tree, labels: Tree) -> bool:
    """Tell whether no two pods may share a host: a required anti-affinity on the host's name to their own labels."""
    terms = dig(spec, "affinity", "podAntiAffinity", _REQUIRED)
    return any(
        dig(term, "topologyKey") == _HOST and _selects(dig(term, "labelSelector"), labels) for term in items(terms)
    )


def surge_of(document: Tree, replicas: int | None) -> int | None:
    """Tell how many further pods a Deployment has while it is rolled; None where it does not say, 0 for other kinds.

    Kubernetes docs, "Deployments": maxSurge is a number or a percentage, which is rounded up.
    """
    if dig(document, "kind") != "Deployment":
        return 0
    if dig(document, "spec", "strategy", "type") == "Recreate":
        return 0
    told = dig(document, "spec", "strategy", "rollingUpdate", "maxSurge")
    match = _SURGE.fullmatch(told.strip()) if isinstance(told, str) else None
    if match is None or replicas is None:
        return None
    return math.ceil(replicas * int(match[1]) / 100) if match[2] else int(match[1])


def _terms(spec: Tree) -> Iterator[Tree]:
    yield from items(dig(spec, "affinity", "nodeAffinity", _REQUIRED, "nodeSelectorTerms"))


def _expressions(term: Tree, scope: Scope) -> Iterator[str]:
    for field, prefix in (("matchExpressions", ""), ("matchFields", "field:")):
        for each in items(dig(term, field)):
            key, operator = dig(each, "key"), dig(each, "operator")
            values = ",".join(_filled(value, scope) for value in items(dig(each, "values")))
            yield _FORMS.get(str(operator), "{} ? {}").format(f"{prefix}{key}", values)


def _selects(selector: Tree, labels: Tree) -> bool:
    """Tell whether a label selector takes pods with these labels; one that is not there takes none."""
    if not isinstance(selector, Map):
        return False
    labels = labels if isinstance(labels, Map) else Map()
    wanted = dig(selector, "matchLabels")
    is_same = all(labels.get(key) == value for key, value in wanted.items()) if isinstance(wanted, Map) else True
    return is_same and all(_holds(each, labels) for each in items(dig(selector, "matchExpressions")))


def _holds(expression: Tree, labels: Map) -> bool:
    key, values = str(dig(expression, "key")), items(dig(expression, "values"))
    match dig(expression, "operator"):
        case "In":
            return labels.get(key) in values and key in labels
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False


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
    terms = list(_terms(spec))
    return bool(terms) and all(any(map(_binds, items(dig(term, "matchExpressions")))) for term in terms)


def _binds(expression: Tree) -> bool:
    return dig(expression, "key") in _CONTROL_PLANE and dig(expression, "operator") in {"Exists", "In"}


def _filled(value: Tree, scope: Scope) -> str:
    text = value if isinstance(value, str) else ""
    return expand(text, scope).text or text
