"""What Palette's API answers beside a profile: manifests, resolved values and variables, of a profile or of a cluster.

Source: palette.json, `v1ClusterProfilePacksManifests`, `v1SpectroClusterProfilesPacksManifests`, `v1PackResolvedValues`,
`v1SpectroClusterProfilesResolvedValues`, `v1ClusterProfilePacksEntities`, `v1PackManifests`, `v1Variables` and
`v1SpectroClusterVariables`. The keys of `resolved` are in no public text: names of packs and macros are understood.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.profile.composer import Map, Seq
from regplan.profile.manifests import read_manifest
from regplan.profile.palette import read_pack_values, read_variables
from regplan.profile.parts import Manifest
from regplan.profile.presets import enabled_presets, read_presets
from regplan.profile.tree import dig
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.profile.composer import Tree
    from regplan.profile.parts import Preset, Problems, Variable

__all__ = ["Answer", "AnswerPart", "PackAnswer", "is_answer", "read_answer"]


@dataclass(frozen=True, slots=True)
class PackAnswer:
    """What an answer says of one pack; `values` is None where it says nothing of them."""

    name: str
    uid: str = ""
    values: Map | None = field(default=None, repr=False)
    manifests: tuple[Manifest, ...] = ()
    presets: tuple[Preset, ...] = ()
    enabled_presets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """What an answer says of one profile; `uid` and `name` are "" where it does not say which.

    `manifests` belong to packs that are not named. `resolved` maps packs to values as texts, and macros to theirs.
    `is_cluster` tells that this is what runs on a cluster: its values and manifests win over the profile's.
    """

    uid: str = ""
    name: str = ""
    packs: tuple[PackAnswer, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    variables: tuple[Variable, ...] = ()
    resolved: Map = field(default_factory=Map, repr=False)
    is_cluster: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A file that holds an answer: `what` says which, for messages."""

    file: str
    what: str
    parts: tuple[AnswerPart, ...]


@dataclass(frozen=True, slots=True)
class _Reader:
    file: str
    problems: Problems
    is_cluster: bool = False


def is_answer(tree: Tree) -> bool:
    """Tell whether a document is an answer that stands beside a profile, and no profile itself."""
    return _shape(tree) is not None


def read_answer(tree: Map, file: str, problems: Problems) -> Answer:
    """Read an answer; what cannot be understood is added to `problems`."""
    what, read = _shape(tree) or ("no answer", lambda *_: ())
    return Answer(file, what, read(tree, _Reader(file, problems)))


def _shape(tree: Tree) -> tuple[str, Callable[[Map, _Reader], tuple[AnswerPart, ...]]] | None:
    """Tell what an answer is called, and what reads it; None where the document is none."""
    if not isinstance(tree, Map) or "apiVersion" in tree:
        return None
    found: tuple[str, Callable[[Map, _Reader], tuple[AnswerPart, ...]]] | None = None
    if _all_maps(dig(tree, "spec", "packs"), _is_entity):
        found = "the manifests of a cluster profile's packs", _manifests
    elif isinstance(tree.get("resolved"), Map):
        found = "the resolved values of packs", _resolved
    elif _all_maps(tree.get("profiles"), is_answer):
        found = "the packs of a cluster's profiles", _of_cluster
    elif _all_maps(tree.get("items"), _is_entity):
        found = "the packs of a cluster profile", _packs
    elif _all_maps(tree.get("items"), _is_manifest):
        found = "the manifests of a pack", _pack_manifests
    elif _is_manifest(tree):
        found = "a manifest of a pack", _one_manifest
    elif tree.keys() <= {"variables", "profileUid", "metadata"} and _all_maps(tree.get("variables"), _is_named):
        found = "the variables of a cluster profile", _variables
    return found


def _all_maps(tree: Tree, fits: Callable[[Map], bool]) -> bool:
    return isinstance(tree, Seq) and bool(tree) and all(isinstance(each, Map) and fits(each) for each in tree)


def _is_entity(tree: Map) -> bool:
    """Tell whether this is a pack as an object of its own: named under spec or with manifests there, without packs."""
    spec = tree.get("spec")
    if not isinstance(spec, Map) or "packs" in spec or "apiVersion" in tree:
        return False
    is_named = isinstance(spec.get("name"), str)
    return is_named or (isinstance(spec.get("manifests"), Seq) and bool(_text(dig(tree, "metadata", "name"))))


def _is_manifest(tree: Map) -> bool:
    return _published(tree) is not None


def _published(tree: Tree) -> str | None:
    """Tell the content of a manifest that is an object of its own: as published, else the draft's."""
    contents = (dig(tree, "spec", state, "content") for state in ("published", "draft"))
    return next((content for content in contents if isinstance(content, str)), None)


