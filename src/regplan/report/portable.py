"""Values without the paths of the machine that they were made on."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from regplan.oci.digest import Digest
from regplan.oci.platform import Platform
from regplan.oci.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from regplan.model.plan import Study
    from regplan.model.profile import Declarations

__all__ = ["declared_files", "portable", "study_files"]

Value = TypeVar("Value")
# At least two letters: one letter and a colon is a drive.
_TRANSPORT = re.compile(r"^[a-z][a-z-]+:(?!//)")
_OPAQUE: Final = (Digest, Platform, Reference)


def study_files(study: Study) -> dict[str, str]:
    """Map each absolute path that a study was made from to how a reader elsewhere may know it.

    A path below the site file's folder becomes relative to it, as the site file writes it; any other loses its folders.
    """
    site, inputs = study.plan.site, study.plan.site.inputs
    named = (site.file, *inputs.profiles, *inputs.images, *inputs.upgrade_to, *inputs.sources)
    return _shortened((*named, *_mentioned(study.declarations)), site.file)


def declared_files(declarations: Declarations) -> dict[str, str]:
    """Map each absolute path among the declarations' files to its last part."""
    return _shortened(_mentioned(declarations), "")


def portable(value: Value, names: Mapping[str, str]) -> Value:
    """Tell the same value with each path in `names` replaced, in every text of it, the longest path first."""
    if not names:
        return value
    longest_first = sorted(names, key=len, reverse=True)
    # Not inside a longer path, a reference or a URL: "/app" must leave "docker.io/app" alone.
    pattern = re.compile("|".join(rf"(?<![\w./\\-]){re.escape(path)}(?!\w)" for path in longest_first))
    return cast("Value", _walk(value, lambda text: pattern.sub(lambda match: names[match[0]], text)))


def _mentioned(declarations: Declarations) -> Iterable[str]:
    yield from (profile.file for profile in declarations.profiles)
    yield from (use.provenance.file for use in declarations.uses)
    yield from (workload.provenance.file for workload in declarations.workloads)


def _shortened(paths: Iterable[str], site_file: str) -> dict[str, str]:
    home = _absolute(site_file)
    texts = dict.fromkeys(_TRANSPORT.sub("", path, count=1) for path in paths)
    found = {text: path for text in texts if (path := _absolute(text)) is not None and path.name}
    names = {text: _relative(path, home.parent if home is not None else None) for text, path in found.items()}
    if home is not None and home.parent.name:
        names[str(home.parent)] = home.parent.name
    return names


def _absolute(text: str) -> PurePath | None:
    if PurePosixPath(text).is_absolute():
        return PurePosixPath(text)
    windows = PureWindowsPath(text)
    return windows if windows.is_absolute() else None


def _relative(path: PurePath, folder: PurePath | None) -> str:
    if folder is not None and type(path) is type(folder) and path.is_relative_to(folder) and path != folder:
        return path.relative_to(folder).as_posix()
    return path.name


def _walk(value: object, shorten: Callable[[str], str]) -> object:
    if type(value) is str:
        return shorten(value)
    if type(value) is tuple:
        return tuple(_walk(each, shorten) for each in value)
    if is_dataclass(value) and not isinstance(value, (type, *_OPAQUE)):
        changed: dict[str, Any] = {each.name: _walk(getattr(value, each.name), shorten) for each in fields(value)}
        return replace(value, **changed)
    return value
