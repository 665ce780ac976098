"""Answers of Palette's API that stand beside a profile, applied to it: what it only refers to is filled in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.patterns import pattern
from regplan.profile.answer_shapes import Answer, AnswerPart, PackAnswer, is_answer, read_answer
from regplan.profile.composer import Map, Quoted, Seq
from regplan.profile.macros import Scope
from regplan.profile.manifests import values_manifests
from regplan.profile.palette import read_pack_values
from regplan.profile.presets import enabled_presets
from regplan.profile.withheld import withhold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.profile.composer import Tree
    from regplan.profile.parts import Manifest, Problems, RawPack, RawProfile

__all__ = ["Answer", "apply_answers", "is_answer", "read_answer"]

_MACRO: Final = pattern(r"\{\{([^{}|]{1,300})\}\}")
_IN_VALUES: Final = "values.manifests."


def apply_answers(
    profiles: Sequence[RawProfile], answers: Sequence[Answer], problems: Problems
) -> tuple[RawProfile, ...]:
    """Fill answers into the profiles that they are of, in order; one that fits none of them is added to `problems`.

    A profile's answer fills in what the profile lacks; a cluster's wins, since it is what runs, with macros resolved.
    """
    found = list(profiles)
    sensitive = [_sensitive(raw, answers) for raw in profiles]
    for answer in answers:
        is_used = False
        for part in answer.parts:
            for place, raw in enumerate(found):
                if _is_of(part, raw):
                    is_used = True
                    found[place] = _withheld(_applied(raw, part, answer.file, problems), raw, sensitive[place])
        if not is_used:
            problems.add(answer.file, "", _unused(answer, found))
    return tuple(found)


def _sensitive(raw: RawProfile, answers: Sequence[Answer]) -> frozenset[str]:
    """Name the sensitive variables of a profile, whoever tells of them."""
    parts = [part for answer in answers for part in answer.parts if part.variables and _is_of(part, raw)]
    variables = (*raw.variables, *(each for part in parts for each in part.variables))
    return frozenset(each.name for each in variables if each.is_sensitive)


def _withheld(applied: RawProfile, raw: RawProfile, sensitive: frozenset[str]) -> RawProfile:
    """Take out again what an answer shows of secrets."""
    named = {pack.pack.name: pack.values for pack in raw.packs}
    scope = Scope({each.name: each.default or "" for each in raw.variables}, sensitive, named)
    pairs = zip(applied.packs, raw.packs, strict=True)
    return replace(applied, packs=tuple(withhold(new, old, replace(scope, own=old.values)) for new, old in pairs))


def _unused(answer: Answer, profiles: Sequence[RawProfile]) -> str:
    names = dict.fromkeys(part.name or part.uid for part in answer.parts if part.name or part.uid)
    whose = f" (of {', '.join(names)})" if names else ""
    if not profiles:
        return (
            f"this is {answer.what}{whose}, as Palette's API answers, and no profile: hand over the profile beside it"
        )
    handed = ", ".join(raw.profile.name or raw.profile.file for raw in profiles)
    return f"this is {answer.what}{whose}, and it fits none of the profiles that were handed over ({handed})"


def _is_of(part: AnswerPart, raw: RawProfile) -> bool:
    """Tell whether a part is of this profile: by id, else by name, else by what it holds."""
    if part.uid and raw.uid:
        return part.uid == raw.uid
    if part.name and raw.profile.name:
        return part.name == raw.profile.name
    if part.uid and (part.packs or part.manifests):
        # An export has no id; then the packs tell.
        return any(_answer_for(pack, part) is not None for pack in raw.packs)
    uids = {manifest.uid for pack in raw.packs for manifest in pack.manifests if manifest.uid}
    return (
        any(_answer_for(pack, part) is not None for pack in raw.packs)
        or any(manifest.uid in uids for manifest in part.manifests)
        or (bool(part.variables) and (part.is_cluster or not raw.variables))
        or any(_resolved_for(pack, part.resolved) is not None for pack in raw.packs)
        or bool(_macros(part.resolved))
    )


def _applied(raw: RawProfile, part: AnswerPart, file: str, problems: Problems) -> RawProfile:
    packs = tuple(_filled(pack, part, file, problems) for pack in raw.packs)
    variables = {each.name: each for each in (*raw.variables, *part.variables)}
    if not part.is_cluster:
        variables |= {each.name: each for each in raw.variables}
    return replace(raw, packs=packs, variables=tuple(variables.values()))


def _filled(pack: RawPack, part: AnswerPart, file: str, problems: Problems) -> RawPack:
    answer = _answer_for(pack, part)
    if answer is not None:
        pack = _with_pack(pack, answer, file, problems, is_cluster=part.is_cluster)
    if part.manifests:
        pack = replace(pack, manifests=_with_contents(pack.manifests, part.manifests, is_cluster=part.is_cluster))
    text = _resolved_for(pack, part.resolved)
    if text is not None:
        values = read_pack_values(text, (file, f"resolved.{pack.pack.name}"), problems)
        pack = _with_values(pack, values, file, problems)
        return replace(pack, enabled_presets=enabled_presets(text) or pack.enabled_presets)
    macros = _macros(part.resolved)
    if not macros:
        return pack
    filled = _replaced(pack.values, macros)
    return replace(pack, values=filled) if isinstance(filled, Map) else pack


def _with_pack(pack: RawPack, answer: PackAnswer, file: str, problems: Problems, *, is_cluster: bool) -> RawPack:
    if answer.values is not None and (is_cluster or not pack.values):
        pack = _with_values(pack, answer.values, file, problems)
        pack = replace(pack, enabled_presets=answer.enabled_presets)
    manifests = _with_contents(pack.manifests, answer.manifests, is_cluster=is_cluster)
    return replace(pack, manifests=manifests, presets=pack.presets or answer.presets)


def _with_values(pack: RawPack, values: Map, file: str, problems: Problems) -> RawPack:
    """Put values in whose lines are the answer's; the manifests that stand in them go with them."""
    kept = tuple(each for each in pack.manifests if not each.key.startswith(_IN_VALUES))
    inside = values_manifests(values, file, pack.pack.name, problems)
    return replace(pack, values=values, manifests=(*kept, *inside), where=replace(pack.where, file=file, line=None))


