"""When the last host of a site is ready at the set-up, by tier 1, in many draws at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.sim.chance.closed import kinds_ready

if TYPE_CHECKING:
    from regplan.sim.chance.closed import Boot

__all__ = ["last_ready_ms"]


def last_ready_ms(boot: Boot, internet: Any, unpacking: Any) -> dict[str, Any]:  # noqa: ANN401
    """Tell in milliseconds when the last host is ready under each topology, to the bit as `ready_in` does.

    `internet` and `unpacking` are arrays of what the site's rates are multiplied by, one for each draw, or one alone. One
    value for each draw, or one alone where nothing of it varies. A topology whose lines nobody told is left out.
    """
    import numpy as np

    if not boot.pulls.hosts:
        return {}
    found, _ = kinds_ready(boot, internet, unpacking)
    return {name: np.rint(1_000 * each.max(axis=0)).astype(np.int64) for name, each in found.items()}
