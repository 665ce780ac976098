"""`plan`, `simulate` and everything that shows a site: a site in, a study out."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from regplan.errors import (
    Denied,
    InputError,
    InvalidManifest,
    InvalidReference,
    InvalidSite,
    NotFound,
    RegistryError,
    Unreachable,
    Unsupported,
)
from regplan.loops import aside, is_looping, run_here
from regplan.model.plan import Study
from regplan.model.site import Site
from regplan.model.wiring import RewriteRules
from regplan.oci.platform import Platform
from regplan.plan.check import build_plan
from regplan.plan.prepared import Prepared
from regplan.report.portable import portable_study, study_files
from regplan.resolve import Choice, resolve
from regplan.store.files import readable, user_path
from regplan.verbs.declared import with_declared
from regplan.verbs.inputs import Inputs, Reading, digest_of_texts, read_inputs
from regplan.verbs.naming import read_mapping
from regplan.verbs.options import Options, heard
from regplan.verbs.replanning import Ready, Replanning, advised, facts_of
from regplan.verbs.sites import named_in_site, options_for, read_site, rules_folder, site_provenance, with_options
from regplan.verbs.sources import check_sources, open_sources
from regplan.verbs.unpacked import unpacked_sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from regplan.model.image import Inventory
    from regplan.model.progress import Report
    from regplan.model.source import ImageSource
    from regplan.plan.facts import PlanFacts
    from regplan.plan.mapping import Mapping as Naming
    from regplan.profile.kinds import Sorted
    from regplan.profile.parts import NamedText
    from regplan.resolve import CachedSource, Resolution
    from regplan.verbs.own_rules import OwnRules
    from regplan.verbs.palette import Fetched

    # Takes what a plan was made from, for whoever reckons more of it.
    Keep = Callable[[Site, Ready, PlanFacts], None]
    # What texts are that were read already.
    Known = dict[NamedText, Sorted]
    # Opens sources, as `open_sources` does.
    Opener = Callable[
        [Sequence[str], Options, Sequence[ImageSource], Report | None],
        AbstractAsyncContextManager[tuple[CachedSource, ...]],
    ]

# The next version first, None where the site names none; then those before, newest first.
_OtherInputs: TypeAlias = "Sequence[Inputs | None]"

__all__ = [
    "Ready",
    "choice_of",
    "facts_of",
    "older_inputs",
    "own_rules_of",
    "plan_site",
    "planned_study",
    "prepare_site",
    "raise_if_mendable",
    "raise_if_unusable",
    "site_inputs",
    "study_site",
    "upgrade_inputs",
]


def plan_site(
    site: Site | str | Path, options: Options | None = None, report: Report | None = None, keep: Keep | None = None
) -> Study:
    """Plan a site, blocking: resolve its images, check every rule and reckon the internet link.

    `keep` is given what the plan was made from. Works inside a running event loop such as Jupyter's. Raises `InputError` for what cannot be read and
    `RegistryError` where a host is unusable and nothing was resolved.
    """
    report = heard(report)
    told, given = site if isinstance(site, Site) else read_site(site), options or Options()
    if _is_at_hand(with_options(told, given), given) and not is_looping():
        return run_here(lambda: study_site(told, given, report, keep))
    from regplan.verbs.portal import run_blocking

    return run_blocking(lambda: study_site(told, given, report, keep))


def _is_at_hand(site: Site, options: Options) -> bool:
    """Tell whether all that a plan needs lies in files that answer at once, so that nothing is waited for."""
    sources = site.inputs.sources
    is_recorded = bool(sources) and all(source.startswith("recording:") for source in sources)
    return is_recorded and _lies_here(site) and not (options.unpacked or options.with_referrers)


def _lies_here(site: Site) -> bool:
    """Tell whether everything that a site file reads is a file or a folder, and nothing of Palette's or a chart's."""
    entries = (*site.inputs.profiles, *site.inputs.upgrade_to, *itertools.chain(*site.inputs.upgrade_from))
    # Unlike a path, it takes what cannot be looked at for absent; whoever reads it says why.
    return all(":" not in entry and os.path.exists(user_path(entry)) for entry in entries)  # noqa: PTH110


async def study_site(site: Site, options: Options, report: Report | None = None, keep: Keep | None = None) -> Study:
    """Plan a site; `keep` is given what the plan was made from. Cancelling it cancels every request."""
    site = with_options(site, options)
    # Before anything is asked for: a rule that cannot be read is the user's to mend.
    own = await aside(own_rules_of, site, options)
    ready = await prepare_site(site, options, open_sources, report)
    # Reading and reckoning take a thread, so that a screen that waits for this stays alive.
    return await aside(planned_study, site, ready, own, options, keep)


async def prepare_site(site: Site, options: Options, opened: Opener, report: Report | None = None) -> Ready:
    """Read and resolve what a site names, with options put over it; sites that name the same share what this tells."""
    with readable():
        return await _prepared(site, options, opened, report)


async def _prepared(site: Site, options: Options, opened: Opener, report: Report | None) -> Ready:
    check_sources(site.inputs.sources)
    fetched = await _fetch(site, options)
    inputs, others = await aside(_read, site, fetched)
    mapping = await aside(read_mapping, options.mapping, inputs.declarations)
    async with opened(site.inputs.sources, options_for(site, options), inputs.sources, report) as sources:
        choice = choice_of(options, site)
        found = await resolve(inputs.declarations.references(), sources, choice, report)
        declared = site.inputs.declared_sizes
        inventory = with_declared(found.inventory, declared)
        # Sizes that the site file declares may stand in for a host that cannot be used, and for nothing else.
        (raise_if_mendable if inventory.declared else raise_if_unusable)(found)
        upgrade, *older = [await _other(each, sources, choice, report, declared) for each in others]
        sizes = await unpacked_sizes([inventory], sources, options, report)
    before = tuple(each for each in older if each is not None)
    return Ready((inputs, *others), Prepared(inputs.declarations, inventory, upgrade, sizes, before), mapping)


def own_rules_of(site: Site, options: Options) -> OwnRules | None:
    """Read the user's own rules, None where there are none."""
    if not options.rules and rules_folder(site) is None:
        return None
    from regplan.verbs.own_rules import read_own_rules

    return read_own_rules(site, options.rules)


