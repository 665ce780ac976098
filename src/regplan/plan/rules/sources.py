"""The pages that demand what the rules check, as findings name them; docs/rules.md has their addresses."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ADD_UP",
    "AGENT",
    "API",
    "CHARTS",
    "EDGE_CLI",
    "HARBOR",
    "HARDWARE",
    "IMAGES",
    "INDEX",
    "ISSUES",
    "LAYERS",
    "LONGHORN",
    "LONGHORN_V2",
    "MACROS",
    "MAPPING",
    "MIGRATE",
    "OWN",
    "PACKS",
    "PLATFORM",
    "PRIMARY",
    "REFERRERS",
    "ROLLING",
    "ROTATE",
    "SCHEDULING",
    "SIGHT",
    "SINCE_PRIMARY",
    "TAGS",
    "TWO_NODE",
    "ZOT",
    "ZOT_MEMORY",
]

CHARTS: Final = "goharbor/harbor-helm v1.19.1 and project-zot/helm-charts, values.yaml"
PRIMARY: Final = 'Palette docs, "Deploy Cluster with a Primary Registry"'
HARDWARE: Final = 'Palette docs, "Hardware Requirements"'
TWO_NODE: Final = 'Palette docs, "Two-Node Architecture"'
MIGRATE: Final = 'Palette docs, "Migrate from Harbor Edge-Native Config Pack"'
ROTATE: Final = 'Palette docs, "Enable Automatic TLS Rotation"'
AGENT: Final = 'Palette docs, "Install Palette Agent"'
IMAGES: Final = 'Kubernetes docs, "Images"'
EDGE_CLI: Final = 'Palette docs, "Upload Images to a Registry"'
PACKS: Final = 'Palette docs, "Build Content Bundles"'
HARBOR: Final = "Harbor docs, a push needs its project (goharbor/harbor#13795)"
ZOT: Final = "zot docs, http.compat docker2s2 (project-zot/zot#724)"
PLATFORM: Final = "OCI image specification, image-index.md, platform"
INDEX: Final = "OCI image specification, image-index.md"
REFERRERS: Final = 'OCI distribution specification, "Listing Referrers"'
LAYERS: Final = "OCI image specification, layer.md"
MACROS: Final = 'Palette docs, "Macros"'
MAPPING: Final = 'Palette docs, "Installer Reference" and "Registry Connect"'
ISSUES: Final = 'Palette docs, "Known Issues"'
LONGHORN: Final = 'Palette docs, "Longhorn"'
LONGHORN_V2: Final = 'Longhorn docs, "V2 Data Engine, Prerequisites"'
ZOT_MEMORY: Final = "what users of Zot measured (rwlove/home-ops#12407, #13788)"
API: Final = "Palette API, v1ClusterProfile"
TAGS: Final = 'OCI distribution specification, "Pulling manifests"'
OWN: Final = "regplan: arithmetic over this site's own numbers"
ADD_UP: Final = 'Google Distributed Cloud docs, "Resources available for pods"'
SCHEDULING: Final = 'Kubernetes docs, "Resource Management for Pods and Containers"'
ROLLING: Final = 'Kubernetes docs, "Deployments", maxSurge'
SIGHT: Final = "regplan: what can be seen in the files that are at hand"
SINCE_PRIMARY: Final = "agent 4.6.13"
