"""`compare`: scenarios side by side; what several of them name is read and resolved once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regplan.errors import InputError, RegplanError
from regplan.loops import aside
from regplan.model.plan import Study
from regplan.model.site import Site
from regplan.plan.comparison import compare_plans
from regplan.verbs.arguments import names_artefact
from regplan.verbs.fleet_sets import SetKeys
from regplan.verbs.options import Options, heard
from regplan.verbs.portal import run_blocking
from regplan.verbs.sites import read_site, with_options
from regplan.verbs.sources import open_sources
from regplan.verbs.study import own_rules_of, planned_study, prepare_site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from regplan.model.comparison import Comparison
    from regplan.model.plan import Plan
    from regplan.model.progress import Report
    from regplan.verbs.artefacts import PulledPlan
    from regplan.verbs.replanning import Ready

    # A site, or a plan that is made already.
    Compared: TypeAlias = str | Path | Site | Study | PulledPlan

__all__ = ["compare_sites", "compare_studies", "plan_of", "plan_sites"]


def compare_sites(
    sites: Sequence[Compared], options: Options | None = None, report: Report | None = None
) -> Comparison:
    """Plan sites and hold each beside the first, blocking; sites of the same profiles and sources are resolved once.

    A plan that is made already, or was pushed as `docker://HOST/REPO:TAG`, stands as it was made. Works inside a running
    event loop such as Jupyter's. Raises what `plan_site` raises, naming the site.
    """
    return compare_studies(plan_sites(sites, options, report))


def plan_sites(
    sites: Sequence[Compared], options: Options | None = None, report: Report | None = None
) -> list[Study | PulledPlan]:
    """Plan sites that are to be compared; takes and raises what `compare_sites` does."""
    report = heard(report)
    if not sites:
        raise InputError("there is no site to compare")
    given = options or Options()
    made = [_pulled(each, given) for each in sites]
    return run_blocking(lambda: _studies(made, given, report))


def compare_studies(studies: Sequence[Study | PulledPlan]) -> Comparison:
    """Hold plans that are made already beside the first of them."""
    plans = [plan_of(each) for each in studies]
    places = [_place_of(each) for each in studies]
    return compare_plans(plans, _labels([(plan.site.name, place) for plan, place in zip(plans, places, strict=True)]))


def plan_of(study: Study | PulledPlan) -> Plan:
    """Tell the plan of a study that was made here or elsewhere."""
    return study.plan if isinstance(study, Study) else study.study.plan


def _pulled(given: Compared, options: Options) -> Compared:
    if not isinstance(given, str) or not names_artefact(given):
        return given
    from regplan.verbs.artefacts import pull_plan

    return pull_plan(given, options)


def _place_of(study: Study | PulledPlan) -> str:
    if isinstance(study, Study):
        return study.plan.site.file
    # By its tag, as it was named; its digest is told where it is pulled.
    pulled = study.reference
    return f"docker://{replace(pulled, digest=None) if pulled.tag else pulled}"


async def _studies(sites: Sequence[Compared], options: Options, report: Report | None) -> list[Study | PulledPlan]:
    keys = SetKeys()
    known: dict[tuple[Any, ...], Ready] = {}
    studies: list[Study | PulledPlan] = []
    for each in sites:
        if not isinstance(each, (str, Path, Site)):
            studies.append(each)
            continue
        try:
            site = await aside(_read, each, options)
            ready = known.get(keys.whole(site, options))
            if ready is None:
                ready = await prepare_site(site, options, open_sources, report)
                keys.learn(site, options, ready)
                known[keys.whole(site, options)] = ready
            own = await aside(own_rules_of, site, options)
            studies.append(await aside(planned_study, site, ready, own, options))
        except RegplanError as error:
            raise _named(error, str(getattr(each, "file", each) or each)) from error
    return studies


def _read(given: str | Path | Site, options: Options) -> Site:
    return with_options(given if isinstance(given, Site) else read_site(given), options)


def _named(error: RegplanError, site: str) -> RegplanError:
    """Tell the same error with the site that it is of, where it does not name it."""
    if site not in str(error) and error.args:
        error.args = (f"{site}: {error.args[0]}", *error.args[1:])
    return error


def _labels(named: Sequence[tuple[str, str]]) -> list[str]:
    """Tell sites by their names, by their files where two have one, and by their place where those are one too."""
    names = Counter(name for name, _ in named)
    labels = [name if names[name] == 1 else file or name for name, file in named]
    taken = Counter(labels)
    return [each if taken[each] == 1 else f"{each} ({place})" for place, each in enumerate(labels, 1)]
