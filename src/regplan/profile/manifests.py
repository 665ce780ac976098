"""The manifests that packs carry: inline text, text inside values, or a mere name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.profile.composer import BadSyntax, Map, Seq
from regplan.profile.parts import Manifest
from regplan.profile.tree import describe, dig, lines_in, parse_documents

if TYPE_CHECKING:
    from regplan.profile.composer import Tree
    from regplan.profile.parts import Problems

__all__ = ["objects_in", "pack_manifests", "values_manifests"]


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
        found.append(Manifest(label, _read(content, file, f"{key}.{label}", problems)))
    return tuple(found)


def values_manifests(values: Map, file: str, key: str, problems: Problems) -> tuple[Manifest, ...]:
    """Read manifests that stand as text in values: `manifests.NAME.contents` (pack spectro-byo-manifest)."""
    named = values.get("manifests")
    found = []
    for name, each in named.items() if isinstance(named, Map) else ():
        contents = dig(each, "contents")
        if isinstance(contents, str):
            label = f"values.manifests.{name}.contents"
            found.append(Manifest(label, _read(contents, file, f"{key}.{label}", problems)))
    return tuple(found)


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


def _read(content: Tree, file: str, key: str, problems: Problems) -> tuple[Map, ...] | None:
    if not isinstance(content, str):
        return None
    try:
        documents = [each for each in parse_documents(content, lines_in(content)) if each is not None]
    except BadSyntax as error:
        problems.add(file, key, str(error))
        return ()
    found: list[Map] = []
    for document in documents:
        objects = objects_in(document)
        if objects is None:
            problems.add(file, key, f"a Kubernetes object with its kind is expected, and here is {describe(document)}")
        found += objects or ()
    return tuple(found)
