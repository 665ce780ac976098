"""When the last host of a site is ready at the set-up, by tier 1, in many draws of many sites at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regplan.sim.chance.closed import kinds_of, kinds_ready

if TYPE_CHECKING:
    from collections.abc import Iterable

    from regplan.sim.chance.closed import Boot, Kinds

__all__ = ["last_ready_ms"]


def last_ready_ms(sites: Iterable[tuple[Boot | None, Any, Any]]) -> list[dict[str, Any]]:
    """Tell in milliseconds when the last host of each site is ready under each topology, to the bit as `ready_in` does.

    With each site come arrays of what its internet's rate and that of unpacking are multiplied by, one for each draw, or one alone. One
    value for each draw, or one alone where nothing of it varies. A topology whose lines nobody told is left out, and so are all
    of a site without a `Boot` or hosts.
    """
    import numpy as np

    found: list[dict[str, Any]] = []
    forms: dict[object, list[tuple[dict[str, Any], Kinds, Any, Any]]] = {}
    for boot, internet, unpacking in sites:
        found.append({})
        if boot is not None and boot.pulls.hosts:
            kinds = kinds_of(boot)
            form = *kinds.form, len(internet), len(unpacking)
            forms.setdefault(form, []).append((found[-1], kinds, internet, unpacking))
    for alike in forms.values():
        told, kinds_by_site, internets, unpackings = zip(*alike, strict=True)
        for name, each in kinds_ready(kinds_by_site, np.array(internets), np.array(unpackings)).items():
            last = np.rint(1_000 * each.max(axis=1)).astype(np.int64)
            for site, times in zip(told, last, strict=True):
                site[name] = times
    return found
