"""Descriptors: how content refers to content (image specification, descriptor.md)."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.oci.digest import Digest
    from regplan.oci.platform import Platform

__all__ = ["Descriptor"]


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A pointer to content: its media type, digest and size in bytes (compressed, as stored and sent)."""

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    artifact_type: str = ""
    annotations: tuple[tuple[str, str], ...] = field(default=(), compare=False)
