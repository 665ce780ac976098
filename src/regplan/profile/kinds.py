"""What a text is, told by its content and never by its name: profile, values, manifests, list and all the others."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias, TypeGuard

from regplan.model.profile import Pack, Provenance
from regplan.patterns import pattern
from regplan.profile.composer import BadSyntax, Map, Seq, TooMuch
from regplan.profile.imagelist import has_image_list
from regplan.profile.lists import MOST_ENTRIES, list_entries, looks_like_list, names_file
from regplan.profile.manifests import objects_in, values_manifests
from regplan.profile.palette import is_profile, not_a_profile, read_profile
from regplan.profile.parts import Item, Manifest, Origin, RawPack, RawProfile
from regplan.profile.presets import enabled_presets
from regplan.profile.tree import describe, line_of, parse_documents
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.finding import Finding
    from regplan.profile.answers import Answer
    from regplan.profile.composer import Tree
    from regplan.profile.parts import NamedText, Problems

__all__ = ["Part", "Sorted", "is_foreign", "is_site", "is_site_tree", "sort_out"]

Part: TypeAlias = "RawProfile | RawPack | Answer"

_KINDS: Final = "a cluster profile, a values file with pack.content.images, Kubernetes manifests or a list of images"
_NONE: Final = Pack("", "", "", "")
_VALUES_KEYS: Final = frozenset({"charts", "manifests", "pack"})
_SITE_KEYS: Final = frozenset({"images", "hosts", "links", "registry", "upgrade_from", "upgrade_to"})
_BESIDE: Final = frozenset({"digest", "pullPolicy", "registry", "sha", "tag"})
_SITE_BLOCK = pattern(r"^\ufeff?[\"']?(?:profiles|name)[\"']?\s*:", re.MULTILINE)
_PACKS = pattern(r"[\"']packs[\"']\s*:\s*\[\s*\{")
_SITE_FLOW = pattern(r"[{,\s\"'](?:profiles|name)[\"']?\s*:")
_MOST_DEPTH: Final = 8
# How deep a profile may stand inside something else: below a list of a list in a specification.
_MOST_HOLDERS: Final = 5
# What people hand over by mistake: keys that give it away, and what it is.
_MISTAKES: Final = (
    (frozenset({"schema_version", "findings"}), "a plan document of regplan"),
    (frozenset({"kind", "findings", "images"}), "what `regplan images` printed"),
    (frozenset({"displayName", "layer", "version"}), "a pack.json; hand over the pack's folder"),
    (frozenset({"apiVersion", "name", "version"}), "a Chart.yaml; hand over the chart's folder"),
    (frozenset({"schemaVersion", "mediaType"}), "an image manifest"),
    (frozenset({"code", "message"}), "an error that Palette answered with"),
    (frozenset({"services"}), "a Compose file"),
)


@dataclass(frozen=True, slots=True)
class Sorted:
    """What was found in a text, a folder or an archive, in order, and what was not understood."""

    parts: tuple[Part, ...]
    findings: tuple[Finding, ...] = ()


def sort_out(text: NamedText, problems: Problems) -> list[Part]:
    """Read a text as what it is; what cannot be understood is added to `problems`."""
    if text.text.lstrip("\ufeff \t\r\n").startswith("<"):
        problems.add(text.file, "", f"this is a web page or XML, where {_KINDS} is expected")
        return []
    try:
        documents = [each for each in parse_documents(text.text) if each is not None]
    except BadSyntax as error:
        # A text that is too much for a parser is too much for a list too.
        if not isinstance(error, TooMuch) and looks_like_list(text.text):
            return _list_of(text.file, list_entries(text.text), problems)
        for problem in error.problems:
            problems.add(text.file, "", problem)
        return []
    if not documents:
        problems.add(text.file, "", f"the file is empty, where {_KINDS} is expected")
        return []
    if all(isinstance(each, str) for each in documents):
        return _of_text(text, problems)
    enabled = enabled_presets(text.text)
    found = _of_documents(documents, text.file, problems)
    return [replace(each, enabled_presets=enabled) if _has_presets(each) else each for each in found]


def is_foreign(text: str) -> bool:
    """Tell whether a text is well known to be something that nobody plans from: a site file, a Compose file."""
    try:
        documents = [each for each in parse_documents(text) if each is not None]
    except BadSyntax:
        return False
    return bool(documents) and all(is_site_tree(each) or _known(each) for each in documents)


def is_site(text: str) -> bool:
    """Tell whether a text is a site file, right or wrong, and no profile.

    >>> is_site("{name: store, profiles: [a.json]}"), is_site("nginx:1.27")
    (True, False)
    """
    # Values and profiles may be large, and a few words tell that they are no site file.
    is_flow = text.lstrip("\ufeff \t\r\n").startswith("{")
    if (_SITE_FLOW if is_flow else _SITE_BLOCK).search(text) is None or (is_flow and _PACKS.search(text) is not None):
        return False
    try:
        documents = [each for each in parse_documents(text) if each is not None]
    except BadSyntax:
        return False
    return len(documents) == 1 and is_site_tree(documents[0])


def is_site_tree(tree: Tree) -> bool:
    """Tell whether a document is a site file, right or wrong: it names profiles, or itself and what only a site has."""
    if not isinstance(tree, Map) or is_profile(tree) or _is_values(tree) or _is_answer(tree):
        return False
    from regplan.profile.bundledef import has_artifacts

    if has_artifacts(tree):
        return False
    if next(_profiles_in(tree.get("profiles")), None) is not None:
        return False
    return "profiles" in tree or ("name" in tree and not _SITE_KEYS.isdisjoint(tree))


def _of_text(text: NamedText, problems: Problems) -> list[Part]:
    if _is_json_value(text.text):
        problems.add(text.file, "", f"this is one JSON value and is not a profile; expected is {_KINDS}")
        return []
    if looks_like_list(text.text):
        return _list_of(text.file, list_entries(text.text), problems)
    problems.add(text.file, "", f"this is not {_KINDS}")
    return []


def _is_json_value(text: str) -> bool:
    try:
        json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return False
    return True


def _list_of(file: str, entries: Sequence[tuple[str, Tree] | Item], problems: Problems) -> list[Part]:
    if len(entries) > MOST_ENTRIES:
        problems.add(
            file, "", f"this names more than {MOST_ENTRIES:,} images, which no site needs; hand over a part of it"
        )
        return []
    for key, entry, *_ in entries:
        if isinstance(entry, str) and names_file(entry):
            what = f"{entry} names a file, and a list holds references; hand that file over beside this one"
            problems.add(file, key, what)
    return [RawPack(Origin.LIST, _NONE, Provenance(file), entries=tuple(Item(*each) for each in entries))]


def _of_documents(documents: Sequence[Tree], file: str, problems: Problems) -> list[Part]:
    """Read documents one by one; Kubernetes objects of one file stand together."""
    found: list[Part] = []
    objects: list[Map] = []
    for document in documents:
        if own := _objects(document, file):
            objects += own
        else:
            found += _of_document(document, file, problems)
    if objects:
        manifest = Manifest("", tuple(objects), file=file)
        found.append(RawPack(Origin.MANIFESTS, _NONE, Provenance(file), manifests=(manifest,)))
    return found


def _objects(document: Tree, file: str) -> tuple[Map, ...] | None:
    """List a document's Kubernetes objects; None where it is something else that has a kind or metadata too."""
    if not isinstance(document, Map) or document.keys().isdisjoint({"apiVersion", "metadata"}):
        return None
    if _is_of_palette(document) or _is_bundle(document, file):
        return None
    return objects_in(document)


