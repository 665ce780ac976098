"""What one pack, chart, manifest file or list names: mentions of images, workloads, and findings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.profile import FoundBy, UseStatus
from regplan.patterns import pattern
from regplan.profile.composer import Map
from regplan.profile.imagelist import list_keys, read_image_list, read_items
from regplan.profile.lint import chart_not_rendered
from regplan.profile.mention import image_use
from regplan.profile.parts import Evidence, Origin, Sighting
from regplan.profile.sight import may_run_more
from regplan.profile.tree import dig, texts_of
from regplan.profile.visible import values_sightings
from regplan.profile.workloads import KubeObject, Surroundings, read_workloads
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.model.finding import Finding
    from regplan.model.profile import ImageUse, Provenance, Workload
    from regplan.profile.charts import ChartUses
    from regplan.profile.composer import Tree
    from regplan.profile.imagelist import ImageList
    from regplan.profile.macros import Scope
    from regplan.profile.parts import Preset, Problems, RawChart, RawPack, Renderer

__all__ = ["MANAGED", "PackUses", "read_pack"]

# What Palette manages, so that it can lack an image that Palette should know.
MANAGED: Final = frozenset({Origin.PROFILE, Origin.PACK, Origin.VALUES})
_LISTS: Final = {Origin.LIST: FoundBy.LIST, Origin.BUNDLE: FoundBy.BUNDLE}
_LINE = pattern(r"line ([0-9]{1,9})")
_WORD = pattern(r"[\w./-]*/[\w./-]+|[\w.-]+")


@dataclass(frozen=True, slots=True)
class PackUses:
    """What a pack names: in its list, and anywhere else.

    `is_in_sight`: everything that the pack runs is among the sightings. `words` are the repository-like words of all
    that was read beside the list, `absent` the charts and manifests that the pack names and that are not at hand, `has_list`
    tells an empty list from none.
    """

    raw: RawPack
    listed: tuple[ImageUse, ...]
    sightings: tuple[Sighting, ...] = ()
    workloads: tuple[Workload, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_in_sight: bool = False
    words: str = ""
    absent: tuple[str, ...] = ()
    has_list: bool = False


@dataclass(frozen=True, slots=True)
class _Job:
    """A pack with what reading it needs at every step."""

    raw: RawPack
    scope: Scope
    problems: Problems
    renderer: Renderer | None = None

    @property
    def objects(self) -> Iterator[KubeObject]:
        """The Kubernetes objects of the pack's manifests."""
        return (
            KubeObject(each.key, document, each.file)
            for each in self.raw.manifests
            for document in each.documents or ()
        )


def read_pack(raw: RawPack, scope: Scope, problems: Problems, renderer: Renderer | None = None) -> PackUses:
    """Read what a pack names; what cannot be understood is added to `problems`, what cannot be rendered is a finding."""
    raw = replace(raw, where=replace(raw.where, version=raw.pack.version or raw.where.version))
    job = _Job(raw, scope, problems, renderer)
    listing = _listing(job)
    namespace = dig(raw.values, "pack", "namespace")
    around = Surroundings(raw.where, scope, problems, namespace if isinstance(namespace, str) else "")
    run = read_workloads(job.objects, around)
    charts = list(_chart_uses(raw, scope, renderer))
    customs = (each for custom in run.customs for each in _of_custom(custom, job))
    named = (*customs, *_of_values(job), *_of_presets(job))
    absent = _absent_charts(raw)
    guessed = () if raw.charts else _other_charts(raw)
    seen = (*run.sightings, *(each for _, uses in charts for each in uses.sightings), *named)
    return PackUses(
        raw,
        tuple(_listed(listing, job)),
        seen,
        (*run.workloads, *(each for _, uses in charts for each in uses.workloads)),
        (*listing.findings, *run.findings, *_of_charts(charts), *_not_rendered(raw, charts)),
        is_in_sight=not absent and not _other_charts(raw) and _is_in_sight(raw, [uses for _, uses in charts], seen),
        words="\n".join((*_words(job.objects), *sorted(word for _, uses in charts for word in uses.words))),
        absent=tuple(dict.fromkeys((*guessed, *absent, *_named_only(raw)))),
        has_list=listing.is_there,
    )


def _listing(job: _Job) -> ImageList:
    if job.raw.origin not in _LISTS:
        return read_image_list(job.raw.values, job.raw.where, job.problems)
    # A list is nobody's pack: whatever form its items have, they are what was asked for.
    read = read_items(
        (each._replace(line=each.line or _line(each.key)) for each in job.raw.entries), job.raw.where, job.problems
    )
    entries = tuple(replace(each, status=UseStatus.LISTED) for each in read.entries)
    return replace(read, entries=entries, findings=())


def _line(key: str) -> int | None:
    match = _LINE.fullmatch(key)
    return int(match[1]) if match is not None else None


def _listed(listing: ImageList, job: _Job) -> Iterator[ImageUse]:
    found_by = _LISTS.get(job.raw.origin, FoundBy.LIST)
    for each in listing.entries:
        where = replace(job.raw.where, key=each.key, line=each.line or None, found_by=found_by)
        yield image_use(each.text, where, job.scope, each.status)


def _of_values(job: _Job) -> tuple[Sighting, ...]:
    """Find what values name where no chart is at hand that would tell whether they are used."""
    if job.raw.origin not in MANAGED:
        return ()
    lists = list_keys(job.raw.values) | {"pack"}
    values = _without(job.raw.values, lists)
    for path in dict.fromkeys(_values_at(chart) for chart in job.raw.charts):
        values = _pruned(values, path)
    return values_sightings(values, replace(job.raw.where, found_by=FoundBy.VALUES), job.scope)


