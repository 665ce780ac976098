"""A chart read without Helm: its templates run with what is known."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from regplan.profile.charts.blocks import called, defines, parse_template, plain_template, tells
from regplan.profile.charts.data import UNKNOWN, Data, Node
from regplan.profile.charts.expression import BadTemplate
from regplan.profile.charts.files import Use, templates
from regplan.profile.charts.lines import image_lines
from regplan.profile.charts.run import Exhausted, Run
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.profile import Provenance
    from regplan.profile.charts.blocks import Body
    from regplan.profile.charts.lines import Custom, Found
    from regplan.profile.charts.tree import Part
    from regplan.profile.macros import Scope

__all__ = ["Around", "StaticReading", "read_static"]

_MOST_FOUND: Final = 5_000


@dataclass(frozen=True, slots=True)
class Around:
    """Where a chart stands: the provenance that all its images share, what fills macros, and the release's namespace."""

    where: Provenance
    scope: Scope
    namespace: str


@dataclass(frozen=True, slots=True)
class StaticReading:
    """What templates gave: each image with the part of the chart and the path of its template.

    `reads` are the keys of the values that any template asks for, `is_whole` tells that every template was read.
    """

    found: tuple[tuple[Part, str, Found | Custom], ...]
    reads: frozenset[tuple[str, ...]]
    is_whole: bool


def read_static(parts: Sequence[Part], around: Around) -> StaticReading:
    """Read the templates of a chart and of those below it."""
    ordered = _ordered(parts)
    named: dict[str, Body] = {}
    bodies: list[tuple[Part, str, Body]] = []
    is_whole = True
    for each in ordered:
        if each.use is not Use.PLAIN and defines(each.text):
            body, own = _parsed(each)
            named |= own
            is_whole = is_whole and body is not None
    run = Run(named)
    for each in ordered:
        if (
            each.use is Use.NAMED
            or each.part.is_library
            or not (tells(each.text) or any(map(run.tells, called(each.text))))
        ):
            continue
        body, _ = _parsed(each)
        is_whole = is_whole and body is not None
        if body is not None:
            bodies.append((each.part, each.path, body))
    found: list[tuple[Part, str, Found | Custom]] = []
    dots = {part.names: _dot(part, around) for part in parts}
    for part, path, body in bodies:
        try:
            segments = run.manifest(body, _at(dots[part.names], part, path), part.guards)
        except (Exhausted, RecursionError):
            is_whole = False
            segments = tuple(run.pieces)
        lines = image_lines(segments)
        found += ((part, path, each) for each in islice(lines, _MOST_FOUND - len(found)))
        is_whole = is_whole and len(found) < _MOST_FOUND
    return StaticReading(tuple(found), frozenset(run.reads), is_whole)


class _File(NamedTuple):
    """A file of a chart."""

    part: Part
    path: str
    text: str
    use: Use


def _parsed(file: _File) -> tuple[Body | None, dict[str, Body]]:
    if file.use is Use.PLAIN:
        return plain_template(file.text), {}
    try:
        return parse_template(file.text)
    except BadTemplate:
        return None, {}


def _ordered(parts: Sequence[Part]) -> list[_File]:
    """Put templates in Helm's order: the deepest path first, so that a chart's own come after those below it."""
    every = [_File(part, *each) for part in parts for each in templates(part.chart)]
    return sorted(every, key=lambda each: _depth(each.part, each.path), reverse=True)


def _depth(part: Part, path: str) -> tuple[int, str]:
    whole = f"{'/charts/'.join(part.names)}/{path}"
    return whole.count("/"), whole


def _dot(part: Part, around: Around) -> Node:
    """Make the dot that every template of a chart starts with."""
    return _node(
        Values=part.values,
        Chart=_node(
            Name=part.names[-1],
            Version=part.chart.version,
            AppVersion=part.chart.app_version,
            Type="application",
            Annotations=UNKNOWN,
        ),
        Release=_node(
            Name=part.names[0],
            Namespace=around.namespace,
            Service="Helm",
            IsInstall=UNKNOWN,
            IsUpgrade=UNKNOWN,
            Revision=UNKNOWN,
        ),
        Capabilities=_capabilities(around.scope.kubernetes),
        Files=UNKNOWN,
        Subcharts=UNKNOWN,
    )


def _at(dot: Node, part: Part, path: str) -> Node:
    folder = "/charts/".join(part.names)
    dot["Template"] = _node(Name=f"{folder}/{path}", BasePath=f"{folder}/templates")
    return dot


def _capabilities(kubernetes: str | None) -> Node:
    version: Data = UNKNOWN
    if kubernetes:
        major, _, rest = kubernetes.removeprefix("v").partition(".")
        whole = f"v{kubernetes.removeprefix('v')}"
        version = _node(Version=whole, GitVersion=whole, Major=major, Minor=rest.partition(".")[0])
    return _node(KubeVersion=version, APIVersions=UNKNOWN, HelmVersion=UNKNOWN)


def _node(**entries: Data) -> Node:
    node = Node()
    node.update(entries)
    return node