def _of_document(document: Tree, file: str, problems: Problems) -> list[Part]:
    match document:
        case Map():
            return (
                _of_palette(document, file, problems) if _is_of_palette(document) else _of_map(document, file, problems)
            )
        case Seq() if document and all(_is_item(each) for each in document):
            items = [Item(f"[{place}]", each, line_of(document, place)) for place, each in enumerate(document)]
            return _list_of(file, items, problems)
        case Seq() if document and any(isinstance(each, Map) for each in document):
            return _of_documents(document, file, problems)
        case _:
            problems.add(file, "", _mistake(document))
            return []


def _is_of_palette(document: Map) -> bool:
    if is_profile(document) or _is_answer(document) or not_a_profile(document) is not None:
        return True
    return next(_profiles_in(document), None) is not None


def _is_answer(document: Map) -> bool:
    from regplan.profile.answers import is_answer

    return is_answer(document)


def _is_bundle(document: Map, file: str) -> bool:
    from regplan.profile.bundledef import is_bundle

    return is_bundle(document, file)


def _profiles_in(tree: Tree, depth: int = 0) -> Iterator[Map]:
    """Find cluster profiles inside something else: a list of them, or a cluster's definition, whose shape nobody tells."""
    if isinstance(tree, Map) and not tree.keys().isdisjoint({"packs", "spec"}) and is_profile(tree):
        yield tree
    elif isinstance(tree, (Map, Seq)) and depth < _MOST_HOLDERS:
        for child in tree.values() if isinstance(tree, Map) else tree:
            yield from _profiles_in(child, depth + 1)


