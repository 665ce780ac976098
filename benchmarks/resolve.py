#!/usr/bin/env python3
"""Resolve 500 tags of a registry behind a round trip of 40 ms: first run, second run, offline, beside skopeo.

    .venv/bin/python benchmarks/resolve.py [TAGS] [ROUNDS]

The bound is ceil(requests / 8) x 40 ms, eight being what one registry is asked at once. Requests are counted in the
registry's own access log. "call" is `measure_images` with everything imported before; "process" is the whole command,
with interpreter, imports and output. A proxy in a process of its own holds every segment back for 20 ms in each direction,
and a new connection for a round trip more; it limits no throughput. Needs docker-registry and skopeo.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support import images
from support.certificates import new_authority
from support.starter import StartRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.registry import Registry

ROUND_TRIP_S = 0.04
AT_ONCE = 8
REPOSITORIES = 50
SKOPEO_SAMPLE = 40
_CALL = """
import contextlib, json, sys, time
from pathlib import Path
import regplan
told = json.loads(sys.argv[1])

def options(offline):
    reach = regplan.ConnectionOptions({told["host"]: regplan.HostOptions(plain_http=True)}, offline=offline)
    return regplan.Options(connection=reach, cache_folder=Path(told["cache"]))

with contextlib.suppress(regplan.errors.RegplanError):
    regplan.measure_images(["no.example/such/image:1"], options(offline=True))
started = time.monotonic()
layers = regplan.measure_images([told["list"]], options(told["offline"]))
seconds = time.monotonic() - started
assert len(layers.inventory.entries) == told["tags"], layers.inventory.unresolved[:3]
json.dump({"seconds": seconds, "unique_bytes": layers.report.unique_bytes}, sys.stdout)
"""


class Held(asyncio.Protocol):
    """One end of a connection: what comes is written to the other end half a round trip later."""

    def __init__(self, other: Held | None = None) -> None:
        """Belong to `other`, or open it when a client comes."""
        self.other = other
        self.transport: asyncio.Transport | None = None
        self.waiting: list[bytes] = []
        self.open_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open the other end, and let it have what came before it stood."""
        self.transport = cast("asyncio.Transport", transport)
        if self.other is None:
            loop = asyncio.get_running_loop()
            # What a handshake takes: the first bytes come no sooner than after one round trip.
            self.open_at = loop.time() + ROUND_TRIP_S
            other = self.other = Held(self)
            self.task = loop.create_task(loop.create_connection(lambda: other, "127.0.0.1", int(sys.argv[3])))
        for data in self.waiting:
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Hold a segment back; those behind it do not wait for it any longer than it waits itself."""
        loop = asyncio.get_running_loop()
        if self.other is not None:
            loop.call_at(max(loop.time(), self.open_at) + ROUND_TRIP_S / 2, self.other.write, data)

    def write(self, data: bytes) -> None:
        """Write what the other end has held back."""
        if self.transport is None:
            self.waiting.append(data)
        else:
            self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the other end, half a round trip later too."""
        del exc
        if self.other is not None and self.other.transport is not None:
            asyncio.get_running_loop().call_later(ROUND_TRIP_S / 2, self.other.transport.close)


