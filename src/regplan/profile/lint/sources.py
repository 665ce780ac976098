"""The pages that say what is wrong with a profile, as findings name them; docs/rules.md has their addresses."""

from __future__ import annotations

from typing import Final

__all__ = ["API", "ISSUES", "LONGHORN", "MACROS", "OWN", "PACKS", "PRIMARY", "SIGHT", "TAGS"]

PRIMARY: Final = 'Palette docs, "Deploy Cluster with a Primary Registry"'
PACKS: Final = 'Palette docs, "Build Content Bundles"'
MACROS: Final = 'Palette docs, "Macros"'
ISSUES: Final = 'Palette docs, "Known Issues"'
LONGHORN: Final = 'Palette docs, "Longhorn"'
API: Final = "Palette API, v1ClusterProfile"
TAGS: Final = 'OCI distribution specification, "Pulling manifests"'
OWN: Final = "regplan: arithmetic over this site's own numbers"
SIGHT: Final = "regplan: what can be seen in the files that are at hand"
