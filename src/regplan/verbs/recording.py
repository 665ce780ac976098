"""`record`: manifests and configs kept, so that the same references can be planned with offline."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from anyio import to_thread

from regplan.errors import InputError, NotFound
from regplan.model.image import Image
from regplan.model.profile import Declarations
from regplan.model.recording import Recorded
from regplan.oci.descriptor import Descriptor
from regplan.oci.mediatype import is_image_config
from regplan.plan.recording import draft_recording
from regplan.resolve import Choice, resolve
from regplan.store.files import user_path
from regplan.store.recorder import check_folder, write_recording
from regplan.values import dataclass
from regplan.verbs.among import site_at
from regplan.verbs.arguments import listed
from regplan.verbs.inputs import Inputs, with_unreadable
from regplan.verbs.options import Options, heard
from regplan.verbs.palette import fetch_site, read_arguments
from regplan.verbs.portal import run_blocking
from regplan.verbs.sites import with_options
from regplan.verbs.sources import ORIGIN, check_sources, open_sources
from regplan.verbs.study import choice_of, older_inputs, raise_if_unusable, site_inputs, upgrade_inputs
from regplan.verbs.unpacked import unpacked_sizes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from regplan.model.image import Inventory
    from regplan.model.progress import Report
    from regplan.model.site import Site
    from regplan.oci.digest import Digest
    from regplan.oci.platform import Platform
    from regplan.resolve import CachedSource

__all__ = ["record_images"]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be recorded, where it is looked for, and for which platforms; the sites' mirrors with the caller's."""

    inputs: Inputs
    sources: tuple[str, ...]
    choice: Choice
    mirrors: tuple[tuple[str, tuple[str, ...]], ...] = ()


def record_images(
    arguments: Sequence[str], folder: str | Path, options: Options | None = None, report: Report | None = None
) -> Recorded:
    """Keep what planning needs of profiles, images and sites in a recording, which is made or added to, blocking.

    Indexes, manifests and configs are kept verbatim, layers never; with `options.unpacked` the
    unpacked sizes of these that can be measured. What could not be resolved stands in the inventory;
    the rest is recorded. Raises `InputError` for what cannot be read and for a folder that holds something else,
    `RegistryError` where a host is unusable and nothing was resolved or nothing could be written, and
    `RecordIncomplete` where a part was written.
    """
    report = heard(report)
    told, place = options or Options(), user_path(folder)
    if told.read_only:
        raise InputError("read-only: recording writes; leave read-only out")
    check_folder(place)

    async def record() -> Recorded:
        wanted = await _wanted(listed(arguments), told)
        check_sources(wanted.sources)
        mirrored = replace(told, mirrors=wanted.mirrors)
        async with open_sources(wanted.sources, mirrored, wanted.inputs.sources, report) as sources:
            found = await resolve(wanted.inputs.declarations.references(), sources, wanted.choice, report)
            raise_if_unusable(found)
            configs = await _configs(found.inventory, sources)
            # Only where it is asked for: what another run has measured would make the same images another recording.
            sizes = await unpacked_sizes([found.inventory], sources, told, report) if told.unpacked else {}
        measured = tuple((digest, each.size_bytes) for digest, each in sizes.items() if each.size_bytes is not None)
        draft = replace(draft_recording(found.inventory, configs), unpacked=measured)
        inventory = with_unreadable(found.inventory, wanted.inputs.declarations)
        return Recorded(str(folder), inventory, draft, await to_thread.run_sync(write_recording, place, draft))

    return run_blocking(record)


async def _wanted(arguments: Sequence[str], options: Options) -> _Wanted:
    """Read the arguments; a site stands for its profiles and images, for its other versions, and for its hosts."""
    sites = {text: with_options(site, options) for text in arguments if (site := site_at(text)) is not None}
    plain = [text for text in arguments if text not in sites]
    parts = [await read_arguments(plain, options)] if plain or not sites else []
    for site in sites.values():
        fetched = await fetch_site(site, options)
        newer = await to_thread.run_sync(upgrade_inputs, site, fetched)
        parts += [await to_thread.run_sync(site_inputs, site, fetched), *([] if newer is None else [newer])]
        parts += await to_thread.run_sync(older_inputs, site, fetched)
    texts = dict.fromkeys(text for site in sites.values() for text in site.inputs.sources or (ORIGIN,))
    if plain and not options.sources:
        texts[ORIGIN] = None
    # A layout among the arguments answers for itself, and nobody else is asked unless that was said.
    is_said = bool(options.sources) or set(texts) != {ORIGIN}
    sources = options.sources or (tuple(texts) if is_said else ())
    mirrors = {host: mirrors for site in sites.values() for host, mirrors in site.inputs.mirrors} | dict(
        options.mirrors
    )
    choice = _choice(tuple(sites.values()), options)
    return _Wanted(_joined(parts), sources, choice, tuple(mirrors.items()))


def _choice(sites: tuple[Site, ...], options: Options) -> Choice:
    each = [choice_of(options, site) for site in sites] or [choice_of(options)]
    platforms: dict[Platform, None] = dict.fromkeys(platform for one in each for platform in one.platforms)
    return replace(each[0], platforms=tuple(platforms), configs=True)


def _joined(parts: Sequence[Inputs]) -> Inputs:
    return Inputs(
        Declarations(uses=tuple(use for part in parts for use in part.declarations.uses)),
        tuple(source for part in parts for source in part.sources),
    )


async def _configs(inventory: Inventory, sources: Sequence[CachedSource]) -> dict[Digest, bytes]:
    """Gather the configs that resolving has read: they are asked for again, and nothing is fetched twice."""
    by_name = {source.name: source for source in reversed(sources)}
    configs: dict[Digest, bytes] = {}
    for entry in inventory.entries:
        for image in (*entry.images, *(each for each in entry.passed if isinstance(each, Image))):
            source, was_read = by_name.get(image.source), image.platform.is_known or image is entry.named
            if image.config is None or source is None or not was_read or not is_image_config(image.config_type):
                continue
            descriptor = Descriptor(image.config_type, image.config.digest, image.config.size or 0)
            # A recording that others made may lack configs.
            with suppress(NotFound):
                configs[image.config.digest] = await source.config(entry.reference.name, descriptor)
    return configs
