"""The system macros that Palette documents: most are known only to a running cluster, so a site file may tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.profile.parts import RawProfile

__all__ = ["SYSTEM_MACROS", "lost_system", "told_by"]

# Palette docs, "Pack Macros" (System Macros) and "Output Variables" (Palette Dev Engine).
SYSTEM_MACROS: Final = (
    "appdeployment.ingress.host", "appdeployment.name", "appdeployment.tiername", "appdeployment.uid",
    "appprofile.name", "appprofile.uid", "apptier.name", "apptier.uid",
    "cloud.region", "cloud.type", "cloudaccount.name", "cloudaccount.uid",
    "cluster.kubevip", "cluster.name", "cluster.uid",
    "clusterprofile.infra.name", "clusterprofile.infra.uid", "clusterprofile.infra.version",
    "clusterprofile.name", "clusterprofile.uid", "clusterprofile.version",
    "kubernetes.version", "project.name", "project.uid",
    "reverseproxy.port", "reverseproxy.protocol", "reverseproxy.server", "reverseproxy.vhostport",
    "tenant.uid", "user.email", "user.name", "user.uid",
)  # fmt: skip


def lost_system(name: str) -> str:
    """Tell why `.spectro.system.NAME` has no value here, and what to do.

    >>> lost_system("cluster.nam")
    '.spectro.system.cluster.nam is none of the system macros that Palette documents; did you mean cluster.name?'
    """
    give = f"give it under `system` in the site file, as `{name}: VALUE`, or with --set-var system.{name}=VALUE"
    if name == "kubernetes.version":
        return f"no pack of the layer k8s tells the Kubernetes version: {give}"
    if name in SYSTEM_MACROS:
        return f".spectro.system.{name} is known only to a running cluster: {give}"
    from difflib import get_close_matches

    near = get_close_matches(name[:60], SYSTEM_MACROS, n=1, cutoff=0.6)
    meant = f"; did you mean {near[0]}?" if near else f"; {give}"
    return f".spectro.system.{name} is none of the system macros that Palette documents{meant}"


def told_by(own: Sequence[RawProfile], profiles: Sequence[RawProfile]) -> dict[str, str]:
    """Tell the system macros that profiles themselves answer: the pack's own profile, and the one with the cluster's layers."""
    infra = [each for each in profiles if each.profile.type in {"cluster", "infra"}]
    named = [("clusterprofile", own), ("clusterprofile.infra", infra if len(infra) == 1 else ())]
    told = {
        f"{prefix}.{name}": value
        for prefix, found in named
        for each in found
        for name, value in (("name", each.profile.name), ("version", each.profile.version), ("uid", each.uid))
    }
    return {name: value for name, value in told.items() if value}
