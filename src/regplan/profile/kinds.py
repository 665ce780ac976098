"""What a text is, told by its content and never by its name: profile, values, manifests or a list of references."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from regplan.model.profile import Pack, Provenance
from regplan.profile.composer import BadSyntax, Map, Seq
from regplan.profile.imagelist import has_image_list
from regplan.profile.lists import list_entries, looks_like_list
from regplan.profile.manifests import objects_in, values_manifests
from regplan.profile.palette import is_profile, read_profile
from regplan.profile.parts import Manifest, Origin, RawPack, RawProfile
from regplan.profile.tree import describe, parse_documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.profile.composer import Tree
    from regplan.profile.parts import NamedText, Problems

__all__ = ["is_site_tree", "sort_out"]

_KINDS: Final = "a cluster profile, a values file with pack.content.images, Kubernetes manifests or a list of images"
_NONE: Final = Pack("", "", "", "")
_VALUES_KEYS: Final = frozenset({"charts", "manifests", "pack"})
_SITE_KEYS: Final = frozenset({"images", "hosts", "links", "registry", "upgrade_to"})
# What people hand over by mistake: keys that give it away, and what it is.
_MISTAKES: Final = (
    (frozenset({"schema_version", "findings"}), "a plan document of regplan"),
    (frozenset({"displayName", "layer", "version"}), "a pack.json; hand over the pack's values.yaml"),
    (frozenset({"apiVersion", "name", "version"}), "a Chart.yaml; hand over rendered manifests (helm template)"),
    (frozenset({"schemaVersion", "mediaType"}), "an image manifest"),
    (frozenset({"code", "message"}), "an error that Palette answered with"),
    (frozenset({"services"}), "a Compose file"),
)


def sort_out(text: NamedText, problems: Problems) -> list[RawProfile | RawPack]:
    """Read a text as what it is; what cannot be understood is added to `problems`."""
    if text.text.lstrip("\ufeff \t\r\n").startswith("<"):
        problems.add(text.file, "", f"this is a web page or XML, where {_KINDS} is expected")
        return []
    try:
        documents = [each for each in parse_documents(text.text) if each is not None]
    except BadSyntax as error:
        if looks_like_list(text.text):
            return [_list_of(text.file, list_entries(text.text))]
        for problem in error.problems:
            problems.add(text.file, "", problem)
        return []
    if not documents:
        problems.add(text.file, "", f"the file is empty, where {_KINDS} is expected")
        return []
    if all(isinstance(each, str) for each in documents):
        return _of_text(text, problems)
    return _of_documents(documents, text.file, problems)


def is_site_tree(tree: Tree) -> bool:
    """Tell whether a document is a site file, right or wrong: it names profiles, or itself and what only a site has."""
    if not isinstance(tree, Map) or is_profile(tree) or _is_values(tree):
        return False
    return "profiles" in tree or ("name" in tree and not _SITE_KEYS.isdisjoint(tree))


def _of_text(text: NamedText, problems: Problems) -> list[RawProfile | RawPack]:
    if _is_json_value(text.text):
        problems.add(text.file, "", f"this is one JSON value and is not a profile; expected is {_KINDS}")
        return []
    if looks_like_list(text.text):
        return [_list_of(text.file, list_entries(text.text))]
    problems.add(text.file, "", f"this is not {_KINDS}")
    return []


def _is_json_value(text: str) -> bool:
    try:
        json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return False
    return True


def _list_of(file: str, entries: Sequence[tuple[str, Tree]]) -> RawPack:
    return RawPack(Origin.LIST, _NONE, Provenance(file), entries=tuple(entries))


def _of_documents(documents: Sequence[Tree], file: str, problems: Problems) -> list[RawProfile | RawPack]:
    """Read documents one by one; Kubernetes objects of one file stand together."""
    found: list[RawProfile | RawPack] = []
    objects: list[Map] = []
    for document in documents:
        if isinstance(document, Map) and not is_profile(document) and (own := _objects(document)):
            objects += own
        else:
            found += _of_document(document, file, problems)
    if objects:
        found.append(RawPack(Origin.MANIFESTS, _NONE, Provenance(file), manifests=(Manifest("", tuple(objects)),)))
    return found


def _objects(document: Map) -> tuple[Map, ...] | None:
    return objects_in(document) if "apiVersion" in document or "metadata" in document else None


def _of_document(document: Tree, file: str, problems: Problems) -> list[RawProfile | RawPack]:
    match document:
        case Map() if is_profile(document):
            return [read_profile(document, file, problems)]
        case Map() if isinstance(items := document.get("items"), Seq) and items and all(map(is_profile, items)):
            return [read_profile(each, file, problems) for each in items if isinstance(each, Map)]
        case Map() if _is_values(document):
            manifests = values_manifests(document, file, "", problems)
            return [RawPack(Origin.VALUES, _NONE, Provenance(file), document, manifests)]
        case Seq() if document and all(_is_item(each) for each in document):
            return [_list_of(file, [(f"[{place}]", each) for place, each in enumerate(document)])]
        case Seq() if document and any(isinstance(each, Map) for each in document):
            return _of_documents(document, file, problems)
        case _:
            problems.add(file, "", _mistake(document))
            return []


def _is_values(document: Map) -> bool:
    keys = (key for key, value in document.items() if isinstance(value, Map))
    return not _VALUES_KEYS.isdisjoint(keys) or has_image_list(document)


def _is_item(tree: Tree) -> bool:
    return isinstance(tree, str) or (isinstance(tree, Map) and len(tree) == 1)


def _mistake(document: Tree) -> str:
    if not isinstance(document, Map):
        return f"this is {describe(document)}, where {_KINDS} is expected"
    if is_site_tree(document):
        return "this is a site file, where a profile is expected; give it to `regplan plan`"
    for keys, what in _MISTAKES:
        if keys <= document.keys():
            return f"this looks like {what}; expected is {_KINDS}"
    named = ", ".join(list(document)[:6]) or "none"
    return f"this is not {_KINDS}; its keys are: {named}"
