"""What a running registry holds, as it was read: names, digests, sizes and platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.exchange import Exchange
    from regplan.oci.digest import Digest

__all__ = ["HeldManifest", "RegistryHoldings"]


@dataclass(frozen=True, slots=True)
class HeldManifest:
    """One manifest or index in one repository.

    `size_bytes` is it and its blobs, and of an index also all that it holds, each once; `unique_bytes` of it nothing else in the
    registry needs. `platforms` is empty where none is told. `is_wrong_arch`: the site has hosts, and none can run it.
    """

    repository: str
    digest: Digest
    tags: tuple[str, ...]
    media_type: str
    size_bytes: int
    unique_bytes: int
    platforms: tuple[str, ...] = ()
    is_wrong_arch: bool = False

    @property
    def name(self) -> str:
        """REPOSITORY:TAG, or with the digest where it has no tag."""
        return f"{self.repository}:{self.tags[0]}" if self.tags else f"{self.repository}@{self.digest}"


@dataclass(frozen=True, slots=True)
class RegistryHoldings:
    """Everything that was found in a registry.

    `stored_bytes` counts each digest once, as a registry stores it; `summed_bytes` each image by itself. `is_whole` tells that every repository was listed;
    `troubles` say what could not be read. `quota_bytes` and `used_bytes` are a Harbor project's, `free_bytes` is the room on the
    disk behind it; None is what the registry does not tell.
    """

    host: str
    kind: str
    manifests: tuple[HeldManifest, ...]
    repositories: int
    stored_bytes: int
    summed_bytes: int
    is_whole: bool
    troubles: tuple[str, ...] = ()
    quota_bytes: int | None = None
    used_bytes: int | None = None
    free_bytes: int | None = None
    exchanges: tuple[Exchange, ...] = ()
