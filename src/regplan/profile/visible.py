"""Images that values name outside any list: `image: a/b:1`, `repository` with `tag`, `images: {name: a/b:1}`.

Nobody who only reads values knows whether a chart runs them, so they are told as `unknown`; what stands below
`enabled: false` is left out. An image that cannot be put together (no tag, a template) is told with no text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from regplan.profile.composer import Map, Seq
from regplan.profile.tree import flag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.composer import Tree

__all__ = ["Visible", "visible_images"]

_REFERENCE = re.compile(r"[\w.-]+(?::\d+)?(?:/[\w.-]+)+(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?|[\w.-]+:[\w.-]+")
_SPECTRO = re.compile(r"\{\{-?\s*\.spectro\.")


class Visible(NamedTuple):
    """An image that a key names; `text` is None where the values do not say all of it."""

    key: str
    text: str | None


def visible_images(tree: Tree, key: str = "") -> Iterator[Visible]:
    """Yield the images that a tree names, with their keys.

    >>> from regplan.profile.tree import parse_documents
    >>> list(visible_images(parse_documents("web: {image: {repository: a/b, tag: 1.0}}")[0]))
    [Visible(key='web.image', text='a/b:1.0')]
    """
    if isinstance(tree, Seq):
        for place, child in enumerate(tree):
            yield from visible_images(child, f"{key}[{place}]")
        return
    if not isinstance(tree, Map) or flag(tree.get("enabled")) is False:
        return
    if _is_triple(tree):
        yield Visible(key, _of_triple(tree))
        return
    for name, child in tree.items():
        path = f"{key}.{name}" if key else name
        if isinstance(child, str):
            if name.lower().endswith("image") and _is_reference(child):
                yield Visible(path, child.strip())
        elif name == "images" and isinstance(child, Map):
            yield from _of_images(child, path)
        else:
            yield from visible_images(child, path)


def _is_reference(text: str) -> bool:
    return _REFERENCE.fullmatch(text.strip()) is not None or _SPECTRO.search(text) is not None


def _of_images(tree: Map, key: str) -> Iterator[Visible]:
    for name, child in tree.items():
        if isinstance(child, str) and "/" in child and _is_reference(child):
            yield Visible(f"{key}.{name}", child.strip())
        else:
            yield from visible_images(child, f"{key}.{name}")


def _is_triple(tree: Map) -> bool:
    repository = tree.get("repository")
    return (
        isinstance(repository, str)
        and bool(repository.strip())
        and "://" not in repository
        and not tree.keys().isdisjoint({"digest", "pullPolicy", "registry", "sha", "tag"})
    )


def _of_triple(tree: Map) -> str | None:
    parts = {name: _text(tree.get(name)) for name in ("registry", "repository", "tag", "digest")}
    if any("{{" in part and not _SPECTRO.search(part) for part in parts.values()) or not (
        parts["tag"] or parts["digest"]
    ):
        return None
    name = parts["repository"]
    if parts["registry"] and not name.startswith(f"{parts['registry']}/"):
        name = f"{parts['registry']}/{name}"
    tag = f":{parts['tag']}" if parts["tag"] else ""
    digest = f"@{parts['digest']}" if parts["digest"] else ""
    return f"{name}{tag}{digest}"


def _text(tree: Tree) -> str:
    return tree.strip() if isinstance(tree, str) else ""