def _of_custom(custom: KubeObject, job: _Job) -> tuple[Sighting, ...]:
    where = replace(job.raw.where, file=custom.file or job.raw.where.file, found_by=FoundBy.CUSTOM)
    key = f"{custom.key} {custom.document.get('kind')}".strip()
    # An operator decides what to do with it: whatever a flag in it says, nobody here can tell.
    return tuple(
        replace(each, evidence=Evidence.MAYBE) if each.evidence in {Evidence.ENABLED, Evidence.RUNS} else each
        for each in values_sightings(custom.document, where, job.scope, key)
    )


def _of_presets(job: _Job) -> Iterator[Sighting]:
    """Find what presets that are not enabled would add, in their values and in their lists."""
    for preset in job.raw.presets:
        if preset.is_on:
            continue
        name = f"preset {preset.group}:{preset.name}" if preset.group else f"preset {preset.name}"
        where = replace(job.raw.where, file=preset.file or job.raw.where.file, found_by=FoundBy.PRESET)
        values = _without(preset.add, list_keys(preset.add) | {"pack"})
        for each in (*_added(preset, name, where, job), *values_sightings(values, where, job.scope, name)):
            gate = f"{name} and {each.use.enabled_by}" if each.use.enabled_by else name
            yield Sighting(replace(each.use, enabled_by=gate), Evidence.OFF, each.name)


def _added(preset: Preset, name: str, where: Provenance, job: _Job) -> Iterator[Sighting]:
    for each in read_image_list(preset.add, where, job.problems).entries:
        use = image_use(each.text, replace(where, key=f"{name} {each.key}", line=each.line or None), job.scope)
        yield Sighting(use, Evidence.OFF, use.reference.name if use.reference is not None else "")


def _chart_uses(raw: RawPack, scope: Scope, renderer: Renderer | None) -> Iterator[tuple[RawChart, ChartUses]]:
    if raw.charts:
        # Most profiles come without charts, and reading them is the largest part of this package.
        from regplan.profile.charts import chart_uses

        yield from ((chart, chart_uses(raw, chart, scope, renderer)) for chart in raw.charts)


def _of_charts(charts: Sequence[tuple[RawChart, ChartUses]]) -> Iterator[Finding]:
    return (finding for _, uses in charts for finding in uses.findings)


def _not_rendered(raw: RawPack, charts: list[tuple[RawChart, ChartUses]]) -> Iterator[Finding]:
    return (chart_not_rendered(str(raw.where), chart.name, uses.problem) for chart, uses in charts if uses.problem)


def _values_at(chart: RawChart) -> tuple[str, ...]:
    return chart.values_at or ("charts", chart.name)


def _absent_charts(raw: RawPack) -> tuple[str, ...]:
    """Tell which charts and templates a pack names, beside its list or in its values, that are not at hand."""
    at_hand = {_values_at(chart) for chart in raw.charts}
    fetched = dig(raw.values, "pack", "content", "charts")
    names = (dig(each, "name") for each in (fetched if isinstance(fetched, list) else ()))
    named = [("charts", name) for name in names if isinstance(name, str)]
    templates = raw.values.get("manifests")
    named += [
        ("manifests", name)
        for name in _keys(templates)
        if isinstance(templates, Map) and dig(templates[name], "contents") is None
    ]
    return tuple(dict.fromkeys(name for path, name in named if (path, name) not in at_hand))


def _named_only(raw: RawPack) -> Iterator[str]:
    """Tell the manifests of which only the name is known, as of those in an API answer."""
    return (each.key.removeprefix("manifests.") for each in raw.manifests if each.documents is None)


def _other_charts(raw: RawPack) -> tuple[str, ...]:
    """Tell the keys below `charts` that no chart at hand has: other charts, or values that stand in the wrong place."""
    charts = raw.values.get("charts")
    at_hand = {_values_at(chart) for chart in raw.charts}
    named = (name for name in _keys(charts) if isinstance(charts, Map) and isinstance(charts[name], Map))
    return tuple(name for name in named if ("charts", name) not in at_hand)


def _is_in_sight(raw: RawPack, charts: list[ChartUses], seen: Sequence[Sighting]) -> bool:
    """Tell whether all that a pack runs can be seen, and is named: no hidden text, no operator that may start more."""
    documents = [document for each in raw.manifests for document in each.documents or ()]
    # Of a pack of another type Palette holds files that a profile does not show.
    is_open = raw.origin is not Origin.PROFILE or raw.pack.type == "manifest" or bool(raw.charts)
    return (
        is_open
        and bool(documents or charts)
        and all(each.name for each in seen)
        and all(each.documents is not None for each in raw.manifests)
        and all(each.is_whole for each in charts)
        and not any(map(may_run_more, documents))
    )


def _words(objects: Iterator[KubeObject]) -> list[str]:
    texts = (text for each in objects for text in texts_of(each.document))
    return sorted({word for text in texts for word in _WORD.findall(text)})


def _keys(tree: Tree) -> list[str]:
    return list(tree) if isinstance(tree, Map) else []


def _without(tree: Map, keys: frozenset[str]) -> Map:
    """Copy a mapping without some keys, lines kept."""
    kept = Map()
    kept.update((key, child) for key, child in tree.items() if key not in keys)
    kept.lines = {key: line for key, line in tree.lines.items() if key not in keys}
    return kept


def _pruned(tree: Map, path: tuple[str, ...]) -> Map:
    """Copy a mapping without what stands at a path."""
    child = tree.get(path[0])
    if len(path) == 1 or not isinstance(child, Map):
        return _without(tree, frozenset(path[:1])) if len(path) == 1 else tree
    pruned = _without(tree, frozenset())
    pruned[path[0]] = _pruned(child, path[1:])
    return pruned
