"""Lets no connection out but to loopback, and no name be looked up but localhost: for tests, and for programs they start.

It is an audit hook (PEP 578), which sees what every library does with sockets, imports nothing that a cold start would not, and
cannot be taken off. It does not see the name that a socket's own `connect` is given, which no library here does. What it stops it also writes down, so that a test fails even where the program goes on without its answer.
"""
# pathlib is more than a program that is started should load for this.
# ruff: noqa: PTH110, PTH123, PTH202

import os
import sys

__all__ = ["LOG", "OffLoopback", "hold", "told"]

# Names the file in which what was stopped is written down.
LOG = "TESTS_LOOPBACK_LOG"
# The place of the host, or of the address that it begins, among what an event tells.
_HOSTS = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}
_LOCAL = {"", "0.0.0.0", "::", "::1", "localhost"}  # noqa: S104  nothing is bound to these: a program asks for them
_held: list[bool] = []


class OffLoopback(RuntimeError):
    """A program reaches for a host that is not this machine."""


def hold() -> None:
    """Watch this process from now on; once is enough."""
    if not _held:
        _held.append(True)
        sys.addaudithook(_look)


def told() -> list[str]:
    """Tell what was stopped since the last time, here and in programs that were started."""
    path = os.environ.get(LOG, "")
    if not path or not os.path.exists(path) or not os.path.getsize(path):
        return []
    with open(path, "r+", encoding="utf-8") as file:
        lines = file.read().splitlines()
        file.truncate(0)
    return lines


def _look(event: str, told: tuple[object, ...]) -> None:
    place = _HOSTS.get(event)
    if place is None:
        return
    host = told[place]
    if place:
        # The address of an internet socket is a tuple; a path is this machine's.
        host = host[0] if isinstance(host, tuple) and host else None
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or _is_local(host) or (place == 0 and _is_address(host)):
        return
    _write(f"{event} {host}")
    raise OffLoopback(f"{event}: {host} is not on loopback, and tests go nowhere else")


def _is_local(host: str) -> bool:
    bare = host.lower().partition("%")[0].removeprefix("::ffff:")
    return bare in _LOCAL or bare.endswith(".localhost") or (bare.startswith("127.") and _is_address(bare))


def _is_address(host: str) -> bool:
    """Tell whether a host is an address already, so that nobody is asked for it."""
    return ":" in host or host.replace(".", "").isdigit()


def _write(line: str) -> None:
    path = os.environ.get(LOG, "")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{line} [{os.getpid()}] {' '.join(sys.argv[:3])}\n")
