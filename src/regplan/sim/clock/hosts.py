"""A host that pulls: kubelet's order, containerd's fetching and unpacking.

containerd asks what a tag means (HEAD), fetches the index, the manifest and the config by digest, then the layers in order, so
many at once as its limit allows. The first layer whose chain it has not unpacked begins the fetching of all that follow
it, and layers unpack in order, each when it is there (core/unpack/unpacker.go). A blob or a chain that another image of the
host is at is waited for, not begun again (internal/kmutex).
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from regplan.sim.clock.clients import Client, Counted
from regplan.sim.clock.finished import HostTimes, ImageTimes
from regplan.sim.clock.fluid import Channel
from regplan.sim.clock.limits import Bucket, waits_s
from regplan.sim.clock.pulling import PER_NODE
from regplan.sim.clock.turns import Gate, Slots

if TYPE_CHECKING:
    from collections.abc import Generator

    from regplan.sim.clock.pulling import HostPulls, ImagePull, LayerPull, Runtime
    from regplan.sim.clock.site import Wired
    from regplan.sim.clock.turns import Process, Wait

__all__ = ["PullingHost"]


class PullingHost:
    """One host while it pulls."""

    def __init__(self, wired: Wired, runtime: Runtime, pulls: HostPulls) -> None:
        self.pulls, self.runtime, self.wired = pulls, runtime, wired
        self.turns, self.fluid = wired.turns, wired.fluid
        self.counted = Counted()
        self.held = dict.fromkeys(pulls.held)
        self.unpacked = set(pulls.unpacked)
        self.fetching: dict[str, Gate] = {}
        self.unpacking: dict[str, Gate] = {}
        self.downloads = Slots(self.turns, runtime.concurrent_downloads if runtime.scope == PER_NODE else None)
        self.throttle = Bucket(runtime.pulls_per_s, runtime.pulls_burst)
        self.at_once = Slots(self.turns, runtime.parallel_images)
        each, total = (rate or inf for rate in (runtime.unpack_bytes_per_s, runtime.host_unpack_bytes_per_s))
        self.disk = Channel((), each, total)
        self.images = [_PullingImage(self, image) for image in pulls.images]

    def begin(self) -> None:
        """Let every image be asked for."""
        for image in self.images:
            self.turns.start(image.pull())

    def times(self) -> HostTimes:
        """Tell what came of it."""
        images = tuple(image.times() for image in self.images)
        ends = [image.end_s for image in images]
        known = [end for end in ends if end is not None]
        ready_s = None if len(known) < len(ends) else max(known, default=self.pulls.starts_s)
        return HostTimes(self.pulls.name, ready_s, images, self.counted.fetched_bytes, self.counted.requests)


class _PullingImage:
    """One image while a host pulls it."""

    def __init__(self, host: PullingHost, image: ImagePull) -> None:
        self.host, self.image, self.turns = host, image, host.turns
        self.begin_s: float | None = None
        self.fetched_s: float | None = None
        self.end_s: float | None = None
        runtime = host.runtime
        self.source = host.wired.sources[image.source]
        self.downloads = Slots(self.turns, None if runtime.scope == PER_NODE else runtime.concurrent_downloads)
        self.there = [Gate(self.turns) for _ in image.layers]
        self.config = Gate(self.turns)
        self.missing = len(image.layers)
        self.client = self._new_client()
        chains, chain = [], ""
        for layer in image.layers:
            chain = layer.chain or f"{chain}/{layer.key}"
            chains.append(chain)
        self.chains = chains

    def times(self) -> ImageTimes:
        began_s = self.host.pulls.starts_s if self.begin_s is None else self.begin_s
        return ImageTimes(self.image.name, began_s, self.fetched_s, self.end_s)

    def pull(self) -> Process:
        """Wait for a turn, then pull and unpack; after a failure wait, and begin again."""
        host, turns = self.host, self.turns
        asked_s = host.pulls.starts_s + self.image.asked_s
        if asked_s > turns.now_s:
            yield turns.at(asked_s)
        for wait_s in waits_s():
            yield host.at_once.take
            if self.begin_s is None:
                self.begin_s = turns.now_s
            is_done = yield from self._try()
            host.at_once.give()
            if is_done:
                break
            yield turns.after(wait_s)
        if self.fetched_s is None:
            self.fetched_s = turns.now_s
        self.end_s = turns.now_s

    def _try(self) -> Generator[Wait, None, bool]:
        host, turns, runtime = self.host, self.turns, self.host.runtime
        if not host.throttle.admits(turns.now_s):
            return False
        if host.wired.is_away(self.source):
            if runtime.dial_s:
                yield turns.after(runtime.dial_s)
            return False
        yield from host.wired.ask_tag(self.source, self.image)
        before_s = runtime.image_overhead_s + self._new_client().head_s()
        if before_s:
            yield turns.after(before_s)
        self.client = self._new_client()
        is_granted = yield from self._fetch_manifests()
        if not is_granted:
            return False
        if runtime.configs_first:
            yield from self._fetch_config()
            self.config.open()
        else:
            turns.start(self._fetch_beside())
        yield from self._unpack()
        yield self.config.wait
        return True

    def _new_client(self) -> Client:
        vain = tuple(self.host.wired.sources[name] for name in self.image.asked_before)
        return Client(self.source, vain, self.host.counted, self.host.runtime.first_window_bytes)

    def _fetch_manifests(self) -> Generator[Wait, None, bool]:
        """Fetch the index and the manifest, and tell whether both were granted."""
        image, source, wired = self.image, self.source, self.host.wired
        if source.cache_whole:
            keys = (*(layer.key for layer in image.layers), *map(self._key, ("index", "manifest", "config")))
            is_copied = yield from wired.copied(source, image, keys, self.host.runtime.answer_s)
            if not is_copied:
                return False
        sizes = [("index", image.index_bytes)] if image.index_bytes else []
        for place, (name, size_bytes) in enumerate([*sizes, ("manifest", image.manifest_bytes)]):
            counts = not place or (source.limit is not None and source.limit.counts_index)
            if counts and not wired.admits(source):
                return False
            yield from self._fetch(size_bytes, self._key(name), is_blob=False)
        return True

    def _key(self, name: str) -> str:
        """Tell what a cache knows a piece of the image by that has no key of its own here."""
        return f"{self.image.name} {name}"

    def _fetch_config(self) -> Process:
        yield from self._fetch(self.image.config_bytes, self._key("config"))

    def _fetch_beside(self) -> Process:
        self.missing += 1
        yield from self._fetch_config()
        self.config.open()
        self._fetched()

    def _fetch(self, size_bytes: int, key: str, *, is_blob: bool = True) -> Process:
        host, wired, source = self.host, self.host.wired, self.source
        if not host.downloads.take_free():
            yield host.downloads.take
        come = wired.come_once(source, key, size_bytes) if source.cache_hands_on else None
        is_cold = come is None and wired.is_cold(source, key)
        if is_cold:
            is_cold = yield from wired.ask_cold(source, key, is_blob=is_blob)
        if is_cold:
            wired.fetch_again(source, key, size_bytes)
        channel = wired.channel(host.pulls.name, source, is_cold=is_cold)
        yield from self.client.request(host.fluid, self.turns, channel, (size_bytes, is_blob))
        if come is not None:
            yield come.wait
        wired.hand_on(source, key)
        host.downloads.give()

    def _unpack(self) -> Process:
        """Take the layers from the base up: skip what is unpacked, fetch from the first that is not, unpack."""
        host, turns = self.host, self.turns
        begun, below_bytes = False, 0
        for place, layer in enumerate(self.image.layers):
            chain = self.chains[place]
            other = host.unpacking.get(chain)
            if other is not None and not other.is_open:
                yield other.wait
            work_bytes = host.runtime.unpacking_bytes(layer, below_bytes)
            below_bytes += layer.unpacked_bytes
            if chain in host.unpacked:
                self.there[place].open()
                self._fetched(count=not begun)
                continue
            made = host.unpacking[chain] = Gate(turns)
            if not begun:
                begun = True
                turns.start(self._fetch_layers(place))
            waited = [*self.there, self.config] if host.runtime.unpacks_last else self.there[place : place + 1]
            for gate in waited:
                yield gate.wait
            if host.runtime.layer_overhead_s:
                yield turns.after(host.runtime.layer_overhead_s)
            if work_bytes:
                yield host.fluid.flow(host.disk, work_bytes)
            host.unpacked.add(chain)
            made.open()

    def _fetch_layers(self, first: int) -> Process:
        for place in range(first, len(self.image.layers)):
            if not self.downloads.take_free():
                yield self.downloads.take
            self.turns.start(self._fetch_layer(place, self.image.layers[place]))

    def _fetch_layer(self, place: int, layer: LayerPull) -> Process:
        host = self.host
        other = host.fetching.get(layer.key)
        if other is not None and not other.is_open:
            yield other.wait
        if layer.key not in host.held:
            made = host.fetching[layer.key] = Gate(self.turns)
            yield from self._fetch(layer.size_bytes, layer.key)
            host.held[layer.key] = None
            made.open()
        self.downloads.give()
        self.there[place].open()
        self._fetched()

    def _fetched(self, *, count: bool = True) -> None:
        self.missing -= count
        if not self.missing:
            self.fetched_s = self.turns.now_s
