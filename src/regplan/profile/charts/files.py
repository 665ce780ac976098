"""A chart's files: Chart.yaml with its dependencies, values.yaml, templates, and the charts below it.

Charts below stand in `charts/NAME/` or, where an archive was taken apart, in `charts/NAME-1.0.tgz/NAME/`.
"""

from __future__ import annotations

import re
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Final

from regplan.profile.composer import BadSyntax, Map, Seq
from regplan.profile.parts import RawChart
from regplan.profile.tree import dig, parse_documents
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regplan.profile.composer import Tree

__all__ = ["Dependency", "Use", "children", "dependencies", "is_library", "read_chart", "templates"]

_CHILD = re.compile(r"(charts/(?:[^/]+\.t(?:ar\.)?gz(?:/[^/]+)?|[^/]+))/Chart\.yaml")
_DEFINITION = re.compile(r"^kind: CustomResourceDefinition\b", re.MULTILINE)
_OTHER = re.compile(r"^kind: (?!CustomResourceDefinition\b)|\{\{-?\s*define\b", re.MULTILINE)
_NOT_MANIFESTS: Final = ("NOTES.txt", "notes.txt")


class Use(Enum):
    """What a file of a chart is for: manifests with templates or without any, or nothing but named templates."""

    MANIFEST = "manifest"
    PLAIN = "plain"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Dependency:
    """A chart that Chart.yaml or requirements.yaml asks for; `called` is its alias, or else its name."""

    name: str
    called: str
    conditions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    imports: Tree = field(default=None, repr=False)


def read_chart(file: str, texts: Mapping[str, str]) -> RawChart:
    """Read a chart from the texts of its files, by their paths inside it; raises `BadSyntax`.

    >>> chart = read_chart("web-1.0.tgz", {"Chart.yaml": "{name: web, version: 1.0.0, appVersion: '2.7'}"})
    >>> chart.name, chart.version, chart.app_version
    ('web', '1.0.0', '2.7')
    """
    if "Chart.yaml" not in texts:
        raise BadSyntax("there is no Chart.yaml")
    about = _map_of(texts, "Chart.yaml")
    name = _text(about, "name")
    if not name:
        raise BadSyntax("Chart.yaml: it names no chart under `name`")
    return RawChart(
        file, name, _text(about, "version"), _text(about, "appVersion"), _map_of(texts, "values.yaml"), texts
    )


def dependencies(chart: RawChart) -> tuple[Dependency, ...]:
    """Tell what a chart depends on; nothing where that cannot be read."""
    found: list[Dependency] = []
    for path in ("Chart.yaml", "requirements.yaml"):
        try:
            listed = dig(_map_of(chart.texts, path), "dependencies")
        except BadSyntax:
            continue
        found += (_dependency(each) for each in listed if isinstance(each, Map)) if isinstance(listed, Seq) else ()
    return tuple(found)


def children(chart: RawChart) -> Iterator[RawChart]:
    """Yield the charts below a chart, those that cannot be read left out."""
    for path in sorted(chart.texts):
        match = _CHILD.fullmatch(path)
        if match is None:
            continue
        start = f"{match[1]}/"
        texts = {each.removeprefix(start): text for each, text in chart.texts.items() if each.startswith(start)}
        try:
            yield read_chart(f"{chart.file}/{match[1]}", texts)
        except BadSyntax:
            continue


def is_library(chart: RawChart) -> bool:
    """Tell whether a chart only lends its named templates to others."""
    try:
        return _text(_map_of(chart.texts, "Chart.yaml"), "type") == "library"
    except BadSyntax:
        return False


def templates(chart: RawChart) -> Iterator[tuple[str, str, Use]]:
    """Yield a chart's templates and the files beside them that Helm applies as they are: path, text and use."""
    for path, text in chart.texts.items():
        folder, _, name = path.partition("/")
        if folder not in {"crds", "templates"} or (_DEFINITION.search(text) and not _OTHER.search(text)):
            continue
        name = name.rpartition("/")[2]
        is_named = name.startswith("_") or name in _NOT_MANIFESTS
        yield path, text, Use.PLAIN if folder == "crds" else Use.NAMED if is_named else Use.MANIFEST


def _dependency(tree: Map) -> Dependency:
    tags = tree.get("tags")
    return Dependency(
        _text(tree, "name"),
        _text(tree, "alias") or _text(tree, "name"),
        tuple(each.strip() for each in _text(tree, "condition").split(",") if each.strip()),
        tuple(each for each in tags if isinstance(each, str)) if isinstance(tags, Seq) else (),
        tree.get("import-values"),
    )


def _map_of(texts: Mapping[str, str], path: str) -> Map:
    try:
        documents = parse_documents(texts.get(path, ""))
    except BadSyntax as error:
        raise BadSyntax(*(f"{path}: {problem}" for problem in error.problems)) from error
    if not documents or documents[0] is None:
        return Map()
    if not isinstance(documents[0], Map):
        raise BadSyntax(f"{path}: this is no mapping of keys to values")
    return documents[0]


def _text(about: Map, key: str) -> str:
    found = dig(about, key)
    return found.strip() if isinstance(found, str) else ""
