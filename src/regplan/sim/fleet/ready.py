"""When the last host of a site is ready at the set-up, by tier 1, in many draws at once: hosts are sorted once for all of them."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.sim.chance.boots import Boot

__all__ = ["last_ready_ms"]


def last_ready_ms(boot: Boot, internet: Any, unpacking: Any) -> dict[str, Any]:  # noqa: ANN401
    """Tell in milliseconds when the last host is ready under each topology with a closed form, to the bit as `ready_in` does.

    `internet` and `unpacking` are arrays of what the site's rates are multiplied by, one for each draw, or one alone. One
    value for each draw, or one alone where nothing of it varies.
    """
    import numpy as np

    hosts = boot.pulls.hosts
    if not hosts:
        return {}
    unpacked = boot.unpacked_bytes if boot.unpack_bytes_per_s is not None else ()
    sizes = ((host.all_bytes, host.early_bytes, host.served_bytes) for host in hosts)
    # Hosts that are alike are ready at the same time.
    alike = Counter(zip(sizes, unpacked or (0,) * len(hosts), strict=True))
    counts = tuple(alike.values())
    every, early, served = zip(*(kind for kind, _ in alike), strict=True)
    behind = _unpacking(boot, unpacking, [size for _, size in alike]) if unpacked else 0.0
    lines = internet * boot.internet_bps
    lan = np.array([boot.lan_bps])
    first = _ends(early, counts, lines, boot.lan_bps)
    seeded = first.max(axis=1) + 8 * boot.pulls.content_bytes / np.minimum(lines, boot.lan_bps)
    later = _ends(served, counts, lan, np.inf) + seeded[:, None]
    fetched = {
        "direct": _ends(every, counts, lines, boot.lan_bps),
        "primary": np.where(np.array(served) > 0, later, first),
        "bundle": _ends(every, counts, lan, np.inf),
    }
    return {name: np.rint(1_000 * (each + behind).max(axis=1)).astype(np.int64) for name, each in fetched.items()}


def _ends(sizes: Sequence[int], counts: Sequence[int], line_bps: Any, cap_bps: float) -> Any:  # noqa: ANN401
    """Tell when each kind of host (columns) has fetched its bytes over each of these lines (rows), by processor sharing."""
    import numpy as np

    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    ordered = [sizes[place] for place in order]
    done = [0, *accumulate(counts[place] for place in order)]
    left = np.array([done[-1] - before for before in done[:-1]])
    steps = np.array([size - before for before, size in zip([0, *ordered], ordered, strict=False)], dtype=float)
    ends = np.cumsum(steps * np.maximum(left * 8 / line_bps[:, None], 8 / cap_bps), axis=1)
    return ends if order == list(range(len(order))) else ends[:, np.argsort(order)]


def _unpacking(boot: Boot, ratios: Any, sizes: Sequence[int]) -> Any:  # noqa: ANN401
    import numpy as np

    return np.outer(1 / (ratios * boot.unpack_bytes_per_s), np.array(sizes, dtype=float))
