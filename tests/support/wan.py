"""A link between two hosts of our own: network namespaces, and a program between them with a rate, a round trip and a queue.

Two TUN devices stand in two namespaces without any other way out, and packets that come out of one are put into the other:
at the link's rate, after half the round trip, and not at all where the queue is full, as on a router. So real TCP meets real
scarcity. Root on Linux is needed; addresses are of the block for benchmarks, 198.18.0.0/15 (RFC 2544).
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import itertools
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["FAR", "NEAR", "Direction", "Link", "Shape", "link", "why_not"]

FAR, NEAR = "198.18.7.1", "198.18.7.2"
_SET_IFF = 0x400454CA
_TUN_WITHOUT_HEADER = 0x1001
_NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True)
class Shape:
    """A link: its rate, the round trip, room for what waits, and where `flow_bps` is given the most that a connection gets."""

    rate_bps: float
    round_trip_s: float
    queue_bytes: int = 512 * 1024
    flow_bps: float = 0.0
    flow_queue_bytes: int = 256 * 1024


@dataclass(slots=True)
class Direction:
    """One way of a link; `passed` holds what was let through: (seconds on the monotonic clock, bytes, those above TCP)."""

    source: int
    target: int
    shape: Shape
    free_s: float = 0.0
    flows: dict[bytes, float] = field(default_factory=dict)
    held: list[tuple[float, int, bytes]] = field(default_factory=list)
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)
    passed: list[tuple[float, int, int]] = field(default_factory=list)
    dropped: int = 0

    def take(self, packet: bytes, now_s: float) -> None:
        """Queue a packet behind those of its connection where that has a rate of its own, and then behind all others."""
        if not self.shape.flow_bps:
            self._enter(packet, now_s)
            return
        # Addresses and ports, where no options are before them.
        flow, rate_bps = packet[12:24], self.shape.flow_bps
        starts_s = max(now_s, self.flows.get(flow, 0.0))
        if (starts_s - now_s) * rate_bps / 8 + len(packet) > self.shape.flow_queue_bytes:
            self.dropped += 1
            return
        self.flows[flow] = starts_s + len(packet) * 8 / rate_bps
        heapq.heappush(self.held, (self.flows[flow], next(_NUMBERS), packet))

    def deliver(self, now_s: float) -> None:
        """Hand over what has arrived by now."""
        while self.held and self.held[0][0] <= now_s:
            leaves_s, _, packet = heapq.heappop(self.held)
            self._enter(packet, leaves_s)
        while self.waiting and self.waiting[0][0] <= now_s:
            with contextlib.suppress(OSError):
                os.write(self.target, self.waiting.popleft()[1])

    def next_s(self) -> Iterator[float]:
        """Tell when there is something to do."""
        if self.held:
            yield self.held[0][0]
        if self.waiting:
            yield self.waiting[0][0]

    def _enter(self, packet: bytes, now_s: float) -> None:
        """Queue a packet behind those before it, or drop it where there is no room."""
        starts_s = max(now_s, self.free_s)
        if (starts_s - now_s) * self.shape.rate_bps / 8 + len(packet) > self.shape.queue_bytes:
            self.dropped += 1
            return
        self.free_s = starts_s + len(packet) * 8 / self.shape.rate_bps
        self.waiting.append((self.free_s + self.shape.round_trip_s / 2, packet))
        self.passed.append((self.free_s, len(packet), _above_tcp(packet)))


@dataclass(slots=True)
class Link:
    """Two namespaces with a link between them: `far` has the address FAR, `near` NEAR; `down` leads to `near`."""

    far: str
    near: str
    down: Direction
    up: Direction
    _ended: threading.Event = field(default_factory=threading.Event)

    @staticmethod
    def command(namespace: str, *words: str) -> list[str]:
        """Write a command that runs in a namespace."""
        return ["ip", "netns", "exec", namespace, *words]

    def forget(self) -> None:
        """Begin to count anew."""
        self.down.passed.clear()
        self.up.passed.clear()

    def run(self) -> None:
        """Pass packets on until `stop`."""
        ways = {self.down.source: self.down, self.up.source: self.up}
        while not self._ended.is_set():
            due = [moment for way in ways.values() for moment in way.next_s()]
            # In batches of what comes within 0.4 ms: to look for each packet would take a whole processor.
            wait_s = min(0.1, max(0.0004, min(due) - time.monotonic())) if due else 0.1
            for source in select.select(list(ways), (), (), wait_s)[0]:
                with contextlib.suppress(BlockingIOError):
                    for _ in range(64):
                        ways[source].take(os.read(source, 65_536), time.monotonic())
            now_s = time.monotonic()
            for way in ways.values():
                way.deliver(now_s)

    def stop(self) -> None:
        """End."""
        self._ended.set()


def why_not() -> str:
    """Tell why there can be no link here, "" where there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need root on Linux"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    return (
        ""
        if subprocess.run(["ip", "netns", "list"], capture_output=True, check=False).returncode == 0
        else "no ip netns"
    )


@contextlib.contextmanager
def link(shape: Shape) -> Iterator[Link]:
    """Set up a link of the same shape both ways, and take it down at the end."""
    mark = f"{os.getpid()}-{next(_NUMBERS)}"
    far, near = f"rp-far-{mark}", f"rp-near-{mark}"
    names = (f"rpf{mark}"[:15], f"rpn{mark}"[:15])
    with contextlib.ExitStack() as stack:
        for namespace in (far, near):
            _ip("netns", "add", namespace)
            stack.callback(_ip, "netns", "delete", namespace)
        devices = [_tun(name) for name in names]
        for device in devices:
            stack.callback(os.close, device)
        for name, namespace, mine, other in ((names[0], far, FAR, NEAR), (names[1], near, NEAR, FAR)):
            _ip("link", "set", name, "netns", namespace)
            _ip("-n", namespace, "address", "add", mine, "peer", other, "dev", name)
            _ip("-n", namespace, "link", "set", name, "mtu", "1500", "txqueuelen", "1000", "up")
            _ip("-n", namespace, "link", "set", "lo", "up")
        origin, site = devices
        made = Link(far, near, Direction(origin, site, shape), Direction(site, origin, shape))
        thread = threading.Thread(target=made.run, name="link", daemon=True)
        thread.start()
        stack.callback(thread.join)
        stack.callback(made.stop)
        yield made


def _above_tcp(packet: bytes) -> int:
    """Count the bytes that an IPv4 packet carries for those who use TCP; of another one 0."""
    if len(packet) < 40 or packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_TCP:
        return 0
    internet = (packet[0] & 15) * 4
    return len(packet) - internet - (packet[internet + 12] >> 4) * 4


def _tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _SET_IFF, struct.pack("16sH", name.encode(), _TUN_WITHOUT_HEADER))
    return device


def _ip(*words: str) -> None:
    command: Sequence[str] = ["ip", *words]
    subprocess.run(command, check=True, capture_output=True)
