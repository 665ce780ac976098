"""What is carried while a site settles, added up host by host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from regplan.sim.carried.state import Carried, Held
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from regplan.sim.carried.state import Key, State

__all__ = ["ALL_UP", "Haul", "Links"]


@dataclass(frozen=True, slots=True)
class Links:
    """Whether the internet link, and the registry or the cache, can be used."""

    wan: bool = True
    registry: bool = True


ALL_UP: Final = Links()


class Haul:
    """The stores of a site's hosts while they fill, and what that carried; `end` tells both."""

    def __init__(self, state: State) -> None:
        """Begin with what the hosts hold."""
        self._state = state
        self._held: dict[str, frozenset[Key]] = {name: each.blobs for name, each in state.hosts.items()}
        self._delivered: dict[str, int] = {}
        self._told = Carried()

    def missing(self, host: str, names: Iterable[str]) -> frozenset[Key]:
        """Tell what a host lacks of these images."""
        return self._state.library.blobs(names) - self._held[host]

    def lacking(self, host: str) -> frozenset[str]:
        """Name the images that a host runs and does not hold whole."""
        images, held, known = self._state.library.images, self._held[host], self._state.hosts[host]
        names = known.runs if known.unsure is None else known.unsure
        return frozenset(name for name in names if not images[name].blobs <= held)

    def wanted(self) -> Mapping[str, frozenset[str]]:
        """Map every host that lacks images to their names."""
        lacking = {name: self.lacking(name) for name in self._state.hosts}
        return {name: images for name, images in lacking.items() if images}

    def held_by_hosts(self, keys: Iterable[Key]) -> frozenset[Key]:
        """Tell which of these pieces some host holds."""
        return frozenset(key for key in keys if any(key in held for held in self._held.values()))

    def fill(self, host: str, names: Iterable[str], link: Literal["wan", "lan"]) -> int:
        """Let a host pull images that it lacks, each by a HEAD and a GET for every piece that it has not; tell the bytes."""
        images = frozenset(names)
        missing = self.missing(host, images)
        size, requests = self._state.library.size(missing), len(images) + len(missing)
        self._held[host] |= missing
        self._delivered[host] = self._delivered.get(host, 0) + size
        self._told += (
            Carried(wan_bytes=size, wan_requests=requests)
            if link == "wan"
            else Carried(lan_bytes=size, lan_requests=requests)
        )
        return size

    def pull_past(self, host: str, names: frozenset[str], *, by_request: bool) -> None:
        """Let a host pull from the internet what its registry does not give, each image or each request in vain first."""
        vain = len(names) + (len(self.missing(host, names)) if by_request else 0)
        self.fill(host, names, "wan")
        self._told += Carried(fallback=tuple((host, name) for name in sorted(names)), vain_requests=vain)

    def block(self, host: str, names: Iterable[str]) -> None:
        """Note images that a host wants and cannot pull."""
        self._told += Carried(blocked=tuple((host, name) for name in sorted(names)))

    def add(self, carried: Carried) -> None:
        """Add what was carried otherwise, or what is to be said of it."""
        self._told += carried

    def end(self, state: State) -> tuple[State, Carried]:
        """Tell the site as it is now, over what `state` says of its registry, and what was carried."""
        hosts = {
            name: each if each.is_whole else Held(each.runs, self._held[name], self.lacking(name))
            for name, each in self._state.hosts.items()
        }
        delivered = tuple(sorted((name, size) for name, size in self._delivered.items() if size))
        return replace(state, hosts=hosts), self._told + Carried(delivered=delivered)