async def serve_proxy(port: int) -> None:
    """Delay everything between `port` and the port in the arguments, until killed."""
    server = await asyncio.get_running_loop().create_server(Held, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def delayed(registry: Registry) -> Iterator[str]:
    """Tell the HOST:PORT behind which the registry is far away."""
    command = [sys.executable, __file__, "--proxy", "0", str(registry.port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"127.0.0.1:{int(process.stdout.readline() if process.stdout else 0)}"
        finally:
            process.kill()


def build(registry: Registry, count: int) -> list[str]:
    """Push tags of two platforms each; tell REPOSITORY:TAG of each."""
    base = images.layer(4000, 1)

    def one(number: int) -> str:
        repository, tag = f"edge/app-{number % REPOSITORIES}", f"1.{number // REPOSITORIES}"
        children = [
            images.image([base], platform=platform, label=f"app-{number}")
            for platform in ("linux/amd64", "linux/arm64")
        ]
        images.push(registry, repository, images.index(children), [tag])
        return f"{repository}:{tag}"

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, range(count)))


@dataclass(frozen=True)
class Run:
    """What one run took and asked."""

    call_s: float
    process_s: float
    requests: Counter[str]


@dataclass(frozen=True)
class Setting:
    """Where everything is: the registry, its far address, the list of references."""

    registry: Registry
    host: str
    listed: Path
    tags: int

    def run(self, cache: Path, *, offline: bool = False) -> Run:
        """Resolve the list twice, as a call and as a process, each with the cache as it stands."""
        copy = cache.with_name(f"{cache.name}-process")
        if cache.is_dir():
            shutil.copytree(cache, copy)
        told = {"host": self.host, "list": str(self.listed), "cache": str(cache), "tags": self.tags, "offline": offline}
        self.registry.forget_requests()
        call_s = json.loads(_output([sys.executable, "-c", _CALL, json.dumps(told)]))["seconds"]
        requests = Counter(request.method for request in self.registry.requests())
        command = [
            sys.executable,
            "-m",
            "regplan",
            "layers",
            str(self.listed),
            f"--plain-http={self.host}",
            "-o",
            "json",
        ]
        started = time.monotonic()
        _output([*command, "--cache-dir", str(copy), "--quiet", *(["--offline"] if offline else [])])
        process_s = time.monotonic() - started
        shutil.rmtree(copy)
        return Run(call_s, process_s, requests)

    def skopeo_s(self, references: list[str]) -> float:
        """Inspect some of the tags one by one, and tell how long all would take."""
        sample = references[:: max(1, len(references) // SKOPEO_SAMPLE)]
        started = time.monotonic()
        for reference in sample:
            _output(["skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{self.host}/{reference}"])
        return (time.monotonic() - started) / len(sample) * len(references)


def round_trip_ms(host: str, path: str) -> float:
    """Tell what one request takes on a connection that stands, with nothing but sockets: the delay and the registry."""
    name, _, port = host.partition(":")
    taken = []
    with socket.create_connection((name, int(port))) as connection:
        for _ in range(20):
            started = time.monotonic()
            connection.sendall(f"HEAD /v2/{path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):
                answer += connection.recv(65536)
            taken.append(time.monotonic() - started)
    return statistics.median(taken) * 1000


def _output(command: list[str]) -> bytes:
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
    ).stdout


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")}


def main() -> None:
    """Print seconds, requests, and the ratios to the bound and to skopeo."""
    tags = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    rows: dict[str, list[Run]] = {"first": [], "second": [], "offline": []}
    skopeo: list[float] = []
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stops:
        folder = Path(name)
        start = StartRegistry(
            lambda kind: Path(tempfile.mkdtemp(prefix=kind, dir=folder)), new_authority(folder), stops
        )
        registry = start()
        references = build(registry, tags)
        host = stops.enter_context(delayed(registry))
        listed = folder / "list.txt"
        listed.write_text("".join(f"{host}/{reference}\n" for reference in references))
        setting = Setting(registry, host, listed, tags)
        print(
            f"{tags} tags; a request alone takes {round_trip_ms(host, references[0].replace(':', '/manifests/')):.1f} ms"
        )
        for number in range(rounds):
            cache = folder / f"cache-{number}"
            rows["first"].append(setting.run(cache))
            rows["second"].append(setting.run(cache))
            rows["offline"].append(setting.run(cache, offline=True))
            skopeo.append(setting.skopeo_s(references))
    for run, expected in (("first", 2 * tags), ("second", tags), ("offline", 0)):
        _tell(run, rows[run], expected)
    ratios = [ours.process_s / theirs for ours, theirs in zip(rows["first"], skopeo, strict=True)]
    print(f"skopeo   {statistics.median(skopeo):7.2f} s for all, from {SKOPEO_SAMPLE}, the index alone of each")
    print(f"first run / skopeo, process, round by round: median {statistics.median(ratios):.3f} of {rounds}")


def _tell(name: str, runs: list[Run], expected: int) -> None:
    bound_s = math.ceil(expected / AT_ONCE) * ROUND_TRIP_S
    call_s = statistics.median(run.call_s for run in runs)
    process_s = statistics.median(run.process_s for run in runs)
    told = {tuple(sorted(run.requests.items())) for run in runs}
    if any(sum(run.requests.values()) != expected for run in runs):
        raise SystemExit(f"{name}: {expected} requests were expected, and there were {told}")
    asked = ", ".join(f"{count} {method}" for method, count in sorted(runs[0].requests.items())) or "no request"
    over = f" = {call_s / bound_s:.2f} of the bound {bound_s:.2f} s" if bound_s else ""
    print(f"{name:8} {call_s:7.2f} s call{over}; {process_s:.2f} s process; {asked}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--proxy"]:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve_proxy(int(sys.argv[2])))
    else:
        main()
