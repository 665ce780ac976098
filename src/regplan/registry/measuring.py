"""How fast a link is: round trips, and what one connection and several bring of a blob, within so many seconds and bytes."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import anyio

from regplan.errors import InputError, Unreachable
from regplan.model.probe import LinkFound, RateFound
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.reference import Reference
from regplan.registry.options import is_loopback
from regplan.registry.proxies import has_proxies
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.oci.descriptor import Descriptor
    from regplan.oci.manifest import Manifest
    from regplan.oci.platform import Platform
    from regplan.registry.client import RegistryClient

__all__ = ["Effort", "measure_link"]

_CONNECTS: Final = 10
_LOOKS: Final = 3
# One, then more for as long as they bring more.
_CONNECTIONS: Final = (1, 4, 16)
_WORTH_MORE: Final = 1.25
# Of each stretch so much is left out: windows grow meanwhile.
_WARMING: Final = 0.3
_PATIENCE_S: Final = 10.0
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Effort:
    """How long each number of connections is measured, and how many bytes all may bring; `keep` is given the first ones."""

    seconds: float = 5.0
    most_bytes: int = 500_000_000
    keep: Callable[[bytes], object] | None = None


@dataclass(slots=True)
class _Stretch:
    """Bytes that came, each with its time, and whether they were enough."""

    left_bytes: int
    keep: Callable[[bytes], object] | None = None
    came: list[tuple[float, int]] = field(default_factory=list)

    def take(self, chunk: bytes) -> None:
        """Note what came."""
        self.came.append((time.perf_counter(), len(chunk)))
        self.left_bytes -= len(chunk)
        if self.keep is not None:
            self.keep(chunk)

    def found(self, connections: int) -> RateFound | None:
        """Tell the rate of what came once it was under way; None where too little came to tell."""
        if len(self.came) < 2:
            return None
        begin, end = self.came[0][0], self.came[-1][0]
        since = begin + (end - begin) * _WARMING
        kept = [each for each in self.came if each[0] > since]
        first = next(at for at, _ in reversed(self.came) if at <= since)
        size = sum(size for _, size in kept)
        return RateFound(connections, size, end - first) if kept and end > first else None


async def measure_link(client: RegistryClient, reference: Reference, platform: Platform, effort: Effort) -> LinkFound:
    """Measure the way to a reference's registry by its largest layer.

    A connection is made a few times to measure the round trip, the manifest is asked for, and the layer is downloaded by one
    connection, by four and by sixteen, as long as more of them bring more. Nobody else is asked than a download asks.
    Raises `RegistryError`, and `InputError` for what has no layer.
    """
    manifest = await _manifest(client, reference, platform)
    if not manifest.layers:
        raise InputError(f"{reference} has no layer to download: name an image")
    layer = max(manifest.layers, key=lambda each: each.size)
    connect_s = await _connect_s(client.session(reference.registry).endpoint)
    answers = []
    for _ in range(_LOOKS):
        began_s = time.perf_counter()
        await client.look(reference)
        answers.append(time.perf_counter() - began_s)
    rates = await _rates(client, reference, layer, effort)
    if not rates:
        raise InputError(f"{reference}: {layer.size} bytes are too few to tell a rate by; name a larger image")
    return LinkFound(reference.registry, str(layer.digest), layer.size, connect_s, min(answers), tuple(rates))


async def _rates(client: RegistryClient, reference: Reference, layer: Descriptor, effort: Effort) -> list[RateFound]:
    rates: list[RateFound] = []
    left_bytes, keep = effort.most_bytes, effort.keep
    for connections in _CONNECTIONS:
        stretch = _Stretch(left_bytes, keep)
        await _download(client, reference, layer, (connections, effort.seconds, stretch))
        left_bytes, keep = stretch.left_bytes, None
        found = stretch.found(connections)
        rates += [found] if found else []
        brought_more = len(rates) < 2 or rates[-1].rate_bps >= _WORTH_MORE * rates[-2].rate_bps
        if not found or not brought_more or left_bytes <= 0:
            break
    return rates


async def _download(
    client: RegistryClient, reference: Reference, layer: Descriptor, what: tuple[int, float, _Stretch]
) -> None:
    """Download a layer by so many connections for so many seconds, again from its beginning where it is done."""
    connections, seconds, stretch = what
    repository = f"{reference.registry}/{reference.repository}"

    async def one() -> None:
        while stretch.left_bytes > 0:
            async with aclosing(client.blob(repository, layer)) as chunks:
                async for chunk in chunks:
                    stretch.take(chunk)
                    if stretch.left_bytes <= 0:
                        break
        group.cancel_scope.cancel()

    with anyio.move_on_after(seconds):
        async with anyio.create_task_group() as group:
            for _ in range(connections):
                group.start_soon(one)


async def _manifest(client: RegistryClient, reference: Reference, platform: Platform) -> Manifest:
    content = await client.manifest(reference)
    document = parse_manifest(content.data, content.media_type, where=str(reference))
    if not isinstance(document, Index):
        return document
    offered = {each.platform: each for each in document.manifests if each.platform is not None}
    chosen = platform.choose(offered)
    if chosen is None:
        raise InputError(f"{reference} has no image for {platform}; choose one with --platform")
    found = Reference(reference.registry, reference.repository, digest=offered[chosen].digest)
    return await _manifest(client, found, platform)


async def _connect_s(endpoint: str) -> float | None:
    """Tell the least time in which a TCP connection stood; None where a proxy makes the connections."""
    parts = urlsplit(endpoint)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    if has_proxies() and not is_loopback(parts.netloc):
        return None
    times = []
    for _ in range(_CONNECTS):
        began_s = time.perf_counter()
        try:
            with anyio.fail_after(_PATIENCE_S):
                stream = await anyio.connect_tcp(host, port)
        except (OSError, TimeoutError) as error:
            raise Unreachable(f"{parts.netloc} takes no connection: {str(error) or 'nobody answered'}") from None
        times.append(time.perf_counter() - began_s)
        await stream.aclose()
    return min(times)
