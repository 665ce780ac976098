"""The digests behind a number that is read from manifests, where the images themselves are at hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from regplan.plan.sharers import shared_blobs
from regplan.report.sharing import blobs_document
from regplan.report.words import counted, exact_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regplan.model.image import Inventory
    from regplan.model.sharing import SharedBlob
    from regplan.report.explained.lines import Line

__all__ = ["digest_lines", "digests_behind"]

_IMAGE: Final = re.compile(r"layers\[(\d+)\]\.(size|shared|unique)_bytes")
_WHOLE: Final = "storage.unique_bytes"


def digests_behind(document: Mapping[str, Any], inventory: Inventory, path: str) -> list[dict[str, object]] | None:
    """List the distinct digests whose sizes add up to the number at `path`; None where that is not what it is made of.

    They are listed for the whole set, and for what an image takes, shares and has alone.
    """
    match = _IMAGE.fullmatch(path)
    if not inventory.entries or (match is None and path != _WHOLE):
        return None
    blobs = shared_blobs(inventory)
    if match is None:
        return blobs_document(blobs)
    digest = document["layers"][int(match[1])]["digest"]
    image = next((each for each in inventory.images() if str(each.digest) == digest), None)
    held = set() if image is None else {blob.digest for blob in image.content()}
    return blobs_document(each for each in blobs if each.digest in held and _counts(each, match[2]))


def _counts(blob: SharedBlob, part: str) -> bool:
    return part == "size" or (blob.images > 1) == (part == "shared")


def digest_lines(digests: list[dict[str, object]]) -> tuple[Line, ...]:
    """Count digests, and list them with kind and size."""
    told = [f"{each['digest']} {each['kind']}, {_size(each['size_bytes'])}" for each in digests]
    return (("digests", counted(len(told), "distinct digest")), *(("", text) for text in told))


def _size(size_bytes: object) -> str:
    return exact_bytes(size_bytes) if isinstance(size_bytes, int) else "of unknown size, counted as 0"
