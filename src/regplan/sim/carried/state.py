"""What a site's hosts and its registry hold, and what an event carried, as values."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    # A digest, or whatever else stands for one piece of content; the same key is the same content.
    Key: TypeAlias = Hashable

__all__ = ["Carried", "CarriedImage", "Held", "Library", "State", "Version"]


# Sets of images whose content is kept united.
_MOST_KEPT: Final = 1_000


@dataclass(frozen=True, slots=True)
class CarriedImage:
    """An image for one platform as links carry it.

    `blobs` is what a host pulls of it: manifest, kept index, config and layers. `others` is what else stands behind its
    reference, the index and the other platforms, which only some caches fetch; None where nobody told. `is_pinned` is whether it
    is named by digest, so that no cache asks what its tag means.
    """

    blobs: frozenset[Key]
    others: frozenset[Key] | None = frozenset()
    is_pinned: bool = False


@dataclass(frozen=True, slots=True)
class Library:
    """Images by name, and the size of each piece of content in bytes."""

    images: Mapping[str, CarriedImage] = field(repr=False)
    sizes: Mapping[Any, int] = field(repr=False)

    _unions: dict[frozenset[str], frozenset[Key]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def blobs(self, names: Iterable[str]) -> frozenset[Key]:
        """Unite what a host pulls of these images; what was united is kept, since hosts run a few sets over and over."""
        wanted = names if isinstance(names, frozenset) else frozenset(names)
        found = self._unions.get(wanted)
        if found is None:
            found = frozenset[object]().union(*(self.images[name].blobs for name in wanted))
            if len(self._unions) >= _MOST_KEPT:
                self._unions.clear()
            self._unions[wanted] = found
        return found

    def size(self, keys: Iterable[Key]) -> int:
        """Add up content, in bytes."""
        return sum(map(self.sizes.__getitem__, keys))


@dataclass(frozen=True, slots=True)
class Version:
    """What one version of the profiles asks of a site.

    `runs` tells which images each host runs. `content` are all that a registry is seeded with, in order, whether or not a
    host runs them. `early` run before a registry lives, on the hosts that run them.
    """

    runs: tuple[tuple[str, frozenset[str]], ...]
    content: tuple[str, ...] = ()
    early: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Held:
    """A host: the images that it runs, and the content in its store.

    `unsure` are the images among those that it runs which it may lack, None where nobody has looked.
    """

    runs: frozenset[str]
    blobs: frozenset[Key] = field(default=frozenset(), repr=False)
    unsure: frozenset[str] | None = field(default=None, compare=False, repr=False)

    @property
    def is_whole(self) -> bool:
        """Whether it is known to lack nothing."""
        return self.unsure is not None and not self.unsure

    def running(self, more: frozenset[str]) -> Held:
        """Let it run more images, with what it holds."""
        return Held(self.runs | more, self.blobs, None if self.unsure is None else self.unsure | more)


@dataclass(frozen=True, slots=True)
class State:
    """A site between two events.

    `registry` is the content that the registry or the cache holds, `served` the images that it can serve. `is_up` tells that
    the cluster was set up, `has_internet` that the link exists. `room_bytes` is what the registry's disk takes, None where it is never full. `seeded`
    is the version whose images a seeding has all brought, so that nobody looks for more.
    """

    library: Library
    version: Version
    hosts: Mapping[str, Held]
    registry: frozenset[Key] = field(default=frozenset(), repr=False)
    served: frozenset[str] = field(default=frozenset(), repr=False)
    is_up: bool = False
    has_internet: bool = True
    room_bytes: int | None = None
    seeded: Version | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, library: Library, version: Version, *, has_internet: bool = True) -> State:
        """Make a site that nothing has happened to yet: hosts and registry are empty."""
        hosts = {name: Held(runs) for name, runs in version.runs}
        return cls(library, version, hosts, has_internet=has_internet)

    def lacking(self, host: str) -> frozenset[str]:
        """Name the images that a host runs and does not hold whole."""
        held = self.hosts[host]
        return frozenset(name for name in held.runs if not self.library.images[name].blobs <= held.blobs)

    def with_host(self, name: str, held: Held) -> State:
        """Put a host in place of what was known of it."""
        return replace(self, hosts={**self.hosts, name: held})


@dataclass(frozen=True, slots=True)
class Carried:
    """What an event carried: over the internet link, over the site's network, and on media, in bytes.

    `seeded_bytes` are those of the first and the last that went into the registry. `delivered` is what each host got.
    `blocked` are images that hosts could not pull when they wanted them, `fallback` those that they pulled past the
    registry. `refused` are images that the registry's disk had no room for. `unknown` are images of which a cache fetched
    other platforms too whose sizes nobody told: the internet's bytes are then a lower bound.
    Requests are those of hosts for manifests and blobs: over the link, over the site's network, and those that a registry
    could not answer.
    """

    wan_bytes: int = 0
    lan_bytes: int = 0
    media_bytes: int = 0
    seeded_bytes: int = 0
    delivered: tuple[tuple[str, int], ...] = ()
    blocked: tuple[tuple[str, str], ...] = ()
    fallback: tuple[tuple[str, str], ...] = ()
    refused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    wan_requests: int = 0
    lan_requests: int = 0
    vain_requests: int = 0

    @property
    def delivered_bytes(self) -> int:
        """What all hosts got."""
        return sum(size for _, size in self.delivered)

    def __add__(self, later: Carried) -> Carried:
        """Add what a later event carried; what stands in both lists stands once."""
        delivered = dict(self.delivered)
        for name, size in later.delivered:
            delivered[name] = delivered.get(name, 0) + size
        return Carried(
            self.wan_bytes + later.wan_bytes,
            self.lan_bytes + later.lan_bytes,
            self.media_bytes + later.media_bytes,
            self.seeded_bytes + later.seeded_bytes,
            tuple(sorted(delivered.items())),
            tuple(sorted({*self.blocked, *later.blocked})),
            tuple(sorted({*self.fallback, *later.fallback})),
            tuple(dict.fromkeys((*self.refused, *later.refused))),
            tuple(sorted({*self.unknown, *later.unknown})),
            self.wan_requests + later.wan_requests,
            self.lan_requests + later.lan_requests,
            self.vain_requests + later.vain_requests,
        )
