"""The keys of the site file's section `pulls`: how hosts pull and unpack, for the times of the simulation.

They stand here alone, without the model that they fill, since every plan reads this table and few ask for times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidQuantity
from regplan.profile import site_kinds as kinds
from regplan.profile.site_key import Key

if TYPE_CHECKING:
    from regplan.profile.composer import Tree

__all__ = ["PULLS"]


def _from_one(tree: Tree) -> object:
    value = kinds.FACTOR.read(tree)
    if not isinstance(value, float) or value < 1:
        raise InvalidQuantity(f"{tree!r} must be at least 1: a link carries no fewer bytes than content has")
    return value


def _size_or_none(tree: Tree) -> object:
    return 0 if tree == "0B" else kinds.SIZE.read(tree)


_SIZE_OR_NONE: Final = kinds.Kind("size, or 0B", _size_or_none, kinds.SIZE.schema)
_FACTOR: Final = kinds.Kind("factor from 1", _from_one, {"type": ["string", "number"]})

PULLS: Final = (
    Key(
        "pulls.downloads",
        "downloads",
        kinds.COUNT,
        "layers that are fetched at once",
        default="3",
        source="containerd: max_concurrent_downloads 3",
    ),
    Key(
        "pulls.downloads_of",
        "downloads_of",
        kinds.choice("node", "image"),
        "whether so many layers of each image or of the whole node are fetched at once",
        default="node",
        source="containerd: of the node since 2.1, of each image up to 2.0",
    ),
    Key(
        "pulls.one_image_at_a_time",
        "one_image_at_a_time",
        kinds.BOOLEAN,
        "whether the kubelet pulls one image after the other",
        default="false",
        source="k3s and RKE2 set serializeImagePulls to false; the kubelet's own default is true",
    ),
    Key(
        "pulls.unpacked_each_second",
        "unpack_bytes_per_s",
        kinds.SIZE,
        "unpacked bytes that a host writes each second",
        default="185500000B",
        source="container-chonks, run3: n1-standard-16 with local SSD; eMMC may be five times slower",
    ),
    Key(
        "pulls.image_overhead",
        "image_overhead_s",
        kinds.DURATION,
        "what each image takes besides round trips, bytes and unpacking",
        default="520ms",
        source="container-chonks, run3, the same fit",
    ),
    Key(
        "pulls.wire_ratio",
        "wire_ratio",
        _FACTOR,
        "bytes on a link for each byte of content",
        default="1.036",
        source="TCP with time stamps in packets of 1500 bytes, measured",
    ),
    Key(
        "pulls.like_hub",
        "like_hub",
        kinds.BOOLEAN,
        "whether registries on the internet ask for a token and send blobs from another host",
        default="true",
        source="Docker Hub, GHCR and Quay do",
    ),
    Key(
        "pulls.registry_tls",
        "registry_tls",
        kinds.BOOLEAN,
        "whether the primary registry is asked over TLS",
        default="true",
        source="the Zot and Harbor packs serve HTTPS",
    ),
    Key(
        "pulls.first_window",
        "first_window_bytes",
        kinds.SIZE,
        "what a new connection sends before it waits for an answer",
        default="14600B",
        source="RFC 6928: ten segments",
    ),
    Key(
        "pulls.paces",
        "paces",
        kinds.BOOLEAN,
        "whether senders spread what they send over the round trip",
        default="false",
        source="BBR does; cubic, the default of Linux distributions, does not",
    ),
    Key(
        "pulls.pulls_per_s",
        "pulls_per_s",
        kinds.NUMBER,
        "pulls that the kubelet begins each second after a burst of ten; beyond them they fail and wait; 0: any number",
        default="0",
        source="the kubelet's registryPullQPS is 5; pods of a bootstrap come over minutes, so that it seldom binds",
    ),
    Key(
        "pulls.hub_pulls",
        "hub_pulls",
        kinds.NATURAL,
        "pulls that Docker Hub grants the site in six hours; 0: any number",
        default="0",
        source="Docker Hub: 100 for an address that does not log in, 200 for a personal account, else no limit",
    ),
    Key(
        "pulls.inflated_each_second",
        "inflate_bytes_per_s",
        _SIZE_OR_NONE,
        "compressed bytes that a host inflates each second, before it writes; 0B: the rate of unpacking has that in it",
        default="0B",
        source="one rate of unpacked bytes is fitted; `regplan probe` measures both",
    ),
    Key(
        "pulls.layer_overhead",
        "layer_overhead_s",
        kinds.DURATION,
        "what each layer takes besides its bytes to unpack",
        default="0s",
        source="container-chonks, run3: nine layers of an image have theirs in its overhead",
    ),
    Key(
        "pulls.measured",
        "measured",
        kinds.DATE,
        "the day on which `regplan probe` found how fast a host unpacks and inflates",
        otherwise="both are what the site file says, or assumed",
        example="2026-11-29",
    ),
)
