"""What is pulled, in order, and through what: the values that both tiers of the clock take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.sim.clock.limits import PullLimit

__all__ = ["PER_IMAGE", "PER_NODE", "HostPulls", "ImagePull", "LayerPull", "Line", "Network", "Runtime", "Source"]

# Whose downloads the limit of the container runtime counts: containerd until 2.0 each image's, since 2.1 the node's.
PER_IMAGE: Final = "image"
PER_NODE: Final = "node"


@dataclass(frozen=True, slots=True)
class LayerPull:
    """A layer: the key that its blob is known by (its digest), compressed and unpacked bytes.

    `chain` names the stack of layers that it completes, as its chain ID does; where it is "", the keys below and
    including it stand for that.
    """

    key: str
    size_bytes: int
    unpacked_bytes: int = 0
    chain: str = ""


@dataclass(frozen=True, slots=True)
class ImagePull:
    """An image to pull: its layers from the base up, and its manifests.

    `index_bytes` is 0 for an image that stands in no index, which then costs no request. `source` names the source that
    serves it, `asked_before` the sources that each request asks in vain first (the mirrors of a hosts.toml).
    `asked_s` is when, after its host, somebody first asks for it. `copied_bytes` is what a cache copies that takes images
    whole, with all their platforms; 0 for the image alone. `is_pinned` is whether it is named by digest, so that no cache
    asks its source what a tag means.
    """

    name: str
    layers: tuple[LayerPull, ...]
    config_bytes: int = 0
    manifest_bytes: int = 0
    index_bytes: int = 0
    source: str = "internet"
    asked_before: tuple[str, ...] = ()
    asked_s: float = 0.0
    copied_bytes: int = 0
    is_pinned: bool = False

    @property
    def size_bytes(self) -> int:
        """All bytes of the image, each blob once."""
        layers = {layer.key: layer.size_bytes for layer in self.layers}
        return sum(layers.values()) + self.config_bytes + self.manifest_bytes + self.index_bytes


@dataclass(frozen=True, slots=True)
class HostPulls:
    """What one host pulls, in the order in which it is asked for, from `starts_s` on.

    `held` are keys of blobs that it has, `unpacked` chains that it has unpacked.
    """

    name: str
    images: tuple[ImagePull, ...]
    starts_s: float = 0.0
    held: tuple[str, ...] = ()
    unpacked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line that flows share: an internet link, the port or the disk of a registry; None is no limit.

    `changes` are times in seconds, each with the rate from then on; 0 is an outage.
    """

    name: str
    rate_bps: int | None = None
    changes: tuple[tuple[float, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A registry as a client meets it: the lines to it, its round trip, and what a connection and a request cost.

    `connection_bps` caps each connection. With `is_tls` a connection takes one more round trip (TLS 1.3), with
    `asks_token` each client is sent for a token first, with `redirects_blobs` each blob comes from a second host.
    `answer_s` is what it takes to answer a request. `silent_s` is how long a client waits for it where it does not
    answer at all (the dial time-out), None where it does. `cache_of` names the source that it fetches from what it lacks,
    while it hands it on, as a pull-through cache does, after `cache_asks` round trips to it; all but the last of them stand
    before the answer for a tag too, which it asks its source for every time. With `cache_greets` it takes a greeting and a round
    trip for a tag and for a manifest, and twice that for a blob: distribution asks a source that wants no login (`/v2/`) before whatever it
    asks of it, one request at a time for all hosts, each over a connection of its own. With `cache_again` it fetches a
    blob once more for its store (Harbor, distribution 2), with `cache_whole` it copies an image before it answers for it
    (Zot), while containerd waits for no more than `Runtime.answer_s`. With `cache_hands_on` it is the hosts themselves: each
    piece is fetched once, and given on as it comes, `cache_extra` being the share that is fetched on top. `paces` is whether it spreads what it sends over the round trip (BBR)
    or sends each window at once (cubic, which Linux distributions have as a default). `limit` is how many pulls it grants
    to all hosts together.
    """

    name: str = "internet"
    lines: tuple[str, ...] = ("internet",)
    rtt_s: float = 0.0
    connection_bps: int | None = None
    is_tls: bool = False
    asks_token: bool = False
    redirects_blobs: bool = False
    answer_s: float = 0.0
    silent_s: float | None = None
    cache_of: str = ""
    cache_asks: int = 1
    cache_greets: bool = False
    cache_again: bool = False
    cache_whole: bool = False
    cache_hands_on: bool = False
    cache_extra: float = 0.0
    paces: bool = False
    limit: PullLimit | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """The lines and sources of a site; `host_bps` is each host's own port, None no limit.

    `wire_ratio` is how many bytes a line carries for each byte of content: 1.036 for TCP with time stamps in packets of
    1500 bytes, 1 where rates are those of content.
    """

    lines: tuple[Line, ...]
    sources: tuple[Source, ...]
    host_bps: int | None = None
    wire_ratio: float = 1.0


@dataclass(frozen=True, slots=True)
class Runtime:
    """How a host pulls and unpacks.

    `concurrent_downloads` (None: no limit) holds for each image or for the node, by `scope`; `parallel_images` images
    are pulled at once (None: all). A layer unpacks at `unpack_bytes_per_s` (None: at once), all of a host's together at
    no more than `host_unpack_bytes_per_s` (None: no limit but each layer's own); with `inflate_bytes_per_s` what is read of its
    compressed bytes takes time besides, with `copy_bytes_per_s` what lies below it in its image (the native snapshotter
    begins each layer as a copy of that; overlayfs does not), and each layer takes `layer_overhead_s`. Layers of one image unpack one after
    the other, each as soon as it is there, with `unpacks_last` only when all are. `configs_first` is whether layers wait
    for the config. Each image takes `image_overhead_s` besides. `first_window_bytes` is what a new connection sends
    before it waits for an answer. Beyond `pulls_per_s` and a burst (kubelet's registryPullQPS; None: no limit) a pull fails, as
    it does `dial_s` after it is begun over a line that is cut; a pull that failed is tried again after 10 s, which double up
    to 300 s, and meanwhile others have its turn. So is one whose answer does not begin within `answer_s`.
    """

    concurrent_downloads: int | None = 3
    scope: str = PER_IMAGE
    parallel_images: int | None = 1
    unpack_bytes_per_s: int | None = None
    host_unpack_bytes_per_s: int | None = None
    inflate_bytes_per_s: int | None = None
    copy_bytes_per_s: int | None = None
    layer_overhead_s: float = 0.0
    unpacks_last: bool = False
    configs_first: bool = True
    image_overhead_s: float = 0.0
    first_window_bytes: int = 14_600
    pulls_per_s: float | None = None
    pulls_burst: int = 10
    dial_s: float = 30.0
    answer_s: float = 30.0

    def unpacking_bytes(self, layer: LayerPull, below_bytes: int = 0) -> int:
        """Tell how many bytes could be written while a layer unpacks that lies on so many.

        Its own, and what reading it and copying what lies below take as long as.
        """
        write = self.unpack_bytes_per_s
        if not write:
            return layer.unpacked_bytes
        read = layer.size_bytes * write / self.inflate_bytes_per_s if self.inflate_bytes_per_s else 0.0
        copied = below_bytes * write / self.copy_bytes_per_s if self.copy_bytes_per_s else 0.0
        return layer.unpacked_bytes + round(read + copied)
