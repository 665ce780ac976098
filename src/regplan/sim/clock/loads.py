"""What hosts fetch and unpack in all, for the closed forms: each blob and each chain once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.sim.clock.pulling import PER_IMAGE
from regplan.sim.clock.sharing import HostLoad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.sim.clock.pulling import HostPulls, LayerPull, Runtime

__all__ = ["connections_of", "load_of", "pieces_of"]


def connections_of(runtime: Runtime) -> int:
    """Tell how many connections a host has at most."""
    images = runtime.parallel_images if runtime.scope == PER_IMAGE else 1
    # As many as one likes are more than any host has layers.
    return (runtime.concurrent_downloads or 1000) * (images or 1000)


def load_of(host: HostPulls, runtime: Runtime) -> HostLoad:
    """Add up what a host fetches and unpacks, each blob and each chain once."""
    chains, overhead_s = 0, 0.0
    for layer, below_bytes in _unpacked(host):
        chains += runtime.unpacking_bytes(layer, below_bytes)
        overhead_s += runtime.layer_overhead_s
    serial = len(host.images) if runtime.parallel_images == 1 else min(len(host.images), 1)
    before_s = host.starts_s + serial * runtime.image_overhead_s + overhead_s
    return HostLoad(sum(pieces_of(host).values()), chains, before_s)


def pieces_of(host: HostPulls) -> dict[str, int]:
    """Map what a host fetches to its bytes: layers by their keys, manifests and configs by their image."""
    held, unpacked = set(host.held), set(host.unpacked)
    found: dict[str, int] = {}
    for image in host.images:
        beside = f"{image.name} manifests"
        found[beside] = found.get(beside, 0) + image.config_bytes + image.manifest_bytes + image.index_bytes
        chain, is_based = "", True
        for layer in image.layers:
            chain = layer.chain or f"{chain}/{layer.key}"
            # What lies on chains that are unpacked is not fetched.
            is_based = is_based and chain in unpacked
            unpacked.add(chain)
            if not is_based and layer.key not in held:
                found[layer.key] = layer.size_bytes
                held.add(layer.key)
    return found


def _unpacked(host: HostPulls) -> Iterator[tuple[LayerPull, int]]:
    """Yield each layer that a host unpacks, with the bytes that lie below it in its image."""
    unpacked = set(host.unpacked)
    for image in host.images:
        chain, below_bytes = "", 0
        for layer in image.layers:
            chain = layer.chain or f"{chain}/{layer.key}"
            if chain not in unpacked:
                unpacked.add(chain)
                yield layer, below_bytes
            below_bytes += layer.unpacked_bytes
