"""Values without the paths of the machine that they were made on."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from functools import cache
from os.path import commonprefix
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from regplan.oci.digest import Digest
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference
from regplan.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from regplan.model.plan import Study
    from regplan.model.profile import Declarations
    from regplan.model.site import Site

__all__ = [
    "declared_files",
    "handed_over",
    "names_below",
    "portable",
    "portable_study",
    "site_files",
    "study_files",
    "walked",
    "without_folders",
]

Value = TypeVar("Value")
# At least two letters: one letter and a colon is a drive.
_TRANSPORT = pattern(r"^[a-z][a-z-]+:(?!//)")
_ABSOLUTE = pattern(r"(?<![\w./\\:-])/(?:[^\s/:,;'\"]+/)+([^\s/:,;'\"]+)")
_OPAQUE: Final = (Digest, Platform, Reference)


def study_files(study: Study) -> dict[str, str]:
    """Map each absolute path that a study was made from to how a reader elsewhere may know it.

    A path below the site file's folder becomes relative to it, as the site file writes it; any other loses its folders.
    """
    return site_files(study.plan.site, study.declarations)


def site_files(site: Site, declarations: Declarations) -> dict[str, str]:
    """Tell the same of a site and what its profiles say, before anything is planned."""
    named = (*_read(site), *site.inputs.images)
    return _shortened((*named, *_mentioned(declarations)), declarations.folders, site.file)


def handed_over(study: Study) -> Study:
    """Tell a study as whoever it is handed to may know it: what lies below the site file's folder is told from there.

    A path from where the author was, such as customers/retail/site.yaml, says how his folders are called.
    """
    site = study.plan.site
    return portable_study(study, names_below(site.file, (*_read(site), *_mentioned(study.declarations))))


def portable_study(study: Study, names: Mapping[str, str]) -> Study:
    """Tell all of a study that names paths by their other names."""
    return replace(
        study,
        plan=portable(study.plan, names),
        declarations=portable(study.declarations, names),
        inventory=portable(study.inventory, names),
        life=None if study.life is None else portable(study.life, names),
    )


def names_below(file: str, paths: Iterable[str]) -> dict[str, str]:
    """Map each of these paths that begins with a file's folder to the rest of it; of a file that is named alone, none.

    >>> names_below("retail/site.yaml", ["retail/site.yaml", "recording:retail/rec/", "docker.io/retail/web", "web.json"])
    {'retail/site.yaml': 'site.yaml', 'retail/rec': 'rec'}
    """
    end = max(file.rfind("/"), file.rfind("\\")) + 1
    texts = dict.fromkeys(map(_plain, paths)) if end else {}
    return {text: rest for text in texts if text.startswith(file[:end]) and (rest := text[end:])}


def declared_files(declarations: Declarations) -> dict[str, str]:
    """Map each absolute path among the declarations' files to its last part, or to its path inside what was handed over."""
    return _shortened(_mentioned(declarations), declarations.folders, "")


def without_folders(text: str, file: str) -> str:
    """Tell a sentence without the folders of the paths in it: those below `file`'s from there, any other by its last part.

    >>> without_folders("/home/eve/fleet/rec/a.json: no such file, nor is /srv/b.json", "/home/eve/fleet/sites.csv")
    'rec/a.json: no such file, nor is b.json'
    >>> without_folders("docker.io/shop/web and https://a.example/b are whole", "shop/sites.csv")
    'docker.io/shop/web and https://a.example/b are whole'
    """
    if folder := file[: max(file.rfind("/"), file.rfind("\\")) + 1]:
        text = re.sub(rf"(?<![\w./\\:-]){re.escape(folder)}", "", text)
    return _ABSOLUTE.sub(r"\1", text)


def portable(value: Value, names: Mapping[str, str]) -> Value:
    """Tell the same value with each path in `names` replaced, in every text of it, the longest path first."""
    if not names:
        return value
    longest_first = sorted(names, key=len, reverse=True)
    # Not inside a longer path, a reference or a URL: "/app" must leave "docker.io/app" alone.
    pattern = re.compile("|".join(rf"(?<![\w./\\-]){re.escape(path)}(?!\w)" for path in longest_first))
    begin = commonprefix(longest_first)  # noqa: RUF071  a text is searched, whatever its parts

    def shorten(text: str) -> str:
        # Most texts hold no path at all, and there may be thousands of paths.
        return pattern.sub(lambda match: names[match[0]], text) if begin in text else text

    return walked(value, shorten)


