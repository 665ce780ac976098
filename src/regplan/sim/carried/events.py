"""What happens to a site, as values."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.sim.carried.state import Version

__all__ = [
    "Bootstrap",
    "DiskFull",
    "Event",
    "ImageGC",
    "NodeAdd",
    "Reboot",
    "RegistryOutage",
    "Reimage",
    "Reschedule",
    "Upgrade",
    "WanOutage",
]


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The cluster is set up: every host pulls what it runs, and what cannot come from a registry before one lives."""


@dataclass(frozen=True, slots=True)
class NodeAdd:
    """A host joins with an empty store, and runs these images."""

    host: str
    runs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reboot:
    """A host starts again with its store kept; images of pull policy Always are asked for by their manifest alone."""

    host: str
    always: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reimage:
    """A host is set up anew, or its store is wiped: it holds nothing, and runs what it ran."""

    host: str


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The site goes to another version of its profiles; what hosts and registry hold of the old one stays there."""

    version: Version


@dataclass(frozen=True, slots=True)
class Reschedule:
    """Pods of these images move to a host, beside what it runs."""

    host: str
    images: frozenset[str]


@dataclass(frozen=True, slots=True)
class ImageGC:
    """The kubelet removes from a host what nothing runs there; images in use are never removed."""

    host: str


@dataclass(frozen=True, slots=True)
class RegistryOutage:
    """The registry or the cache is away while these events happen; then it is back, and what waited is pulled."""

    during: tuple[Event, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class WanOutage:
    """The internet link is away while these events happen; then it is back, and what waited is pulled."""

    during: tuple[Event, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class DiskFull:
    """The registry's disk takes so many bytes of images and no more: a seeding stops there, and a cache gives up what is above."""

    room_bytes: int


Event: TypeAlias = (
    Bootstrap | NodeAdd | Reboot | Reimage | Upgrade | Reschedule | ImageGC | RegistryOutage | WanOutage | DiskFull
)
