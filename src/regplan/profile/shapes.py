"""The shapes in which values spell an image: `repository` with `tag`, `registry` and `image`, `image: a/b:1`, and others.

Seen in public charts: Bitnami's registry, repository and tag; NVIDIA's repository, image and version; a `baseRepo` above
repositories that begin with a slash; `hub`; `imageName` with `imageTag`; `digest` and `sha`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.patterns import pattern
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.profile.composer import Map, Tree

__all__ = ["Spelt", "is_reference", "spelt_images"]

_REFERENCE = pattern(r"[\w.-]+(?::\d+)?(?:/[\w.-]+)+(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?|[\w.-]+:[\w.-]+")
_SPECTRO = pattern(r"\{\{-?\s*[^{}]*\.spectro\.")
_WORD = pattern(r"[\w.{} -]+")
_HEX = pattern(r"[0-9a-f]{64}")
_MOST_TEXT: Final = 2_000
_TAGS: Final = ("tag", "imageTag", "version")
_DIGESTS: Final = ("digest", "sha", "imageDigest", "sha256")
_HOSTS: Final = ("registry", "hub", "imageRegistry")
_ENDINGS: Final = ("image", "imagename", "name")
_BESIDE: Final = frozenset({*_DIGESTS, *_HOSTS, "tag", "imageTag", "pullPolicy", "imagePullPolicy"})


@dataclass(frozen=True, slots=True)
class Spelt:
    """An image as a mapping spells it: the key that names it, its parts, and whether its tag is part of its name.

    `path` is the name without the registry; it begins with a slash where something above says the rest.
    """

    key: str
    registry: str
    path: str
    tag: str = ""
    digest: str = ""
    is_whole: bool = False


def is_reference(text: str) -> bool:
    """Tell whether a text looks like a reference, or holds a macro that may be one.

    >>> is_reference("a/b:1"), is_reference("nginx:1"), is_reference("nginx")
    (True, True, False)
    """
    text = text.strip()
    return len(text) <= _MOST_TEXT and (_REFERENCE.fullmatch(text) is not None or _SPECTRO.search(text) is not None)


def spelt_images(tree: Map, name: str) -> Iterator[Spelt]:
    """Yield the images that a mapping spells with keys of its own; `name` is the key that leads to it."""
    repository = _text(tree, "repository") or _text(tree, "imageRepository")
    if repository and "://" not in repository:
        if _is_image(tree, name):
            yield _of_repository(tree, repository)
        return
    for key, child in tree.items():
        if isinstance(child, str) and key.lower().endswith(_ENDINGS) and 0 < len(child.strip()) <= _MOST_TEXT:
            spelt = _of_text(tree, key, child.strip(), name)
            if spelt is not None:
                yield spelt


def _is_image(tree: Map, name: str) -> bool:
    return (
        name.lower().endswith("image")
        or not tree.keys().isdisjoint(_BESIDE)
        or ("version" in tree and isinstance(tree.get("image"), str))
    )


def _of_repository(tree: Map, repository: str) -> Spelt:
    """Read `repository` with what stands beside it; a plain `image` or `name` beside it is its last part."""
    key = "repository" if _text(tree, "repository") else "imageRepository"
    last = _text(tree, "image") or (_text(tree, "name") if key == "repository" else "")
    path = repository
    if last and _WORD.fullmatch(last) and not repository.rstrip("/").endswith(f"/{last}"):
        path = f"{repository.rstrip('/')}/{last}"
    is_split = path != repository
    return Spelt(key, _first(tree, _HOSTS), path, _tag(tree, is_split=is_split), _digest(tree))


def _of_text(tree: Map, key: str, text: str, name: str) -> Spelt | None:
    low = key.lower()
    if low.endswith("imagename") or (low == "name" and _is_named(tree, name)):
        stem = key[:-4] if low.endswith("imagename") else ""
        return Spelt(key, _first(tree, _HOSTS), text, _text(tree, f"{stem}Tag") or _tag(tree), _digest(tree))
    if not low.endswith("image"):
        return None
    host = _first(tree, _HOSTS)
    tag = _text(tree, f"{key}Tag") or (_tag(tree, is_split=bool(host)) if low == "image" else "")
    is_alone = ":" in text.rpartition("/")[2] or "@" in text
    if not is_alone and (tag or host):
        return Spelt(key, host, text, tag, _digest(tree))
    return Spelt(key, "", text, is_whole=True) if is_reference(text) else None


def _is_named(tree: Map, name: str) -> bool:
    return name.lower().endswith("image") and not tree.keys().isdisjoint({*_TAGS, *_DIGESTS, *_HOSTS})


def _tag(tree: Map, *, is_split: bool = False) -> str:
    """Tell the tag; a `version` is one only where the name is split, else it may be the version of anything."""
    return _first(tree, _TAGS if is_split else _TAGS[:2])


def _digest(tree: Map) -> str:
    digest = _first(tree, _DIGESTS)
    return f"sha256:{digest}" if _HEX.fullmatch(digest) else digest


def _first(tree: Map, names: tuple[str, ...]) -> str:
    return next((found for each in names if (found := _text(tree, each))), "")


def _text(tree: Map, key: str) -> str:
    found: Tree = tree.get(key)
    return found.strip() if isinstance(found, str) and len(found) <= _MOST_TEXT else ""
