"""Whether everything that objects run is in sight: an operator starts pods whose images stand in its program alone.

A pod can start others only where RBAC lets it (Kubernetes docs, "Using RBAC Authorization"), where a webhook of its own
changes other pods, or where an operator that is already there acts on a custom object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.profile.composer import Map, Seq
from regplan.profile.kubernetes import is_custom
from regplan.profile.tree import dig

if TYPE_CHECKING:
    from regplan.profile.composer import Tree

__all__ = ["may_run_more"]

_POD_OWNERS: Final = frozenset(
    {
        "*",
        "cronjobs",
        "daemonsets",
        "deployments",
        "jobs",
        "pods",
        "replicasets",
        "replicationcontrollers",
        "statefulsets",
    }
)
_STARTING: Final = frozenset({"*", "create"})
# Kubernetes' own roles that may create pods.
_STRONG_ROLES: Final = frozenset({"admin", "cluster-admin", "edit"})
# Custom objects that make nothing run.
_QUIET: Final = frozenset({"PodMonitor", "PrometheusRule", "ServiceMonitor"})


def may_run_more(document: Map) -> bool:
    r"""Tell whether an object lets something run that no manifest shows.

    >>> from regplan.profile.tree import parse_documents
    >>> role = "kind: Role\napiVersion: rbac.authorization.k8s.io/v1\nrules: [{resources: [jobs], verbs: [create]}]"
    >>> may_run_more(parse_documents(role)[0]), may_run_more(parse_documents("{kind: Service, apiVersion: v1}")[0])
    (True, False)
    """
    match document.get("kind"):
        case "Role" | "ClusterRole":
            return "aggregationRule" in document or any(map(_starts_pods, _items(document.get("rules"))))
        case "RoleBinding" | "ClusterRoleBinding":
            return dig(document, "roleRef", "name") in _STRONG_ROLES
        case "MutatingWebhookConfiguration":
            return True
        case kind:
            return is_custom(document) and kind not in _QUIET


def _starts_pods(rule: Tree) -> bool:
    return not (
        _STARTING.isdisjoint(_words(dig(rule, "verbs"))) or _POD_OWNERS.isdisjoint(_words(dig(rule, "resources")))
    )


def _words(tree: Tree) -> set[str]:
    return {each for each in _items(tree) if isinstance(each, str)}


def _items(tree: Tree) -> list[Tree]:
    return tree if isinstance(tree, Seq) else []
