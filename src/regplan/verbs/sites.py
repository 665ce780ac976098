"""Site files read, and what the caller says put over them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.profile import FoundBy, Provenance
from regplan.profile.site import parse_site
from regplan.store.files import read_text, user_path
from regplan.verbs.options import split_variables

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.site import Site
    from regplan.verbs.options import Options

__all__ = ["read_site", "site_provenance", "with_options"]


def read_site(path: str | Path) -> Site:
    """Read a site file; raises `InvalidSite` and `InputError`, naming file, line and key."""
    return parse_site(read_text(user_path(path)), str(path))


def with_options(site: Site, options: Options) -> Site:
    """Put what the caller says over what the site file says: sources, and the variables of profiles."""
    inputs = replace(site.inputs, sources=options.sources or site.inputs.sources)
    variables, system = split_variables(options.variables)
    variables, system = {**dict(inputs.variables), **variables}, {**dict(inputs.system), **system}
    return replace(site, inputs=replace(inputs, variables=tuple(variables.items()), system=tuple(system.items())))


def site_provenance(site: Site) -> Provenance:
    """Tell where the images stand that a site file names by itself."""
    return Provenance(site.file or site.name, key="images", found_by=FoundBy.SITE)
