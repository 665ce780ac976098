"""The networks of a site: an origin behind a link, a gateway, and on its bridge a registry's place and some nodes."""

from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.wan import FAR, NEAR, Shape, link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.wan import Link

__all__ = ["ORIGIN", "STORE", "Networks", "namespace", "networks"]

# Of the block for benchmarks, 198.18.0.0/15 (RFC 2544).
ORIGIN, STORE = FAR, "198.18.8.2"
_GATEWAY = "198.18.8.1"


@dataclass(frozen=True, slots=True)
class Networks:
    """The namespaces: `origin` is behind the link `wan`, `store` and `nodes` are on the site's bridge."""

    wan: Link
    origin: str
    store: str
    nodes: tuple[str, ...]


@contextlib.contextmanager
def namespace(name: str) -> Iterator[None]:
    """Make a network that leads nowhere but to itself, and remove it."""
    _run("ip", "netns", "add", name)
    try:
        _ip(name, "link", "set", "lo", "up")
        yield
    finally:
        _run("ip", "netns", "delete", name)


@contextlib.contextmanager
def networks(shape: Shape, lan_bps: float, nodes: int = 3) -> Iterator[Networks]:
    """Set a site up and take it down; what leaves the store's place does so at `lan_bps`."""
    with link(shape) as wan, contextlib.ExitStack() as stack:
        site = {"store": STORE} | {f"node-{number}": f"198.18.8.{10 + number}" for number in range(1, nodes + 1)}
        for each in (wan.far, wan.near):
            # Else the link carries what nobody sent.
            _within(each, "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
        _ip(wan.near, "link", "add", "site", "type", "bridge")
        _ip(wan.near, "address", "add", f"{_GATEWAY}/24", "dev", "site")
        _ip(wan.near, "link", "set", "site", "up")
        _within(wan.near, "echo 1 > /proc/sys/net/ipv4/ip_forward")
        _ip(wan.far, "route", "add", "198.18.8.0/24", "via", NEAR)
        for name, address in site.items():
            stack.enter_context(namespace(name))
            _ip(wan.near, "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", name)
            _ip(wan.near, "link", "set", f"to-{name}", "master", "site", "up")
            _ip(name, "address", "add", f"{address}/24", "dev", "eth0")
            _ip(name, "link", "set", "eth0", "up")
            _ip(name, "route", "add", "default", "via", _GATEWAY)
        limit = ["rate", f"{lan_bps:.0f}bit", "burst", "64kb", "latency", "200ms"]
        _run("ip", "netns", "exec", "store", "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", *limit)
        yield Networks(wan, wan.far, "store", tuple(name for name in site if name != "store"))


def _ip(namespace: str, *words: str) -> None:
    _run("ip", "-n", namespace, *words)


def _within(namespace: str, line: str) -> None:
    _run("ip", "netns", "exec", namespace, "sh", "-c", line)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
