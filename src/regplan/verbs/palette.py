"""Cluster profiles out of a live Palette: what arguments and site files name there, fetched as texts to be read."""

from __future__ import annotations

import json
import logging
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from regplan.errors import InputError, NotFound, RegistryError, RegplanError, Unauthorized, Unreachable
from regplan.profile.parts import NamedText
from regplan.profile.site_paths import beside, is_palette_id, looks_like_file
from regplan.registry.palette_answers import dig, items_of, profile_summary, version_order
from regplan.registry.palette_target import PaletteAsked, find_target
from regplan.registry.threads import run_abandonable
from regplan.store.files import user_path
from regplan.verbs.arguments import listed
from regplan.verbs.inputs import read_inputs, reading_of
from regplan.verbs.packaged import fetch_packaged
from regplan.verbs.portal import from_worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from regplan.model.progress import Report
    from regplan.model.site import Site
    from regplan.profile.parts import Members
    from regplan.registry.palette import PaletteClient
    from regplan.registry.palette_answers import ProfileSummary
    from regplan.verbs.inputs import Inputs
    from regplan.verbs.options import Options

__all__ = [
    "Fetched",
    "fetch_profiles",
    "fetch_site",
    "open_palette",
    "palette_name",
    "palette_names",
    "read_arguments",
    "site_names",
]

_log = logging.getLogger(__name__)
_PREFIX: Final = "palette:"
_MOST_NAME: Final = 300
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(?:@[A-Za-z0-9][A-Za-z0-9_.+-]*)?")

Fetched: TypeAlias = "dict[str, tuple[NamedText | Members, ...]]"


def palette_name(text: str, *, is_profile: bool) -> str | None:
    """Tell the name or id that an argument has in Palette; None where it names something else.

    `palette:NAME` always does, and an id of 24 hexadecimal digits; a bare name only where `is_profile` says that it can
    be nothing but a profile. A file or folder that is there comes first. Raises `InputError` for an empty name.

    >>> palette_name("palette:infra@1.0.0", is_profile=False), palette_name("infra", is_profile=False)
    ('infra@1.0.0', None)
    >>> palette_name("infra", is_profile=True), palette_name("nginx:1.27", is_profile=True)
    ('infra', None)
    """
    if text.startswith(_PREFIX):
        name = text.removeprefix(_PREFIX).strip()
        # A version that is named and empty is a slip, as of a shell's variable that is not set.
        if name.startswith("@") or name.endswith("@") or not 0 < len(name) <= _MOST_NAME:
            shown = text if len(text) <= _MOST_NAME else f"{text[:60]}…"
            raise InputError(f"{shown}: write palette:NAME, palette:NAME@VERSION or palette:ID")
        return name
    is_bare = is_profile and _NAME.fullmatch(text) is not None and not looks_like_file(text)
    if not (is_palette_id(text) or is_bare) or user_path(text).exists():
        return None
    return text


def palette_names(arguments: Sequence[str], options: Options, *, is_profile: bool = False) -> dict[str, str]:
    """Map the arguments that name something in Palette to the name there; a bare name is one only with `--palette`."""
    may_be_bare = is_profile and options.palette is not None and options.palette.url is not None
    found = {argument: palette_name(argument, is_profile=may_be_bare) for argument in listed(arguments)}
    return {argument: name for argument, name in found.items() if name is not None}


async def read_arguments(arguments: Sequence[str], options: Options, report: Report | None = None) -> Inputs:
    """Read PROFILE and IMAGE arguments, those in Palette and charts in registries after fetching them; raises `InputError`."""
    fetched = await fetch_profiles(palette_names(arguments, options), options)
    fetched |= await fetch_packaged(listed(arguments), options)
    reading = replace(reading_of(options), fetched=fetched, report=from_worker(report))
    return await run_abandonable(partial(read_inputs, arguments, reading))


async def fetch_site(site: Site, options: Options) -> Fetched:
    """Fetch what a site file's profiles of every version name in Palette and of charts; a bare name needs `--palette`."""
    is_told = options.palette is not None and options.palette.url is not None
    older = (entry for version in site.inputs.upgrade_from for entry in version)
    entries = (*site.inputs.profiles, *site.inputs.upgrade_to, *older)
    named = site_names(entries, site.file, is_profile=is_told)
    return await fetch_profiles(named, options) | await fetch_packaged(entries, options, are_profiles=True)


def site_names(entries: Iterable[str], file: str, *, is_profile: bool) -> dict[str, str]:
    """Map what a site file names in Palette to the names there; each entry is as it was made a path beside the file.

    >>> site_names(["sites/a.json", "palette:edge", "./sites/infra"], "sites/store.yaml", is_profile=True)
    {'palette:edge': 'edge', './sites/infra': 'infra'}
    """
    found = {}
    for entry in entries:
        bare = PurePath(entry).name
        # A bare word in a site file was read as a path beside it.
        is_bare = entry == beside(file, bare) and not looks_like_file(bare) and not user_path(entry).exists()
        name = palette_name(bare if is_bare else entry, is_profile=is_profile)
        if name is not None:
            found[entry] = name
    return found


