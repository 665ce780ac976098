"""Rules that put other names in the place of images' own: read from a file, from user-data, and from profiles.

`stylus.externalRegistries.registryMappingRules` is a map of prefixes in user-data (Palette docs, "Installer Reference");
`charts.registry-connect.config.registry.imageReplacementRules` is such a map as YAML in a text, whose key "all" stands
for every image (Palette docs, "Registry Connect"). Both are found wherever they stand, in a text inside the values too.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.wiring import RewriteRules
from regplan.oci.reference import Reference, refuse_password, without_password
from regplan.patterns import pattern
from regplan.profile.composer import BadSyntax, Map, Seq
from regplan.profile.macros import has_macro
from regplan.profile.tree import describe, parse_documents
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from regplan.profile.composer import Tree
    from regplan.profile.packvalues import PackValues

__all__ = ["profile_rules", "read_rules"]

_MAPPED: Final = "registryMappingRules"
_REPLACED: Final = "imageReplacementRules"
_ALL: Final = "all"
_SCHEME = pattern(r"^[a-z]+://")
# NAME:TAG, where a host has a number after its colon.
_TAGGED = pattern(r"[^/:]+:(?!\d+$)[^/:]+")
_MOST_DEPTH: Final = 4


@dataclass(slots=True)
class _Found:
    """Rules while they are gathered; `fill` puts values into macros, or gives None."""

    fill: Callable[[str], str | None]
    mapped: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_rules(text: str, file: str) -> RewriteRules:
    """Read a file of rules: a map of prefixes, a user-data file, or Registry Connect's values.

    >>> read_rules("gcr.io/spectro: mirror.corp/images", "rules.yaml").mapped
    (('gcr.io/spectro', 'mirror.corp/images'),)

    Raises `InputError` with every problem, and where there is no rule at all.
    """
    try:
        documents = [each for each in parse_documents(text) if each is not None]
    except BadSyntax as error:
        raise InputError(f"{file}: {'; '.join(error.problems)}") from error
    found = _Found(lambda each: None if has_macro(each) else each)
    for document in documents:
        _gather(document, found, 0)
        if isinstance(document, Map) and document and _is_bare(document):
            _add(document, found.mapped, "", found)
    if found.problems:
        raise InputError(f"{file}: {'; '.join(found.problems)}")
    if not (found.mapped or found.replaced):
        raise InputError(
            f"{file}: there is no mapping rule in it: write {_MAPPED} or {_REPLACED} with PREFIX: TARGET below, or such "
            "lines alone"
        )
    return _rules(found, file)


def profile_rules(packs: Sequence[PackValues]) -> RewriteRules:
    """Gather the rules of all packs; of two for one prefix the first is heard. What is not understood is a problem."""
    every = RewriteRules()
    for values in packs:
        found = _Found(values.fill)
        _gather(values.raw.values, found, 0)
        mine = _rules(found, str(values.raw.where))
        if mine:
            every = replace(
                every,
                mapped=tuple({**dict(mine.mapped), **dict(every.mapped)}.items()),
                replaced=tuple({**dict(mine.replaced), **dict(every.replaced)}.items()),
                source=", ".join(filter(None, (every.source, mine.source))),
                problems=(*every.problems, *(f"{mine.source}: {each}" for each in mine.problems)),
            )
    return every


def _is_bare(document: Map) -> bool:
    """Tell whether a document is a map of prefixes by itself."""
    return not {_MAPPED, _REPLACED} & document.keys() and all(isinstance(each, str) for each in document.values())


def _rules(found: _Found, source: str) -> RewriteRules:
    return RewriteRules(
        tuple(found.mapped.items()), tuple(found.replaced.items()), source, problems=tuple(found.problems)
    )


def _gather(tree: Tree, found: _Found, depth: int) -> None:
    """Find both kinds of rules in a tree, and in texts inside it that are YAML themselves."""
    if isinstance(tree, Map):
        for key, child in tree.items():
            if key == _MAPPED:
                _add(child, found.mapped, key, found)
            elif key == _REPLACED:
                _add(_parsed(child, found), found.replaced, key, found)
            else:
                _gather(child, found, depth)
    elif isinstance(tree, Seq):
        for child in tree:
            _gather(child, found, depth)
    elif tree is not None and "\n" in tree and (_MAPPED in tree or _REPLACED in tree) and depth < _MOST_DEPTH:
        _gather_text(tree, found, depth)


def _gather_text(text: str, found: _Found, depth: int) -> None:
    try:
        documents = parse_documents(text)
    except BadSyntax:
        return  # a script that speaks of the rules, and holds none
    for document in documents:
        if not isinstance(document, str):
            _gather(document, found, depth + 1)


def _parsed(tree: Tree, found: _Found) -> Tree:
    """Read rules that stand as YAML in a text; rules that stand as a map are taken as they are."""
    if not isinstance(tree, str):
        return tree
    try:
        documents = [each for each in parse_documents(tree) if each is not None]
    except BadSyntax as error:
        found.problems.append(f"{_REPLACED}: {error}")
        return None
    return documents[0] if documents else None


def _add(tree: Tree, rules: dict[str, str], key: str, found: _Found) -> None:
    if tree is None:
        return
    if not isinstance(tree, Map):
        found.problems.append(f"{key}: a map of prefixes is expected, and it is {describe(tree)}")
        return
    for prefix, target in tree.items():
        try:
            name, place = _prefix(_filled(prefix, found)), _place(_filled(target, found))
        except InputError as error:
            found.problems.append(f"{key} {without_password(prefix)}: {error}".strip())
        else:
            rules.setdefault(name, place)


def _filled(tree: Tree, found: _Found) -> str:
    filled = found.fill(tree) if isinstance(tree, str) and tree.strip() else ""
    if filled is None:
        raise InputError("its macro has no value here")
    if not filled:
        raise InputError(f"text is expected, and it is {describe(tree)}")
    return _SCHEME.sub("", filled.strip()).rstrip("/")


def _prefix(text: str) -> str:
    """Write a prefix as names are written out in full; "all" is the empty one."""
    if text == _ALL:
        return ""
    # A reference needs a path below its host; the prefix need not have one.
    refuse_password(text)
    host, slash, path = text.partition("/")
    is_host = "." in host or ":" in host or host == "localhost"
    is_tagged = ":" in path or _TAGGED.fullmatch(text) is not None
    if is_host and not slash and not is_tagged:
        return Reference.parse(f"{host}/x/x").registry
    if is_tagged or "@" in text:
        raise InputError("a prefix has no tag and no digest")
    whole = Reference.parse(text)
    return f"{whole.registry}/{path if is_host else text}"


def _place(text: str) -> str:
    refuse_password(text)
    host, _, path = text.partition("/")
    if "." not in host and ":" not in host and host != "localhost":
        raise InputError(f"{text!r} does not begin with a registry's host")
    if ":" in path or "@" in text:
        raise InputError(f"{without_password(text)!r}: what stands in the prefix's place has no tag and no digest")
    checked = Reference.parse(f"{host}/{path}/x" if path else f"{host}/x")
    return f"{checked.registry}/{path}" if path else checked.registry
