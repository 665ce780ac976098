"""Where a site's images come from, as values."""

from __future__ import annotations

from typing import Literal, TypeAlias

from regplan.values import dataclass

__all__ = [
    "AgentFallback",
    "CacheKind",
    "Direct",
    "Fallback",
    "HostsToml",
    "PeerToPeer",
    "Primary",
    "PullThrough",
    "Topology",
]


@dataclass(frozen=True, slots=True)
class AgentFallback:
    """An agent at the site pulls from the internet what the registry lacks, `delay_s` after it was asked for."""

    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class HostsToml:
    """Containerd goes on to the source host for every request that the registry answers with 404, or not at all.

    Of a registry that is away in silence each request waits `dial_timeout_s` (containerd's default is 30 s).
    """

    dial_timeout_s: float = 30.0


# None: what the registry lacks is not pulled.
Fallback: TypeAlias = AgentFallback | HostsToml | None


@dataclass(frozen=True, slots=True)
class Direct:
    """Every host pulls everything from the internet."""


@dataclass(frozen=True, slots=True)
class Primary:
    """A registry at the site is seeded with every image, and serves the hosts.

    `leaves_out` are images that are not seeded, or not yet: a registry that was filled in part.
    """

    seeded: Literal["wan", "bundle"] = "wan"
    fallback: Fallback = None
    leaves_out: frozenset[str] = frozenset()


CacheKind: TypeAlias = Literal["distribution", "distribution-2", "harbor", "zot"]


@dataclass(frozen=True, slots=True)
class PullThrough:
    """A cache at the site fetches what it lacks when somebody asks for it.

    distribution is its version 3; Debian's docker-registry is distribution-2, which reads a cold blob once more for its store.

    `asking` hosts ask for a blob before the first fetch of it is done; None is for all that want it, as at a bootstrap.
    A cache that is away is passed by only where there is a fallback.
    """

    kind: CacheKind = "distribution"
    asking: int | None = None
    fallback: Fallback = None


@dataclass(frozen=True, slots=True)
class PeerToPeer:
    """Hosts give each other what they hold; what none holds comes from the internet once for each of `asking`.

    `extra` is the share of internet bytes that come on top, such as what a swarm fetches twice.
    """

    extra: float = 0.0
    asking: int = 1


Topology: TypeAlias = Direct | Primary | PullThrough | PeerToPeer
