"""Site files among PROFILE arguments: each stands for the profiles and images that it names, with its variables."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anyio import to_thread

from regplan.errors import InvalidSite
from regplan.oci.platform import Platform
from regplan.profile.kinds import is_site
from regplan.registry.threads import run_abandonable
from regplan.store.files import read_text
from regplan.store.signs import is_archive
from regplan.values import dataclass
from regplan.verbs.arguments import ArgumentKind, classify, listed
from regplan.verbs.inputs import read_inputs, reading_of
from regplan.verbs.packaged import fetch_packaged, packaged_among
from regplan.verbs.palette import fetch_profiles, fetch_site, palette_name, palette_names
from regplan.verbs.portal import from_worker, run_blocking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.profile import Provenance
    from regplan.model.progress import Report
    from regplan.model.site import Site
    from regplan.verbs.inputs import Inputs, Reading
    from regplan.verbs.options import Options

__all__ = ["Among", "declared_among", "fetched_among", "options_among", "read_among", "site_at", "take_sites"]

_MOST_SITE_BYTES: Final = 2**20


@dataclass(frozen=True, slots=True)
class Among:
    """Arguments in which no site file is left, how they are read, and the sites that stood among them."""

    arguments: tuple[str, ...]
    reading: Reading
    sites: tuple[Site, ...] = ()


def site_at(argument: str) -> Site | None:
    """Read the site file that an argument names; None where it names something else."""
    if palette_name(argument, is_profile=False) is not None:
        return None
    told = classify(argument)
    path = Path(told.path)
    # What can be read only once is left to whoever reads it, and what is large has images and no hosts.
    if told.kind is not ArgumentKind.FILE or not path.is_file() or path.stat().st_size > _MOST_SITE_BYTES:
        return None
    if is_archive(path) or not is_site(read_text(path)):
        return None
    from regplan.verbs.sites import read_site

    return read_site(told.path)


def take_sites(arguments: Sequence[str], options: Options) -> Among:
    """Put in place of each site file what it names.

    Raises `InputError` where two site files give a variable different values, and for what cannot be read.
    """
    given: dict[str, None] = {}
    sites: list[Site] = []
    named_by: dict[str, Provenance] = {}
    for argument in listed(arguments):
        site = site_at(argument)
        if site is None:
            given[argument] = None
            continue
        from regplan.verbs.sites import site_provenance, with_options

        sites.append(with_options(site, options))
        given |= dict.fromkeys((*site.inputs.profiles, *site.inputs.images))
        named_by |= dict.fromkeys(site.inputs.images, site_provenance(site))
    reading = replace(reading_of(options), named_by=named_by)
    if sites:
        reading = replace(
            reading,
            variables=_agreed(sites, "variables"),
            system=_agreed(sites, "system"),
            architectures=frozenset(host.arch for site in sites for host in site.hosts),
        )
    return Among(tuple(given), reading, tuple(sites))


async def read_among(arguments: Sequence[str], options: Options, report: Report | None = None) -> tuple[Inputs, Among]:
    """Read PROFILE, IMAGE and SITE arguments, those that are in Palette after fetching them.

    Raises the same as `take_sites`, and `RegistryError` where a Palette that is named cannot be asked.
    """
    among = await to_thread.run_sync(take_sites, arguments, options)
    among = await _fetched(among, palette_names(among.arguments, options), options)
    reading = replace(among.reading, report=from_worker(report))
    return await run_abandonable(partial(read_inputs, among.arguments, reading)), among


def options_among(among: Among, options: Options) -> Options:
    """Tell the options with what the sites among the arguments say and the caller does not: sources, mirrors, platforms."""
    hosts = (Platform.of("linux", host.arch) for site in among.sites for host in site.hosts)
    sources = (source for site in among.sites for source in site.inputs.sources)
    mirrors = {source: to for site in among.sites for source, to in site.inputs.mirrors}
    return replace(
        options,
        platforms=options.platforms or tuple(dict.fromkeys(hosts)),
        sources=options.sources or tuple(dict.fromkeys(sources)),
        mirrors=tuple((mirrors | dict(options.mirrors)).items()),
    )


def declared_among(among: Among) -> tuple[tuple[str, int], ...]:
    """Tell the sizes that the sites among the arguments declare, under what the caller declares.

    Raises `InvalidSite` where two site files declare different sizes for one reference.
    """
    return tuple(_agreed(among.sites, "declared_sizes").items())


def fetched_among(among: Among, options: Options) -> Among:
    """Fetch what is in Palette or a chart of the arguments and of what the sites name, blocking; nothing where nothing is."""
    named = palette_names(among.arguments, options, is_profile=True)
    if not named and not among.sites and not packaged_among(among.arguments, options):
        return among
    return run_blocking(lambda: _fetched(among, named, options))


async def _fetched(among: Among, named: dict[str, str], options: Options) -> Among:
    own = {text for site in among.sites for text in (*site.inputs.profiles, *site.inputs.images)}
    fetched = await fetch_profiles(named, options)
    fetched |= await fetch_packaged([text for text in among.arguments if text not in own], options)
    for site in among.sites:
        fetched |= await fetch_site(replace(site, inputs=replace(site.inputs, upgrade_to=(), upgrade_from=())), options)
    return replace(among, reading=replace(among.reading, fetched=fetched))


def _agreed(sites: Sequence[Site], key: str) -> dict[str, Any]:
    """Put the variables or the declared sizes of all sites together; what two give different values cannot be read at once."""
    found: dict[str, tuple[object, Site]] = {}
    for site in sites:
        pairs: tuple[tuple[str, object], ...] = getattr(site.inputs, key)
        for name, value in pairs:
            first, other = found.setdefault(name, (value, site))
            if first != value:
                raise InvalidSite(
                    f"{site.file}: {key}.{name} has another value than in {other.file}; list the images of one site at a time"
                )
    return {name: value for name, (value, _) in found.items()}
