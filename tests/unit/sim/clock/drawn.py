"""Hosts, images and networks for tests of the clock, in as few words as possible."""

from __future__ import annotations

from regplan.sim.clock.pulling import HostPulls, ImagePull, LayerPull, Line, Network, Source

MB = 1_000_000


def layers(*sizes: int, unpacked: int = 0, name: str = "layer") -> tuple[LayerPull, ...]:
    return tuple(LayerPull(f"{name}-{number}", size, unpacked) for number, size in enumerate(sizes))


def image(*sizes: int, unpacked: int = 0, name: str = "image") -> ImagePull:
    return ImagePull(name, layers(*sizes, unpacked=unpacked, name=name))


def host(name: str, *images: ImagePull, starts_s: float = 0.0) -> HostPulls:
    return HostPulls(name, images, starts_s)


def internet(rate_bps: int | None, connection_bps: int | None = None, host_bps: int | None = None) -> Network:
    """One line without round trips."""
    return Network((Line("internet", rate_bps),), (Source(connection_bps=connection_bps),), host_bps)
