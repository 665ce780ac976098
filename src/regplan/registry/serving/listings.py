"""Lists: repositories, tags, and what refers to a manifest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from regplan.oci.mediatype import OCI_INDEX
from regplan.registry.serving.paging import page_of
from regplan.registry.serving.reply import Reply, json_reply

if TYPE_CHECKING:
    from regplan.oci.descriptor import Descriptor
    from regplan.registry.serving.call import Call

__all__ = ["get_base", "list_referrers", "list_repositories", "list_tags"]


def get_base(call: Call) -> Reply:
    """Tell that this is a registry."""
    del call
    return json_reply(200, {})


def list_repositories(call: Call) -> Reply:
    """List the repositories."""
    names, link = page_of(call.shelf.repositories(), call.head)
    return json_reply(200, {"repositories": names}, link)


def list_tags(call: Call) -> Reply:
    """List the tags of a repository."""
    names, link = page_of(call.shelf.tags(call.repository), call.head)
    return json_reply(200, {"name": call.repository, "tags": names}, link)


def list_referrers(call: Call) -> Reply:
    """List what refers to a digest, as an index; empty where nothing does, and of one artifact type where that is asked."""
    kind = call.head.parameter("artifactType")
    found = [each for each in call.shelf.referrers(call.repository, call.digest) if kind in {"", each.artifact_type}]
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [_written(each) for each in found]}
    headers = {"Content-Type": OCI_INDEX} | ({"OCI-Filters-Applied": "artifactType"} if kind else {})
    return Reply(200, headers, json.dumps(index).encode())


def _written(descriptor: Descriptor) -> dict[str, Any]:
    written: dict[str, Any] = {
        "mediaType": descriptor.media_type,
        "digest": str(descriptor.digest),
        "size": descriptor.size,
    }
    if descriptor.artifact_type:
        written["artifactType"] = descriptor.artifact_type
    if descriptor.annotations:
        written["annotations"] = dict(descriptor.annotations)
    return written
