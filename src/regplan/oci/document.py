"""JSON documents as registries send them: one object in UTF-8."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from regplan.errors import InvalidManifest

__all__ = ["read_object"]


def read_object(raw: bytes, what: str, where: str) -> Mapping[str, Any]:
    """Read a JSON object; of a key that stands twice the last counts, as it does for Docker and containerd.

    Raises `InvalidManifest`, naming `where` and `what` it should be.

    >>> read_object(b'{"schemaVersion": 2}', "manifest", "nginx")
    {'schemaVersion': 2}
    """
    try:
        # Decoded here, since `loads` takes UTF-16 and UTF-32 too, which no registry and no runtime does.
        document = json.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise InvalidManifest(f"{where} is not JSON") from error
    if not isinstance(document, Mapping):
        raise InvalidManifest(f"{where} is not {what}: it is not a JSON object")
    return document
