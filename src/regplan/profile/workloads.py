"""All Kubernetes objects of a pack or a chart together: workloads, and the images that they run."""

from __future__ import annotations

import re
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidReference
from regplan.model.profile import FoundBy, Spread, UseStatus, Workload
from regplan.oci.reference import Reference
from regplan.patterns import pattern
from regplan.profile.claims import claim_of, claims_of
from regplan.profile.composer import Map
from regplan.profile.kubernetes import KubeObject, Shape, is_custom, objects_in, shape_of
from regplan.profile.macros import expand
from regplan.profile.mention import image_use, strip_reference
from regplan.profile.parts import Evidence, Sighting
from regplan.profile.pods import containers_of, images_of, told_images
from regplan.profile.quantities import Desk
from regplan.profile.scheduling import affinity_of, is_spread, selector_of, spread_of, surge_of
from regplan.profile.tree import dig, line_of
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.finding import Finding
    from regplan.model.profile import ImageUse, Provenance, VolumeClaim
    from regplan.profile.composer import Tree
    from regplan.profile.macros import Scope
    from regplan.profile.parts import Problems
    from regplan.profile.pods import PodImage

__all__ = ["KubeObject", "Surroundings", "WorkloadsRead", "read_workloads"]

_CHARTS: Final = frozenset({FoundBy.CHART, FoundBy.TEMPLATE})
_TESTS: Final = frozenset({"test", "test-success", "test-failure"})
_COUNT = pattern(r"[0-9]{1,6}")
_NAMED = pattern(r"([^{}]*[^{}:@])(?::|@sha256:)[^/]*\{\{[^/]*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where objects stand: the provenance they share, what fills their macros, and the namespace of what names none."""

    where: Provenance
    scope: Scope
    problems: Problems
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class WorkloadsRead:
    """What objects say: images with their evidence, workloads, findings, and the objects of kinds that nobody here knows."""

    sightings: tuple[Sighting, ...] = ()
    workloads: tuple[Workload, ...] = ()
    findings: tuple[Finding, ...] = ()
    customs: tuple[KubeObject, ...] = ()


@dataclass(slots=True)
class _Read:
    """What is gathered on the way; claims by namespace and name, least counts by kind, namespace and name."""

    around: Surroundings
    sightings: list[Sighting] = field(default_factory=list)
    workloads: list[Workload] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    customs: list[KubeObject] = field(default_factory=list)
    claims: dict[str, dict[str, VolumeClaim]] = field(default_factory=dict)
    least: dict[tuple[str, str, str], int] = field(default_factory=dict)


def read_workloads(objects: Iterable[KubeObject], around: Surroundings) -> WorkloadsRead:
    """Read all objects of a pack or chart at once, since claims and autoscalers stand beside the workloads they mean.

    What nobody can read, such as a quantity that is none, is added to the surroundings' problems with its key.
    """
    read = _Read(around)
    told = [each._replace(document=document) for each in objects for document in objects_in(each.document) or ()]
    for each in told:
        _note(each, read)
    for each in told:
        shape = shape_of(each.document)
        if shape is not None:
            _workload(each, shape, read)
        elif is_custom(each.document):
            read.customs.append(each)
    return WorkloadsRead(tuple(read.sightings), tuple(read.workloads), tuple(read.findings), tuple(read.customs))


def _note(each: KubeObject, read: _Read) -> None:
    """Keep a claim, or the least count that an autoscaler keeps to, for the workloads that it is meant for."""
    document = each.document
    match document.get("kind"):
        case "PersistentVolumeClaim":
            desk = _desk(each, read.around)
            claim = claim_of(document, "", desk)
            read.claims.setdefault(_namespace(document, read), {})[claim.name] = claim
            read.findings += desk.findings
        case "HorizontalPodAutoscaler":
            target = dig(document, "spec", "scaleTargetRef")
            least = dig(document, "spec", "minReplicas")
            filled = expand(least, read.around.scope).text if isinstance(least, str) else None
            if filled is not None and _COUNT.fullmatch(filled):
                key = (_text(target, "kind"), _namespace(document, read), _text(target, "name"))
                read.least[key] = int(filled)


def _workload(each: KubeObject, shape: Shape, read: _Read) -> None:
    desk = _desk(each, read.around)
    spec = dig(each.document, *shape.pod)
    if not isinstance(spec, Map):
        desk.problem(desk.where, "it has no pod template")
        return
    is_test = read.around.where.found_by in _CHARTS and _is_test(each.document)
    evidence = Evidence.OFF if is_test else Evidence.RUNS if shape.is_run else Evidence.MAYBE
    run = [_use(image, desk, evidence) for image in images_of(spec)]
    told = [_use(image, desk, Evidence.OFF if is_test else Evidence.MAYBE) for image in told_images(spec)]
    for use, seen in (*((use, evidence) for use in run), *((use, Evidence.MAYBE) for use in told)):
        read.sightings.append(Sighting(use, Evidence.OFF if is_test else seen, _name(use)))
    if evidence is Evidence.RUNS:
        read.workloads.append(_placed(each, shape, [use.reference for use in run], read, desk))
    read.findings += desk.findings


def _placed(each: KubeObject, shape: Shape, images: list[Reference | None], read: _Read, desk: Desk) -> Workload:
    document, spec = each.document, dig(each.document, *shape.pod)
    namespace = _namespace(document, read)
    spread = spread_of(document, spec)
    replicas = _count(document, shape, spread, desk)
    is_unknown = spread is Spread.REPLICAS and (replicas is None or not shape.is_known)
    if replicas is not None:
        key = (str(document.get("kind")), namespace, _text(document, "metadata", "name"))
        replicas = max(replicas, read.least.get(key, 0))
    return Workload(
        kind=str(document.get("kind")),
        namespace=namespace,
        name=_object_name(document),
        spread=Spread.UNKNOWN if is_unknown else spread,
        replicas=replicas,
        images=tuple(dict.fromkeys(image for image in images if image is not None)),
        provenance=desk.where,
        containers=containers_of(spec, desk),
        claims=tuple(claims_of(document, spec, read.claims.get(namespace, {}), desk)),
        node_selector=selector_of(spec, desk.scope),
        node_affinity=affinity_of(spec, desk.scope),
        is_spread=is_spread(spec, dig(document, *shape.labels)),
        surge=surge_of(document, replicas),
    )


def _count(document: Map, shape: Shape, spread: Spread, desk: Desk) -> int | None:
    """Tell how many pods there are; None where it does not apply or is not known, which is a finding then."""
    if document.get("kind") == "DaemonSet" or (not shape.pod[:-1] and spread is Spread.CONTROL_PLANE):
        return None
    written = dig(document, *shape.count) if shape.count else None
    if not isinstance(written, str):
        return 1
    filled = desk.filled(written, desk.where, "the number of replicas")
    if filled is None:
        return None
    if _COUNT.fullmatch(filled.strip()) is None:
        line = line_of(dig(document, *shape.count[:-1]), shape.count[-1])
        where = replace(desk.where, line=line or desk.where.line)
        desk.problem(where, f"replicas must be a whole number, and they are {filled[:60]!r}")
        return None
    return int(filled)


def _desk(each: KubeObject, around: Surroundings) -> Desk:
    key = f"{each.key} {each.document.get('kind')}/{_object_name(each.document)}".strip()
    where = replace(
        around.where,
        file=each.file or around.where.file,
        key=key,
        line=line_of(each.document, "kind") or None,
        found_by=around.where.found_by or FoundBy.WORKLOAD,
    )
    return Desk(where, around.scope, around.problems)


def _use(image: PodImage, desk: Desk, evidence: Evidence) -> ImageUse:
    use = image_use(image.text, desk.at(image.key, image.line), desk.scope)
    if evidence is Evidence.RUNS:
        return use
    if evidence is Evidence.OFF:
        return replace(use, status=UseStatus.ONLY_IF_ENABLED, enabled_by="helm test")
    return replace(use, status=UseStatus.UNKNOWN)


def _name(use: ImageUse) -> str:
    """Tell the repository's name, also where only the tag is left unknown by a macro."""
    if use.reference is not None:
        return use.reference.name
    match = _NAMED.fullmatch(strip_reference(use.text))
    try:
        return Reference.parse(match[1]).name if match is not None else ""
    except InvalidReference:
        return ""


def _is_test(document: Map) -> bool:
    """Tell whether only `helm test` makes an object, which nothing at a site calls (Helm docs, "Chart Tests")."""
    hooks = {each.strip() for each in _text(document, "metadata", "annotations", "helm.sh/hook").split(",")}
    return hooks <= _TESTS


def _namespace(document: Map, read: _Read) -> str:
    return _text(document, "metadata", "namespace") or read.around.namespace or "default"


def _object_name(document: Map) -> str:
    return _text(document, "metadata", "name") or _text(document, "metadata", "generateName")


def _text(tree: Tree, *keys: str) -> str:
    found = dig(tree, *keys)
    return found.strip() if isinstance(found, str) else ""