@asynccontextmanager
async def open_palette(options: Options) -> AsyncIterator[PaletteClient]:
    """Open the Palette that the options or the environment name; raises `InputError` where there is none."""
    from regplan.registry.palette import PaletteClient

    target = find_target(options.palette or PaletteAsked(), options.environment, options.connection)
    async with PaletteClient(target, options.connection) as client:
        yield client


async def fetch_profiles(named: Mapping[str, str], options: Options) -> Fetched:
    """Fetch the profiles that arguments name: each argument's texts, the profile first, then what stands beside it.

    `named` maps arguments to names in Palette. Nothing is opened where it is empty. Raises `InputError` for a name that
    Palette does not have and `RegistryError` where it cannot be asked.
    """
    found: Fetched = {}
    if not named:
        return found
    failures: list[Exception] = []

    async def fetch(client: PaletteClient, argument: str, name: str) -> None:
        try:
            found[argument] = await _texts(client, name)
        except RegplanError as error:
            failures.append(error)

    import anyio

    async with open_palette(options) as client, anyio.create_task_group() as group:
        for argument, name in named.items():
            group.start_soon(fetch, client, argument, name)
    if failures:
        raise _together(failures)
    return {argument: found[argument] for argument in named}


def _together(failures: list[Exception]) -> Exception:
    """Tell what went wrong: the host's trouble first, else every name that is not there."""
    for error in failures:
        if not isinstance(error, InputError):
            return error
    return failures[0] if len(failures) == 1 else InputError("\n".join(str(error) for error in failures))


async def _texts(client: PaletteClient, name: str) -> tuple[NamedText, ...]:
    uid = name if is_palette_id(name) else await _find(client, name)
    profile = await client.profile(uid)
    version = str(dig(profile, "spec", "version") or "")
    name = " ".join(str(dig(profile, "metadata", "name") or uid).split())
    file = f"{_PREFIX}{name}" + (f"@{version}" if version else "")
    texts = [NamedText(file, _text(profile))]
    for what, answer in await _beside(client, uid, profile):
        texts.append(NamedText(f"{file} ({what})", _text(answer)))
    return tuple(texts)


async def _beside(client: PaletteClient, uid: str, profile: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Fetch what a profile only refers to; what a Palette cannot tell of resolved values stays a macro, which is said."""
    found: list[tuple[str, dict[str, Any]]] = []
    packs = items_of(dig(profile, "spec", "published") or dig(profile, "spec", "draft"), "packs")
    if any(items_of(pack, "manifests") for pack in packs):
        answer = await client.manifests(uid)
        metadata = {"name": dig(profile, "metadata", "name"), "uid": uid}
        found.append(("manifests", {**answer, "metadata": metadata}))
    try:
        answer = await client.variables(uid)
        if items_of(answer, "variables"):
            found.append(("variables", {"metadata": {"uid": uid}, "variables": answer["variables"]}))
    except NotFound:
        _log.debug("%s: no variables here", uid)
    if any("{{" in str(pack.get("values")) for pack in packs):
        resolved = await _resolved(client, uid)
        names = {name for pack in packs for name in (pack.get("name"), pack.get("packUid")) if isinstance(name, str)}
        if any(key in names or "spectro." in key for key in resolved):
            found.append(("resolved values", {"uid": uid, "resolved": resolved}))
    return found


async def _resolved(client: PaletteClient, uid: str) -> dict[str, str]:
    try:
        resolved = dig(await client.resolved_values(uid), "resolved")
    except (Unauthorized, Unreachable):
        raise
    except RegistryError as error:
        _log.debug("no resolved values: %s", error)
        return {}
    return {key: text for key, text in resolved.items() if isinstance(text, str)} if isinstance(resolved, dict) else {}


async def _find(client: PaletteClient, name: str) -> str:
    """Tell the id of NAME or NAME@VERSION; without a version it is the highest."""
    bare, _, version = name.partition("@")
    summaries = [each for each in map(profile_summary, await client.profiles(bare)) if each.name == bare]
    if not summaries:
        known = {each.name for each in map(profile_summary, await client.profiles())}
        close = get_close_matches(bare, known, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "; regplan palette profiles lists them"
        raise InputError(f"{client.target.host} has no cluster profile {bare!r} {_where(client)}{hint}")
    versions = _versions(summaries)
    wanted = version or max(versions, key=version_order)
    if wanted not in versions:
        there = ", ".join(sorted(versions, key=version_order))
        raise InputError(f"{client.target.host} has {bare!r} in version {there}, and not in {wanted!r}")
    if len(versions[wanted]) > 1:
        ids = ", ".join(sorted(versions[wanted]))
        raise InputError(f"{client.target.host} has {bare!r} {wanted} more than once: name it by its id ({ids})")
    return next(iter(versions[wanted]))


def _versions(summaries: list[ProfileSummary]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in summaries:
        for version, uid in each.versions or ((each.version, each.uid),):
            found.setdefault(version, set()).add(uid)
    return found


def _where(client: PaletteClient) -> str:
    if client.target.project:
        return f"in project {client.target.project}"
    return "outside of projects (--palette-project names one)"


def _text(document: dict[str, Any]) -> str:
    """Write an answer as `jq .` does, so that its lines can be found again."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half of a character; reading says so.
        return json.dumps(document, indent=2)
    return text
