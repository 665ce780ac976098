"""Blobs held to their digests while they are read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from regplan.errors import DigestMismatch, SizeMismatch

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from regplan.oci.descriptor import Descriptor

__all__ = ["held_to", "span"]


def span(descriptor: Descriptor, first: int, last: int | None) -> int:
    """Tell how many bytes there are from `first` to `last` inclusive."""
    return max(0, (descriptor.size if last is None else min(last + 1, descriptor.size)) - first)


async def held_to(
    descriptor: Descriptor, chunks: AsyncGenerator[bytes, None], left: int, where: tuple[str, str]
) -> AsyncGenerator[bytes, None]:
    """Pass `left` bytes of a blob on; read whole, they are held to its digest before the last of them go out.

    `where` names the blob and the file that it comes from. Raises `SizeMismatch` and `DigestMismatch`.
    """
    blob, file = where
    hasher = hashlib.new(descriptor.digest.algorithm) if left == descriptor.size else None
    async for chunk in chunks:
        left -= len(chunk)
        if hasher is not None:
            hasher.update(chunk)
        if hasher is not None and not left and hasher.hexdigest() != descriptor.digest.encoded:
            # Before the last bytes go out, so that nobody takes them for a whole blob.
            raise DigestMismatch(f"{blob} has other content: {file}")
        yield chunk
    if left > 0:
        raise SizeMismatch(f"{blob} lacks {left} bytes of {descriptor.size}: {file}")
