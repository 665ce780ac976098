"""The lines and sources of a site while hosts pull through them."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from regplan.sim.clock.finished import LineUse
from regplan.sim.clock.fluid import Channel, Fluid
from regplan.sim.clock.turns import Turns

if TYPE_CHECKING:
    from regplan.sim.clock.pulling import HostPulls, Line, Network, Source
    from regplan.sim.clock.turns import Process

__all__ = ["Wired"]


class Wired:
    """A network of lines: each that is named, and each host's own port where it has a rate."""

    def __init__(self, network: Network, hosts: tuple[HostPulls, ...]) -> None:
        self.turns = Turns()
        self.network = network
        self.sources = {source.name: source for source in network.sources}
        ports = [] if network.host_bps is None else [network.host_bps] * len(hosts)
        self.fluid = Fluid(
            self.turns, [self._rate(line.rate_bps) for line in network.lines] + [*map(self._rate, ports)]
        )
        self._lines = {line.name: place for place, line in enumerate(network.lines)}
        self._ports = {host.name: len(network.lines) + place for place, host in enumerate(hosts[: len(ports)])}
        self._channels: dict[tuple[str, str, bool], Channel] = {}
        self._granted: dict[str, int] = {}
        self._cached: dict[str, set[str]] = {source.name: set() for source in network.sources if source.cache_of}

    def begin(self) -> None:
        """Let the lines change their rates as they will."""
        for line in self.network.lines:
            if line.changes:
                self.turns.start(self._changes(line))

    def channel(self, host: str, source: Source, key: str) -> Channel:
        """Tell the channel by which a host gets a blob: by a cache that lacks it, also over what lies behind the cache."""
        is_behind = bool(source.cache_of) and key not in self._cached[source.name]
        found = self._channels.get((host, source.name, is_behind))
        if found is None:
            lines, cap = self._path(source, is_behind=is_behind)
            port = self._ports.get(host)
            found = Channel(lines if port is None else (*lines, port), cap)
            self._channels[host, source.name, is_behind] = found
        return found

    def admits(self, source: Source) -> bool:
        """Tell whether a source grants one more pull, and count it if so."""
        if source.limit is None:
            return True
        granted = self._granted.get(source.name, 0)
        if granted >= source.limit.allowed(self.turns.now_s):
            return False
        self._granted[source.name] = granted + 1
        return True

    def is_away(self, source: Source) -> bool:
        """Tell whether a line to a source is cut."""
        return any(not self.fluid.rates[self._lines[name]] for name in source.lines)

    def hand_on(self, source: Source, key: str) -> None:
        """Note that a blob has come whole through a source, which has it from now on."""
        if source.cache_of and key:
            self._cached[source.name].add(key)

    def uses(self) -> tuple[LineUse, ...]:
        """Tell what every named line carried."""
        ratio = self.network.wire_ratio * 8
        return tuple(
            LineUse(
                line.name,
                self.fluid.carried[place],
                max((rate for _, rate in self.fluid.uses(place)), default=0.0) * ratio,
                tuple((time_s, rate * ratio) for time_s, rate in self.fluid.uses(place)),
            )
            for place, line in enumerate(self.network.lines)
        )

    def _path(self, source: Source, *, is_behind: bool) -> tuple[tuple[int, ...], float]:
        lines = tuple(self._lines[name] for name in source.lines)
        cap = self._rate(source.connection_bps)
        if is_behind:
            more, behind = self._path(self.sources[source.cache_of], is_behind=False)
            return (*lines, *(line for line in more if line not in lines)), min(cap, behind)
        return lines, cap

    def _rate(self, bps: int | None) -> float:
        return inf if bps is None else bps / 8 / self.network.wire_ratio

    def _changes(self, line: Line) -> Process:
        for time_s, bps in line.changes:
            yield self.turns.at(time_s)
            self.fluid.change(self._lines[line.name], self._rate(bps))
