"""What one pack, values file, manifest file or list names: mentions of images, workloads, and findings."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from regplan.model.profile import Spread, UseStatus, Workload
from regplan.profile.composer import Map
from regplan.profile.imagelist import read_image_list, read_items
from regplan.profile.kubernetes import is_custom, pod_owner
from regplan.profile.lint import hidden_manifests, no_image_list, no_image_seen, unresolved_count
from regplan.profile.macros import Expanded, expand
from regplan.profile.mention import image_use
from regplan.profile.parts import Origin
from regplan.profile.tree import dig
from regplan.profile.visible import visible_images

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.finding import Finding
    from regplan.model.profile import ImageUse
    from regplan.profile.imagelist import ImageList
    from regplan.profile.kubernetes import PodOwner
    from regplan.profile.macros import Scope
    from regplan.profile.parts import Problems, RawPack

__all__ = ["PackUses", "read_pack"]

_MANAGED = frozenset({Origin.PROFILE, Origin.VALUES})


@dataclass(frozen=True, slots=True)
class PackUses:
    """What a pack names: in its list, in its workloads, and in values that nobody can tell the use of.

    `is_in_sight`: everything that the pack runs is in its manifests, which are here.
    """

    raw: RawPack
    listed: tuple[ImageUse, ...]
    run: tuple[ImageUse, ...]
    seen: tuple[ImageUse, ...]
    workloads: tuple[Workload, ...]
    findings: tuple[Finding, ...]
    is_in_sight: bool


@dataclass(frozen=True, slots=True)
class _Job:
    """A pack with what reading it needs at every step."""

    raw: RawPack
    scope: Scope
    problems: Problems

    @property
    def objects(self) -> Iterator[tuple[str, Map]]:
        """The Kubernetes objects of the pack's manifests, each with its manifest's key."""
        return ((each.key, document) for each in self.raw.manifests for document in each.documents or ())


def read_pack(raw: RawPack, scope: Scope, problems: Problems) -> PackUses:
    """Read what a pack names; what cannot be understood is added to `problems`."""
    job = _Job(raw, scope, problems)
    listing = _listing(job)
    run, workloads, counts = _workloads(job)
    seen, untold = _seen(job) if raw.origin in _MANAGED and not listing.entries else ((), 0)
    listed = tuple(
        image_use(each.text, replace(raw.where, key=each.key), scope, each.status) for each in listing.entries
    )
    is_in_sight = _is_in_sight(raw)
    findings = [*listing.findings, *counts]
    if raw.origin in _MANAGED and not listing.entries:
        findings += _without_list(raw, (*run, *seen), untold, is_silent=listing.is_there or is_in_sight)
    return PackUses(raw, listed, run, seen, workloads, tuple(findings), is_in_sight)


def _listing(job: _Job) -> ImageList:
    if job.raw.origin is not Origin.LIST:
        return read_image_list(job.raw.values, job.raw.where, job.problems)
    # A list is nobody's pack: whatever form its items have, they are what was asked for.
    read = read_items(iter(job.raw.entries), job.raw.where, job.problems)
    entries = tuple(replace(each, status=UseStatus.LISTED) for each in read.entries)
    return replace(read, entries=entries, findings=())


def _workloads(job: _Job) -> tuple[tuple[ImageUse, ...], tuple[Workload, ...], list[Finding]]:
    namespace = dig(job.raw.values, "pack", "namespace")
    uses: list[ImageUse] = []
    workloads: list[Workload] = []
    findings: list[Finding] = []
    for key, document in job.objects:
        owner = pod_owner(document, namespace if isinstance(namespace, str) else "")
        if owner is None:
            continue
        where = replace(job.raw.where, key=f"{key} {owner.kind}/{owner.name}".strip())
        if not owner.has_pod:
            job.problems.add(where.file, f"{where.pack} {where.key}".strip(), "it has no pod template")
        own = [image_use(text, replace(where, key=f"{where.key} {place}"), job.scope) for place, text in owner.images]
        count = _count(owner, job)
        if count.text is None and count.problem:
            findings.append(unresolved_count(str(where), count.problem))
        uses += own
        images = tuple(dict.fromkeys(use.reference for use in own if use.reference is not None))
        spread = Spread.UNKNOWN if count.problem and owner.spread is Spread.REPLICAS else owner.spread
        replicas = int(count.text) if count.text else None
        workloads.append(Workload(owner.kind, owner.namespace, owner.name, spread, replicas, images, where))
    return tuple(uses), tuple(workloads), findings


def _count(owner: PodOwner, job: _Job) -> Expanded:
    """Tell the digits of an owner's replicas; no text and no problem where it has no such count."""
    if owner.kind == "DaemonSet" or (owner.kind == "Pod" and owner.spread is Spread.CONTROL_PLANE):
        return Expanded(None)
    if owner.count is None:
        return Expanded("1")
    filled = expand(owner.count, job.scope)
    if filled.text is not None and re.fullmatch(r"[0-9]{1,6}", filled.text.strip()) is None:
        key = f"{job.raw.where.pack} {owner.kind}/{owner.name}".strip()
        job.problems.add(job.raw.where.file, key, f"replicas must be a whole number, and they are {filled.text!r}")
        return Expanded("0")
    return filled


def _seen(job: _Job) -> tuple[tuple[ImageUse, ...], int]:
    """Find what values and custom objects name, and count what cannot be put together."""
    values = Map()
    values.update((key, child) for key, child in job.raw.values.items() if key != "pack")
    found = list(visible_images(values))
    for key, document in job.objects:
        if is_custom(document):
            found += visible_images(document, f"{key} {document.get('kind')}")
    where = job.raw.where
    uses = tuple(
        image_use(each.text, replace(where, key=each.key), job.scope, UseStatus.UNKNOWN)
        for each in found
        if each.text is not None
    )
    return uses, sum(each.text is None for each in found)


def _is_in_sight(raw: RawPack) -> bool:
    """Tell whether all that a pack runs is in manifests that are here: no charts, templates, names or operators."""
    charts = raw.values.get("charts") or dig(raw.values, "pack", "content", "charts")
    templates = raw.values.get("manifests")
    is_templated = isinstance(templates, Map) and any(dig(each, "contents") is None for each in templates.values())
    return (
        raw.pack.type == "manifest"
        and bool(raw.manifests)
        and not (charts or is_templated)
        and all(each.documents is not None for each in raw.manifests)
        and not any(is_custom(document) for each in raw.manifests for document in each.documents or ())
    )


def _without_list(raw: RawPack, named: tuple[ImageUse, ...], untold: int, *, is_silent: bool) -> Iterator[Finding]:
    where = str(raw.where)
    is_hidden = any(each.documents is None for each in raw.manifests)
    told = len({use.reference or use.text for use in named})
    if told or untold:
        yield no_image_list(where, told, untold)
    if is_hidden:
        yield hidden_manifests(where)
    if not (told or untold or is_hidden or is_silent):
        yield no_image_seen(where)
