"""What Palette resolves is taken, but where it shows a secret: there the macro stays as the profile has it.

A cluster's values and manifests come with every macro filled in, those of sensitive variables too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.profile.composer import Map, Seq
from regplan.profile.macros import hides

if TYPE_CHECKING:
    from regplan.profile.composer import Tree
    from regplan.profile.macros import Scope
    from regplan.profile.parts import Manifest, RawPack

__all__ = ["withhold"]


def withhold(resolved: RawPack, written: RawPack, scope: Scope) -> RawPack:
    """Tell a pack as it was resolved, with each text whose macros lead to a secret as it was written.

    `scope` is the written pack's: it knows the sensitive variables and the values of the profile's packs.
    """
    values = _withheld(resolved.values, written.values, scope)
    before = {manifest.key: manifest for manifest in written.manifests}
    manifests = tuple(_manifest(each, before.get(each.key), scope) for each in resolved.manifests)
    return replace(resolved, values=values if isinstance(values, Map) else resolved.values, manifests=manifests)


def _manifest(resolved: Manifest, written: Manifest | None, scope: Scope) -> Manifest:
    if resolved.documents is None or written is None or written.documents is None:
        return resolved
    pairs = zip(resolved.documents, (*written.documents, *resolved.documents), strict=False)
    documents = (_withheld(new, old, scope) for new, old in pairs)
    return replace(resolved, documents=tuple(each for each in documents if isinstance(each, Map)))


def _withheld(new: Tree, old: Tree, scope: Scope) -> Tree:
    """Put the old text where it holds a secret's macro; every key and item keeps its line."""
    match new, old:
        case _, str() if "{{" in old:
            return old if hides(old, scope) else new
        case Map(), Map():
            values = Map()
            values.update((key, _withheld(value, old.get(key), scope)) for key, value in new.items())
            values.lines = new.lines
            return values
        case Seq(), Seq():
            items = Seq()
            items.extend(_withheld(each, other, scope) for each, other in zip(new, (*old, *new), strict=False))
            items.lines = new.lines
            return items
        case _:
            return new
