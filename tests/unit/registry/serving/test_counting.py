"""What a registry of ours tells of the bytes that it was sent."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Final

from regplan.verbs.serving import ServeJob, serving

if TYPE_CHECKING:
    from pathlib import Path

PATH: Final = b"/v2/a/b/blobs/uploads/?digest=sha256:" + b"0" * 64


def test_bytes_of_a_body_that_breaks_off_are_heard_as_they_come_and_never_counted_as_answered(tmp_path: Path) -> None:
    with serving(ServeJob(f"oci:{tmp_path / 'site'}", writable=True, listen="127.0.0.1:0")) as (server, _):
        with socket.create_connection((server.host, server.port)) as client:
            client.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n%s" % (PATH, b"x" * 400))
            until_s = time.monotonic() + 20
            while server.heard_bytes < 400 and time.monotonic() < until_s:
                time.sleep(0.005)
        assert (server.heard_bytes, server.counts.received_bytes) == (400, 0)
