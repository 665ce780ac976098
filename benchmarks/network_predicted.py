"""What the simulation says of the cases of `network.py`, before they are measured: bytes by tier 0, seconds by tier 2."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from regplan.sim.carried.carry import carry_all
from regplan.sim.carried.events import Bootstrap, Upgrade
from regplan.sim.carried.state import CarriedImage, Library, State, Version
from regplan.sim.carried.topology import Direct, HostsToml, Primary, PullThrough
from regplan.sim.clock.pulling import HostPulls, ImagePull, LayerPull, Line, Network, Runtime, Source
from regplan.sim.clock.run import pull_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regplan.sim.carried.state import Carried
    from regplan.sim.carried.topology import Topology
    from support.lab.debian import Sized
    from support.wan import Shape

__all__ = ["WIRE_RATIO", "Predicted", "Site", "Unpacking", "predict", "solve", "wire_bytes"]

# TCP with time stamps in packets of 1500 bytes: 52 bytes of headers for each 1448 of content.
_SEGMENT_BYTES, _HEADERS_BYTES = 1_448, 52
WIRE_RATIO: Final = (_SEGMENT_BYTES + _HEADERS_BYTES) / _SEGMENT_BYTES
# The head of docker-registry's answer to a GET of a blob, as it is on the wire.
HEAD_BYTES: Final = 383


@dataclass(frozen=True, slots=True)
class Unpacking:
    """What a node takes for an image, for each layer, and for bytes: compressed, unpacked, and of the layers below.

    The last is what the native snapshotter does: each layer begins as a copy of all below it.
    """

    image_s: float
    layer_s: float
    inflate_bytes_per_s: float
    write_bytes_per_s: float
    copy_bytes_per_s: float


def solve(seconds: Mapping[str, float], gauges: Mapping[str, Sized]) -> Unpacking:
    """Tell what five test images say that were unpacked: `one` tiny layer, `tiny` ones, `usual`, `packed` and `stacked`.

    Two of them differ in each of what is to be known, so that it is a matter of arithmetic.
    """
    packed, unpacked = (
        {name: sum(layer.blob.size for layer in each.image.layers) for name, each in gauges.items()},
        {name: sum(each.unpacked_bytes) for name, each in gauges.items()},
    )
    layer_s = max((seconds["tiny"] - seconds["one"]) / (len(gauges["tiny"].image.layers) - 1), 1e-4)
    usual_s, dense_s = (max(seconds[name] - seconds["one"], 1e-3) for name in ("usual", "packed"))
    # usual_s = packed / inflate + unpacked / write, for both.
    determinant = packed["usual"] * unpacked["packed"] - packed["packed"] * unpacked["usual"]
    per_packed_s = (usual_s * unpacked["packed"] - dense_s * unpacked["usual"]) / determinant
    per_unpacked_s = (dense_s * packed["usual"] - usual_s * packed["packed"]) / determinant
    stacked = len(gauges["stacked"].image.layers) - 1
    copy_s = max((seconds["stacked"] - seconds["usual"]) / stacked - layer_s, 1e-3)
    return Unpacking(
        image_s=max(seconds["one"] - layer_s, 0.0),
        layer_s=layer_s,
        inflate_bytes_per_s=1 / max(per_packed_s, 1e-12),
        write_bytes_per_s=1 / max(per_unpacked_s, 1e-12),
        copy_bytes_per_s=unpacked["usual"] / copy_s,
    )


@dataclass(frozen=True, slots=True)
class Site:
    """What is known before: the link, the site's own network, the nodes and how they pull and unpack."""

    shape: Shape
    lan_bps: float
    lan_round_trip_s: float
    nodes: int
    downloads: int
    paces: bool
    unpacking: Unpacking


@dataclass(frozen=True, slots=True)
class Predicted:
    """Bytes of bodies from the origin and from the site's registry, packets' bytes over the link, 404s, and seconds.

    `by_rate_s` is what the bytes over the rate alone would say, `seed_s` the same of the seeding before.
    `slack_bytes` is what the origin's bodies may differ by: a cache that is asked for a config of some hundred bytes by
    several at once fetches it once for each and once to twice more, as they come a round trip sooner or later.
    """

    origin_bytes: int
    store_bytes: int
    wire_bytes: int
    vain_requests: int
    seconds: float
    by_rate_s: float
    seed_s: float
    slack_bytes: int


def predict(topology: str, sets: Sequence[Sequence[Sized]], site: Site) -> Predicted:
    """Predict what a topology carries where every node pulls these sets of images together, one set after the other."""
    carried = _carried(topology, sets, site)
    by_lan_s = carried.lan_bytes * 8 / site.lan_bps
    by_wan_s = (carried.wan_bytes - carried.seeded_bytes) * 8 / site.shape.rate_bps
    return Predicted(
        origin_bytes=carried.wan_bytes,
        store_bytes=carried.lan_bytes,
        wire_bytes=wire_bytes(carried.wan_bytes, carried.wan_requests),
        vain_requests=carried.vain_requests,
        seconds=_seconds(topology, sets, site),
        by_rate_s=max(by_lan_s, by_wan_s),
        seed_s=carried.seeded_bytes * 8 / site.shape.rate_bps,
        slack_bytes=site.nodes * _small_bytes(sets) if topology == "through" else 0,
    )


