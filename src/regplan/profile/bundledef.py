"""Definitions of content bundles, as `palette content build --metadata-only` writes `bundle-definition.yaml`.

The schema is in no public file, so it is sniffed: a mapping that says it is a bundle and names an image, or has a list
`artifacts` of things with references that carry a tag or a digest. Every such reference in it is an image, except of what
says it is a chart, a pack or a file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.patterns import pattern
from regplan.profile.composer import Map, Seq
from regplan.profile.mention import strip_reference
from regplan.profile.parts import Item
from regplan.profile.tree import dig, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.composer import Tree

__all__ = ["bundle_entries", "has_artifacts", "is_bundle"]

_MOST_DEPTH: Final = 12
_PLACES: Final = (("artifacts",), ("spec", "artifacts"), ("content", "artifacts"))
_WHOLE: Final = ("image", "reference", "ref", "imageref", "uri", "url", "source", "src", "path", "artifact", "name")
_TEXTS: Final = ("images", "artifacts", "references", "refs")
_NAMES: Final = ("repository", "repo", "name", "image", "path")
_KIND_KEYS: Final = ("type", "kind", "mediatype", "artifacttype", "category")
_NO_IMAGE: Final = pattern(r"chart|helm|pack|\bfile|profile|definition|manifest\.v1", re.IGNORECASE)
_PLACE: Final = pattern(r"\[[0-9]+\]$")
_IS_IMAGE: Final = pattern(r"image|container", re.IGNORECASE)
_ANNOTATED: Final = ("org.opencontainers.image.ref.name", "io.containerd.image.name")
_TAG: Final = pattern(r"[\w][\w.-]{0,127}", re.ASCII)
_DIGEST: Final = pattern(r"sha256:[0-9a-f]{64}")
_NAME: Final = pattern(r"[\w.-]+(?::\d+)?(?:/[\w.-]+)+", re.ASCII)
# A reference that nobody writes by chance: a path, and a tag or a digest behind it.
_REFERENCE: Final = pattern(r"[\w.-]+(?::\d+)?(?:/[\w.-]+)+(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?", re.ASCII)


def is_bundle(tree: Tree, file: str) -> bool:
    """Tell whether a document defines a content bundle: it says so and names an image, or lists artifacts with tags.

    >>> from regplan.profile.tree import parse_documents
    >>> text = "artifacts: [{reference: 'quay.io/a/b:1', annotations: {profile: infra}}]"
    >>> is_bundle(parse_documents(text)[0], "x.yaml"), is_bundle(parse_documents("images: {a: b}")[0], "x.yaml")
    (True, False)
    """
    if not isinstance(tree, Map) or next(bundle_entries(tree), None) is None:
        return False
    if "apiVersion" in tree:
        # A Deployment may be called anything; an object is a bundle only by its kind.
        return "bundle" in _text(tree.get("kind")).lower()
    return _says_so(tree, file) or has_artifacts(tree)


def has_artifacts(tree: Tree) -> bool:
    """Tell whether a document lists artifacts, one of which is an image."""
    return any(_is_listing(dig(tree, *place)) for place in _PLACES)


def bundle_entries(tree: Tree, key: str = "", depth: int = 0) -> Iterator[Item]:
    """Yield the images that a definition names, each with its key path; a reference without tag and digest is none."""
    if depth > _MOST_DEPTH:
        return
    if isinstance(tree, Map):
        yield from _in_map(tree, key, depth)
    elif isinstance(tree, Seq):
        is_list = key.rpartition(".")[2].lower() in _TEXTS
        for place, child in enumerate(tree):
            if isinstance(child, str) and is_list and _whole(child):
                yield Item(f"{key}[{place}]", child, line_of(tree, place))
            else:
                yield from bundle_entries(child, f"{key}[{place}]", depth + 1)


def _says_so(tree: Map, file: str) -> bool:
    stem = re.split(r"[\\/]", file)[-1]
    told = [stem, *(_text(dig(tree, *keys)) for keys in (("kind",), ("name",), ("metadata", "name")))]
    return any("bundle" in each.lower() for each in told) or any("bundle" in key.lower() for key in tree)


def _is_listing(tree: Tree) -> bool:
    return isinstance(tree, Seq) and any(next(_in_map(each, "", 0), None) for each in tree if isinstance(each, Map))


def _in_map(tree: Map, key: str, depth: int) -> Iterator[Item]:
    """Yield a mapping's own image, or else those below it."""
    if any(map(_is_other, _kinds(tree))):
        return
    # What stands in a list of packs or charts is one, whatever holds it; the images of a pack may stand in it.
    own = None if _is_other(_PLACE.sub("", key.rpartition(".")[2])) else _own(tree)
    if own is not None:
        name, text = own
        yield Item(f"{key}.{name}" if key else name, text, line_of(tree, name))
    for name, child in tree.items():
        if not isinstance(child, str):
            yield from bundle_entries(child, f"{key}.{name}" if key else name, depth + 1)


def _is_other(kind: str) -> bool:
    return _NO_IMAGE.search(kind) is not None and _IS_IMAGE.search(kind) is None


def _kinds(tree: Map) -> list[str]:
    return [_text(child) for name, child in tree.items() if name.lower() in _KIND_KEYS]


def _own(tree: Map) -> tuple[str, str] | None:
    """Tell the image that a mapping names by itself: in one text, put together, or by its annotation."""
    by_key = {name.lower(): (name, _text(child)) for name, child in tree.items() if isinstance(child, str)}
    for wanted in _WHOLE:
        name, text = by_key.get(wanted, ("", ""))
        if _whole(text):
            return name, text
    joined = _joined({wanted: text for wanted, (_, text) in by_key.items()})
    if joined is not None:
        return joined
    for annotation in _ANNOTATED:
        text = _text(dig(tree, "annotations", annotation))
        if _whole(text):
            return f"annotations.{annotation}", text
    return None


def _joined(texts: dict[str, str]) -> tuple[str, str] | None:
    """Put a name together with its registry, tag and digest."""
    name_key = next((key for key in _NAMES if texts.get(key)), "")
    tag, digest = texts.get("tag", ""), texts.get("digest", "")
    name = texts.get(name_key, "")
    registry = texts.get("registry", "") or texts.get("host", "")
    if registry and not name.startswith(f"{registry}/"):
        name = f"{registry.removeprefix('https://').rstrip('/')}/{name}"
    is_told = bool(_TAG.fullmatch(tag) or _DIGEST.fullmatch(digest))
    if not is_told or _NAME.fullmatch(strip_reference(name)) is None:
        return None
    digest_part = f"@{digest}" if _DIGEST.fullmatch(digest) else ""
    return name_key, f"{name}:{tag}{digest_part}" if _TAG.fullmatch(tag) else f"{name}{digest_part}"


def _whole(text: str) -> bool:
    bare = strip_reference(text)
    return _REFERENCE.fullmatch(bare) is not None and (":" in bare.rpartition("/")[2])


def _text(tree: Tree) -> str:
    return tree.strip() if isinstance(tree, str) else ""
