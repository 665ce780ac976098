"""What no source states of a line and of hosts, from the two ends of what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regplan.sim.clock.pulling import ImagePull, Runtime

__all__ = ["fitted_ends"]


def fitted_ends(image: ImagePull, few: tuple[int, float], many: tuple[int, float], runtime: Runtime) -> tuple[int, int]:
    """Tell a line's rate in bits and hosts' rate of unpacking in bytes a second, from when so many hosts had an image, in seconds.

    Its layers are alike and come some at a time. Where `few` hosts pull, unpacking takes longest: they fetch the first layers and then
    unpack all, o + k n S / (L C) + U / u. Where `many` do, it is the line: they fetch all and then unpack the last ones, o + n S / C + r U / (L u).
    Raises `ValueError` where no two rates make both ends.
    """
    count, unpacked_bytes = len(image.layers), sum(layer.unpacked_bytes for layer in image.layers)
    at_once = min(runtime.concurrent_downloads or count, count)
    begin, end = at_once / count, (count % at_once or at_once) / count
    (few_hosts, few_s), (many_hosts, many_s) = ((hosts, took - runtime.image_overhead_s) for hosts, took in (few, many))
    fetch_s = (many_s - end * few_s) / (many_hosts - end * begin * few_hosts)
    unpack_s = few_s - begin * few_hosts * fetch_s
    if fetch_s <= 0 or unpack_s <= 0:
        raise ValueError(f"no line and no unpacking take {few[1]} s on {few[0]} hosts and {many[1]} s on {many[0]}")
    return round(8 * image.size_bytes / fetch_s), round(unpacked_bytes / unpack_s)
