"""Bytes of every event of a site's life under every topology, each cell of the table by its own formula.

A site is a plain mapping:

    {"sizes": {piece: bytes}, "images": {name: {"pieces": [...], "others": [...]}},
     "hosts": {name: [image, ...]}, "early": [image, ...], "content": [image, ...], "next": {"hosts": ..., "content": ...}}

Let p(n) be the union of pieces behind the images of host n, pre(n) that of its early images, B what the registry is
seeded with, M(n) what host n lacks, and U the union of what hosts ask a cache for.

    event              direct          primary, wan                   primary, bundle        pull-through        peers
    bootstrap          W sum p(n)      W B + sum pre(n)               media B                W sum pre(n) + amp  W sum pre(n) + M of all, once
                                       A sum (p(n) - pre(n))          A sum p(n)             A sum (p - pre)     A the rest
    node add, reimage  W p             A p                            A p                    A p, W what is cold A what peers hold, W the rest
    reboot             0               0                              0                      0                   0
    upgrade            W sum M(n)      W B' less B, A sum M(n)        media B' less B, A     A sum M, W amp      W M of all once, A the rest
    reschedule         W M             A M                            A M                    A M, W what is cold A and W as above

amp: each cold piece once for every host that asks before it is there (distribution), once more (Harbor, and distribution's version 2), or every image
that is not there whole with all that stands behind it (Zot).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Ledger"]


class Ledger:
    """Keeps what hosts and registry hold, and writes down bytes as (internet, site network, media)."""

    def __init__(self, site: Mapping[str, Any], topology: tuple[Any, ...]) -> None:
        """Begin empty; `topology` is ("direct",), ("primary", "wan"|"bundle"), ("cache", kind, asking) or ("peers", extra)."""
        self.site, self.first_site, self.topology = site, site, topology
        self.runs = {name: set(images) for name, images in site["hosts"].items()}
        self.stores: dict[str, set[str]] = {name: set() for name in self.runs}
        self.registry: set[str] = set()
        self.whole: set[str] = set()

    def pieces(self, images: Iterable[str]) -> set[str]:
        """Unite the pieces of images."""
        return {piece for image in images for piece in self.site["images"][image]["pieces"]}

    def weigh(self, pieces: Iterable[str]) -> int:
        """Add up pieces."""
        return sum(self.site["sizes"][piece] for piece in pieces)

    def bootstrap(self) -> tuple[int, int, int]:
        """Set the site up."""
        early = set(self.site["early"])
        wan = lan = media = 0
        if self.topology != ("primary", "bundle") and self.topology[0] != "direct":
            for host, images in self.runs.items():
                before = self.pieces(images & early)
                wan += self.weigh(before)
                self.stores[host] |= before
        more = self.settle(self.site["content"])
        return wan + more[0], lan + more[1], media + more[2]

    def settle(self, content: Iterable[str]) -> tuple[int, int, int]:
        """Bring every host what it lacks, after what the registry is seeded with."""
        lacks = {host: self.pieces(images) - self.stores[host] for host, images in self.runs.items()}
        total = sum(self.weigh(each) for each in lacks.values())
        match self.topology:
            case ("direct",):
                paid = (total, 0, 0)
            case ("primary", seeded):
                new = self.pieces(content) - self.registry
                self.registry |= new
                paid = (self.weigh(new), total, 0) if seeded == "wan" else (0, total, self.weigh(new))
            case ("cache", "zot", _):
                paid = (self.copied(lacks), total, 0)
            case ("cache", kind, asking):
                paid = (self.asked(lacks, kind, asking), total, 0)
            case ("peers", extra):
                peers = set().union(*self.stores.values())
                once = self.weigh(set().union(*lacks.values()) - peers)
                paid = (round(once * (1 + extra)), total - once, 0)
        for host, pieces in lacks.items():
            self.stores[host] |= pieces
        return paid

    def asked(self, lacks: Mapping[str, set[str]], kind: str, asking: int | None) -> int:
        """Fetch what is cold as often as it is asked for."""
        wan, counts = 0, Counter(piece for pieces in lacks.values() for piece in pieces)
        for piece, count in counts.items():
            if piece not in self.registry:
                times = count if asking is None or count < asking else asking
                wan += self.site["sizes"][piece] * (times + (kind in {"harbor", "distribution-2"}))
                self.registry.add(piece)
        return wan

    def copied(self, lacks: Mapping[str, set[str]]) -> int:
        """Copy every image that somebody asks for and that is not there whole, with all platforms."""
        wan = 0
        wanted = {
            image
            for host, images in self.runs.items()
            for image in images
            if set(self.site["images"][image]["pieces"]) & lacks[host]
        }
        for image in wanted - self.whole:
            behind = {*self.site["images"][image]["pieces"], *self.site["images"][image]["others"]}
            wan += self.weigh(behind)
            self.whole.add(image)
            self.registry |= behind
        return wan

    def join(self, host: str, images: Iterable[str]) -> tuple[int, int, int]:
        """Add a host."""
        self.runs[host], self.stores[host] = set(images), set()
        return self.settle(self.site["content"])

    def wipe(self, host: str) -> tuple[int, int, int]:
        """Set a host up anew."""
        self.stores[host] = set()
        return self.settle(self.site["content"])

    def move(self, host: str, images: Iterable[str]) -> tuple[int, int, int]:
        """Let pods of images move to a host."""
        self.runs[host] |= set(images)
        return self.settle(self.site["content"])

    def upgrade(self) -> tuple[int, int, int]:
        """Go to the next version."""
        for host, images in self.site["next"]["hosts"].items():
            self.runs[host] = set(images)
        return self.settle(self.site["next"]["content"])

    def upgrade_full(self) -> tuple[int, int, int]:
        """Go to the next version with no room in the registry: it serves what it holds every piece of, and nothing goes past it."""
        if self.topology[0] != "primary":
            return self.upgrade()
        lan = 0
        for host, images in self.site["next"]["hosts"].items():
            served = [image for image in images if self.pieces([image]) <= self.registry]
            lan += self.weigh(self.pieces(served) - self.stores[host])
        return 0, lan, 0

    def sweep(self, host: str) -> tuple[int, int, int]:
        """Remove what nothing runs on a host."""
        self.stores[host] &= self.pieces(self.runs[host])
        return self.settle(self.site["content"])
