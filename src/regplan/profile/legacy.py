"""What the legacy Harbor pack's values hold that the packs which follow it need too; never a secret.

Palette docs, "Migrate from Harbor Edge-Native Config Pack": the password, and where they were changed the node port, the
certificates and the claims. The keys below `harbor-config.service` are in no public page, so that any number whose key
speaks of a port is taken.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from regplan.model.wiring import Carried
from regplan.patterns import pattern
from regplan.profile.composer import Map
from regplan.units import GB, GiB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.composer import Tree
    from regplan.profile.packvalues import PackValues

__all__ = ["carried_values"]

_OLD: Final = "harbor-config"
_NEW: Final = "charts.harbor"
_CLAIMS: Final = {
    "registry": "registry",
    "jobService": "jobservice",
    "database": "database",
    "redis": "redis",
    "trivy": "trivy",
}
_PORT = pattern(r"[1-9][0-9]{1,4}")
_GIGABYTES = pattern(r"[1-9][0-9]{0,6}")
_NODE_PORTS: Final = f"{_NEW}.expose.nodePort.ports"


def carried_values(values: PackValues) -> tuple[Carried, ...]:
    """Tell what of a legacy pack goes into the Harbor pack: the password always, other values where they are set."""
    return (
        Carried(f"{_OLD}.auth.password", f"{_NEW}.harborAdminPassword"),
        *_ports(values),
        *_certificates(values),
        *_claims(values),
    )


def _ports(values: PackValues) -> Iterator[Carried]:
    kind = values.text(_OLD, "service", "serviceType")
    if kind is not None and kind.isalpha():
        # Kubernetes writes NodePort, and Harbor's chart nodePort.
        yield Carried(f"{_OLD}.service.serviceType", f"{_NEW}.expose.type", kind[0].lower() + kind[1:])
    for key, text in _below(values.tree(_OLD, "service", "harbor"), f"{_OLD}.service.harbor", values):
        name = key.rpartition(".")[2].lower()
        if "port" in name and _PORT.fullmatch(text):
            plain = "http" in name and "https" not in name
            yield Carried(key, f"{_NODE_PORTS}.{'http' if plain else 'https'}.nodePort", text)


def _certificates(values: PackValues) -> Iterator[Carried]:
    """Tell that certificates are set, and nothing of what they hold: a private key stands among them."""
    if any(text for _, text in _below(values.tree(_OLD, "auth", "certs"), "", values)):
        yield Carried(f"{_OLD}.auth.certs", f"{_NEW}.expose.tls")


def _claims(values: PackValues) -> Iterator[Carried]:
    """Turn the claims, which the legacy pack has in GB, into sizes that are no smaller."""
    for old, new in _CLAIMS.items():
        told = values.text(_OLD, "storage", old)
        if told is not None and _GIGABYTES.fullmatch(told):
            size = f"{math.ceil(int(told) * GB / GiB)}Gi"
            yield Carried(f"{_OLD}.storage.{old}", f"{_NEW}.persistence.persistentVolumeClaim.{new}.size", size)


def _below(tree: Tree, key: str, values: PackValues) -> Iterator[tuple[str, str]]:
    """Yield the texts of mappings with their keys, macros filled in where they can be."""
    if isinstance(tree, Map):
        for name, child in tree.items():
            yield from _below(child, f"{key}.{name}", values)
    elif isinstance(tree, str) and tree.strip():
        yield key, values.fill(tree) or tree.strip()
