#!/usr/bin/env python3
"""Read small blobs from a real registry in four ways, and tell the processor time of each for one of them.

    .venv/bin/python benchmarks/small.py [ROUNDS] [--at-once N]

300 blobs of 27 kB from docker-registry on loopback: with `http.client` in threads, through worker threads of the event loop
with the reader of `regplan.registry.framing`, with the HTTP library's async client, and over `regplan.registry.small`. The
least of the rounds counts, which alternate; connections are opened in each. Needs docker-registry.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import random
import socket
import ssl
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import httpx
from anyio import to_thread

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from regplan.registry.framing import Framing
from regplan.registry.small import Patience, Question, SmallLines
from support import images, registry
from support.content import Blob, Layer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

BLOBS, SIZE = 300, 27_000
# Made once: it takes longer than many requests.
CONTEXT = ssl.create_default_context()


def filled(source: registry.Registry) -> list[str]:
    """Push one image of all blobs; gives the path of each."""
    blobs = [Blob("application/vnd.oci.image.layer.v1.tar", random.Random(n).randbytes(SIZE)) for n in range(BLOBS)]  # noqa: S311
    images.push(source, "tiny/app", images.image([Layer(blob, blob.digest) for blob in blobs]), ["1.0"])
    return [f"/v2/tiny/app/blobs/{blob.digest}" for blob in blobs]


def hold(body: bytes) -> None:
    """Hold a body to its length."""
    if len(body) != SIZE:
        raise SystemExit(f"a blob of {SIZE} bytes came as {len(body)}")


def by_threads(port: int, paths: Iterator[str], at_once: int) -> None:
    """Read with the standard library's client in threads."""

    def read(_: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for path in paths:
            connection.request("GET", path)
            hold(connection.getresponse().read())
        connection.close()

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(read, range(at_once)))


async def by_hops(port: int, paths: Iterator[str]) -> None:
    """Read with blocking sockets, a hop into a worker thread for each request."""
    wire, own = socket.create_connection(("127.0.0.1", port)), anyio.CapacityLimiter(1)

    def ask(path: str) -> None:
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        framing = Framing("GET", 2 * SIZE)
        while not framing.is_whole:
            framing.feed(wire.recv(65_536))
        hold(framing.body)

    for path in paths:
        await to_thread.run_sync(ask, path, limiter=own)
    wire.close()


async def by_library(port: int, paths: Iterator[str]) -> None:
    """Read with the HTTP library, a client for each stream, as fewer are slower still."""
    async with httpx.AsyncClient(verify=CONTEXT) as client:
        for path in paths:
            hold((await client.get(f"http://127.0.0.1:{port}{path}")).content)


async def by_ours(port: int, paths: Iterator[str]) -> None:
    """Read over our own connections."""
    lines = SmallLines(httpx.URL(f"http://127.0.0.1:{port}"), None, None)
    for path in paths:
        reply = await lines.ask(Question("GET", path, {}, b"", 2 * SIZE), Patience(10.0, 10.0, 10.0, 10.0))
        hold(reply.body)
    lines.close()


def gathered(read: Callable[[int, Iterator[str]], Awaitable[None]]) -> Callable[[int, Iterator[str], int], None]:
    """Make one stream many, in an event loop of their own."""

    async def run(port: int, paths: Iterator[str], at_once: int) -> None:
        await asyncio.gather(*(read(port, paths) for _ in range(at_once)))

    return lambda port, paths, at_once: asyncio.run(run(port, paths, at_once))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", type=int, nargs="?", default=5)
    parser.add_argument("--at-once", type=int, default=16)
    asked = parser.parse_args()
    ways: dict[str, Callable[[int, Iterator[str], int], None]] = {
        "http.client in threads": by_threads,
        "worker threads of the loop": gathered(by_hops),
        "the HTTP library, async": gathered(by_library),
        "registry.small": gathered(by_ours),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as name:
        source = registry.start(Path(name), registry.Options())
        paths = filled(source)
        for _ in range(asked.rounds):
            for way, read in ways.items():
                began_s = time.process_time()
                read(source.port, iter(paths), asked.at_once)
                taken[way].append(time.process_time() - began_s)
        source.stop()
    for way, seconds in taken.items():
        print(f"{way:30}{min(seconds) / BLOBS * 1000:8.2f} ms of a processor for each request")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
