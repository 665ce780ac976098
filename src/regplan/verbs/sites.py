"""Site files read, and what the caller says put over them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError, InvalidProfile, InvalidSite
from regplan.model.profile import FoundBy, Provenance
from regplan.oci.reference import refuse_password
from regplan.profile.site import key_at, named_at, parse_site
from regplan.store.files import read_text, user_path
from regplan.verbs.declared import read_sizes
from regplan.verbs.options import split_variables

if TYPE_CHECKING:
    from pathlib import Path

    from regplan.model.site import Site
    from regplan.verbs.options import Options

__all__ = [
    "TABLES",
    "at_its_key",
    "named_in_site",
    "options_for",
    "read_site",
    "rules_folder",
    "site_of_text",
    "site_provenance",
    "site_text",
    "with_options",
]

TABLES: Final = (".csv", ".tsv", ".xlsx")


def read_site(path: str | Path) -> Site:
    """Read a site file and its file of declared sizes; raises `InvalidSite` and `InputError`, naming file, line and key."""
    return site_of_text(site_text(path), str(path))


def site_text(path: str | Path) -> str:
    """Read the text of a site file; raises `InputError` for what is none."""
    if "://" in str(path):
        refuse_password(str(path))
        raise InputError(
            f"{path}: a site is a file; a plan in a registry is what `plan`, `report`, `simulate`, `compare` and"
            " `gate --base` take as docker://"
        )
    return read_text(user_path(path))


def site_of_text(text: str, file: str) -> Site:
    """Read the text of a site file as `read_site` does; `file` is how errors name it, and where its paths are relative to."""
    site = parse_site(text, file)
    if not site.inputs.declared_sizes_file:
        return site
    sizes = read_sizes(site.inputs.declared_sizes_file)
    return replace(site, inputs=replace(site.inputs, declared_sizes=sizes))


def named_in_site(site: Site, error: InputError) -> InputError:
    """Tell of a file that cannot be read where the site file names it; what is wrong inside a profile stays as it is."""
    path = str(error).partition(": ")[0]
    # A row of a table has no lines of its own to look at.
    if (
        not site.file
        or site.file.lower().endswith(TABLES)
        or (type(error) is not InputError and not _is_of_site(error))
    ):
        return error
    try:
        place = named_at(read_text(user_path(site.file)), site.file, path)
    except InputError:
        return error
    return InvalidSite(f"{site.file}: {place}: {error}") if place else error


def at_its_key(site: Site, error: InvalidSite) -> InvalidSite:
    """Tell of a key that stands at the beginning of an error where the site file has it."""
    if not site.file:
        return error
    place = ""
    if not site.file.lower().endswith(TABLES):
        place = key_at(read_text(user_path(site.file)), site.file, str(error).partition(": ")[0])
    return InvalidSite(": ".join(filter(None, (site.file, place, str(error)))))


def _is_of_site(error: InputError) -> bool:
    return isinstance(error, InvalidProfile) and "this is a site file" in str(error)


def with_options(site: Site, options: Options) -> Site:
    """Put what the caller says over what the site file says: sources, mirrors, sizes, and profile variables."""
    sizes = dict(site.inputs.declared_sizes) | dict(
        read_sizes(options.declared_sizes) if options.declared_sizes else ()
    )
    sources = options.sources or site.inputs.sources
    mirrors = options_for(site, options).mirrors
    inputs = replace(site.inputs, sources=sources, mirrors=mirrors, declared_sizes=tuple(sizes.items()))
    variables, system = split_variables(options.variables)
    variables, system = {**dict(inputs.variables), **variables}, {**dict(inputs.system), **system}
    return replace(site, inputs=replace(inputs, variables=tuple(variables.items()), system=tuple(system.items())))


def options_for(site: Site | None, options: Options) -> Options:
    """Tell the options with a site file's mirrors; what the caller says of a source host takes the place of the file's."""
    if site is None:
        return options
    return replace(options, mirrors=tuple((dict(site.inputs.mirrors) | dict(options.mirrors)).items()))


def site_provenance(site: Site) -> Provenance:
    """Tell where the images stand that a site file names by itself."""
    return Provenance(site.file or site.name, key="images", found_by=FoundBy.SITE)


def rules_folder(site: Site) -> Path | None:
    """Tell the folder of the user's own rules beside a site file, None where there is none."""
    folder = user_path(site.file).parent / "rules" if site.file else None
    return folder if folder is not None and folder.is_dir() else None
