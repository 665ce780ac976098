"""A chart as `helm template` renders it: objects, workloads, and the images that they run."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.profile import FoundBy
from regplan.profile.charts.data import Data, replace_macros, to_json
from regplan.profile.charts.sightings import template_file
from regplan.profile.composer import BadSyntax, Map
from regplan.profile.hidden import is_secret_key
from regplan.profile.parts import Evidence, Problems
from regplan.profile.sight import may_run_more
from regplan.profile.tree import Lines, parse_documents
from regplan.profile.visible import values_sightings
from regplan.profile.workloads import KubeObject, Surroundings, read_workloads
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.finding import Finding
    from regplan.model.profile import Provenance, Workload
    from regplan.profile.charts.static import Around
    from regplan.profile.parts import RawChart, Renderer, Sighting

__all__ = ["Rendering", "render"]

_BREAK = re.compile(r"^---[ \t]*$", re.MULTILINE)
_SOURCE = re.compile(r"^# Source: [^/\n]+/(\S+)", re.MULTILINE)
_DEFINITION = re.compile(r"^kind:\s*[\"']?CustomResourceDefinition\b", re.MULTILINE)
_PUT = re.compile(r"regplanmacro[0-9]+x")
_LEAST_SECRET: Final = 4


@dataclass(frozen=True, slots=True)
class Rendering:
    """What rendering gave; nothing, and `problem`, where it failed."""

    sightings: tuple[Sighting, ...] = ()
    workloads: tuple[Workload, ...] = ()
    findings: tuple[Finding, ...] = ()
    text: str = ""
    is_rendered: bool = False
    is_whole: bool = False
    problem: str = ""


def render(renderer: Renderer, chart: RawChart, values: Data, around: Around) -> Rendering:
    """Render a chart and read what came out."""
    version = around.scope.kubernetes
    macros: dict[str, str] = {}
    given = renderer(chart, to_json(_masked(values, macros)), around.namespace, *((version,) if version else ()))
    if given.text is None:
        return Rendering(problem=_without_secrets(given.problem, values, chart))
    text = _PUT.sub(lambda match: macros.get(match[0], match[0]), given.text)
    objects, unread = _objects(chart, text)
    if unread and not objects:
        return Rendering(problem=f"what helm made of it cannot be read: {unread[0]}")
    where = replace(around.where, file=chart.file, found_by=FoundBy.CHART)
    read = read_workloads(objects, Surroundings(where, around.scope, Problems(), around.namespace))
    customs = (sighting for each in read.customs for sighting in _of_custom(each, where, around))
    return Rendering(
        (*read.sightings, *customs),
        read.workloads,
        read.findings,
        text,
        is_rendered=True,
        is_whole=not unread and not any(may_run_more(each.document) for each in objects),
        problem=f"some of what helm made of it cannot be read: {unread[0]}" if unread else "",
    )


def _objects(chart: RawChart, text: str) -> tuple[list[KubeObject], list[str]]:
    """Read the objects of a rendering, and tell what of it cannot be read."""
    key = ".".join(chart.values_at or ("charts", chart.name))
    objects: list[KubeObject] = []
    unread: list[str] = []
    for part in _BREAK.split(text):
        if not part.strip() or _DEFINITION.search(part) is not None:
            continue
        source = _SOURCE.search(part)
        file = template_file(chart, "", source[1] if source is not None else "")
        try:
            documents = parse_documents(part, Lines(fixed=0))
        except BadSyntax as error:
            unread.append(f"{file}: {error.problems[0]}")
            continue
        for each in documents:
            if isinstance(each, Map):
                objects.append(KubeObject(key, each, file))
            elif each is not None:
                unread.append(f"{file}: this is no Kubernetes object")
    return objects, unread


def _masked(data: Data, macros: dict[str, str]) -> Data:
    """Put a plain word in the place of each macro that nothing fills, since a chart may put it where no braces can be."""

    def put(macro: str) -> str:
        word = f"regplanmacro{len(macros)}x"
        macros[word] = macro
        return word

    match data:
        case str():
            return replace_macros(data, put) if ".spectro." in data else data
        case dict():
            return {key: _masked(child, macros) for key, child in data.items()}
        case list():
            return [_masked(child, macros) for child in data]
        case _:
            return data


def _of_custom(each: KubeObject, where: Provenance, around: Around) -> Iterator[Sighting]:
    where = replace(where, file=each.file or where.file, found_by=FoundBy.CUSTOM)
    key = f"{each.key} {each.document.get('kind')}".strip()
    for sighting in values_sightings(each.document, where, around.scope, key):
        is_live = sighting.evidence in {Evidence.ENABLED, Evidence.RUNS}
        yield replace(sighting, evidence=Evidence.MAYBE) if is_live else sighting


def _without_secrets(problem: str, values: Data, chart: RawChart) -> str:
    """Take the values of secrets out of what helm said; what is no more than a part of a file's name is none."""
    shown = "\n".join((chart.name, *chart.texts))
    for secret in sorted(set(_secrets(values, is_secret=False)), key=len, reverse=True):
        problem = problem if secret in shown else problem.replace(secret, "***")
    return problem


def _secrets(values: Data, *, is_secret: bool) -> Iterator[str]:
    if isinstance(values, dict):
        for key, child in values.items():
            yield from _secrets(child, is_secret=is_secret or is_secret_key(key))
    elif isinstance(values, list):
        for child in values:
            yield from _secrets(child, is_secret=is_secret)
    elif is_secret and len(str(values)) >= _LEAST_SECRET:
        yield str(values)
