"""What the names of packs and layers say."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from regplan.model.profile import Declarations, Provenance
    from regplan.oci.reference import Reference

__all__ = ["EARLY_LAYERS", "PROVIDED_LAYER", "REGISTRY_PACKS", "is_early", "is_provided", "mentions_of"]

# Their images run on every host before a registry lives.
EARLY_LAYERS: Final = frozenset({"k8s", "cni", "csi"})
# Its image is what an appliance boots from; nothing of it is pulled.
PROVIDED_LAYER: Final = "os"
REGISTRY_PACKS: Final = frozenset({"zot", "zot-registry", "harbor", "harbor-edge-native-config", "registry-connect"})


def mentions_of(declarations: Declarations) -> defaultdict[Reference, list[Provenance]]:
    """Tell where each reference that counts is named, in lists and by workloads; nowhere for one that is not."""
    named: defaultdict[Reference, list[Provenance]] = defaultdict(list)
    for use in declarations.uses:
        if use.reference is not None and use.is_counted:
            named[use.reference].append(use.provenance)
    for workload in declarations.workloads:
        for reference in workload.images:
            named[reference].append(workload.provenance)
    return named


def is_early(where: Provenance) -> bool:
    """Tell whether what is named there runs before a registry lives: cluster, network, storage, the registry's own."""
    return where.layer in EARLY_LAYERS or where.pack.lower() in REGISTRY_PACKS


def is_provided(where: Provenance) -> bool:
    """Tell whether what is named there lies in the provider image."""
    return where.layer == PROVIDED_LAYER
