"""When hosts have their images: how they pull, and what the clock tells of it."""

from __future__ import annotations

from dataclasses import field, fields

from regplan.values import dataclass

__all__ = ["Boot", "Clock", "Pulling"]


@dataclass(frozen=True, slots=True)
class Pulling:
    """How hosts pull and unpack: each field can be set under `pulls:`, its `metadata` has meaning and source."""

    downloads: int = field(
        default=3,
        metadata={
            "unit": "layers",
            "doc": "layers that are fetched at once",
            "source": "containerd: max_concurrent_downloads 3",
        },
    )
    downloads_of: str = field(
        default="node",
        metadata={
            "unit": "choice",
            "doc": "whether so many layers of each image or of the whole node are fetched at once",
            "source": "containerd: of the node since 2.1, of each image up to 2.0",
        },
    )
    one_image_at_a_time: bool = field(
        default=False,
        metadata={
            "unit": "choice",
            "doc": "whether the kubelet pulls one image after the other",
            "source": "k3s and RKE2 set serializeImagePulls to false; the kubelet's own default is true",
        },
    )
    unpack_bytes_per_s: int = field(
        default=185_500_000,
        metadata={
            "unit": "bytes",
            "doc": "unpacked bytes that a host writes each second",
            "source": "container-chonks, run3: n1-standard-16 with local SSD; eMMC may be five times slower",
        },
    )
    image_overhead_s: float = field(
        default=0.52,
        metadata={
            "unit": "s",
            "doc": "what each image takes besides round trips, bytes and unpacking",
            "source": "container-chonks, run3, the same fit",
        },
    )
    wire_ratio: float = field(
        default=1.036,
        metadata={
            "unit": "factor",
            "doc": "bytes on a link for each byte of content",
            "source": "TCP with time stamps in packets of 1500 bytes, measured",
        },
    )
    like_hub: bool = field(
        default=True,
        metadata={
            "unit": "choice",
            "doc": "whether registries on the internet ask for a token and send blobs from another host",
            "source": "Docker Hub, GHCR and Quay do",
        },
    )
    registry_tls: bool = field(
        default=True,
        metadata={
            "unit": "choice",
            "doc": "whether the primary registry is asked over TLS",
            "source": "the Zot and Harbor packs serve HTTPS",
        },
    )
    first_window_bytes: int = field(
        default=14_600,
        metadata={
            "unit": "bytes",
            "doc": "what a new connection sends before it waits for an answer",
            "source": "RFC 6928: ten segments",
        },
    )
    paces: bool = field(
        default=False,
        metadata={
            "unit": "choice",
            "doc": "whether senders spread what they send over the round trip",
            "source": "BBR does; cubic, the default of Linux distributions, does not",
        },
    )
    pulls_per_s: float = field(
        default=0.0,
        metadata={
            "unit": "number",
            "doc": "pulls that the kubelet begins each second after a burst of ten; beyond them they fail and wait; 0: any number",
            "source": "the kubelet's registryPullQPS is 5; pods of a bootstrap come over minutes, so that it seldom binds",
        },
    )
    hub_pulls: int = field(
        default=0,
        metadata={
            "unit": "pulls",
            "doc": "pulls that Docker Hub grants the site in six hours; 0: any number",
            "source": "Docker Hub: 100 for an address that does not log in, 200 for a personal account, else no limit",
        },
    )

    def changed(self) -> tuple[str, ...]:
        """Name what is not at its default."""
        return tuple(each.name for each in fields(self) if getattr(self, each.name) != each.default)


@dataclass(frozen=True, slots=True)
class Boot:
    """When the hosts of a site have unpacked all their images, one way to bring these; times are None where unknown.

    `tier` is 1 for the closed form and 2 for the fluid model of layers. `peak_bps` and `busiest_bytes` (in five minutes)
    are of the internet link. `least_s` is what no order of pulls beats: hosts that are alike and drift apart are ready
    between that and `ready_max_s`. `ratio` is tier 2 over tier 1, and `reason` what makes the difference, "" where it is small.
    """

    name: str
    tier: int
    ready_p50_s: float | None = None
    ready_p95_s: float | None = None
    ready_max_s: float | None = None
    peak_bps: float | None = None
    busiest_bytes: int | None = None
    requests: int | None = None
    least_s: float | None = None
    ratio: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """The ways to bring images to a site by the clock, and how its hosts were taken to pull."""

    boots: tuple[Boot, ...]
    pulling: Pulling = Pulling()
