"""What a chart uses under a pack's values: rendered where that can be done, read from its templates otherwise."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.profile.charts.data import fill, typed
from regplan.profile.charts.rendered import Rendering, render
from regplan.profile.charts.sightings import sightings_of, unread_values
from regplan.profile.charts.static import Around, read_static
from regplan.profile.charts.tree import missing_parts, parts
from regplan.profile.charts.words import may_start_more, words_of
from regplan.profile.composer import Map
from regplan.profile.parts import Evidence
from regplan.profile.tree import dig
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from regplan.model.finding import Finding
    from regplan.model.profile import Workload
    from regplan.profile.composer import Tree
    from regplan.profile.macros import Scope
    from regplan.profile.parts import RawChart, RawPack, Renderer, Sighting

__all__ = ["ChartUses", "chart_uses"]

_LIVE: Final = frozenset({Evidence.ENABLED, Evidence.RUNS})


@dataclass(frozen=True, slots=True)
class ChartUses:
    """What a chart uses: images with what is known of each, and workloads where it was rendered.

    `is_whole` tells that everything the chart runs is among the sightings; `words` are then the repository-like words
    of all its texts. `problem` is why rendering failed, "" where it did not.
    """

    sightings: tuple[Sighting, ...] = ()
    workloads: tuple[Workload, ...] = ()
    is_whole: bool = False
    words: frozenset[str] = frozenset()
    problem: str = ""
    findings: tuple[Finding, ...] = field(default=(), repr=False)


def chart_uses(raw: RawPack, chart: RawChart, scope: Scope, renderer: Renderer | None) -> ChartUses:
    """Tell what a chart of a pack runs under the pack's values, and what it would run were some value set."""
    found, path = _values_of(raw, chart)
    tree = fill(found, scope)
    over = typed(tree if isinstance(tree, Map) else Map(), path)
    around = Around(raw.where, scope, _namespace(raw))
    own = _with_macros(chart, scope)
    read = read_static(parts(own, over, path), around)
    static = (*sightings_of(read, chart, around), *unread_values(read, tree, around, path))
    is_complete = read.is_whole and not missing_parts(chart)
    rendering = render(renderer, own, over, around) if renderer is not None else Rendering()
    sightings = tuple(_settled(static, rendering) if rendering.is_rendered else _distinct(static))
    is_whole = (
        rendering.is_whole
        if rendering.is_rendered
        else is_complete
        and not may_start_more(chart)
        and all(each.evidence is not Evidence.MAYBE for each in sightings)
    )
    words = words_of(chart, rendering.text if rendering.is_rendered else None) if is_whole else frozenset[str]()
    return ChartUses(sightings, rendering.workloads, is_whole, words, rendering.problem, rendering.findings)


def _values_of(raw: RawPack, chart: RawChart) -> tuple[Tree, tuple[str, ...]]:
    """Find a chart's values in its pack's, and the keys that lead to them."""
    path = chart.values_at or ("charts", chart.name)
    found = dig(raw.values, *path)
    if isinstance(found, Map) or chart.values_at:
        return found, path
    charts = raw.values.get("charts")
    if charts is None and not raw.values.keys().isdisjoint(chart.values):
        # Values that are a chart's own, as `helm --values` takes them.
        return _without_pack(raw.values), ()
    if isinstance(charts, Map) and len(charts) == 1 and len(raw.charts) == 1:
        ((name, only),) = charts.items()
        return (only, ("charts", name)) if isinstance(only, Map) else (Map(), path)
    return Map(), path


def _without_pack(values: Map) -> Map:
    found = Map()
    found.lines = values.lines
    found.update((key, child) for key, child in values.items() if key != "pack")
    return found


def _namespace(raw: RawPack) -> str:
    namespace = dig(raw.values, "pack", "namespace")
    return namespace.strip() if isinstance(namespace, str) and namespace.strip() else "default"


def _with_macros(chart: RawChart, scope: Scope) -> RawChart:
    """Fill Palette's macros in the templates of a pack's manifests, which Palette does before it reads them."""
    if not any(".spectro." in text for text in chart.texts.values()):
        return chart
    texts = {path: str(fill(text, scope)) for path, text in chart.texts.items()}
    return replace(chart, texts=texts)


def _settled(static: Iterable[Sighting], rendering: Rendering) -> Iterator[Sighting]:
    """Put what was rendered first; what templates name beside it is off, or nobody can tell."""
    yield from rendering.sightings
    there = {each.name for each in rendering.sightings}
    for each in _others(_distinct(static), rendering.sightings):
        if each.evidence not in _LIVE:
            yield each
        elif each.name not in there:
            yield replace(each, evidence=Evidence.MAYBE)


def _distinct(static: Iterable[Sighting]) -> Iterator[Sighting]:
    """Yield each image once with the best that is known of it."""
    everything = list(static)
    live = [each for each in everything if each.evidence in _LIVE]
    seen: set[object] = set()
    for each in (*live, *_others(everything, live)):
        key = (each.name, each.use.reference, each.evidence, each.use.enabled_by)
        if key not in seen:
            seen.add(key)
            yield each


def _others(sightings: Iterable[Sighting], there: Sequence[Sighting]) -> Iterator[Sighting]:
    """Yield what is not there already: another image, or one whose tag is not said where none of its name is there."""
    names = {each.name for each in there if each.name}
    references = {each.use.reference for each in there} - {None}
    for each in sightings:
        if each.use.reference not in references and not (each.use.reference is None and each.name in names):
            yield each
