"""Bytes from a socket with an end to patience: to silence, to a head that drips, to a body that drips."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

from regplan.values import dataclass

if TYPE_CHECKING:
    import socket
    from collections.abc import Buffer  # type: ignore[attr-defined]

__all__ = ["Incoming", "Patience"]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client is waited for, in seconds, and how fast a body must come at least (bytes per second)."""

    idle_s: float = 75.0
    head_s: float = 20.0
    stall_s: float = 60.0
    body_s: float = 60.0
    least_rate: float = 1000.0


class Incoming(io.RawIOBase):
    """A socket's bytes; what is waited for says how long."""

    def __init__(self, connection: socket.socket, patience: Patience) -> None:
        """Wait for a first request."""
        self._socket = connection
        self._patience = patience
        self._until_s = 0.0
        self._per_byte_s = 0.0
        self.wait_for_request()

    def wait_for_request(self) -> None:
        """From now on a request may take long to come."""
        self._until_s, self._per_byte_s = time.monotonic() + self._patience.idle_s, 0.0

    def wait_for_head(self) -> None:
        """From now on a head must come."""
        self._until_s, self._per_byte_s = time.monotonic() + self._patience.head_s, 0.0

    def wait_for_body(self) -> None:
        """From now on a body must come, for as long as it keeps coming."""
        self._until_s, self._per_byte_s = time.monotonic() + self._patience.body_s, 1 / self._patience.least_rate

    def readable(self) -> bool:
        """Tell that bytes can be read, as `io` asks."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Take what has come; raises `TimeoutError` where patience ends."""
        left_s = min(self._until_s - time.monotonic(), self._patience.stall_s if self._per_byte_s else float("inf"))
        if left_s <= 0:
            raise TimeoutError("the client is too slow")
        self._socket.settimeout(left_s)
        count = self._socket.recv_into(buffer)
        self._until_s += count * self._per_byte_s
        return count
