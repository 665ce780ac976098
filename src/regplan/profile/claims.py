"""Persistent volume claims: objects of their own, templates of StatefulSets, and ephemeral volumes of pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.profile import VolumeClaim
from regplan.profile.pods import items
from regplan.profile.tree import dig
from regplan.units import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.profile.composer import Map, Tree
    from regplan.profile.quantities import Desk

__all__ = ["claim_of", "claims_of"]

# The annotation of Kubernetes before 1.6, which it still honours.
_OLD_CLASS: Final = "volume.beta.kubernetes.io/storage-class"


def claim_of(tree: Tree, key: str, desk: Desk, *, is_per_pod: bool = False) -> VolumeClaim:
    """Read a claim, or a template of one: `spec` with its storage class and `resources.requests.storage`."""
    requests = dig(tree, "spec", "resources", "requests")
    size_bytes = desk.quantity(requests, "storage", f"{key}spec.resources.requests", parse_quantity)
    named = dig(tree, "spec", "storageClassName") or dig(tree, "metadata", "annotations", _OLD_CLASS)
    # A macro that cannot be filled in leaves the class unknown, which is what "" says.
    where = desk.at(f"{key}spec.storageClassName")
    filled = desk.filled(named, where, "the storage class") if isinstance(named, str) else ""
    name = dig(tree, "metadata", "name")
    return VolumeClaim(name if isinstance(name, str) else "", size_bytes, filled or "", is_per_pod)


def claims_of(document: Map, spec: Tree, known: Mapping[str, VolumeClaim], desk: Desk) -> Iterator[VolumeClaim]:
    """Yield the claims of a workload's pods: its templates, its ephemeral volumes, and the claims that it names.

    `known` are the claims of the same manifests and namespace by name; of any other only the name is known.
    """
    if document.get("kind") == "StatefulSet":
        for place, each in enumerate(items(dig(document, "spec", "volumeClaimTemplates"))):
            yield claim_of(each, f"volumeClaimTemplates[{place}].", desk, is_per_pod=True)
    for place, volume in enumerate(items(dig(spec, "volumes"))):
        template = dig(volume, "ephemeral", "volumeClaimTemplate")
        if template is not None:
            claim = claim_of(template, f"volumes[{place}].ephemeral.volumeClaimTemplate.", desk, is_per_pod=True)
            yield VolumeClaim(str(dig(volume, "name") or ""), claim.size_bytes, claim.storage_class, is_per_pod=True)
        name = dig(volume, "persistentVolumeClaim", "claimName")
        if isinstance(name, str):
            yield known.get(name, VolumeClaim(name, None))
