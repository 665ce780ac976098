"""Cluster profiles as Palette exports them and as its API answers (palette.json, `v1ClusterProfile`).

`packs` may stand under spec.published, spec.draft, spec.template, spec or at the top; published wins over draft.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from regplan.model.profile import ClusterProfile, Pack, Provenance
from regplan.profile.composer import BadSyntax, Map, Seq
from regplan.profile.manifests import pack_manifests, values_manifests
from regplan.profile.parts import Draft, Origin, RawPack, RawProfile, Variable
from regplan.profile.tree import describe, dig, flag, lines_in, parse_documents

if TYPE_CHECKING:
    from regplan.profile.composer import Tree
    from regplan.profile.parts import Problems

__all__ = ["is_profile", "read_profile"]

_PLACES: Final = (("spec", "published"), ("spec", "draft"), ("spec", "template"), ("spec",), ())
_COMPARED: Final = ("name", "layer", "type", "tag", "version", "values", "manifests")


@dataclass(frozen=True, slots=True)
class _Reader:
    """What reading a profile's packs needs at every step."""

    file: str
    name: str
    problems: Problems


def is_profile(tree: Tree) -> bool:
    """Tell whether a document holds packs where a cluster profile may have them."""
    return any(_has_packs(dig(tree, *place)) for place in _PLACES)


def read_profile(tree: Map, file: str, problems: Problems) -> RawProfile:
    """Read a cluster profile; what cannot be understood is added to `problems`."""
    place = _place(tree)
    body = dig(tree, *place)
    name = _text(dig(tree, "metadata", "name")) or _text(dig(body, "name")) or _text(dig(tree, "name"))
    version = _text(dig(tree, "spec", "version")) or _text(dig(body, "profileVersion")) or _text(dig(body, "version"))
    packs = _packs(body, ".".join((*place, "packs")), _Reader(file, name, problems))
    profile = ClusterProfile(name, version, _text(dig(body, "type")), tuple(each.pack for each in packs), file)
    variables = _variables(tree, body, file, problems)
    return RawProfile(profile, packs, variables, _draft(tree, place))


def _has_packs(tree: Tree) -> bool:
    return isinstance(tree, Map) and "packs" in tree and not isinstance(tree["packs"], Map)


def _place(tree: Map) -> tuple[str, ...]:
    """Where the packs are that count: the first place that holds any, else the first that could."""
    there = [place for place in _PLACES if _has_packs(dig(tree, *place))]
    return next((place for place in there if dig(tree, *place, "packs")), there[0])


def _draft(tree: Map, place: tuple[str, ...]) -> Draft:
    if place == ("spec", "draft"):
        return Draft.ONLY
    draft = dig(tree, "spec", "draft", "packs")
    if place != ("spec", "published") or not draft:
        return Draft.NONE
    return Draft.DIFFERS if _summary(draft) != _summary(dig(tree, *place, "packs")) else Draft.NONE


def _summary(packs: Tree) -> list[list[Tree]]:
    items = packs if isinstance(packs, Seq) else []
    return [[dig(each, key) or None for key in _COMPARED] for each in items]


def _packs(body: Tree, key: str, reader: _Reader) -> tuple[RawPack, ...]:
    packs = dig(body, "packs")
    if not isinstance(packs, Seq):
        reader.problems.add(reader.file, key, f"a list of packs is expected, and it is {describe(packs)}")
        return ()
    if not packs:
        reader.problems.add(reader.file, key, "the profile has no packs, so there is nothing to plan")
    found = (_pack(each, f"{key}[{place}]", reader) for place, each in enumerate(packs))
    return tuple(each for each in found if each is not None)


def _pack(tree: Tree, key: str, reader: _Reader) -> RawPack | None:
    name = _text(dig(tree, "name"))
    if not name:
        what = "has no name" if isinstance(tree, Map) else f"is {describe(tree)}, not a mapping"
        reader.problems.add(reader.file, key, f"this pack {what}")
        return None
    layer = _text(dig(tree, "layer")).lower()
    version = _text(dig(tree, "version")) or _text(dig(tree, "tag"))
    pack = Pack(name, version, layer, _text(dig(tree, "type")).lower() or "spectro")
    where = Provenance(reader.file, reader.name, name, layer)
    key = f"{key} ({name})"
    values = _values(dig(tree, "values"), key, reader)
    manifests = pack_manifests(dig(tree, "manifests"), reader.file, key, reader.problems)
    manifests += values_manifests(values, reader.file, key, reader.problems)
    return RawPack(Origin.PROFILE, pack, where, values, manifests)


def _values(tree: Tree, key: str, reader: _Reader) -> Map:
    if tree is None or isinstance(tree, Map):
        return tree if tree is not None else Map()
    problem = f"values must be YAML in a text, and it is {describe(tree)}"
    if isinstance(tree, str):
        try:
            documents = [each for each in parse_documents(tree, lines_in(tree)) if each is not None]
        except BadSyntax as error:
            reader.problems.add(reader.file, key, f"values, {error}")
            return Map()
        values = documents[0] if documents else Map()
        if len(documents) <= 1 and isinstance(values, Map):
            return values
        problem = "values hold several documents" if len(documents) > 1 else f"values are {describe(values)}"
        problem += ", where one mapping is expected"
    reader.problems.add(reader.file, key, problem)
    return Map()


def _variables(tree: Map, body: Tree, file: str, problems: Problems) -> tuple[Variable, ...]:
    found: dict[str, Variable] = {}
    for holder in (tree, dig(tree, "spec"), body):
        items = dig(holder, "variables")
        if items is not None and not isinstance(items, Seq):
            problems.add(file, "variables", f"a list of variables is expected, and it is {describe(items)}")
            continue
        for each in items or ():
            name = _text(dig(each, "name"))
            if name:
                default = dig(each, "defaultValue")
                is_sensitive = flag(dig(each, "isSensitive")) is True
                found[name] = Variable(name, default if isinstance(default, str) else None, is_sensitive)
    return tuple(found.values())


def _text(tree: Tree) -> str:
    return tree.strip() if isinstance(tree, str) else ""
