"""Where the bytes of a set lie, as charts draw it: divided among packs down to layers, and what packs hold together."""

from __future__ import annotations

from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Held", "HeldPack", "Part", "Shares", "Together"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a set and its own parts, the largest first.

    `size_bytes` is its fair share: each digest divided among the images of packs that hold it; `whole_bytes` is the same
    undivided. `merged` counts the parts that were too small to be told one by one, 0 for what is one part; the
    `name` of several is "".
    """

    name: str
    size_bytes: int
    whole_bytes: int
    parts: tuple[Part, ...] = ()
    merged: int = 0

    @property
    def times(self) -> float:
        """How many images hold its bytes, on average."""
        return self.whole_bytes / self.size_bytes if self.size_bytes else 1.0


@dataclass(frozen=True, slots=True)
class HeldPack:
    """One pack and `size_bytes`, its distinct digests each once; what no pack names has its file as `profile` and no pack."""

    profile: str
    pack: str
    layer: str
    version: str
    size_bytes: int

    @property
    def name(self) -> str:
        """What a reader knows it by."""
        return f"{self.pack} {self.version}".strip() or self.profile


@dataclass(frozen=True, slots=True)
class Together:
    """Bytes that exactly these packs hold, each digest once; `packs` are places in `Held.packs`."""

    packs: tuple[int, ...]
    size_bytes: int
    blobs: int


@dataclass(frozen=True, slots=True)
class Held:
    """The packs of a set with what they share, the largest first.

    `pairs` are bytes that two packs both hold, by their places, without those that share none: of the largest packs and
    of those that share most. `sets` are what exactly some packs hold, most bytes first. Both are bounded, and
    `pair_count` and `set_count` tell how many there are in all. `several_bytes` are in more packs than one.
    """

    packs: tuple[HeldPack, ...] = ()
    pairs: Mapping[tuple[int, int], int] = MappingProxyType({})
    pair_count: int = 0
    sets: tuple[Together, ...] = ()
    set_count: int = 0
    several_bytes: int = 0

    @property
    def most_shared(self) -> tuple[tuple[int, int], int] | None:
        """The two packs that share most, and how much; None where none shares anything."""
        return min(self.pairs.items(), key=lambda each: (-each[1], each[0]), default=None)


@dataclass(frozen=True, slots=True)
class Shares:
    """What packs hold together, and the set divided among profiles, packs, images and blobs (`parts`)."""

    held: Held = field(default_factory=Held)
    parts: tuple[Part, ...] = ()
