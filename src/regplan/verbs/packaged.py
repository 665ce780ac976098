"""Charts and definitions of content bundles in registries: fetched, and read as the files that they are."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import ContentError, InputError, InvalidManifest, NotFound, RegistryError, Unreachable
from regplan.oci.artefact import HELM_CONFIG, chart_layer, definition_layer, described, newest_version
from regplan.oci.manifest import Manifest
from regplan.profile.parts import NamedText
from regplan.store.files import decode_text
from regplan.store.members import members_of
from regplan.units import format_count
from regplan.verbs.arguments import ArgumentKind, classify, listed, names_artefact
from regplan.verbs.sources import registry_client

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.model.image import Inventory
    from regplan.oci.manifest import Index
    from regplan.oci.reference import Reference
    from regplan.profile.parts import Members
    from regplan.registry.client import RegistryClient
    from regplan.verbs.options import Options

__all__ = ["charts_as_images", "fetch_packaged", "packaged_among"]

_log = logging.getLogger(__name__)
# What Palette CLI names the repository of bundle definitions ("palette content list").
_DEFINITIONS: Final = "bundle-definition"
_ADVICE: Final = {
    "oci://": "an image is named without oci://",
    "docker://": "a site file names images under `images`, and profiles are files, charts and bundle definitions",
}


def packaged_among(arguments: Iterable[str], options: Options, *, are_profiles: bool = False) -> dict[str, Reference]:
    """Map the arguments that may name a chart or a definition to where it is; a bare reference is always an image.

    `oci://` is Helm's and a chart; what `docker://` names is looked at, unless no connection may be made. Where all
    `are_profiles`, it is no image either.
    """
    found: dict[str, Reference] = {}
    for text in listed(tuple(arguments)):
        if not text.startswith("oci://") and not names_artefact(text):
            continue
        told = classify(text)
        if told.reference is None:
            continue
        is_sure = are_profiles or told.kind is ArgumentKind.CHART or _is_definition(told.reference)
        if is_sure and options.connection.offline:
            raise Unreachable(
                f"{text} is not fetched: being offline allows no connection; hand over its file, as `helm pull` or `oras pull` writes it"
            )
        if is_sure or not options.connection.offline:
            found[text] = told.reference
    return found


def charts_as_images(arguments: Iterable[str], inventory: Inventory) -> tuple[str, ...]:
    """List the arguments that name a Helm chart by a bare reference, and so are counted as the artefacts that they are."""
    charts = {
        entry.reference
        for entry in inventory.entries
        if any(image.config_type == HELM_CONFIG for image in entry.images)
    }
    if not charts:
        return ()
    told = ((text, classify(text)) for text in listed(tuple(arguments)))
    return tuple(text for text, each in told if each.kind is ArgumentKind.IMAGE and each.reference in charts)


async def fetch_packaged(
    arguments: Iterable[str], options: Options, *, are_profiles: bool = False
) -> dict[str, tuple[NamedText | Members, ...]]:
    """Fetch the charts and definitions that arguments name; what turns out to be an image is left to be one.

    Where all `are_profiles`, as in a site file, an image is an error. Raises `InputError` for what is not there or is something else, `RegistryError` and `ContentError` where it cannot be
    had.
    """
    named = packaged_among(arguments, options, are_profiles=are_profiles)
    found: dict[str, tuple[NamedText | Members, ...]] = {}
    if not named:
        return found
    async with registry_client(options) as client:
        for text, reference in named.items():
            read = await _fetch(client, text, reference, may_be_image=not are_profiles)
            if read is not None:
                found[text] = (read,)
    return found


async def _fetch(
    client: RegistryClient, text: str, reference: Reference, *, may_be_image: bool
) -> NamedText | Members | None:
    if not names_artefact(text):
        return await _chart(client, await _with_version(client, text, reference), "oci://")
    if _is_definition(reference):
        return await _definition(client, reference)
    return await (_chart_or_image(client, reference) if may_be_image else _chart(client, reference, "docker://"))


async def _chart_or_image(client: RegistryClient, reference: Reference) -> Members | None:
    from regplan.registry.oras import fetch_manifest

    try:
        manifest = await fetch_manifest(client, reference)
    except (RegistryError, ContentError, InvalidManifest) as error:
        # Resolving asks again, at all sources, and tells what is wrong.
        _log.debug("%s: not looked at: %s", reference, error)
        return None
    if not isinstance(manifest, Manifest) or chart_layer(manifest) is None:
        return None
    return await _archive(client, reference, manifest, f"docker://{reference}")


async def _chart(client: RegistryClient, reference: Reference, transport: str) -> Members:
    shown = f"{transport}{reference}"
    manifest = await _manifest(client, reference, shown)
    if not isinstance(manifest, Manifest) or chart_layer(manifest) is None:
        raise InputError(f"{shown} {described(manifest)}, and no Helm chart; {_ADVICE[transport]}")
    return await _archive(client, reference, manifest, shown)


async def _with_version(client: RegistryClient, text: str, reference: Reference) -> Reference:
    """Take the newest version where none is named, as Helm does."""
    if reference.tag is not None or reference.digest is not None:
        return reference
    from regplan.registry.oras import list_tags

    try:
        tags = await list_tags(client, reference)
    except NotFound as error:
        raise InputError(f"{text}: {error}") from None
    newest = newest_version(tags)
    if newest is None:
        raise InputError(f"{text}: no version is among its {format_count(len(tags), 'tag')}; name one: {text}:VERSION")
    return replace(reference, tag=newest)


async def _archive(client: RegistryClient, reference: Reference, manifest: Manifest, shown: str) -> Members:
    from regplan.registry.oras import fetch_document

    layer = chart_layer(manifest)
    if layer is None:
        raise InputError(f"{shown} {described(manifest)}, and no Helm chart")
    members = members_of(shown, await fetch_document(client, reference, layer))
    if members is None:
        raise InputError(f"{shown}: its chart is no archive")
    return members


async def _definition(client: RegistryClient, reference: Reference) -> NamedText | Members:
    from regplan.registry.oras import fetch_document

    shown = f"docker://{reference}"
    manifest = await _manifest(client, reference, shown)
    layer = definition_layer(manifest) if isinstance(manifest, Manifest) else None
    if layer is None:
        raise InputError(f"{shown} {described(manifest)}: none of it is told to be the definition of a bundle")
    data = await fetch_document(client, reference, layer)
    members = members_of(shown, data)
    if members is not None:
        return members
    try:
        return NamedText(shown, decode_text(data, shown))
    except InputError:
        raise InputError(f"{shown} {described(manifest)}, where a text or an archive of texts is expected") from None


async def _manifest(client: RegistryClient, reference: Reference, shown: str) -> Manifest | Index:
    from regplan.registry.oras import fetch_manifest

    try:
        return await fetch_manifest(client, reference)
    except NotFound as error:
        raise InputError(f"{shown}: {error}") from None


def _is_definition(reference: Reference) -> bool:
    return reference.repository.rpartition("/")[2] == _DEFINITIONS