def walked(value: Value, change: Callable[[str], str], *, into_references: bool = False) -> Value:
    """Tell the same value with every text of it changed; digests and platforms stay, and references unless told so."""
    return cast("Value", _walk(value, change, into_references=into_references))


def _read(site: Site) -> Iterable[str]:
    inputs = site.inputs
    older = (path for version in inputs.upgrade_from for path in version)
    return (site.file, *inputs.profiles, *inputs.upgrade_to, *older, *inputs.sources)


def _mentioned(declarations: Declarations) -> Iterable[str]:
    yield from (profile.file for profile in declarations.profiles)
    yield from (use.provenance.file for use in declarations.uses)
    yield from (workload.provenance.file for workload in declarations.workloads)
    yield from declarations.bundles
    wiring = declarations.settings.wiring
    told = [(pack.where, pack.profile) for pack in wiring.registries]
    told += [(pack.where, pack.profile) for pack in wiring.connects]
    told += [(engine.where, "") for engine in wiring.engines]
    # Values by themselves name no image, and are known by their file.
    yield from (where.partition(" > ")[0] for where, profile in told if not profile)


def _shortened(paths: Iterable[str], folders: Iterable[str], site_file: str) -> dict[str, str]:
    home = _absolute(site_file)
    # What nobody mentions, such as a values file in a finding, begins with its folder all the same.
    texts = dict.fromkeys(map(_plain, (*paths, *folders)))
    found = {text: path for text in texts if (path := _absolute(text)) is not None and path.name}
    names = {text: _relative(path, home.parent if home is not None else None) for text, path in found.items()}
    tops = [path for each in folders if (path := _absolute(each)) is not None and path.name]
    names |= {text: name for text, path in found.items() if names[text] == path.name and (name := _inside(path, tops))}
    if home is not None and home.parent.name:
        names[str(home.parent)] = home.parent.name
    return names


def _plain(path: str) -> str:
    """Write a path without its transport and the slash that a folder may end with, which sentences about it leave out."""
    return _TRANSPORT.sub("", path, count=1).rstrip("/\\")


def _absolute(text: str) -> PurePath | None:
    if PurePosixPath(text).is_absolute():
        return PurePosixPath(text)
    windows = PureWindowsPath(text)
    return windows if windows.is_absolute() else None


def _relative(path: PurePath, folder: PurePath | None) -> str:
    if folder is not None and type(path) is type(folder) and path.is_relative_to(folder) and path != folder:
        return path.relative_to(folder).as_posix()
    return path.name


def _inside(path: PurePath, tops: Iterable[PurePath]) -> str:
    """Write a path from the name of the folder or archive on that it was handed over in, "" where it is in none."""
    inside = (top for top in tops if type(path) is type(top) and path.is_relative_to(top))
    top = min(inside, key=lambda each: len(each.parts), default=None)
    return path.relative_to(top.parent).as_posix() if top is not None else ""


def _walk(value: object, change: Callable[[str], str], *, into_references: bool) -> object:
    if type(value) is str:
        return change(value)
    if type(value) is Reference:
        return replace(value, registry=change(value.registry)) if into_references else value
    if type(value) is tuple:
        walked = tuple(_walk(each, change, into_references=into_references) for each in value)
        return walked if any(new is not old for new, old in zip(walked, value, strict=True)) else value
    # Most values hold nothing to change, and making them again is what takes time.
    kind: Any = type(value)
    told = ((name, getattr(value, name)) for name in _names(kind))
    changed: dict[str, Any] = {
        name: new for name, old in told if (new := _walk(old, change, into_references=into_references)) is not old
    }
    return replace(cast("Any", value), **changed) if changed else value


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Name the fields of a dataclass that may hold a text; none of any other type."""
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) and not issubclass(kind, _OPAQUE) else ()
