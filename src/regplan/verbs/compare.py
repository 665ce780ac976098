"""`compare`: scenarios side by side; what several of them name is read and resolved once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from regplan.errors import InputError, RegplanError
from regplan.loops import aside
from regplan.model.site import Site
from regplan.plan.comparison import compare_plans
from regplan.verbs.fleet_sets import SetKeys
from regplan.verbs.options import Options
from regplan.verbs.portal import run_blocking
from regplan.verbs.sites import read_site, with_options
from regplan.verbs.sources import open_sources
from regplan.verbs.study import own_rules_of, planned_study, prepare_site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from regplan.model.comparison import Comparison
    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.verbs.replanning import Ready

__all__ = ["compare_sites"]


def compare_sites(
    sites: Sequence[str | Path | Site], options: Options | None = None, report: Report | None = None
) -> Comparison:
    """Plan sites and hold each beside the first, blocking; sites of the same profiles and sources are resolved once.

    Works inside a running event loop such as Jupyter's. Raises what `plan_site` raises, naming the site.
    """
    if not sites:
        raise InputError("there is no site to compare")
    given = options or Options()
    studies = run_blocking(lambda: _studies(sites, given, report))
    plans = [study.plan for study in studies]
    return compare_plans(plans, _labels([(plan.site.name, plan.site.file) for plan in plans]))


async def _studies(sites: Sequence[str | Path | Site], options: Options, report: Report | None) -> list[Study]:
    keys = SetKeys()
    known: dict[tuple[Any, ...], Ready] = {}
    studies = []
    for each in sites:
        try:
            site = await aside(_read, each, options)
            ready = known.get(_key(keys, site, options))
            if ready is None:
                ready = await prepare_site(site, options, open_sources, report)
                keys.learn(site, options, ready)
                known[_key(keys, site, options)] = ready
            own = await aside(own_rules_of, site, options)
            studies.append(await aside(planned_study, site, ready, own, options))
        except RegplanError as error:
            raise _named(error, str(getattr(each, "file", each) or each)) from error
    return studies


def _read(given: str | Path | Site, options: Options) -> Site:
    return with_options(given if isinstance(given, Site) else read_site(given), options)


def _key(keys: SetKeys, site: Site, options: Options) -> tuple[Any, ...]:
    # A site's own images are mentioned with its file.
    return (*keys.of(site, options), site.file if site.inputs.images else "")


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