def _with_contents(
    manifests: tuple[Manifest, ...], answered: tuple[Manifest, ...], *, is_cluster: bool
) -> tuple[Manifest, ...]:
    """Fill in the manifests that are mere names, by id, else by name; what a cluster has beside them is added."""
    by_uid = {each.uid: each for each in answered if each.uid and each.documents is not None}
    by_key = {each.key: each for each in answered if each.documents is not None}
    found, used = [], set()
    for each in manifests:
        other = by_uid.get(each.uid) or by_key.get(each.key)
        if other is None or (each.documents is not None and not is_cluster):
            found.append(each)
            continue
        used.add(id(other))
        found.append(replace(other, key=each.key, uid=each.uid or other.uid))
    if is_cluster:
        found += [each for each in by_key.values() if id(each) not in used]
    return tuple(found)


def _answer_for(pack: RawPack, part: AnswerPart) -> PackAnswer | None:
    """Tell what a part says of a pack: the one of its id, else the only one of its name."""
    named = [each for each in part.packs if each.name == pack.pack.name]
    same = [each for each in named if each.uid and each.uid == pack.uid]
    return (same or named)[0] if same or len(named) == 1 else None


def _resolved_for(pack: RawPack, resolved: Map) -> str | None:
    names = (pack.uid, pack.pack.name, f"{pack.pack.name}-{pack.pack.version}", f"{pack.pack.name}:{pack.pack.version}")
    found = (resolved.get(name) for name in names if name)
    return next((text for text in found if isinstance(text, str) and ":" in text), None)


def _macros(resolved: Map) -> dict[str, str]:
    bare = {_bare(key): text for key, text in resolved.items()}
    return {key: text for key, text in bare.items() if key.startswith("spectro.") and isinstance(text, str)}


def _replaced(tree: Tree, macros: Mapping[str, str]) -> Tree:
    """Tell the tree with macros filled in; every key and item keeps its line."""
    match tree:
        case Map():
            values = Map()
            values.update((key, _replaced(value, macros)) for key, value in tree.items())
            values.lines = tree.lines
            return values
        case Seq():
            items = Seq()
            items.extend(_replaced(each, macros) for each in tree)
            items.lines = tree.lines
            return items
        case str() if "spectro." in tree:
            text = _MACRO.sub(lambda found: macros.get(_bare(found[1]), found[0]), tree)
            return Quoted(text, tree.line, is_block=tree.is_block) if isinstance(tree, Quoted) else text
        case _:
            return tree


def _bare(macro: str) -> str:
    return macro.strip().strip("{}").strip().removeprefix(".")
