"""What stands behind a manifest: an image, a Helm chart, a plan of regplan's or another artefact, by its media types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.oci.manifest import Index
from regplan.oci.mediatype import OCI_EMPTY, is_image_config
from regplan.units import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.oci.descriptor import Descriptor
    from regplan.oci.manifest import Manifest

__all__ = [
    "HELM_CHART",
    "HELM_CONFIG",
    "PLAN",
    "PLAN_DOCUMENT",
    "artefact_type",
    "chart_layer",
    "definition_layer",
    "described",
    "newest_version",
]

# What `regplan report --push` writes: the config's media type is the artefact's type, as where no artifactType is given.
PLAN: Final = "application/vnd.regplan.plan.v1+json"
PLAN_DOCUMENT: Final = "application/vnd.regplan.plan.document.v1+json"
# Helm, HIP-0006 "OCI Support", and pkg/registry/constants.go.
HELM_CONFIG: Final = "application/vnd.cncf.helm.config.v1+json"
HELM_CHART: Final = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_OLDER_CHARTS: Final = ("application/tar+gzip",)
# How the one text among several layers gives itself away, by its title or its media type.
_TEXT: Final = re.compile(r"\.(?:ya?ml|json|tar|tgz|tar\.gz)$|[/+.-](?:ya?ml|json|tar|tar\+gzip)$", re.IGNORECASE)
_VERSION: Final = re.compile(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(-[0-9A-Za-z.-]+)?(?:_[0-9A-Za-z._-]+)?")
_MOST_LISTED: Final = 5
_MOST_TEXT: Final = 80


def artefact_type(manifest: Manifest) -> str:
    """Tell an artefact's type: what it says itself, else its config's media type (image specification, "artifactType")."""
    return manifest.artifact_type or manifest.config.media_type


def chart_layer(manifest: Manifest) -> Descriptor | None:
    """Tell the layer that holds a Helm chart's archive; a provenance file may stand beside it. None: it is no chart."""
    if manifest.config.media_type != HELM_CONFIG:
        return None
    wanted = (HELM_CHART, *_OLDER_CHARTS)
    return next((layer for layer in manifest.layers if layer.media_type in wanted), None)


def definition_layer(manifest: Manifest) -> Descriptor | None:
    """Tell the layer that holds a bundle's definition: the only one, or the only one that says it is text or an archive."""
    if len(manifest.layers) == 1:
        return manifest.layers[0]
    told = [each for each in manifest.layers if any(map(_TEXT.search, (_title(each), each.media_type)))]
    return told[0] if len(told) == 1 else None


def newest_version(tags: Iterable[str]) -> str | None:
    """Tell the tag of the highest version, one before a release only where there is no other; None where none is one.

    >>> newest_version(["1.9.0", "1.10.0", "2.0.0-rc.1", "latest"]), newest_version(["2.0.0-rc.1"]), newest_version(["main"])
    ('1.10.0', '2.0.0-rc.1', None)
    """
    found = [
        (match[4] is None, tuple(map(int, match.group(1, 2, 3))), tag)
        for tag in tags
        if (match := _VERSION.fullmatch(tag))
    ]
    return max(found, default=(False, (), None))[2]


def described(manifest: Manifest | Index) -> str:
    """Tell what stands there, as the end of a sentence that begins with its name.

    >>> from regplan.oci.manifest import parse_manifest
    >>> described(parse_manifest(b'{"manifests": []}'))
    'is an index of 0 manifests, as an image for several platforms has one'
    """
    if isinstance(manifest, Index):
        return f"is an index of {format_count(len(manifest.manifests), 'manifest')}, as an image for several platforms has one"
    kind = artefact_type(manifest)
    if is_image_config(kind):
        return f"is an image of {format_count(len(manifest.layers), 'layer')}"
    if kind == HELM_CONFIG:
        return "is a Helm chart"
    if kind == PLAN:
        return "is a plan of regplan's"
    told = f"of type {_plain(kind)}" if kind and kind != OCI_EMPTY else "of no type"
    return f"is an artefact {told} with {_listed(manifest.layers)}"


def _title(layer: Descriptor) -> str:
    return dict(layer.annotations).get("org.opencontainers.image.title", "")


def _listed(layers: tuple[Descriptor, ...]) -> str:
    """List what layers are: media type, and title where there is one."""
    told = []
    for layer in layers[:_MOST_LISTED]:
        title = _title(layer)
        told.append(_plain(layer.media_type or "a layer of no type") + (f" ({_plain(title)})" if title else ""))
    more = len(layers) - len(told)
    return (", ".join(told) or "no layer") + (f" and {more} more" if more else "")


def _plain(text: str) -> str:
    """Write what others wrote so that it can be printed anywhere, shortened."""
    short = text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"
    return "".join(each if each.isprintable() else "\ufffd" for each in short)