def _of_palette(document: Map, file: str, problems: Problems) -> list[Part]:
    """Read what Palette answers or exports: a profile, a list of them, or what belongs to one."""
    if is_profile(document):
        return [read_profile(document, file, problems)]
    if _is_answer(document):
        from regplan.profile.answers import read_answer

        return [read_answer(document, file, problems)]
    if (mistake := not_a_profile(document)) is not None:
        problems.add(file, "", mistake)
        return []
    return [read_profile(each, file, problems) for each in _profiles_in(document)]


def _of_map(document: Map, file: str, problems: Problems) -> list[Part]:
    is_foreign_tree = is_site_tree(document) or _known(document) is not None
    if not is_foreign_tree and _is_bundle(document, file):
        from regplan.profile.bundledef import bundle_entries

        return [RawPack(Origin.BUNDLE, _NONE, Provenance(file), entries=tuple(bundle_entries(document)))]
    if not is_foreign_tree and (_is_values(document) or _is_chart_values(document)):
        manifests = values_manifests(document, file, "", problems)
        return [RawPack(Origin.VALUES, _NONE, Provenance(file), document, manifests)]
    if not is_foreign_tree and (images := _images_in(document)) is not None:
        return _list_of(file, images, problems)
    problems.add(file, "", _mistake(document))
    return []


def _is_values(document: Map) -> bool:
    keys = (key for key, value in document.items() if isinstance(value, Map))
    return not _VALUES_KEYS.isdisjoint(keys) or has_image_list(document)


def _is_chart_values(tree: Tree, depth: int = 0) -> bool:
    """Tell whether values name an image as charts do: `repository` beside `tag` and the like."""
    if not isinstance(tree, Map) or depth > _MOST_DEPTH:
        return False
    is_triple = isinstance(tree.get("repository"), str) and not _BESIDE.isdisjoint(tree)
    return is_triple or any(_is_chart_values(child, depth + 1) for child in tree.values())


def _images_in(document: Map) -> list[Item] | None:
    """List the items of a mapping that is nothing but `images: [...]`; None where it is more."""
    items = document.get("images")
    if len(document) != 1 or not isinstance(items, Seq) or not items or not all(map(_is_item, items)):
        return None
    return [Item(f"images[{place}]", each, line_of(items, place)) for place, each in enumerate(items)]


def _has_presets(part: Part) -> TypeGuard[RawPack]:
    return isinstance(part, RawPack) and part.origin is Origin.VALUES


def _is_item(tree: Tree) -> bool:
    return isinstance(tree, str) or (isinstance(tree, Map) and len(tree) == 1)


def _known(document: Tree) -> str | None:
    """Tell what people hand over by mistake, by the keys that give it away."""
    if not isinstance(document, Map) or _is_values(document):
        return None
    return next((what for keys, what in _MISTAKES if keys <= document.keys()), None)


def _mistake(document: Tree) -> str:
    if not isinstance(document, Map):
        return f"this is {describe(document)}, where {_KINDS} is expected"
    if is_site_tree(document):
        return "this is a site file, where a profile is expected; give it to `regplan plan`"
    what = _known(document)
    if what is not None:
        return f"this looks like {what}; expected is {_KINDS}"
    named = ", ".join(key if len(key) <= 40 else f"{key[:40]}..." for key in list(document)[:6]) or "none"
    return f"this is not {_KINDS}; its keys are: {named}"
