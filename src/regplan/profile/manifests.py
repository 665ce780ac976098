"""The manifests that packs carry: inline text, text inside values, a file of their own, or a mere name."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from regplan.patterns import pattern
from regplan.profile.composer import BadSyntax, Map, Quoted, Seq
from regplan.profile.parts import Manifest, RawChart
from regplan.profile.tree import describe, dig, file_of, lined, lines_in, parse_documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.profile.composer import Lines, Tree
    from regplan.profile.parts import Problems

__all__ = ["folder_manifests", "objects_in", "pack_manifests", "read_manifest", "values_manifests"]

# What only a template can hold: Helm's own roots. `.spectro` is filled in elsewhere.
_ROOT = pattern(r"\{\{[^{}]*\.(?:Values|Release|Chart|Capabilities|Files|Template)\b")
_STEERING = pattern(
    r"^[ \t]*\{\{-?[ \t]*(?:if|else|end|range|with|define|block|template|include|/\*|\$\w+[ \t]*:?=)[^{}\n]*\}\}[ \t]*$",
    re.MULTILINE,
)


def pack_manifests(tree: Tree, file: str, key: str, problems: Problems) -> tuple[Manifest, ...]:
    """Read a pack's `manifests`: content inline as exports have it, or only names as API answers do."""
    if tree is None:
        return ()
    if not isinstance(tree, Seq):
        problems.add(file, f"{key}.manifests", f"a list is expected, and it is {describe(tree)}")
        return ()
    found = []
    for place, each in enumerate(tree):
        name = dig(each, "name")
        label = f"manifests.{name}" if isinstance(name, str) else f"manifests[{place}]"
        inline = dig(each, "content")
        content = inline if inline is not None else dig(each, "spec", "published", "content")
        uid = dig(each, "uid")
        documents = read_manifest(content, file, f"{key}.{label}", problems)
        found.append(Manifest(label, documents, uid if isinstance(uid, str) else "", file))
    return tuple(found)


def values_manifests(values: Map, file: str, key: str, problems: Problems) -> tuple[Manifest, ...]:
    """Read manifests that stand as text in values: `manifests.NAME.contents` (pack spectro-byo-manifest)."""
    named = values.get("manifests")
    found = []
    for name, each in named.items() if isinstance(named, Map) else ():
        contents = dig(each, "contents")
        if isinstance(contents, str):
            label = f"values.manifests.{name}.contents"
            found.append(Manifest(label, read_manifest(contents, file, f"{key}.{label}", problems)))
    return tuple(found)


def folder_manifests(
    folder: str, texts: Mapping[str, str], problems: Problems
) -> tuple[tuple[Manifest, ...], tuple[RawChart, ...]]:
    """Read the manifests that are files of a pack, by their paths in it: objects as they stand, or templates.

    Palette fills a template's `.Values` in from the pack's values at `manifests.NAME`, NAME being the file's without its
    ending: such a file is a chart of one template.
    """
    manifests: list[Manifest] = []
    charts: list[RawChart] = []
    for path, text in texts.items():
        name, file = PurePosixPath(path).stem, f"{folder}/{path}"
        if _is_template(text):
            head = f"apiVersion: v2\nname: {name}\nversion: 0.0.0\n"
            inside = {"Chart.yaml": head, f"templates/{PurePosixPath(path).name}": text}
            charts.append(RawChart(file, name, "", "", Map(), inside, ("manifests", name)))
        else:
            manifests.append(Manifest(f"manifests.{name}", read_manifest(text, file, "", problems), file=file))
    return tuple(manifests), tuple(charts)


def objects_in(document: Tree) -> tuple[Map, ...] | None:
    """List the Kubernetes objects of a document, taking `List`s apart; None where it is no such object."""
    if not isinstance(document, Map) or not isinstance(document.get("kind"), str):
        return None
    items = document.get("items")
    if not str(document["kind"]).endswith("List") or not isinstance(items, Seq):
        return (document,)
    found: list[Map] = []
    for each in items:
        objects = objects_in(each)
        if objects is None:
            return None
        found += objects
    return tuple(found)


def read_manifest(content: Tree, file: str, key: str, problems: Problems) -> tuple[Map, ...] | None:
    """Read the Kubernetes objects of a manifest's text; None where there is no text."""
    if not isinstance(content, str):
        return None
    try:
        documents = [each for each in _documents(content, lines_in(content)) if each is not None]
    except BadSyntax as error:
        problems.add(file_of(file, content), key, str(error))
        return ()
    found: list[Map] = []
    for document in documents:
        objects = objects_in(document)
        if objects is None:
            place = lined(file, content.line if isinstance(content, Quoted) else None)
            problems.add(place, key, f"a Kubernetes object with its kind is expected, and here is {describe(document)}")
        found += objects or ()
    return tuple(found)


def _documents(text: str, lines: Lines) -> tuple[Tree, ...]:
    """Read YAML; where templates steer what is in it, what every branch has, so that no image is lost."""
    try:
        return parse_documents(text, lines)
    except BadSyntax as error:
        steered, count = _STEERING.subn("", text) if "{{" in text else (text, 0)
        if not count:
            raise
        try:
            return parse_documents(steered, lines)
        except BadSyntax:
            raise error from None


def _is_template(text: str) -> bool:
    """Tell whether a text is a template: it holds what Helm fills in, and not only in texts that it quotes."""
    if "{{" not in text:
        return False
    try:
        documents = parse_documents(text)
    except BadSyntax:
        return True
    return any(_ROOT.search(each) for document in documents for each in _plain(document))


def _plain(tree: Tree) -> Iterator[str]:
    """Yield the scalars that are no blocks of text: those of a ConfigMap may quote any template."""
    match tree:
        case Quoted() if tree.is_block:
            pass
        case str():
            yield tree
        case Map():
            for key, each in tree.items():
                yield key
                yield from _plain(each)
        case Seq():
            for each in tree:
                yield from _plain(each)
        case _:
            pass
