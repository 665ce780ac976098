"""Profiles, values, manifests and lists in, declarations out: the one entrance for texts that name images."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from regplan.model.profile import Declarations, Provenance, UseStatus
from regplan.profile.kinds import sort_out
from regplan.profile.lint import (
    is_mutable,
    missing_from_list,
    mutable_tag,
    not_understood,
    unpublished_draft,
    unresolved_macro,
)
from regplan.profile.macros import Scope, has_macro
from regplan.profile.pack import read_pack
from regplan.profile.parts import Draft, NamedText, Origin, Problems, RawPack, RawProfile
from regplan.profile.settings import read_settings
from regplan.profile.settle import settle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.model.finding import Finding
    from regplan.model.profile import ImageUse
    from regplan.oci.reference import Reference
    from regplan.profile.pack import PackUses
    from regplan.profile.parts import Renderer

__all__ = ["NamedText", "Setting", "add_uses", "read", "unreadable"]

# A text that is no reference matters where an image is needed, not where one only might be.
_NEEDED: Final = frozenset({UseStatus.LISTED, UseStatus.UNUSED, UseStatus.MISSING})


@dataclass(frozen=True, slots=True)
class Setting:
    """What reading is told beside the texts: `variables` win over profile variables' defaults.

    `system` holds what a running cluster would fill into `{{.spectro.system.KEY}}`; `renderer` renders charts, and where
    there is none they are read as they stand.
    """

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    system: Mapping[str, str] = field(default_factory=dict)
    renderer: Renderer | None = None


_NO_SETTING: Final = Setting()


def read(texts: Sequence[NamedText], setting: Setting = _NO_SETTING) -> Declarations:
    """Read texts of any kind together: what one profile lists, another's workloads may run.

    Raises `InvalidProfile` with every problem of every text, each naming its file and line or key; what is merely a
    defect is a finding.

    >>> declarations = read([NamedText("images.txt", "nginx:1.27")])
    >>> [str(use.reference) for use in declarations.uses]
    ['docker.io/library/nginx:1.27']
    """
    problems = Problems()
    parts = [part for text in texts for part in sort_out(text, problems)]
    scoped = list(_scoped(parts, dict(setting.variables)))
    packs = [read_pack(raw, scope, problems) for raw, scope in scoped]
    settings = read_settings(scoped, problems)
    _check_used(packs, problems)
    problems.finish()
    profiles = tuple(part for part in parts if isinstance(part, RawProfile))
    uses = settle(packs)
    return Declarations(
        profiles=tuple(each.profile for each in profiles),
        uses=uses,
        workloads=tuple(workload for pack in packs for workload in pack.workloads),
        findings=(
            *(unpublished_draft(each.profile.name, each.draft) for each in profiles if each.draft is not Draft.NONE),
            *(finding for pack in packs for finding in pack.findings),
            *_findings(uses, {use.provenance for pack in packs for use in pack.listed}),
        ),
        settings=settings,
    )


def add_uses(declarations: Declarations, uses: Sequence[ImageUse]) -> Declarations:
    """Add mentions that stand in no text, such as a site file's images, with what is wrong with them.

    >>> from regplan.profile.mention import image_use
    >>> use = image_use("nginx", Provenance("command line"))
    >>> [finding.rule for finding in add_uses(Declarations(), [use, use]).findings]
    ['image.mutable-tag']
    """
    known = {use.reference for use in declarations.uses}
    fresh = [use for use in uses if use.reference is None or use.reference not in known]
    findings = _findings(fresh, {use.provenance for use in fresh})
    return replace(declarations, uses=(*declarations.uses, *uses), findings=(*declarations.findings, *findings))


def unreadable(declarations: Declarations) -> tuple[Finding, ...]:
    """Tell of each needed text that is no reference, one finding each; macros have their own.

    A plan says it of all images together (`image.unresolved`), so this is for what has no plan.
    """
    return tuple(
        not_understood(use)
        for use in declarations.uses
        if use.reference is None and use.status in _NEEDED and not has_macro(use.text)
    )


def _check_used(packs: Sequence[PackUses], problems: Problems) -> None:
    """Note where nothing but Kubernetes objects was handed over and none of them runs an image."""
    if packs and not problems.found and all(pack.raw.origin is Origin.MANIFESTS and not pack.run for pack in packs):
        for pack in packs:
            count = sum(len(each.documents or ()) for each in pack.raw.manifests)
            problems.add(pack.raw.where.file, "", f"none of its {count} Kubernetes objects runs an image")


def _scoped(parts: Sequence[RawProfile | RawPack], variables: dict[str, str]) -> Iterator[tuple[RawPack, Scope]]:
    """Give each pack its scope: its profile's own variables and packs first, then everybody's, the caller's above all."""
    profiles = [part for part in parts if isinstance(part, RawProfile)]
    for part in parts:
        own = [part] if isinstance(part, RawProfile) else []
        ordered = [*own, *(each for each in profiles if each is not part)]
        base = _scope(ordered, variables)
        for raw in part.packs if isinstance(part, RawProfile) else (part,):
            yield raw, replace(base, own=raw.values)


def _scope(profiles: Sequence[RawProfile], variables: dict[str, str]) -> Scope:
    """Make a scope in which the first profile's words win."""
    defaults: dict[str, str] = {}
    sensitive: dict[str, bool] = {}
    for each in (variable for profile in profiles for variable in profile.variables):
        sensitive.setdefault(each.name, each.is_sensitive)
        if each.default is not None:
            defaults.setdefault(each.name, each.default)
    packs = [raw for profile in profiles for raw in profile.packs]
    return Scope(
        variables={**defaults, **variables},
        sensitive=frozenset(name for name, hidden in sensitive.items() if hidden),
        packs={raw.pack.name: raw.values for raw in reversed(packs)},
        kubernetes=next((raw.pack.version.removeprefix("v") for raw in packs if raw.pack.layer == "k8s"), None),
    )


def _findings(uses: Sequence[ImageUse], listed: set[Provenance]) -> Iterator[Finding]:
    """Tell what is wrong with mentions: each defect once, where it stands first; misspelt keys have their own."""
    moved: set[Reference] = set()
    lost: set[tuple[Reference, str, str]] = set()
    for use in uses:
        where = use.provenance
        if use.reference is None:
            if has_macro(use.text):
                yield unresolved_macro(use)
            continue
        if use.reference not in moved and is_mutable(use.reference):
            moved.add(use.reference)
            yield mutable_tag(use.reference, str(where))
        key = (use.reference, where.profile or where.file, where.pack)
        if use.status is UseStatus.MISSING and where not in listed and key not in lost:
            lost.add(key)
            yield missing_from_list(use)
