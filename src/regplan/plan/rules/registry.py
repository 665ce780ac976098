"""Rules about the registry itself and how images get into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.model.finding import Verdict
from regplan.oci.mediatype import is_docker
from regplan.plan.deleting import is_stated, policies_of
from regplan.plan.facts import registry_kind, unresolved_in
from regplan.plan.rules.rule import Observation, Rule, listed
from regplan.plan.rules.sources import EDGE_CLI, HARBOR, OWN, PRIMARY, SINCE_PRIMARY, ZOT
from regplan.plan.rules.wiring import look_connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.image import ResolvedReference
    from regplan.plan.prepared import Prepared
    from regplan.plan.rules.rule import Basis

__all__ = ["RULES"]

_UPLOADER: Final = "content.uploader"
_EDGE_CLI: Final = "edge-cli"
_UPLOADERS: Final = {"palette-cli": "The Palette CLI", "local-ui": "Local UI", "regplan": "`regplan seed`"}


def _look_edge_cli(_: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    if site.registry is None:
        return
    able = "the Palette CLI, Local UI and `regplan seed` can"
    if site.uploader and site.uploader != _EDGE_CLI:
        yield Observation(
            f"{_UPLOADERS[site.uploader]} can upload to a primary registry.", where=_UPLOADER, verdict=Verdict.PASS
        )
        return
    yield Observation(
        f"The Palette Edge CLI cannot upload to a primary registry; {able}.",
        where=_UPLOADER if site.uploader else "registry",
        fix=f"Upload with another: {able}." if site.uploader else "",
        verdict=Verdict.FAIL if site.uploader else Verdict.INFO,
    )


def _look_docker_types(_: Rule, basis: Basis) -> Iterator[Observation]:
    if registry_kind(basis.facts) != "zot":
        return
    docker, untold = basis.prepared.once(_docker_types)
    if docker:
        yield Observation(
            f"Zot refuses Docker's media types unless its `http.compat` has docker2s2, and {len(docker)} images have "
            f"them: {listed(docker)}.",
            where="registry",
            fix='Set `"compat": ["docker2s2"]` under `http` in Zot\'s configuration; seeding tells what it does.',
            verdict=Verdict.INFO,
        )
    elif untold:
        yield Observation(
            f"Whether Zot takes them as they are is not known: the media types of {len(untold)} images are in no source.",
            where="registry",
            fix='Set `"compat": ["docker2s2"]` under `http` in Zot\'s configuration to be sure.',
            verdict=Verdict.INFO,
            is_checked=False,
        )
    else:
        yield Observation("No image has Docker's media types.", where="registry", verdict=Verdict.PASS)


def _docker_types(prepared: Prepared) -> tuple[list[str], list[str]]:
    """List the references with Docker's media types, and those whose types nobody told."""
    types = {str(entry.reference): _media_types(entry) for entry in prepared.inventory.entries}
    docker = [reference for reference, each in types.items() if any(map(is_docker, each))]
    untold = [reference for reference, each in types.items() if not all(each)]
    untold += [str(image.reference) for image in prepared.inventory.declared]
    return docker, [*untold, *(each.reference for each in prepared.once(unresolved_in))]


def _media_types(entry: ResolvedReference) -> tuple[str, ...]:
    return (*(image.media_type for image in entry.images), *(index.media_type for index in entry.indexes))


def _look_project(_: Rule, basis: Basis) -> Iterator[Observation]:
    site = basis.facts.site
    if site.registry is not None and registry_kind(basis.facts) == "harbor":
        project = site.registry.project
        yield Observation(
            f"Harbor takes images only into a project that exists: {project}.",
            where="registry.project",
            fix=f"Create the project {project} before anything is seeded.",
            verdict=Verdict.INFO,
        )


def _look_differs(_: Rule, basis: Basis) -> Iterator[Observation]:
    site, settings = basis.facts.site, basis.facts.declarations.settings
    if site.registry is None:
        return
    pairs = (("kind", site.registry.kind, settings.kind), ("project", site.registry.project, settings.project))
    for key, stated, profiled in pairs:
        if profiled is not None and profiled != stated and f"registry.{key}" not in site.defaulted:
            yield Observation(
                f"The site file's {key} is {stated}, the profiles' {profiled}; the cluster gets what the profiles say.",
                where=f"registry.{key}",
                fix="Write the same into both.",
                verdict=Verdict.INFO,
            )
    yield from _retention_differs(basis)


def _retention_differs(basis: Basis) -> Iterator[Observation]:
    """Tell where the site file says another retention than the values of the registry's pack, which is what deletes."""
    told, registry = policies_of(basis.facts), basis.facts.site.registry
    if registry is None or told is None or told.keeps is None or not is_stated(basis.facts):
        return
    stated = registry.keep_versions
    if stated == told.keeps:
        return
    says = "none" if stated is None else f"keep {stated}"
    yield Observation(
        f"The site file's retention is {says}, which is planned with; {told.where} keeps {told.keeps} tags of a repository, and that "
        "is what deletes.",
        where="registry.retention",
        fix="Write the same into both, or leave `registry.retention` out of the site file.",
        verdict=Verdict.INFO,
    )


RULES: Final = (
    Rule(
        id="bundle.edge-cli",
        title="What can upload to a primary registry",
        compares="`content.uploader` with what can upload to a primary registry: FAIL for the Palette Edge CLI; INFO where the "
        "site file names nothing",
        source=EDGE_CLI,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INFO),
        look=_look_edge_cli,
        since=SINCE_PRIMARY,
    ),
    Rule(
        id="registry.connect",
        title="Registry Connect ties the registry in",
        compares="each part that ties the registry in, a row for each broken one: Registry Connect with the preset of the "
        "registry pack, or with login, storage check and certificate set by hand; one registry pack in all profiles; one "
        "project; content sync as the site says; a password that is neither empty nor the chart's default; an API server "
        "without AlwaysPullImages. INFO and not FAIL where no profile has the pack, since one that is not named here may, and "
        "INFO and not PASS where none here has the registry's pack or a layer k8s; "
        "INCOMPLETE where the values at hand cannot say",
        source=PRIMARY,
        verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.INFO),
        look=look_connect,
        since=SINCE_PRIMARY,
    ),
    Rule(
        id="registry.zot-docker-types",
        title="Docker's media types in Zot",
        compares="whether any image has Docker's media types, which Zot refuses unless told otherwise; INFO until a probe "
        "has looked, and where no source tells the types of some",
        source=ZOT,
        verdicts=(Verdict.PASS, Verdict.INFO),
        look=_look_docker_types,
    ),
    Rule(
        id="registry.harbor-project",
        title="Harbor's project exists",
        compares="nothing: it is told wherever Harbor is planned",
        source=HARBOR,
        verdicts=(Verdict.INFO,),
        look=_look_project,
    ),
    Rule(
        id="registry.differs",
        title="One registry in the site file and in the profiles",
        compares="kind, project and retention in the site file with the profiles' values",
        source=OWN,
        verdicts=(Verdict.INFO,),
        look=_look_differs,
    ),
)
