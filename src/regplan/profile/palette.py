"""Cluster profiles as Palette exports them and as its API answers (palette.json, `v1ClusterProfile`).

`packs` may stand under spec.published, spec.draft, spec.template, spec or at the top; published wins over draft.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.profile import ClusterProfile, Pack, Provenance
from regplan.profile.composer import BadSyntax, Map, Seq
from regplan.profile.manifests import pack_manifests, values_manifests
from regplan.profile.parts import Draft, Origin, RawPack, RawProfile, Variable
from regplan.profile.presets import enabled_presets, read_presets
from regplan.profile.tree import describe, dig, file_of, flag, line_of, lined, lines_in, parse_documents
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.profile.composer import Tree
    from regplan.profile.parts import Problems

__all__ = ["is_profile", "not_a_profile", "read_pack_values", "read_profile", "read_variables"]

_PLACES: Final = (("spec", "published"), ("spec", "draft"), ("spec", "template"), ("spec",), ())
# What tells where a pack stands, and only a content bundle's definition does.
_ELSEWHERE: Final = frozenset({"artifact", "path", "reference", "source", "uri", "url"})
_COMPARED: Final = ("name", "layer", "type", "tag", "version", "values", "manifests")
_ADVICE: Final = "export the profile in Palette, or name it with --palette"


@dataclass(frozen=True, slots=True)
class _Reader:
    """What reading a profile's packs needs at every step."""

    file: str
    name: str
    problems: Problems


def is_profile(tree: Tree) -> bool:
    """Tell whether a document holds packs where a cluster profile may have them."""
    return any(_has_packs(dig(tree, *place)) for place in _PLACES)


def not_a_profile(tree: Tree) -> str | None:
    """Tell in one sentence which other object of Palette a document is, and what to hand over; None: none of them.

    >>> not_a_profile(parse_documents("{metadata: {name: store-7}, spec: {clusterProfileTemplates: [{name: infra}]}}")[0])
    'this is a cluster (store-7), not a cluster profile: hand over its profiles (infra), or name them with --palette'
    """
    spec = dig(tree, "spec")
    if not isinstance(spec, Map):
        return _not_one_profile(tree)
    if _text(dig(tree, "kind")) in {"", "ClusterProfile"}:
        for place in _PLACES[:-1]:
            if isinstance(dig(tree, *place, "packs"), Map):
                return f"{'.'.join((*place, 'packs'))}: a list of packs is expected, and it is a mapping"
    name = f" ({name})" if (name := _text(dig(tree, "metadata", "name"))) else ""
    if isinstance(dig(spec, "device", "disks"), Seq) or isinstance(dig(spec, "device", "cpu"), Map):
        return f"this is an Edge host{name}, not a cluster profile; regplan init --from-palette reads hosts"
    templates = spec.get("clusterProfileTemplates")
    if isinstance(templates, Seq):
        names = ", ".join(filter(None, (_text(dig(each, "name")) for each in templates)))
        which = f" ({names})" if names else ""
        return f"this is a cluster{name}, not a cluster profile: hand over its profiles{which}, or name them with --palette"
    if "cloudConfigRef" in spec or ("machinepoolconfig" in spec and "profiles" in spec):
        return f"this is a cluster{name}, not a cluster profile; {_ADVICE}"
    return None


def _not_one_profile(tree: Tree) -> str | None:
    if isinstance(dig(tree, "specSummary"), Map):
        return f"this is a summary of a cluster profile, without its packs' values; {_ADVICE}"
    items = dig(tree, "items")
    if isinstance(items, Seq) and items and isinstance(dig(items[0], "metadata"), Map):
        if isinstance(dig(items[0], "specSummary"), Map):
            return f"this is a list of summaries, without any packs' values; {_ADVICE}"
        return not_a_profile(items[0])
    return None


def read_profile(tree: Map, file: str, problems: Problems) -> RawProfile:
    """Read a cluster profile; what cannot be understood is added to `problems`."""
    place = _place(tree)
    body = dig(tree, *place)
    name = _text(dig(tree, "metadata", "name")) or _text(dig(body, "name")) or _text(dig(tree, "name"))
    version = _text(dig(tree, "spec", "version")) or _text(dig(body, "profileVersion")) or _text(dig(body, "version"))
    packs = _packs(body, ".".join((*place, "packs")), _Reader(file, name, problems))
    profile = ClusterProfile(name, version, _text(dig(body, "type")), tuple(each.pack for each in packs), file)
    variables = read_variables((tree, dig(tree, "spec"), body), file, problems)
    uid = _text(dig(tree, "metadata", "uid")) or _text(dig(body, "uid"))
    return RawProfile(profile, packs, variables, _draft(tree, place), uid)