def _small_bytes(sets: Sequence[Sequence[Sized]]) -> int:
    return sum(each.image.manifest.size + each.image.config.size for one in sets for each in one)


def wire_bytes(body_bytes: int, answers: int) -> int:
    """Tell the bytes of the packets that bring so many answers: a head each, in a packet of its own, and the bodies."""
    return round((body_bytes + answers * HEAD_BYTES) * WIRE_RATIO) + answers * _HEADERS_BYTES


def _carried(topology: str, sets: Sequence[Sequence[Sized]], site: Site) -> Carried:
    """Tier 0: the sets of digests, and what each event carries of them."""
    made = [each for one in sets for each in one]
    sizes = {blob.digest: blob.size for each in made for blob in (each.image.manifest, *each.image.blobs())}
    blobs = {each.name: frozenset(blob.digest for blob in (each.image.manifest, *each.image.blobs())) for each in made}
    library = Library({name: CarriedImage(keys) for name, keys in blobs.items()}, sizes)
    versions = []
    for number in range(1, len(sets) + 1):
        names = frozenset(each.name for one in sets[:number] for each in one)
        hosts = tuple((f"node-{node}", names) for node in range(1, site.nodes + 1))
        versions.append(Version(hosts, content=tuple(sorted(names))))
    left_out = frozenset({made[-1].name}) if topology == "partly" else frozenset[str]()
    chosen: Topology = {
        "direct": Direct(),
        "primary": Primary(),
        "partly": Primary(fallback=HostsToml(), leaves_out=left_out),
        "through": PullThrough("distribution-2"),
    }[topology]
    events = [Bootstrap(), *(Upgrade(version) for version in versions[1:])]
    return carry_all(State.of(library, versions[0]), events, chosen)[1]


def _seconds(topology: str, sets: Sequence[Sequence[Sized]], site: Site) -> float:
    """Tier 2: one set after the other, each begun by all nodes at once."""
    network, runtime = _network(site), _runtime(site)
    held: dict[str, None] = {}
    unpacked: dict[str, None] = {}
    total_s = 0.0
    last = sets[-1][-1].name
    for together in sets:
        images = tuple(_image(each, _way(topology, is_last=each.name == last)) for each in together)
        nodes = [f"node-{node}" for node in range(1, site.nodes + 1)]
        hosts = [HostPulls(name, images, held=tuple(held), unpacked=tuple(unpacked)) for name in nodes]
        done = pull_all(hosts, network, runtime)
        total_s += max(host.ready_s or math.inf for host in done.hosts[: site.nodes])
        held |= dict.fromkeys(layer.key for each in images for layer in each.layers)
        unpacked |= dict.fromkeys(layer.chain for each in images for layer in each.layers)
    return total_s


def _network(site: Site) -> Network:
    cap = round(site.shape.flow_bps) or None
    internet = Source(
        "internet",
        rtt_s=site.shape.round_trip_s,
        connection_bps=cap,
        paces=site.paces,
    )
    store = Source("store", lines=("lan",), rtt_s=site.lan_round_trip_s, paces=site.paces)
    cache = replace(store, name="cache", cache_of="internet", cache_greets=True, cache_again=True)
    lines = (Line("internet", round(site.shape.rate_bps)), Line("lan", round(site.lan_bps)))
    return Network(lines, (internet, store, cache), wire_ratio=WIRE_RATIO)


def _runtime(site: Site) -> Runtime:
    """Debian's containerd as `ctr` uses it: an image is unpacked when all of it is there."""
    return Runtime(
        concurrent_downloads=site.downloads,
        unpack_bytes_per_s=round(site.unpacking.write_bytes_per_s),
        inflate_bytes_per_s=round(site.unpacking.inflate_bytes_per_s),
        copy_bytes_per_s=round(site.unpacking.copy_bytes_per_s),
        layer_overhead_s=site.unpacking.layer_s,
        unpacks_last=True,
        image_overhead_s=site.unpacking.image_s,
    )


def _way(topology: str, *, is_last: bool) -> tuple[str, tuple[str, ...]]:
    """Tell which source serves an image, and which are asked before it in vain."""
    if topology == "through":
        return "cache", ()
    if topology == "primary" or (topology == "partly" and not is_last):
        return "store", ()
    return "internet", ("store",) if topology == "partly" else ()


def _image(sized: Sized, way: tuple[str, tuple[str, ...]]) -> ImagePull:
    chain, layers = "", []
    for layer, unpacked_bytes in zip(sized.image.layers, sized.unpacked_bytes, strict=True):
        chain = f"{chain}/{layer.blob.digest}"
        layers.append(LayerPull(layer.blob.digest, layer.blob.size, unpacked_bytes, chain))
    image = sized.image
    return ImagePull(
        sized.name, tuple(layers), image.config.size, image.manifest.size, source=way[0], asked_before=way[1]
    )
