"""What refers to something else: a manifest with a subject (distribution specification, "Listing Referrers")."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.oci.descriptor import Descriptor
from regplan.oci.document import read_object
from regplan.oci.manifest import Manifest

if TYPE_CHECKING:
    from regplan.oci.digest import Digest
    from regplan.oci.manifest import Index

__all__ = ["referrer_of"]


def referrer_of(document: Manifest | Index, digest: Digest) -> Descriptor:
    """Describe a manifest, stored as `digest`, as a list of referrers does: with artifact type and annotations.

    A manifest without an artifact type has its config's media type; an index without one has none.
    """
    kind = document.artifact_type
    if not kind and isinstance(document, Manifest):
        kind = document.config.media_type
    annotations = read_object(document.raw, "a manifest", str(digest)).get("annotations")
    named = annotations.items() if isinstance(annotations, dict) else ()
    plain = Descriptor(document.media_type, digest, document.size)
    return replace(plain, artifact_type=kind, annotations=tuple(sorted((str(key), str(value)) for key, value in named)))
