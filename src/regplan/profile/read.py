"""Profiles, values, manifests and lists in, declarations out: the one entrance for texts that name images."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from regplan.model.profile import Declarations
from regplan.profile.checks import pack_findings, unreadable, use_findings
from regplan.profile.join import join
from regplan.profile.kinds import Sorted, sort_out
from regplan.profile.lint import unpublished_draft
from regplan.profile.lists import MOST_ENTRIES
from regplan.profile.macros import Scope
from regplan.profile.pack import read_pack
from regplan.profile.parts import Draft, Members, NamedText, Origin, Problems, RawPack, RawProfile
from regplan.profile.patch import list_patches
from regplan.profile.settings import read_settings
from regplan.profile.settle import settle
from regplan.profile.system import told_by
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from regplan.model.profile import ImageUse
    from regplan.profile.pack import PackUses
    from regplan.profile.parts import Renderer

__all__ = ["NamedText", "Setting", "add_uses", "read", "unreadable"]


@dataclass(frozen=True, slots=True)
class Setting:
    """What reading is told beside the texts: `variables` win over profile variables' defaults.

    `system` holds what a running cluster would fill into `{{.spectro.system.KEY}}`; `renderer` renders charts, and where
    there is none they are read as they stand. `architectures` are the hosts' ("amd64"), none where they are not known.
    `known` keeps what texts are for whoever reads some of them again, such as versions of a site that share a profile.
    """

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    system: Mapping[str, str] = field(default_factory=dict)
    renderer: Renderer | None = None
    architectures: frozenset[str] = frozenset()
    known: dict[NamedText, Sorted] | None = field(default=None, repr=False)


_NO_SETTING: Final = Setting()


def read(handed: Sequence[NamedText | Members], setting: Setting = _NO_SETTING) -> Declarations:
    """Read texts, folders and archives of any kind together: what one profile lists, another's workloads may run.

    Raises `InvalidProfile` with every problem of every text, each naming its file and line or key; what is merely a
    defect is a finding.

    >>> declarations = read([NamedText("images.txt", "nginx:1.27")])
    >>> [str(use.reference) for use in declarations.uses]
    ['docker.io/library/nginx:1.27']
    """
    problems = Problems()
    groups = _sort_all(handed, setting.known, problems)
    joined = join([group.parts for group in groups], problems)
    parts = joined.parts
    scoped = list(_scoped(parts, setting))
    packs = _read_packs(scoped, setting, problems)
    settings = read_settings(scoped, problems)
    _check_used(packs, problems)
    problems.finish()
    profiles = tuple(part for part in parts if isinstance(part, RawProfile))
    settled = settle(packs, setting.architectures)
    return Declarations(
        profiles=tuple(each.profile for each in profiles),
        uses=tuple(each.use for each in settled),
        workloads=tuple(workload for pack in packs for workload in pack.workloads),
        findings=(
            *(unpublished_draft(each.profile.name, each.draft) for each in profiles if each.draft is not Draft.NONE),
            *(finding for group in groups for finding in group.findings),
            *joined.findings,
            *pack_findings(packs, settled, setting.architectures),
        ),
        settings=settings,
        patches=list_patches(settled),
        bundles=tuple(pack.raw.where.file for pack in packs if pack.raw.origin is Origin.BUNDLE),
        folders=tuple(dict.fromkeys(each.file for each in handed if isinstance(each, Members))),
    )


def add_uses(declarations: Declarations, uses: Sequence[ImageUse]) -> Declarations:
    """Add mentions that stand in no text, such as a site file's images, with what is wrong with them.

    >>> from regplan.model.profile import Provenance
    >>> from regplan.profile.mention import image_use
    >>> use = image_use("nginx", Provenance("command line"))
    >>> [finding.rule for finding in add_uses(Declarations(), [use, use]).findings]
    ['image.mutable-tag']
    """
    known = {use.reference for use in declarations.uses}
    fresh = [use for use in uses if use.reference is None or use.reference not in known]
    findings = (*declarations.findings, *use_findings(fresh))
    return replace(declarations, uses=(*declarations.uses, *uses), findings=findings)


def _sort_all(
    handed: Sequence[NamedText | Members], known: dict[NamedText, Sorted] | None, problems: Problems
) -> list[Sorted]:
    groups: list[Sorted] = []
    taken: set[NamedText] = set()
    for each in handed:
        if known is None or isinstance(each, Members):
            groups.append(_sorted(each, problems))
            continue
        # Parts are told apart by what they are made as, so that a text that is handed over twice is two.
        found = known.get(each) if each not in taken else None
        if found is None:
            before = len(problems.found)
            found = _sorted(each, problems)
            if len(problems.found) == before:
                known.setdefault(each, found)
        taken.add(each)
        groups.append(found)
    return groups


def _sorted(handed: NamedText | Members, problems: Problems) -> Sorted:
    if isinstance(handed, Members):
        # Most of what is handed over is single texts, and folders bring charts and packs with them.
        from regplan.profile.members import sort_members

        return sort_members(handed, problems)
    return Sorted(tuple(sort_out(handed, problems)))


def _read_packs(scoped: Sequence[tuple[RawPack, Scope]], setting: Setting, problems: Problems) -> list[PackUses]:
    """Read every pack, for as long as they do not name more images together than anyone could look at."""
    packs: list[PackUses] = []
    named = 0
    for raw, scope in scoped:
        packs.append(read_pack(raw, scope, problems, setting.renderer))
        named += len(packs[-1].listed) + len(packs[-1].sightings)
        if named > MOST_ENTRIES:
            problems.add(raw.where.file, "", f"up to here, more than {MOST_ENTRIES:,} images are named")
            break
    return packs


def _check_used(packs: Sequence[PackUses], problems: Problems) -> None:
    """Note where nothing but Kubernetes objects was handed over and none of them runs an image."""
    if (
        packs
        and not problems.found
        and all(pack.raw.origin is Origin.MANIFESTS and not pack.sightings for pack in packs)
    ):
        for pack in packs:
            count = sum(len(each.documents or ()) for each in pack.raw.manifests)
            problems.add(pack.raw.where.file, "", f"none of its {count} Kubernetes objects runs an image")


def _scoped(parts: Sequence[RawProfile | RawPack], setting: Setting) -> Iterator[tuple[RawPack, Scope]]:
    """Give each pack its scope: its profile's own variables and packs first, then everybody's, the caller's above all."""
    profiles = [part for part in parts if isinstance(part, RawProfile)]
    for part in parts:
        own = [part] if isinstance(part, RawProfile) else []
        ordered = [*own, *(each for each in profiles if each is not part)]
        base = _scope(ordered, setting)
        base = replace(base, system={**told_by(own[:1], profiles), **base.system})
        for raw in part.packs if isinstance(part, RawProfile) else (part,):
            yield raw, replace(base, own=raw.values)


def _scope(profiles: Sequence[RawProfile], setting: Setting) -> Scope:
    """Make a scope in which the first profile's words win, and the caller's above all."""
    defaults: dict[str, str] = {}
    sensitive: dict[str, bool] = {}
    for each in (variable for profile in profiles for variable in profile.variables):
        sensitive.setdefault(each.name, each.is_sensitive)
        # An export writes "" where a variable has no default; only a caller's "" is meant.
        if each.default:
            defaults.setdefault(each.name, each.default)
    packs = [raw for profile in profiles for raw in profile.packs]
    return Scope(
        variables={**defaults, **setting.variables},
        sensitive=frozenset(name for name, hidden in sensitive.items() if hidden),
        packs={raw.pack.name: raw.values for raw in reversed(packs)},
        kubernetes=next((raw.pack.version.removeprefix("v") for raw in packs if raw.pack.layer == "k8s"), None),
        system=setting.system,
    )