def _is_named(tree: Map) -> bool:
    return isinstance(tree.get("name"), str)


def _manifests(tree: Map, reader: _Reader) -> tuple[AnswerPart, ...]:
    packs = dig(tree, "spec", "packs")
    return (
        AnswerPart(
            _text(dig(tree, "metadata", "uid")),
            _text(dig(tree, "metadata", "name")),
            _entities(packs, "spec.packs", reader),
            is_cluster=reader.is_cluster,
        ),
    )


def _resolved(tree: Map, reader: _Reader) -> tuple[AnswerPart, ...]:
    resolved = tree["resolved"]
    uid = _text(tree.get("uid")) or _text(dig(tree, "metadata", "uid"))
    return (AnswerPart(uid, resolved=resolved if isinstance(resolved, Map) else Map(), is_cluster=reader.is_cluster),)


def _of_cluster(tree: Map, reader: _Reader) -> tuple[AnswerPart, ...]:
    found: list[AnswerPart] = []
    inner = _Reader(reader.file, reader.problems, is_cluster=True)
    profiles = tree["profiles"]
    for each in profiles if isinstance(profiles, Seq) else ():
        shape = _shape(each)
        if shape is not None and isinstance(each, Map):
            found += shape[1](each, inner)
    return tuple(found)


def _packs(tree: Map, reader: _Reader) -> tuple[AnswerPart, ...]:
    uid = _text(dig(tree, "metadata", "uid"))
    return (AnswerPart(uid, packs=_entities(tree["items"], "items", reader), is_cluster=reader.is_cluster),)


def _pack_manifests(tree: Map, reader: _Reader) -> tuple[AnswerPart, ...]:
    items = tree["items"]
    found = []
    for place, each in enumerate(items if isinstance(items, Seq) else ()):
        name, uid = _text(dig(each, "metadata", "name")), _text(dig(each, "metadata", "uid"))
        documents = read_manifest(_published(each), reader.file, f"items[{place}] ({name})", reader.problems)
        found.append(Manifest(f"manifests.{name}", documents, uid, reader.file))
    return (AnswerPart(manifests=tuple(found)),)


def _one_manifest(tree: Map, reader: _Reader) -> tuple[AnswerPart, ...]:
    name, uid = _text(dig(tree, "metadata", "name")), _text(dig(tree, "metadata", "uid"))
    documents = read_manifest(_published(tree), reader.file, f"spec ({name})", reader.problems)
    return (AnswerPart(manifests=(Manifest(f"manifests.{name}", documents, uid, reader.file),)),)


def _variables(tree: Map, reader: _Reader) -> tuple[AnswerPart, ...]:
    uid = _text(tree.get("profileUid")) or _text(dig(tree, "metadata", "uid"))
    variables = read_variables((tree,), reader.file, reader.problems)
    return (AnswerPart(uid, variables=variables, is_cluster="profileUid" in tree),)


def _entities(tree: Tree, key: str, reader: _Reader) -> tuple[PackAnswer, ...]:
    """Read packs that are objects of their own, with the content of their manifests where the answer has it."""
    found = []
    for place, each in enumerate(tree if isinstance(tree, Seq) else ()):
        name = _text(dig(each, "spec", "name")) or _text(dig(each, "metadata", "name"))
        label = f"{key}[{place}] ({name})"
        text = dig(each, "spec", "values")
        values = read_pack_values(text, (reader.file, label), reader.problems) if text else None
        enabled = enabled_presets(text) if isinstance(text, str) else ()
        presets = dig(each, "spec", "presets")
        found.append(
            PackAnswer(
                name,
                _text(dig(each, "metadata", "uid")),
                values,
                _contents(dig(each, "spec", "manifests"), label, reader),
                read_presets(presets, enabled, (reader.file, f"{label}.presets"), reader.problems),
                enabled,
            )
        )
    return tuple(found)


def _contents(tree: Tree, key: str, reader: _Reader) -> tuple[Manifest, ...]:
    found = []
    for each in tree if isinstance(tree, Seq) else ():
        name, uid = (_text(dig(each, part)) or _text(dig(each, "metadata", part)) for part in ("name", "uid"))
        label, content = f"manifests.{name}", dig(each, "content") or _published(each)
        documents = read_manifest(content, reader.file, f"{key}.{label}", reader.problems)
        found.append(Manifest(label, documents, uid, reader.file))
    return tuple(found)


def _text(tree: Tree) -> str:
    return tree.strip() if isinstance(tree, str) else ""