async def _fetch(site: Site, options: Options) -> Fetched:
    if _lies_here(site):
        return {}
    from regplan.verbs.palette import fetch_site

    return await fetch_site(site, options)


def _read(site: Site, fetched: Fetched) -> tuple[Inputs, _OtherInputs]:
    """Read the profiles of now, and those of the next version and of older ones."""
    known: Known = {}
    now = site_inputs(site, fetched, known)
    return now, [upgrade_inputs(site, fetched, known), *older_inputs(site, fetched, known)]


def choice_of(options: Options, site: Site | None = None) -> Choice:
    """Tell which platforms are wanted: those asked for, else those of the site's hosts, else linux/amd64."""
    hosts = tuple(dict.fromkeys(Platform.of("linux", host.arch) for host in site.hosts)) if site else ()
    platforms = options.platforms or hosts or (Platform("linux", "amd64"),)
    return Choice(platforms, options.all_platforms, configs=options.unpacked, referrers=options.with_referrers)


def raise_if_mendable(found: Resolution) -> None:
    """Raise a certificate, an auth file or an option that cannot be used: the user's to mend, whatever was resolved."""
    for error in found.errors:
        if isinstance(error, InputError) and not isinstance(error, InvalidManifest):
            raise error


def raise_if_unusable(found: Resolution) -> None:
    """Raise what the user must mend, or where nothing was resolved the first error that makes a host unusable.

    A host that is away is enough; what may be a matter of single images, such as a login, must be so of all of them.
    """
    raise_if_mendable(found)
    if found.inventory.entries or not found.errors:
        return
    away = [error for error in found.errors if isinstance(error, Unreachable)]
    if away or all(map(_is_unusable, found.errors)):
        raise (away or found.errors)[0]


def _is_unusable(error: Exception) -> bool:
    return isinstance(error, RegistryError) and not isinstance(error, (NotFound, Denied, Unsupported))


def site_inputs(site: Site, fetched: Fetched | None = None, known: Known | None = None) -> Inputs:
    """Read everything that a site file names: its profiles, and its extra images; `fetched` is what is in Palette.

    Whoever reads several versions hands over one `known`, so that a profile that they share is taken apart once.
    """
    try:
        return _inputs((*site.inputs.profiles, *site.inputs.images), site, fetched or {}, known)
    except InvalidReference as error:
        raise InvalidSite(f"{site.file}: profiles or images: {error}") from error
    except InputError as error:
        raise named_in_site(site, error) from error


