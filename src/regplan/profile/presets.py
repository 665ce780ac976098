"""A pack's presets: values that each adds and paths that each removes, as `presets.yaml` and the API tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.patterns import pattern
from regplan.profile.composer import BadSyntax, Map, Seq
from regplan.profile.parts import Preset
from regplan.profile.tree import describe, dig, file_of, lines_in, parse_documents

if TYPE_CHECKING:
    from collections.abc import Collection

    from regplan.profile.composer import Tree
    from regplan.profile.parts import Problems

__all__ = ["enabled_presets", "read_presets"]

_ENABLED: Final = pattern(r"#\s*spectrocloud\.com/enabled-presets:(.*)")


def enabled_presets(text: str) -> tuple[str, ...]:
    r"""Tell which presets a pack's values say are enabled, each as GROUP:NAME: a comment above the first key.

    >>> enabled_presets("# spectrocloud.com/enabled-presets: Backend:disable-api,Mode:lite\npack: {}")
    ('Backend:disable-api', 'Mode:lite')
    """
    for line in text.splitlines():
        bare = line.strip()
        if bare and bare != "---" and not bare.startswith("#"):
            return ()
        told = _ENABLED.match(bare)
        if told is not None:
            return tuple(name for each in told[1].split(",") if (name := each.strip()))
    return ()


def read_presets(tree: Tree, enabled: Collection[str], at: tuple[str, str], problems: Problems) -> tuple[Preset, ...]:
    """Read a list of `{name, group, add, remove}`; `enabled` names those that are on, `at` is file and key.

    What cannot be understood is added to `problems`.
    """
    if tree is None:
        return ()
    file, key = at
    if not isinstance(tree, Seq):
        problems.add(file, key, f"a list of presets is expected, and it is {describe(tree)}")
        return ()
    found = []
    for place, each in enumerate(problems.bounded(tree, at, "presets")):
        name, group = _text(dig(each, "name")), _text(dig(each, "group"))
        if not name:
            problems.add(file, f"{key}[{place}]", "this preset has no name")
            continue
        add = _added(dig(each, "add"), (file, f"{key}[{place}] ({name}).add"), problems)
        removed = dig(each, "remove")
        paths = tuple(path for path in removed if isinstance(path, str)) if isinstance(removed, Seq) else ()
        found.append(Preset(name, group, add, paths, f"{group}:{name}" in enabled, file))
    return tuple(found)


def _added(tree: Tree, at: tuple[str, str], problems: Problems) -> Map:
    """Read the values that a preset adds: YAML in a text, or a mapping as it stands."""
    if isinstance(tree, str):
        try:
            documents = [each for each in parse_documents(tree, lines_in(tree)) if each is not None]
        except BadSyntax as error:
            problems.add(file_of(at[0], tree), at[1], str(error))
            return Map()
        tree = documents[0] if documents else None
    if tree is None or isinstance(tree, Map):
        return tree if tree is not None else Map()
    problems.add(*at, f"values are expected, and here is {describe(tree)}")
    return Map()


def _text(tree: Tree) -> str:
    return tree.strip() if isinstance(tree, str) else ""
