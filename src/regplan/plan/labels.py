"""Which hosts a workload cannot run on, as far as a site file tells their labels: architecture, system and role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.profile import Workload
    from regplan.model.site import Host

__all__ = ["may_run"]

_EXPRESSION = pattern(r"(?P<key>[^ !]+) (?P<operator>in|notin) \((?P<values>[^)]*)\)")
_COMMA = pattern(r",(?![^(]*\))")
_PRESENT: Final = object()


def may_run(workload: Workload, host: Host) -> bool:
    """Tell whether a host may run a workload; False only where its labels certainly keep it away.

    Labels as Kubernetes sets them itself ("Well-Known Labels, Annotations and Taints"); what a site file does not tell
    keeps nothing away.
    """
    if not (workload.node_selector or workload.node_affinity):
        return True
    labels = _labels(host)
    return all(_may_hold(f"{key} in ({value})", labels) for key, value in workload.node_selector) and (
        not workload.node_affinity
        or any(all(_may_hold(each, labels) for each in _COMMA.split(term)) for term in workload.node_affinity)
    )


def _labels(host: Host) -> Mapping[str, object]:
    """Map a label to its value, to `_PRESENT` where that varies by distribution, or to None where it is not there."""
    is_control_plane = host.role == "control-plane"
    labels: dict[str, object] = {"node-role.kubernetes.io/control-plane": _PRESENT if is_control_plane else None}
    for prefix in ("", "beta."):
        labels |= {f"{prefix}kubernetes.io/arch": host.arch, f"{prefix}kubernetes.io/os": "linux"}
    # kubeadm no longer sets this one, k3s and RKE2 do.
    return labels if is_control_plane else labels | {"node-role.kubernetes.io/master": None}


def _may_hold(expression: str, labels: Mapping[str, object]) -> bool:
    """Tell whether one expression of a label selector may hold; a macro that nobody filled in may be anything."""
    match = _EXPRESSION.fullmatch(expression)
    key = match["key"] if match is not None else expression.removeprefix("!")
    if key not in labels or "{{" in expression:
        return True
    found = labels[key]
    if match is None:
        return (found is None) if expression.startswith("!") else found is not None
    if found is None or found is _PRESENT:
        return found is _PRESENT or match["operator"] == "notin"
    return (found in match["values"].split(",")) == (match["operator"] == "in")
