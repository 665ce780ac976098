"""Whether a Kubernetes layer's API server has the admission plugin AlwaysPullImages.

With it every pod asks the registry anew, and a registry that lives in the cluster cannot serve its own start (Palette
docs, "Harbor Edge-Native Config"). Spelled `apiServer.extraArgs.enable-admission-plugins` by kubeadm and PXK-E, as a map or
as a list of names and values, and `kube-apiserver-arg: enable-admission-plugins=...` by K3s and RKE2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.model.wiring import Admission
from regplan.patterns import pattern
from regplan.profile.composer import Map, Seq

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.composer import Tree
    from regplan.profile.packvalues import PackValues

__all__ = ["read_admission"]

_FLAG: Final = "enable-admission-plugins"
_PLUGIN: Final = "AlwaysPullImages"
# In an argument or in a configuration that is itself a text; a comment is neither.
_IN_TEXT = pattern(rf"^[^#\n]*?(?<![\w-])(?:--)?{_FLAG}[\"']?\s*[=:]\s*([^\n#]+)", re.MULTILINE)


def read_admission(values: PackValues) -> Admission:
    """Tell whether the layer's API server always pulls; None where its values are not here or hold an unknown macro."""
    where = str(values.raw.where)
    if not values.raw.values:
        return Admission(where, always_pulls=None)
    unknown = ""
    for key, plugins in _plugins(values.raw.values, ""):
        filled = values.fill(plugins)
        if filled is None:
            unknown = unknown or key
        elif _PLUGIN in re.split(r"[\s,\"'\[\]]+", filled):
            return Admission(where, key, always_pulls=True)
    return Admission(where, unknown, always_pulls=None if unknown else False)


def _plugins(tree: Tree, key: str) -> Iterator[tuple[str, str]]:
    """Yield the key and the plugins of each place that enables some."""
    if isinstance(tree, str):
        if key.rpartition(".")[2] == _FLAG:
            yield key, tree
        elif _FLAG in tree:
            yield from ((key, match[1]) for match in _IN_TEXT.finditer(tree))
    elif isinstance(tree, Seq):
        if key.rpartition(".")[2] == _FLAG:
            yield key, ",".join(each for each in tree if isinstance(each, str))
            return
        for place, child in enumerate(tree):
            yield from _plugins(child, f"{key}[{place}]")
    elif isinstance(tree, Map):
        if tree.get("name") == _FLAG and isinstance(value := tree.get("value"), str):
            yield f"{key}.value", value
        for name, child in tree.items():
            yield from _plugins(child, f"{key}.{name}" if key else name)
