"""What is looked at before a seeding writes anything, and what its rules say of one target.

A FAIL stops the seeding; everything else is told. Sources are issues of the registries and what their code does.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.model.finding import Finding, Verdict
from regplan.oci.mediatype import INDEXES, is_docker
from regplan.plan.patterns import matches_pattern
from regplan.plan.seed_rules import SEED_RULES, SeedRule
from regplan.plan.seeding import pulls_of, unseedable
from regplan.units import format_bytes, format_count
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regplan.model.image import Inventory
    from regplan.model.preflight import ImmutableRule, TargetFound
    from regplan.model.seed import SeedPlan
    from regplan.model.verifying import Damage

__all__ = ["SEED_RULES", "PreflightFacts", "SeedRule", "is_kept", "is_short", "judge"]

_LARGE_BYTES: Final = 10 * 2**30
_SOON_DAYS: Final = 30
_HUB: Final = "docker.io"
_MOST_NAMED: Final = 3


_SOURCES: Final = {rule.id: rule.source for rule in SEED_RULES}


@dataclass(frozen=True, slots=True)
class PreflightFacts:
    """What the rules look at: `left_bytes` are still to be sent, `moved` are (repository, tag) that name other images now.

    `claim_bytes` is what the site's claim offers the registry, None where nobody says. `largest_bytes` is the largest blob
    still to be sent, and `window_bytes` what the longest window lets through, infinite where nothing closes. `damage` is
    what a close look found of images that are there, None where none was asked for. `left_manifest_bytes` is what Harbor's
    quota counts beside blobs: manifests that are not there, each once. `left_copies_bytes` are the blobs that are left with a copy
    for each repository that lacks one, which a disk without hard links takes. `unasked` is how many tags were not asked for, since
    the first answers were enough.
    """

    plan: SeedPlan
    found: TargetFound
    inventory: Inventory
    left_bytes: int
    moved: frozenset[tuple[str, str]] = frozenset()
    claim_bytes: int | None = None
    left_manifest_bytes: int = 0
    left_copies_bytes: int = 0
    largest_bytes: int = 0
    window_bytes: float = math.inf
    damage: Damage | None = None
    unasked: int = 0


def judge(facts: PreflightFacts) -> tuple[Finding, ...]:
    """Tell what there is to say before a seeding; where the target does not answer, that alone."""
    if facts.found.problem:
        told = f"{facts.found.name} cannot be used: {facts.found.problem.rstrip('.')}."
        reach = _finding("seed.reach", Verdict.FAIL, told, fix="See `regplan doctor` for this host.")
        return (*_source(facts), reach)
    looks = (
        _source,
        _reach,
        _certificate,
        _project,
        _rights,
        _quota,
        _immutable,
        _damage,
        _media_types,
        _indexes,
        _referrers,
        _space,
        _large,
        _window,
        _pulls,
    )
    return tuple(finding for look in looks for finding in look(facts))


def is_short(facts: PreflightFacts) -> bool:
    """Tell whether something would stop a seeding only because of how much is left to send."""
    nothing = replace(facts, left_bytes=0, left_manifest_bytes=0, left_copies_bytes=0, largest_bytes=0)
    return _stops(facts) > _stops(nothing)


def _stops(facts: PreflightFacts) -> int:
    return sum(finding.verdict is Verdict.FAIL for finding in judge(facts))


def _source(facts: PreflightFacts) -> Iterator[Finding]:
    for problem, count in unseedable(facts.inventory.entries).items():
        yield Finding(
            "seed.source",
            Verdict.FAIL,
            f"{format_count(count, 'image')} cannot be seeded: {problem}.",
            measured=0,
            required=count,
            unit="images",
            fix="Name a source that has them whole with --from.",
            source=_SOURCES["seed.source"],
        )


def _reach(facts: PreflightFacts) -> Iterator[Finding]:
    kind = facts.found.kind
    told = "is a tree of layouts" if kind == "tree" else f"answers as {kind}" if kind else "answers"
    yield _finding("seed.reach", Verdict.PASS, f"{facts.found.name} {told}.")


def _certificate(facts: PreflightFacts) -> Iterator[Finding]:
    days = facts.found.days_left
    if days is not None:
        yield Finding(
            "seed.certificate",
            Verdict.PASS if days >= _SOON_DAYS else Verdict.MARGINAL,
            f"Its certificate is valid for {days} more days.",
            measured=days,
            required=_SOON_DAYS,
            unit="days",
            where=facts.found.name,
            fix=""
            if days >= _SOON_DAYS
            else "Renew it before it ends: hosts pull nothing from a registry they do not trust.",
            source=_SOURCES["seed.certificate"],
        )


def _project(facts: PreflightFacts) -> Iterator[Finding]:
    project = facts.found.project
    if project is None:
        if facts.found.kind == "Harbor":
            told = "Whether its project exists is not told to this login."
            yield _finding("seed.project", Verdict.INFO, told, is_checked=False)
        return
    if project.is_proxy:
        told = f"Project {project.name} is a proxy cache, and Harbor takes no push into one."
        fix = "Name another project in --to; one that is made without a registry behind it will do."
        yield _finding("seed.project", Verdict.FAIL, told, fix=fix)
        return
    if project.exists:
        yield _finding("seed.project", Verdict.PASS, f"Project {project.name} exists.")
        return
    if facts.found.refusal:
        told = f"Harbor has no project {project.name}, and did not make it: {facts.found.refusal}."
        yield _finding("seed.project", Verdict.FAIL, told, fix=f"Have it made by who may: {facts.found.creation}")
        return
    yield _finding(
        "seed.project",
        Verdict.FAIL,
        f"Harbor has no project {project.name}, and a push does not create one.",
        fix=f"Add --create-project, or make it: {facts.found.creation}",
    )


def _rights(facts: PreflightFacts) -> Iterator[Finding]:
    rights = facts.found.rights
    if rights is None:
        return
    if rights.unknown:
        told = f"Whether this login may push is not known before the first upload: {rights.unknown}."
        yield _finding("seed.rights", Verdict.INFO, told, is_checked=False)
        return
    if rights.refused:
        some = ", ".join(rights.refused[:_MOST_NAMED])
        more = f" and {len(rights.refused) - _MOST_NAMED} more" if len(rights.refused) > _MOST_NAMED else ""
        told = f"Its tokens do not let this login push to {len(rights.refused)} of {format_count(rights.repositories, 'place')}: {some}{more}."
        fix = "Log in as somebody who may push there; `regplan doctor` tells which login is used."
        yield _finding("seed.rights", Verdict.FAIL, told, fix=fix)
        return
    told = f"Its tokens let this login push to {format_count(rights.repositories, 'place')}, which is all that there is to put into."
    yield _finding("seed.rights", Verdict.PASS, told)


def _quota(facts: PreflightFacts) -> Iterator[Finding]:
    project = facts.found.project
    if project is None or not project.exists:
        return
    if project.quota_bytes is None or project.used_bytes is None:
        told = "It has no storage quota." if project.used_bytes is not None else "Its quota is not told to this login."
        yield _finding("seed.quota", Verdict.INFO, told, is_checked=project.used_bytes is not None)
        return
    free_bytes, need = project.quota_bytes - project.used_bytes, facts.left_bytes + facts.left_manifest_bytes
    yield _room("seed.quota", f"The quota of project {project.name}", free_bytes, facts, need)


def _immutable(facts: PreflightFacts) -> Iterator[Finding]:
    rules = () if facts.found.project is None else facts.found.project.immutable
    kept = sorted(place for place in facts.moved if is_kept(rules, *place))
    moving = sorted(facts.moved - set(kept))
    if kept:
        yield _finding(
            "seed.immutable",
            Verdict.FAIL,
            f"{len(kept)} tags name other images there and are immutable: {_named(kept)}.",
            fix="Use new tags, or take them out of the project's immutable tag rules.",
        )
    if moving:
        told = f"{len(moving)} tags name other images there now and will be moved: {_named(moving)}."
        yield _finding("seed.immutable", Verdict.INFO, told)
    if facts.unasked:
        some = format_count(facts.unasked, "tag")
        told = f"Not asked for, as the first answers were enough: {some}. One that names another image there is moved."
        fix = "Look with --dry-run, which asks for every tag, to have them named before."
        yield _finding("seed.immutable", Verdict.INFO, told, fix=fix, is_checked=False)


def _damage(facts: PreflightFacts) -> Iterator[Finding]:
    damage = facts.damage
    if damage is None:
        return
    if not damage:
        yield _finding("seed.damage", Verdict.PASS, "What is there is whole, as far as was looked.")
        return
    told = (
        f"{len(damage.wrong)} blobs are harmed, {len(damage.missing)} are gone, {len(damage.manifests)} manifests too."
    )
    fix = "They are sent again; what the registry keeps all the same is told at the end, with the file to remove."
    yield _finding("seed.damage", Verdict.INFO, told, fix=fix)


def _media_types(facts: PreflightFacts) -> Iterator[Finding]:
    docker = sum(is_docker(put.media_type) for put in facts.plan.manifests)
    takes = facts.found.takes_docker_types
    if not docker or (takes is None and facts.found.kind != "Zot"):
        return
    name = "Zot" if facts.found.kind == "Zot" else "registry"
    config = 'set "http": {"compat": ["docker2s2"]} in its configuration'
    yield {
        True: _finding(
            "seed.media-types", Verdict.PASS, f"It takes Docker's media types, which {docker} manifests have."
        ),
        False: _finding(
            "seed.media-types",
            Verdict.FAIL,
            f"{docker} manifests have Docker's media types, and this {name} refuses them.",
            fix=f"{'' if name == 'Zot' else 'If it is a Zot: '}{config[0].upper()}{config[1:]} (`http.compat` of the chart's configFiles), and restart it.",
        ),
        None: _finding(
            "seed.media-types",
            Verdict.INFO,
            f"{docker} manifests have Docker's media types; whether this Zot takes them is not known: if not, {config}.",
            is_checked=False,
        ),
    }[takes]


def _indexes(facts: PreflightFacts) -> Iterator[Finding]:
    indexes = sum(put.media_type in INDEXES for put in facts.plan.manifests)
    if indexes:
        told = (
            f"{indexes} indexes are copied whole, with every platform they list: no registry at hand takes half of one."
        )
        fix = "Name images by tag, without a digest of an index, to copy the site's platforms only."
        yield _finding("seed.sparse-index", Verdict.INFO, told, fix=fix)


def _referrers(facts: PreflightFacts) -> Iterator[Finding]:
    for orphan in facts.plan.orphans:
        yield _finding(
            "seed.referrers",
            Verdict.INFO,
            f"{orphan}, so that it is left out.",
            fix="Keep indexes with --all-platforms.",
        )


def _space(facts: PreflightFacts) -> Iterator[Finding]:
    if facts.found.free_bytes is not None:
        links = "" if facts.found.has_links else ", which makes no hard links,"
        need = facts.left_bytes if facts.found.has_links else facts.left_copies_bytes
        yield _room("seed.space", f"The disk of {facts.found.name}{links}", facts.found.free_bytes, facts, need)
        return
    if facts.claim_bytes is None:
        told = "How much room is left there is not known: registries do not tell it, and no claim is stated."
        fix = "State registry.storage in the site file."
        yield _finding("seed.space", Verdict.INFO, told, fix=fix, is_checked=False)
        return
    need, claim = facts.plan.counts.unique_bytes, facts.claim_bytes
    yield Finding(
        "seed.space",
        Verdict.PASS if claim >= need else Verdict.FAIL,
        f"The claim of {format_bytes(claim)} and {format_bytes(need)} of content; what else lies there is not told.",
        measured=claim,
        required=need,
        unit="bytes",
        where=facts.found.name,
        fix="" if claim >= need else "Claim more, see `regplan plan`.",
        source=_SOURCES["seed.space"],
    )


def _large(facts: PreflightFacts) -> Iterator[Finding]:
    large = [blob.descriptor for blob in facts.plan.blobs if blob.descriptor.size > _LARGE_BYTES]
    if large and facts.found.kind != "tree":
        most = max(each.size for each in large)
        told = (
            f"{len(large)} blobs have more than 10 GiB, the largest {format_bytes(most)}: a break costs the whole blob."
        )
        fix = "See that proxies before the registry take bodies of that size, and that tokens last long enough."
        yield _finding("seed.blob-limit", Verdict.INFO, told, fix=fix)


def _window(facts: PreflightFacts) -> Iterator[Finding]:
    if not math.isfinite(facts.window_bytes):
        return
    fits = facts.largest_bytes <= facts.window_bytes
    most = format_bytes(int(facts.window_bytes))
    yield Finding(
        "seed.window",
        Verdict.PASS if fits else Verdict.FAIL,
        f"One window lets {most} through, and the largest blob left has {format_bytes(facts.largest_bytes)}.",
        measured=int(facts.window_bytes),
        required=facts.largest_bytes,
        unit="bytes",
        where=facts.found.name,
        fix="" if fits else "Widen --window, raise --max-rate, or bring that blob by a drive: --to oci:DIR.",
        source=_SOURCES["seed.window"],
    )


def _pulls(facts: PreflightFacts) -> Iterator[Finding]:
    """Tell what resolving has taken of the pulls that are counted, and what doing so again would take of those left."""
    for limit in facts.inventory.rate_limits:
        if limit.remaining is None:
            continue
        name = "Docker Hub" if limit.host == _HUB else limit.host
        again = pulls_of(facts.inventory.entries, limit.host)
        enough = limit.remaining >= again
        told = (
            f"{name}: resolving took {format_count(limit.used, 'pull')}, and {limit.remaining} are left. Seeding takes none; "
            f"resolving again takes none for what is remembered here, and at most {again} where nothing is."
        )
        fix = (
            ""
            if enough
            else "Keep the cache for the next run, or log in there: that run would have to wait on another machine."
        )
        yield Finding(
            "seed.pulls",
            Verdict.PASS if enough else Verdict.INFO,
            told,
            limit.remaining,
            again,
            "pulls",
            limit.host,
            fix,
            source=_SOURCES["seed.pulls"],
        )


def _room(rule: str, whose: str, free_bytes: int, facts: PreflightFacts, need: int) -> Finding:
    fits = free_bytes >= need
    return Finding(
        rule,
        Verdict.PASS if fits else Verdict.FAIL,
        f"{whose} leaves {format_bytes(max(free_bytes, 0))}, and {format_bytes(need)} are to be sent.",
        measured=free_bytes,
        required=need,
        unit="bytes",
        where=facts.found.name,
        fix="" if fits else f"Raise it by {format_bytes(need - free_bytes)}, or free as much there.",
        source=_SOURCES[rule],
    )


def _finding(rule: str, verdict: Verdict, message: str, *, fix: str = "", is_checked: bool = True) -> Finding:
    return Finding(rule, verdict, message, fix=fix, source=_SOURCES[rule], is_checked=is_checked)


def is_kept(rules: Iterable[ImmutableRule], repository: str, tag: str) -> bool:
    """Tell whether any of a project's rules keeps a tag from being moved; `repository` begins with the project."""
    return any(_keeps(rule, repository, tag) for rule in rules)


def _keeps(rule: ImmutableRule, repository: str, tag: str) -> bool:
    """Tell whether a rule keeps a tag; Harbor's patterns leave the project out."""
    name = repository.partition("/")[2]
    in_repositories = matches_pattern(rule.repositories, name) is not rule.excludes_repositories
    return in_repositories and matches_pattern(rule.tags, tag) is not rule.excludes_tags


def _named(places: list[tuple[str, str]]) -> str:
    more = f" and {len(places) - _MOST_NAMED} more" if len(places) > _MOST_NAMED else ""
    return ", ".join(f"{repository}:{tag}" for repository, tag in places[:_MOST_NAMED]) + more