def read_pack_values(tree: Tree, at: tuple[str, str], problems: Problems, line: int | None = None) -> Map:
    """Read a pack's values, YAML in a text or a mapping; `at` is file and key of the pack, `line` theirs, for `problems`."""
    if tree is None or isinstance(tree, Map):
        return tree if tree is not None else Map()
    problem = f"values must be YAML in a text, and it is {describe(tree)}"
    if isinstance(tree, str):
        try:
            documents = [each for each in parse_documents(tree, lines_in(tree)) if each is not None]
        except BadSyntax as error:
            problems.add(file_of(at[0], tree), at[1], f"values, {error}")
            return Map()
        values = documents[0] if documents else Map()
        if len(documents) <= 1 and isinstance(values, Map):
            return values
        problem = "values hold several documents" if len(documents) > 1 else f"values are {describe(values)}"
        problem += ", where one mapping is expected"
    problems.add(lined(at[0], line), at[1], problem)
    return Map()


def read_variables(holders: Sequence[Tree], file: str, problems: Problems) -> tuple[Variable, ...]:
    """Read the profile variables that stand under `variables` in any of `holders`; of one name the last counts."""
    found: dict[str, Variable] = {}
    for holder in holders:
        items = dig(holder, "variables")
        if items is not None and not isinstance(items, Seq):
            problems.add(file, "variables", f"a list of variables is expected, and it is {describe(items)}")
            continue
        for each in problems.bounded(items or (), (file, "variables"), "variables"):
            name = _text(dig(each, "name"))
            if name:
                # A cluster's variables say what was chosen beside the default.
                told = (dig(each, "value"), dig(each, "defaultValue"))
                default = next((value for value in told if isinstance(value, str)), None)
                found[name] = Variable(name, default, flag(dig(each, "isSensitive")) is True)
    return tuple(found.values())


def _has_packs(tree: Tree) -> bool:
    if not isinstance(tree, Map) or "packs" not in tree or isinstance(tree["packs"], Map):
        return False
    # The answer with a profile's manifests has packs too, each as an object of its own, and bundles have their places.
    packs = tree["packs"]
    return not (isinstance(packs, Seq) and packs and all(map(_is_no_pack, packs)))


def _is_no_pack(tree: Tree) -> bool:
    if not isinstance(tree, Map):
        return False
    return isinstance(tree.get("spec"), Map) or ("name" not in tree and not _ELSEWHERE.isdisjoint(tree))


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
    told = dig(body, "packs")
    if not isinstance(told, Seq):
        reader.problems.add(reader.file, key, f"a list of packs is expected, and it is {describe(told)}")
        return ()
    if not told:
        reader.problems.add(reader.file, key, "the profile has no packs, so there is nothing to plan")
    packs = reader.problems.bounded(told, (reader.file, key), "packs")
    found = (_pack(each, f"{key}[{place}]", reader, line_of(told, place)) for place, each in enumerate(packs))
    return tuple(each for each in found if each is not None)


def _pack(tree: Tree, key: str, reader: _Reader, line: int | None) -> RawPack | None:
    name = _text(dig(tree, "name"))
    if not name:
        what = "has no name" if isinstance(tree, Map) else f"is {describe(tree)}, not a mapping"
        reader.problems.add(lined(reader.file, line), key, f"this pack {what}")
        return None
    layer = _text(dig(tree, "layer")).lower()
    version = _text(dig(tree, "version")) or _text(dig(tree, "tag"))
    pack = Pack(name, version, layer, _text(dig(tree, "type")).lower() or "spectro")
    where = Provenance(reader.file, reader.name, name, layer, version=version, line=line_of(tree, "name"))
    key = f"{key} ({name})"
    text = dig(tree, "values")
    values = read_pack_values(text, (reader.file, key), reader.problems, line_of(tree, "values"))
    manifests = pack_manifests(dig(tree, "manifests"), reader.file, key, reader.problems)
    manifests += values_manifests(values, reader.file, key, reader.problems)
    enabled = enabled_presets(text) if isinstance(text, str) else ()
    presets = read_presets(dig(tree, "presets"), enabled, (reader.file, f"{key}.presets"), reader.problems)
    return RawPack(
        Origin.PROFILE,
        pack,
        where,
        values,
        manifests,
        presets=presets,
        enabled_presets=enabled,
        uid=_text(dig(tree, "packUid")) or _text(dig(tree, "uid")),
    )


def _text(tree: Tree) -> str:
    return tree.strip() if isinstance(tree, str) else ""
