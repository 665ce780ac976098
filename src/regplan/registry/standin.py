"""The list of referrers under a stand-in tag, which whoever pushes keeps where a registry has no referrers API; pure.

Source: distribution-spec 1.1, "Pushing Manifests with Subject" and "Referrers Tag Schema".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from regplan.oci.manifest import Manifest, parse_manifest
from regplan.oci.mediatype import OCI_INDEX
from regplan.registry.wire import tag_of_referrers

if TYPE_CHECKING:
    from regplan.model.source import Content
    from regplan.oci.manifest import Index

__all__ = ["referrer_of", "standin_tag", "with_referrer"]


def referrer_of(raw: bytes, media_type: str) -> Manifest | Index | None:
    """Read a manifest that refers to something, None for one that does not."""
    if b'"subject"' not in raw:
        return None
    document = parse_manifest(raw, media_type)
    return None if document.subject is None else document


def standin_tag(referrer: Manifest | Index) -> str:
    """Tell the tag under which the referrers of a referrer's subject are listed."""
    assert referrer.subject is not None  # noqa: S101  as `referrer_of` has seen
    return tag_of_referrers(referrer.subject.digest)


def with_referrer(listed: Content | None, referrer: Manifest | Index) -> bytes | None:
    """Write the list with one more referrer, what others have put there kept as it is; None where it is there.

    What stands under the tag and is no index is replaced, since nobody else may use that tag.
    """
    document: dict[str, Any] = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    if (
        listed is not None
        and isinstance(found := json.loads(listed.data), dict)
        and isinstance(found.get("manifests"), list)
    ):
        document = found
    if any(isinstance(each, dict) and each.get("digest") == str(referrer.digest) for each in document["manifests"]):
        return None
    kind = referrer.artifact_type or (referrer.config.media_type if isinstance(referrer, Manifest) else "")
    entry = {"mediaType": referrer.media_type, "digest": str(referrer.digest), "size": len(referrer.raw)}
    told = {**entry, **({"artifactType": kind} if kind else {}), **_annotations(referrer.raw)}
    return json.dumps({**document, "manifests": [*document["manifests"], told]}).encode()


def _annotations(raw: bytes) -> dict[str, Any]:
    annotations = json.loads(raw).get("annotations")
    return {"annotations": annotations} if isinstance(annotations, dict) and annotations else {}
