"""Files that somebody uploads: put where a site file or a table of sites looks for them, and told apart by what they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.site import Site, SiteFrom
from regplan.profile.kinds import is_site
from regplan.store.files import decode_text, write_atomic
from regplan.verbs.fleet_table import open_sites
from regplan.verbs.sites import read_site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["uploaded_site", "uploaded_table"]

_TABLES: Final = (".csv", ".tsv", ".xlsx")
_PROFILES: Final = (".json", ".yaml", ".yml", ".txt", ".tgz", ".zip")
_FACTS: Final = "facts.jsonl"
_RECORDING: Final = "recording:"


def uploaded_site(files: Mapping[str, bytes], folder: Path, base: Site) -> Site:
    """Put uploaded files into a folder, and tell the site that they are.

    Where a site file is among them it is that, and every other file lies where the site file names one of its name. Without one the
    others are the profiles of `base`, whose images are those of an uploaded recording (facts.jsonl), else of their own registries. Raises
    `InputError` where there is neither, and `InvalidSite` for a site file that cannot be read.
    """
    placed = _placed(files, folder)
    sites = [path for path in placed if path.suffix in {".yaml", ".yml", ".json"} and is_site(_text(path))]
    if len(sites) > 1:
        raise InputError(f"{_names(sites)}: several are site files; upload one of them")
    if sites:
        site = read_site(sites[0])
        _put_beside(site, placed, folder)
        return site
    profiles = tuple(str(path) for path in placed if path.name != _FACTS and path.suffix.lower() in _PROFILES)
    if not profiles:
        raise InputError(_none_of(placed, "upload a site file (.yaml), or profiles (.json, .yaml)"))
    recorded = any(path.name == _FACTS for path in placed)
    inputs = SiteFrom(profiles=profiles, sources=(f"{_RECORDING}{folder}",) if recorded else ())
    # No file has this site in it: none of its keys could be looked up there.
    return replace(base, inputs=inputs, file="")


def uploaded_table(files: Mapping[str, bytes], folder: Path) -> Path:
    """Put uploaded files into a folder, and tell which is the table of sites; the others lie where its rows name them.

    Raises `InputError` where not just one is a table, and for one that is none of sites.
    """
    placed = _placed(files, folder)
    tables = [path for path in placed if path.suffix.lower() in _TABLES]
    if len(tables) != 1:
        if tables:
            raise InputError(f"{_names(tables)}: several are tables of sites; upload one of them")
        raise InputError(_none_of(placed, "upload a table of sites (.xlsx or .csv)"))
    others = [path for path in placed if path != tables[0]]
    for _, site in open_sites(tables[0]).entries() if others else ():
        if isinstance(site, Site):
            _put_beside(site, others, folder)
    return tables[0]


def _placed(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    placed = []
    for name, content in files.items():
        # A browser may send a whole path; nothing of it is to lead out of the folder.
        bare = PureWindowsPath(PurePosixPath(name).name).name
        if not bare or bare in {".", ".."} or "\0" in bare:
            raise InputError(f"{name!r} is no name of a file")
        write_atomic(folder / bare, content)
        placed.append(folder / bare)
    return placed


def _none_of(placed: Sequence[Path], wanted: str) -> str:
    return f"{_names(placed)}: no such file is read here; {wanted}" if placed else wanted


def _names(paths: Iterable[Path]) -> str:
    return ", ".join(path.name for path in paths)


def _text(path: Path) -> str:
    """Read what a file says, nothing where it is no text, which is told where it is read for good."""
    try:
        return decode_text(path.read_bytes(), path.name)
    except InputError:
        return ""


def _put_beside(site: Site, placed: Iterable[Path], folder: Path) -> None:
    """Copy what was uploaded to where the site file names it; a path out of the folder is left, and is then missing."""
    named = {path.name: path for path in placed}
    inputs = site.inputs
    paths = [
        *inputs.profiles,
        *inputs.images,
        *inputs.upgrade_to,
        *(each for old in inputs.upgrade_from for each in old),
    ]
    paths += [f"{each.removeprefix(_RECORDING)}/{_FACTS}" for each in inputs.sources if each.startswith(_RECORDING)]
    for each in map(Path, paths):
        source = named.get(each.name)
        inside = folder.resolve() in each.resolve().parents
        if source is not None and inside and not each.exists():
            each.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(each, source.read_bytes())