def upgrade_inputs(site: Site, fetched: Fetched | None = None, known: Known | None = None) -> Inputs | None:
    """Read what a site upgrades to, with its extra images; None where it names nothing to upgrade to."""
    newer = (*site.inputs.upgrade_to, *site.inputs.images) if site.inputs.upgrade_to else ()
    try:
        return _inputs(newer, site, fetched or {}, known) if newer else None
    except InputError as error:
        raise named_in_site(site, error) from error


def older_inputs(site: Site, fetched: Fetched | None = None, known: Known | None = None) -> tuple[Inputs, ...]:
    """Read the versions that a site comes from, newest first, each with the site's extra images."""
    versions = site.inputs.upgrade_from
    try:
        return tuple(_inputs((*version, *site.inputs.images), site, fetched or {}, known) for version in versions)
    except InputError as error:
        raise named_in_site(site, error) from error


def _inputs(arguments: Sequence[str], site: Site, fetched: Fetched, known: Known | None) -> Inputs:
    inputs = site.inputs
    reading = Reading(dict(inputs.variables), dict(inputs.system), site_provenance(site), fetched, known=known)
    return read_inputs(arguments, replace(reading, architectures=frozenset(host.arch for host in site.hosts)))


async def _other(
    inputs: Inputs | None,
    sources: Sequence[CachedSource],
    choice: Choice,
    report: Report | None,
    declared_sizes: Sequence[tuple[str, int]],
) -> Inventory | None:
    """Resolve another version's images, None where the site names none; sizes that the site file declares hold for it too."""
    if inputs is None:
        return None
    found = await resolve(inputs.declarations.references(), sources, choice, report)
    return with_declared(found.inventory, declared_sizes)


def planned_study(site: Site, ready: Ready, own: OwnRules | None, options: Options, keep: Keep | None = None) -> Study:
    """Plan a site from what was read and resolved, with users' own rules and what the options ask for beside it."""
    generated_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    facts, simulation = facts_of(site, ready.prepared, ready.mapping, generated_at)
    facts = replace(facts, inputs_digest=_digest(site, ready, facts.mapping))
    if keep is not None:
        keep(site, ready, facts)
    study = Study(facts.declarations, facts.inventory, build_plan(facts), simulation)
    if options.media:
        from regplan.plan.media import media_plan

        drives = tuple(media_plan(site, ready.prepared, each) for each in dict.fromkeys(options.media))
        study = replace(study, plan=replace(study.plan, media=drives))
    if options.life:
        from regplan.verbs.clocking import clock_study
        from regplan.verbs.living import life_in

        study = replace(study, life=life_in(site, ready, facts))
        study = replace(study, clock=clock_study(study, options.tier, ready.prepared.unpacked))
    if own is not None:
        study = own.judge(study)
    if options.fixes or options.sensitivity:
        study = advised(study, Replanning(site, ready, generated_at, own), options)
    # Every face shows where things stand: no path of this machine is in it.
    return portable_study(study, study_files(study))


def _digest(site: Site, ready: Ready, mapping: Naming) -> str:
    """Compute one digest over the site's values, the profiles' texts and every size; where files lay is left out."""
    named = replace(mapping, source="") if isinstance(mapping, RewriteRules) else mapping
    told = replace(
        site,
        file="",
        inputs=replace(
            site.inputs, profiles=(), sources=(), upgrade_to=(), upgrade_from=(), mirrors=(), declared_sizes_file=""
        ),
    )
    texts = [text for each in ready.inputs if each is not None for text in each.texts]
    prepared, unpacked = ready.prepared, ready.prepared.unpacked
    inventories = (prepared.inventory, prepared.upgrade, *prepared.older)
    sizes = [each.blobs(with_referrers=True) for each in inventories if each is not None]
    lines = sorted(f"{digest} {size}" for each in sizes for digest, size in each.items())
    measured = ((digest, told.size_bytes) for digest, told in unpacked.items() if told.size_bytes is not None)
    lines += sorted(f"{digest} unpacked {size}" for digest, size in measured)
    return digest_of_texts(
        texts, [repr(told), repr(told.inputs.variables), *lines, *([] if named == "host" else [repr(named)])]
    )
