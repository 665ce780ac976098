"""A pack's image list: `pack.content.images`, the forms that documentation shows, and the ones that are mistakes.

The list is one-key maps, `- image: REFERENCE`. What stands behind a misspelt key is read all the same, with the status
`missing`, because Palette does not see it; `packs.content.images`, `content.images` and plain texts are `listed`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.profile import Provenance, UseStatus
from regplan.profile.composer import Map, Seq
from regplan.profile.lint import alias_key, misspelt_key
from regplan.profile.lists import MOST_ENTRIES
from regplan.profile.mention import image_use
from regplan.profile.parts import Item
from regplan.profile.tree import describe, line_of
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regplan.model.finding import Finding
    from regplan.profile.composer import Tree
    from regplan.profile.parts import Problems

__all__ = ["Entry", "ImageList", "has_image_list", "is_near", "list_keys", "read_image_list", "read_items"]

_RIGHT: Final = "pack.content.images"
_ALIASES: Final = frozenset({"packs.content.images", "content.images"})
_NEAR: Final = 0.75


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of an image list: its text as written, its key, whether Palette sees it, and its line where it is known."""

    text: str
    key: str
    status: UseStatus
    line: int | None = None


class _Place(NamedTuple):
    """Where a list stands or was meant to: its key, the wrong part of that, what is right, what is there, its line."""

    key: str
    wrong: str
    right: str
    tree: Tree
    line: int | None


@dataclass(frozen=True, slots=True)
class ImageList:
    """What a pack lists; `is_there` tells an empty list from none."""

    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    is_there: bool


def read_image_list(values: Map, where: Provenance, problems: Problems) -> ImageList:
    """Read every image list of a pack's values; what is no list at all is added to `problems`."""
    entries: list[Entry] = []
    findings: list[Finding] = []
    found = list(_places(values))
    for key, wrong, right, tree, line in found:
        if tree is None:
            continue
        if not isinstance(tree, Seq):
            problem = f"a list of `- image: REFERENCE` is expected, and it is {describe(tree)}"
            problems.add(where.file, _label(where, key, line), problem)
            continue
        if len(tree) > MOST_ENTRIES:
            problems.add(where.file, _label(where, key, line), f"this names more than {MOST_ENTRIES:,} images")
            continue
        if key in _ALIASES:
            findings.append(alias_key(str(where), key, _RIGHT))
        elif wrong:
            findings.append(misspelt_key(str(replace(where, key=key, line=line)), wrong, right))
        items = (Item(f"{key}[{place}]", each, line_of(tree, place)) for place, each in enumerate(tree))
        read = read_items(items, where, problems)
        entries += [replace(each, status=UseStatus.MISSING) for each in read.entries] if wrong else read.entries
        findings += read.findings
    return ImageList(tuple(entries), tuple(findings), any(isinstance(each.tree, Seq) for each in found))


def list_keys(values: Map) -> frozenset[str]:
    """Tell the keys at the top of values below which image lists stand or were meant to."""
    return frozenset(each.key.partition(".")[0] for each in _places(values))


def has_image_list(values: Map) -> bool:
    """Tell whether values hold an image list, in any of the forms that are read."""
    return any(isinstance(each.tree, Seq) for each in _places(values))


def read_items(items: Iterable[Item], where: Provenance, problems: Problems) -> ImageList:
    """Read a list's items: one-key maps, plain texts, and mistakes."""
    entries: list[Entry] = []
    findings: list[Finding] = []
    plain = 0
    for key, item, line in items:
        match item:
            case Map():
                entry, wrong = _of_map(item, key)
                entries.append(entry if entry.line else replace(entry, line=line))
                if wrong:
                    place = str(replace(where, key=key, line=entry.line or line))
                    findings.append(misspelt_key(place, wrong, "image"))
            case str():
                plain += 1
                entries.append(Entry(item, key, UseStatus.LISTED, line))
            case None:
                entries.append(Entry("", key, UseStatus.LISTED, line))
            case _:
                problem = "`- image: REFERENCE` is expected, and here is a list"
                problems.add(where.file, _label(where, key, line), problem)
    if plain:
        findings.append(alias_key(str(where), "plain texts", "`- image: REFERENCE`"))
    return ImageList(tuple(entries), tuple(findings), is_there=True)


def _label(where: Provenance, key: str, line: int | None) -> str:
    """Tell where in a file a problem is: line, profile, pack and key, as far as they are known."""
    place = str(Provenance("", where.profile, where.pack, where.layer, key))
    return f"line {line}: {place}" if line else place


def is_near(key: str, right: str) -> bool:
    """Tell whether a key was most likely meant to be another one.

    >>> is_near("iamge", "image"), is_near("Images", "images"), is_near("charts", "images")
    (True, True, False)
    """
    if abs(len(key) - len(right)) > len(right):
        return False
    word = key.lower()
    if word == right:
        return True
    # No more letters can be common than the shorter one has.
    if 2 * min(len(word), len(right)) < _NEAR * (len(word) + len(right)):
        return False
    # Letters in common, in whatever order, are at least as many as in the same order, which take longer to find.
    common = sum(min(word.count(letter), right.count(letter)) for letter in set(right))
    if 2 * common < _NEAR * (len(word) + len(right)):
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, word, right).ratio() >= _NEAR


def _of_map(item: Map, key: str) -> tuple[Entry, str]:
    """Read a map's image and tell the key that stands in place of `image`, or nothing where it is right."""
    if "image" in item:
        value = item["image"]
        text = value if isinstance(value, str) else ""
        return Entry(text, f"{key}.image", UseStatus.LISTED, line_of(item, "image")), ""
    wrong = next((name for name in item if is_near(name, "image")), next(iter(item), ""))
    value = item.get(wrong)
    if not isinstance(value, str) or (not is_near(wrong, "image") and not _is_reference(value)):
        value = ""
    return Entry(value, f"{key}.{wrong}", UseStatus.MISSING, line_of(item, wrong)), wrong or "{}"


def _is_reference(text: str) -> bool:
    return image_use(text, Provenance("")).reference is not None


def _places(values: Map) -> Iterator[_Place]:
    """Yield where lists stand or were meant to."""
    for top, tree in values.items():
        if top == "packs" or is_near(top, "pack"):
            yield from _in_pack(top, tree)
        elif is_near(top, "content"):
            yield from _in_content((top,), tree, "content.images")


def _in_pack(top: str, tree: Tree) -> Iterator[_Place]:
    for key, child in tree.items() if isinstance(tree, Map) else ():
        if is_near(key, "content"):
            yield from _in_content((top, key), child, _RIGHT)
        elif is_near(key, "images") and isinstance(child, Seq):
            yield _Place(f"{top}.{key}", f"{top}.{key}", _RIGHT, child, line_of(tree, key))


def _in_content(above: tuple[str, ...], tree: Tree, right: str) -> Iterator[_Place]:
    for key, child in tree.items() if isinstance(tree, Map) else ():
        keys = (*above, key)
        if is_near(key, "images") and (isinstance(child, Seq) or ".".join(keys) == _RIGHT):
            yield _place(keys, right, child, line_of(tree, key))


def _place(keys: tuple[str, ...], right: str, tree: Tree, line: int | None) -> _Place:
    key = ".".join(keys)
    if key == _RIGHT or key in _ALIASES:
        return _Place(key, "", right, tree, line)
    wrong = next(name for name, meant in zip(keys, right.split("."), strict=True) if name != meant)
    return _Place(key, wrong, dict(zip(keys, right.split("."), strict=True))[wrong], tree, line)
