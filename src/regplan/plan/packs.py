"""What the names of packs and layers say."""

from __future__ import annotations

from typing import Final

__all__ = ["EARLY_LAYERS", "PROVIDED_LAYER", "REGISTRY_PACKS"]

# Their images run on every host before a registry lives.
EARLY_LAYERS: Final = frozenset({"k8s", "cni", "csi"})
# Its image is what an appliance boots from; nothing of it is pulled.
PROVIDED_LAYER: Final = "os"
REGISTRY_PACKS: Final = frozenset({"zot", "zot-registry", "harbor", "harbor-edge-native-config", "registry-connect"})
