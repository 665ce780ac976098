"""One pack's values as settings are read from them: by keys, with macros filled in where they can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.profile.composer import Map
from regplan.profile.macros import expand
from regplan.profile.tree import dig
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.profile.composer import Tree
    from regplan.profile.macros import Scope
    from regplan.profile.parts import Problems, RawPack

__all__ = ["CONNECT", "LEGACY", "PackValues"]

CONNECT: Final = "registry-connect"
LEGACY: Final = "harbor-edge-native-config"
_KINDS: Final = ("zot", "harbor")


@dataclass(frozen=True, slots=True)
class PackValues:
    """A pack with its scope, and where problems are noted."""

    raw: RawPack
    scope: Scope
    problems: Problems

    @property
    def kind(self) -> str | None:
        """The kind of registry that the pack runs, by its name; a values file has none, and is told by its charts."""
        name = self.raw.pack.name.lower()
        named = (name,) if name else tuple(self.charts)
        return next((kind for kind in _KINDS for each in named if each == kind or each.startswith(f"{kind}-")), None)

    @property
    def charts(self) -> list[str]:
        """The names of the charts that the pack has values for."""
        charts = self.raw.values.get("charts")
        return list(charts) if isinstance(charts, Map) else []

    @property
    def is_connect(self) -> bool:
        """Tell whether the pack is Registry Connect, or a values file for it."""
        return self.raw.pack.name.lower() == CONNECT or CONNECT in self.charts

    def tree(self, *keys: str) -> Tree:
        """What stands at a key of the values."""
        return dig(self.raw.values, *keys)

    def has(self, *keys: str) -> bool:
        """Tell whether a key is there, with a value or without."""
        holder = dig(self.raw.values, *keys[:-1])
        return isinstance(holder, Map) and keys[-1] in holder

    def text(self, *keys: str) -> str | None:
        """The text at a key of the values with its macros filled in, or None."""
        return self.fill(self.tree(*keys))

    def fill(self, tree: Tree) -> str | None:
        """The text of a tree with its macros filled in, or None."""
        return expand(tree.strip(), self.scope).text if isinstance(tree, str) and tree.strip() else None
