"""What choosing platforms does to a set of images: to its bytes, and to what is pinned to or signed on an index."""

from __future__ import annotations

from regplan.values import dataclass

__all__ = ["Attestations", "ChoiceReport", "ComparedPlatform", "PlatformShare"]


@dataclass(frozen=True, slots=True)
class PlatformShare:
    """What the images of one platform take: `only_here_bytes` is what no image of another platform has.

    Sizes are None of a platform that indexes offer and that is not kept: its manifests were not fetched.
    """

    platform: str
    images: int
    unique_bytes: int | None = None
    only_here_bytes: int | None = None

    @property
    def is_kept(self) -> bool:
        """Whether its images are among those that are counted."""
        return self.unique_bytes is not None


@dataclass(frozen=True, slots=True)
class Attestations:
    """BuildKit's attestations inside indexes, which are no platforms: those that are counted, and those left out."""

    count: int = 0
    size_bytes: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class ChoiceReport:
    """What was chosen, and what that does.

    `kept` is "children" or "indexes". `indexes` counts the references that name an index, `broken` those of which the
    index is not kept: their tags then name an image's digest, and `index_signatures` "break" and else "hold".
    `elsewhere` are the references that name one image alone, which runs on no platform that was asked for.
    """

    platforms: tuple[str, ...]
    kept: str
    indexes: int
    broken: int
    note: str
    shares: tuple[PlatformShare, ...] = ()
    attestations: Attestations = Attestations()
    elsewhere: tuple[str, ...] = ()

    @property
    def index_signatures(self) -> str:
        """Whether what is signed on or pinned to an index can still be verified: "hold" or "break"."""
        return "break" if self.broken else "hold"


@dataclass(frozen=True, slots=True)
class ComparedPlatform:
    """What the same references take with one platform chosen, or with "all", indexes included."""

    platform: str
    references: int
    unresolved: int
    referenced_bytes: int
    unique_bytes: int
