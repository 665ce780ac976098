"""The lines and sources of a site while hosts pull through them."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from regplan.sim.clock.finished import LineUse
from regplan.sim.clock.fluid import Channel, Fluid
from regplan.sim.clock.turns import Gate, Slots, Turns

if TYPE_CHECKING:
    from collections.abc import Generator

    from regplan.sim.clock.pulling import HostPulls, ImagePull, Line, Network, Source
    from regplan.sim.clock.turns import Process, Wait

__all__ = ["Wired"]

# A greeting makes a connection, and is answered over it.
_GREETING_TRIPS: Final = 2


class Wired:
    """A network of lines: each that is named, and each host's own port where it has a rate."""

    def __init__(self, network: Network, hosts: tuple[HostPulls, ...]) -> None:
        self.turns = Turns()
        self.network = network
        self.sources = {source.name: source for source in network.sources}
        ports = [] if network.host_bps is None else [network.host_bps] * len(hosts)
        rates = [self._rate(line.rate_bps) for line in network.lines]
        self.fluid = Fluid(self.turns, [*rates, *map(self._rate, ports)], len(rates))
        self._lines = {line.name: place for place, line in enumerate(network.lines)}
        self._ports = {host.name: len(network.lines) + place for place, host in enumerate(hosts[: len(ports)])}
        self._channels: dict[tuple[str, str, bool], Channel] = {}
        self._granted: dict[str, int] = {}
        self._storing: set[tuple[str, str]] = set()
        self._copies: dict[str, Gate] = {}
        caches = [source.name for source in network.sources if source.cache_of]
        self._cached: dict[str, set[str]] = {name: set() for name in caches}
        self._greeting = {name: Slots(self.turns, 1) for name in caches}

    def begin(self) -> None:
        """Let the lines change their rates as they will."""
        for line in self.network.lines:
            if line.changes:
                self.turns.start(self._changes(line))

    def is_cold(self, source: Source, key: str) -> bool:
        """Tell whether a source is a cache that lacks what is asked for."""
        return bool(source.cache_of) and key not in self._cached[source.name]

    def channel(self, host: str, source: Source, *, is_cold: bool) -> Channel:
        """Tell the channel by which a host gets a blob: by a cache that lacks it, also over what lies behind the cache."""
        found = self._channels.get((host, source.name, is_cold))
        if found is None:
            lines, cap = self._path(source, is_behind=is_cold)
            port = self._ports.get(host)
            found = Channel(lines if port is None else (*lines, port), cap)
            self._channels[host, source.name, is_cold] = found
        return found

    def ask_tag(self, source: Source, image: ImagePull) -> Generator[Wait, None, None]:
        """Let a cache ask its source what a tag means, which it does whatever it holds."""
        if not source.cache_of or image.is_pinned or self.is_away(self.sources[source.cache_of]):
            return
        if source.cache_greets:
            yield from self._greet(source)
        else:
            yield self.turns.after((source.cache_asks - 1) * self.sources[source.cache_of].rtt_s)

    def ask_cold(self, source: Source, key: str, *, is_blob: bool) -> Generator[Wait, None, bool]:
        """Let a cache ask its source for what it lacks, and tell whether it still does when it goes to fetch it.

        One that greets asks first whether a blob is there, and looks into its store once more before it asks for it.
        """
        if not source.cache_greets:
            yield self.turns.after(source.cache_asks * self.sources[source.cache_of].rtt_s)
            return True
        if is_blob:
            yield from self._greet(source)
        if not self.is_cold(source, key):
            return False
        yield from self._greet(source)
        return True

    def come_once(self, source: Source, key: str, size_bytes: int) -> Gate:
        """Let hosts that give each other what they hold fetch a piece once; the gate opens when all of it has come."""
        come = self._copies.get(key)
        if come is None:
            come = self._copies[key] = Gate(self.turns)
            self.turns.start(self._copy(source, (key,), round(size_bytes * (1 + source.cache_extra)), come))
        return come

    def fetch_again(self, source: Source, key: str, size_bytes: int) -> None:
        """Let a cache that does so fetch a cold blob for its own store, beside what it hands on."""
        if source.cache_again and (source.name, key) not in self._storing:
            self._storing.add((source.name, key))
            self.turns.start(self._fetch_again(source, key, size_bytes))

    def copied(
        self, source: Source, image: ImagePull, keys: tuple[str, ...], wait_s: float
    ) -> Generator[Wait, None, bool]:
        """Wait until a cache has copied an image whole, but not for ever, and tell whether it has."""
        copy = self._copies.get(image.name)
        if copy is None:
            copy = self._copies[image.name] = Gate(self.turns)
            self.turns.start(self._copy(source, keys, image.copied_bytes or image.size_bytes, copy))
        if not copy.is_open:
            either = Gate(self.turns)
            for wait in (copy.wait, self.turns.after(wait_s)):
                self.turns.start(_open(either, wait))
            yield either.wait
        return copy.is_open

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
        if source.cache_of and not source.cache_again:
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

    def _greet(self, source: Source) -> Generator[Wait, None, None]:
        """Wait for all greetings before this one, greet, and ask."""
        rtt_s, line = self.sources[source.cache_of].rtt_s, self._greeting[source.name]
        yield line.take
        yield self.turns.after(_GREETING_TRIPS * rtt_s)
        line.give()
        yield self.turns.after(rtt_s)

    def _copy(self, source: Source, keys: tuple[str, ...], size_bytes: int, copy: Gate) -> Process:
        yield self.turns.after(source.cache_asks * self.sources[source.cache_of].rtt_s)
        yield from self._store(source, keys, size_bytes)
        copy.open()

    def _fetch_again(self, source: Source, key: str, size_bytes: int) -> Process:
        yield from self._store(source, (key,), size_bytes)
        # Whoever looked into the store before, and greets until after it was filled, finds nobody at it, and it is filled again.
        if source.cache_greets:
            self._storing.discard((source.name, key))

    def _store(self, source: Source, keys: tuple[str, ...], size_bytes: int) -> Process:
        yield self.fluid.flow(self.channel("", self.sources[source.cache_of], is_cold=False), size_bytes)
        self._cached[source.name].update(keys)

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


def _open(gate: Gate, wait: Wait) -> Process:
    yield wait
    gate.open()
