"""Streams from one registry to another whose connections break: who reads a stream closes it, and nobody else."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import sys
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest

from regplan.errors import QuotaExceeded, Unreachable
from regplan.loops import in_thread
from regplan.plan.seeding import plan_seed
from regplan.registry.client import RegistryClient
from regplan.registry.credentials import Credentials
from regplan.registry.mirror import MirrorSource
from regplan.registry.options import ConnectionOptions, HostOptions
from regplan.registry.push import Pusher
from regplan.seed.runner import Settings, apply_seed, survey_plan
from regplan.seed.targets import RegistryTarget
from regplan.store.cached import CachedSource
from regplan.store.first_of import FirstOf
from unit.seed.samples import MemoryTarget, digest_of, entry, inventory, make_image

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
    from types import AsyncGeneratorType

    from regplan.model.seed import SeedResult
    from regplan.seed.passing import Passing
    from regplan.seed.targets import SeedTarget

pytestmark = pytest.mark.anyio

BIG = b"0123456789abcdef" * 2**18
IMAGE, BLOBS = make_image([BIG, b"small layer"], "broken")
CONFIG = next(data for data in BLOBS.values() if data.startswith(b"{"))
QUICK = Settings(sleep=lambda _: anyio.lowlevel.checkpoint())


@dataclass
class Wire:
    """A registry on a socket: it has every blob under any name but the first, and takes every upload.

    `breaks` tells of the uploads, by number and digest, which end in the middle; `hangs` which digests get no answer.
    """

    address: str = ""
    uploads: list[str] = field(default_factory=list)
    breaks: Callable[[int], bool] = lambda _: False
    hangs: frozenset[str] = frozenset()
    hung: anyio.Event = field(default_factory=anyio.Event)
    sessions: Iterator[int] = field(default_factory=itertools.count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests."""
        try:
            while await self._answer(reader, writer):
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        method, target, *_ = (await reader.readuntil(b"\r\n")).decode().split(" ")
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        length = next((int(line.partition(":")[2]) for line in lines if line.startswith("content-length:")), 0)
        url = urlsplit(target)
        if "/blobs/uploads/" in url.path and method == "PUT":
            digest = parse_qs(url.query)["digest"][0]
            self.uploads.append(digest)
            if digest in self.hangs:
                self.hung.set()
                await asyncio.Event().wait()
            if self.breaks(len(self.uploads)):
                await reader.read(500)
                return False
        body = await reader.readexactly(length)
        if method == "POST":
            say(writer, 202, {"Location": f"{url.path}{next(self.sessions)}"})
        elif method == "PUT":
            say(writer, 201, {"Docker-Content-Digest": str(digest_of(body))})
        elif method == "GET" and "/docker.io/" in url.path and "/blobs/" in url.path:
            say(writer, 200, {}, next(data for digest, data in BLOBS.items() if url.path.endswith(str(digest))))
        else:
            say(writer, 404, {})
        return True


def say(writer: asyncio.StreamWriter, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**headers, "Content-Length": len(body)}.items())
    writer.write(f"HTTP/1.1 {status} x\r\n{lines}\r\n".encode() + body)


@asynccontextmanager
async def listening(wire: Wire) -> AsyncIterator[Wire]:
    serving: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.ensure_future(wire.serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    wire.address = "127.0.0.1:{1}".format(*server.sockets[0].getsockname())
    try:
        yield wire
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


@contextmanager
def nothing_left_over(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Fail where a generator of ours is left to the collector, a task fails unheard, or anything is printed."""
    loop, hooks = asyncio.get_running_loop(), sys.get_asyncgen_hooks()
    left: list[str] = []
    unheard: list[object] = []

    def finalize(generator: AsyncGenerator[object]) -> None:
        made = cast("AsyncGeneratorType[object, None]", generator)
        if "regplan" in made.ag_code.co_filename:
            left.append(made.__qualname__)
        assert hooks.finalizer is not None
        hooks.finalizer(generator)

    loop.set_exception_handler(lambda _, context: unheard.append(context))
    sys.set_asyncgen_hooks(firstiter=hooks.firstiter, finalizer=finalize)
    try:
        yield
        gc.collect()
    finally:
        sys.set_asyncgen_hooks(*hooks)
        loop.set_exception_handler(None)
    assert (left, unheard) == ([], [])
    assert capfd.readouterr() == ("", "")


async def seed(source: Wire, choose: Callable[[RegistryClient], SeedTarget]) -> SeedResult:
    hosts = {"*": HostOptions(plain_http=True)}
    options = ConnectionOptions(hosts)
    plan = plan_seed(inventory(entry("app:1", IMAGE)), "t", "p")
    async with RegistryClient(options, Credentials(options, {})) as client:
        sources = FirstOf([CachedSource(MirrorSource(client, source.address, "m"))])
        target = choose(client)
        return await apply_seed(await survey_plan(plan, target), sources, target, QUICK)


def at(wire: Wire) -> Callable[[RegistryClient], SeedTarget]:
    return lambda client: RegistryTarget(Pusher(client, wire.address), client)


async def test_an_upload_that_always_breaks_is_one_error_and_leaves_nothing_behind(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async with listening(Wire()) as source, listening(Wire(breaks=lambda _: True)) as target:
        with nothing_left_over(capfd):
            with pytest.raises(Unreachable, match=f"the connection to {target.address} broke"):
                await seed(source, at(target))
            await anyio.sleep(0.05)


async def test_an_upload_that_breaks_once_is_healed_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    async with listening(Wire()) as source, listening(Wire(breaks=lambda number: number == 1)) as target:
        with nothing_left_over(capfd):
            result = await seed(source, at(target))
            await anyio.sleep(0.05)

    assert result.verified
    assert len(target.uploads) == 4
    assert set(target.uploads) == {str(digest) for digest in BLOBS}


async def test_a_target_that_is_gone_is_told_of_without_waiting_for_the_answers_that_hang(
    capfd: pytest.CaptureFixture[str],
) -> None:
    hanging = frozenset({str(digest_of(CONFIG))})
    async with listening(Wire()) as source, listening(Wire(breaks=lambda _: True, hangs=hanging)) as target:
        with anyio.fail_after(20), nothing_left_over(capfd):
            with pytest.raises(Unreachable, match="broke"):
                await seed(source, at(target))
            await anyio.sleep(0.05)


async def test_a_target_that_leaves_off_and_closes_nothing_leaves_no_stream_open(
    capfd: pytest.CaptureFixture[str],
) -> None:
    class Full(MemoryTarget):
        async def copy_blob(self, repository: str, mount_from: str, passing: Passing) -> bool:  # noqa: ARG002
            if passing.is_small:
                await anyio.sleep(0.05)
            async with passing.open() as body:
                await in_thread(lambda: next(iter(body)), body.cut)
                raise QuotaExceeded("the disk is full")

    async with listening(Wire()) as source:
        with nothing_left_over(capfd):
            with pytest.raises(QuotaExceeded):
                await seed(source, lambda _: Full())
            await anyio.sleep(0.05)


async def test_a_run_that_is_cancelled_in_an_upload_leaves_nothing_behind(capfd: pytest.CaptureFixture[str]) -> None:
    everything = frozenset(map(str, BLOBS))
    async with listening(Wire()) as source, listening(Wire(hangs=everything)) as target:
        with nothing_left_over(capfd):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(seed, source, at(target))
                await target.hung.wait()
                tasks.cancel_scope.cancel()
            await anyio.sleep(0.05)


def test_the_samples_are_what_these_tests_take_them_for() -> None:
    assert json.loads(CONFIG)["label"] == "broken"
    assert len(BLOBS) == 3
