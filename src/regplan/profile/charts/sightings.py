"""What reading a chart's templates says, as sightings."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.profile import FoundBy, ImageUse, UseStatus
from regplan.oci.reference import Reference
from regplan.profile.charts.data import MARK
from regplan.profile.charts.lines import Custom
from regplan.profile.charts.names import known_name
from regplan.profile.composer import BadSyntax, Map
from regplan.profile.mention import TAG_UNSAID, image_use, strip_reference
from regplan.profile.parts import Evidence, Sighting
from regplan.profile.tree import parse_documents
from regplan.profile.visible import values_sightings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.profile import Provenance
    from regplan.profile.charts.lines import Found
    from regplan.profile.charts.static import Around, StaticReading
    from regplan.profile.composer import Tree
    from regplan.profile.parts import RawChart

__all__ = ["sightings_of", "template_file", "unread_values"]

_HELM_TEST: Final = "helm test"
_PART = re.compile(
    r"\.(?:baseRepo|digest|hub|image(?:Registry|Tag)?|registry|repository|sha|tag)(?:: (?:\"\"|.*/.*))?$"
)


def sightings_of(read: StaticReading, chart: RawChart, around: Around) -> Iterator[Sighting]:
    """Yield what a chart's templates run, or would run."""
    for part, path, found in read.found:
        where = replace(
            around.where,
            file=template_file(chart, part.chart.file.removeprefix(chart.file).strip("/"), path),
            key=".".join(chart.values_at or ("charts", chart.name)),
            found_by=FoundBy.TEMPLATE,
        )
        if isinstance(found, Custom):
            yield from _of_custom(found, where, around)
        else:
            yield from _of_image(found, replace(where, line=found.line or None), around)


def unread_values(read: StaticReading, tree: Tree, around: Around, path: tuple[str, ...]) -> Iterator[Sighting]:
    """Yield the images among values that no template asks for, and others only where not every template was read."""
    where = replace(around.where, found_by=FoundBy.VALUES)
    for each in values_sightings(tree, where, around.scope, ".".join(path)):
        key = each.use.provenance.key
        if not any(_meet(key, ".".join(read_path)) for read_path in read.reads):
            yield replace(each, evidence=Evidence.DEAD)
        elif not read.is_whole:
            is_live = each.evidence is Evidence.ENABLED
            yield replace(each, evidence=Evidence.MAYBE) if is_live else each


def template_file(chart: RawChart, below: str, path: str) -> str:
    """Tell what a template's file is called; a pack's manifest is a chart's only template."""
    if chart.values_at[:1] == ("manifests",):
        return chart.file
    return "/".join(filter(None, (chart.file, below, path)))


def _meet(key: str, read: str) -> bool:
    return key == read or key.startswith((f"{read}.", f"{read}[")) or read.startswith((f"{key}.", f"{key}["))


def _of_custom(found: Custom, where: Provenance, around: Around) -> Iterator[Sighting]:
    try:
        documents = parse_documents(found.text)
    except BadSyntax:
        return
    key = f"{where.key} {found.kind}"
    for document in documents:
        tree = document if isinstance(document, Map) else None
        for each in values_sightings(tree, replace(where, found_by=FoundBy.CUSTOM), around.scope, key):
            seen = _known(each)
            if seen is not None:
                at = seen.use.provenance.line
                line = found.lines[at - 1] if at is not None and at <= len(found.lines) else None
                gate = found.reason if found.verdict is False else seen.use.enabled_by
                use = replace(seen.use, provenance=replace(seen.use.provenance, line=line), enabled_by=gate)
                evidence = Evidence.OFF if found.verdict is False or each.evidence is Evidence.OFF else Evidence.MAYBE
                yield replace(seen, evidence=evidence, use=use)


def _known(sighting: Sighting) -> Sighting | None:
    """Leave out of a sighting what nobody knows; None where that leaves nothing."""
    use = sighting.use
    if MARK not in use.text:
        return sighting
    name = known_name(use.text)
    if name is None:
        return None
    use = replace(use, text=name, reference=None, problem=TAG_UNSAID)
    return replace(sighting, use=use, name=Reference.parse(name).name)


def _is_joining(reason: str) -> bool:
    """Tell whether a condition asks for a part of a name: it decides how the name is joined, not whether it is run."""
    return any(_PART.search(part) is not None for part in reason.split(" and "))


def _of_image(found: Found, where: Provenance, around: Around) -> Iterator[Sighting]:
    if found.verdict is False and _is_joining(found.reason):
        return
    evidence = Evidence.MAYBE
    gate = found.reason
    where = replace(where, key=f"{where.key} {found.told}[]") if found.told else where
    if found.place.is_test:
        evidence, gate = Evidence.OFF, _HELM_TEST
    elif found.verdict is False:
        evidence = Evidence.OFF if gate else Evidence.MAYBE
    elif found.verdict is True and found.place.is_workload and not found.told:
        evidence = Evidence.ENABLED
    status = UseStatus.ONLY_IF_ENABLED if evidence is Evidence.OFF else UseStatus.UNKNOWN
    text = strip_reference(found.text)
    name = known_name(text)
    if name is not None and (MARK in text or text.endswith((":", "@", "@sha256:"))):
        use = ImageUse(name, None, where, status, TAG_UNSAID, gate)
        yield Sighting(use, evidence, Reference.parse(name).name)
    elif MARK not in text:
        use = replace(image_use(text, where, around.scope, status), enabled_by=gate)
        yield Sighting(use, evidence, use.reference.name if use.reference is not None else "")
