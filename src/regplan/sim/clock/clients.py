"""What stands between a request and its first byte: connections, tokens, redirects, and sources asked in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.sim.clock.slow_start import slow_start

if TYPE_CHECKING:
    from regplan.sim.clock.fluid import Channel, Fluid
    from regplan.sim.clock.pulling import Source
    from regplan.sim.clock.turns import Process, Turns

__all__ = ["Client", "Counted"]

# Go keeps so many connections to a host that nobody uses (net/http, DefaultMaxIdleConnsPerHost).
_KEPT: Final = 2
_TCP: Final = 1
_TLS: Final = 1
_ASKED: Final = 1


class Counted:
    """What a host has asked for and got so far."""

    __slots__ = ("fetched_bytes", "requests")

    def __init__(self) -> None:
        self.requests = self.fetched_bytes = 0


class Client:
    """An HTTP client as containerd makes one for each image, twice: it keeps its connections and its token to itself.

    `asked_before` are sources that each request asks in vain before `source`.
    """

    __slots__ = ("_blobs", "_counted", "_first_window", "_idle", "_known", "_source", "_vain")

    def __init__(self, source: Source, asked_before: tuple[Source, ...], counted: Counted, first_window: int) -> None:
        self._source, self._vain, self._counted, self._first_window = source, asked_before, counted, first_window
        self._idle: list[int | float] = []
        self._blobs: list[int | float] = []
        self._known: set[str] = set()

    def request(self, fluid: Fluid, turns: Turns, channel: Channel, asked: tuple[int, bool]) -> Process:
        """Ask for so many bytes, of a blob or of a manifest, and wait for the last of them."""
        size_bytes, is_blob = asked
        for line in channel.lines:
            fluid.expected[line] += 1
        moves = is_blob and self._source.redirects_blobs
        delay_s, window = self._reach(self._idle)
        if moves:
            # The registry answers with another address, and its connection is free again.
            self._keep(self._idle, window)
            more_s, window = self._connect(self._blobs)
            delay_s += more_s + self._source.rtt_s * _ASKED
            self._counted.requests += 1
        if delay_s:
            yield turns.after(delay_s)
        if size_bytes:
            # With the window that a connection has grown, it goes on.
            rtt_s, paces = self._source.rtt_s, self._source.paces
            paused_s, window = slow_start(size_bytes, fluid.share(channel), rtt_s, window, paces=paces)
            if paused_s:
                yield turns.after(paused_s)
            yield fluid.flow(channel, size_bytes)
        for line in channel.lines:
            fluid.expected[line] -= 1
        self._counted.fetched_bytes += size_bytes
        self._keep(self._blobs if moves else self._idle, window)

    def head_s(self) -> float:
        """Tell how long a request takes that has no body, and count it."""
        delay_s, window = self._reach(self._idle)
        self._keep(self._idle, window)
        return delay_s

    def _reach(self, idle: list[int | float]) -> tuple[float, float]:
        """Tell when the first byte of an answer comes, past every source that is asked before."""
        delay_s = sum(self._ask_in_vain(source) for source in self._vain)
        source = self._source
        more_s, window = self._connect(idle)
        delay_s += more_s
        if source.asks_token and source.name not in self._known:
            # Refused once; the token comes from a host of its own.
            delay_s += source.rtt_s * (_ASKED + _TCP + _TLS + _ASKED)
            self._known.add(source.name)
            self._counted.requests += 2
        self._counted.requests += 1
        return delay_s + source.rtt_s * _ASKED + source.answer_s, window

    def _ask_in_vain(self, source: Source) -> float:
        self._counted.requests += 1
        if source.silent_s is not None:
            return source.silent_s
        first = 0.0 if source.name in self._known else source.rtt_s * (_TCP + _TLS * source.is_tls)
        self._known.add(source.name)
        return first + source.rtt_s * _ASKED + source.answer_s

    def _connect(self, idle: list[int | float]) -> tuple[float, float]:
        if idle:
            return 0.0, idle.pop()
        return self._source.rtt_s * (_TCP + _TLS * self._source.is_tls), self._first_window

    def _keep(self, idle: list[int | float], window: float) -> None:
        if len(idle) < _KEPT:
            idle.append(window)
