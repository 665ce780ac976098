"""A site with other values: what a slider, a parameter or a question of "what if" changes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regplan.model.site import Host, Site

__all__ = ["Variation", "vary_site"]

# Kubernetes itself is made for 5,000 nodes.
_MOST_WORKERS: Final = 5000


@dataclass(frozen=True, slots=True)
class Variation:
    """Other values for a site; None leaves what the site has.

    `workers` counts the hosts that ordinary workloads run on, `storage_bytes` is the registry's claim, `versions_kept` the assumption of
    that name, `internet_bps` the rate of the internet link.
    """

    workers: int | None = None
    storage_bytes: int | None = None
    versions_kept: int | None = None
    internet_bps: int | None = None


def vary_site(site: Site, variation: Variation) -> Site:
    """Put other values into a site; what it then states is no longer among what it left out.

    A worker that is added is like the last one there is, and the last ones are taken away first. Raises `InputError` for a number
    below 1, and for a value of something that the site does not have: hosts, a registry, an internet link.
    """
    _refuse_nothing(variation)
    varied, stated = site, set()
    if variation.workers is not None:
        varied = replace(varied, hosts=_hosts(site, variation.workers))
    if variation.storage_bytes is not None:
        if varied.registry is None:
            raise InputError(f"{site.name}: the site has no registry whose storage could be another")
        varied = replace(varied, registry=replace(varied.registry, storage_bytes=variation.storage_bytes))
        stated.add("registry.storage")
    if variation.versions_kept is not None:
        assumptions = replace(varied.assumptions, versions_kept=variation.versions_kept)
        varied = replace(varied, assumptions=assumptions)
        stated.add("assumptions.versions_kept")
    if variation.internet_bps is not None:
        if varied.internet_link is None:
            raise InputError(f"{site.name}: the site has no internet link whose rate could be another")
        varied = replace(varied, internet_link=replace(varied.internet_link, rate_bps=variation.internet_bps))
    return replace(varied, defaulted=tuple(key for key in varied.defaulted if key not in stated))


def _refuse_nothing(variation: Variation) -> None:
    for name in ("workers", "storage_bytes", "versions_kept", "internet_bps"):
        value = getattr(variation, name)
        if value is not None and value < 1:
            raise InputError(f"{name}: {value} is less than 1")


def _hosts(site: Site, count: int) -> tuple[Host, ...]:
    if count > _MOST_WORKERS:
        raise InputError(f"workers: {count:,} is more than {_MOST_WORKERS:,}, which no cluster has")
    workers = site.workers
    if not workers:
        raise InputError(f"{site.name}: the site names no host that more could be like")
    gone = {host.name for host in workers[count:]}
    left = tuple(host for host in site.hosts if host.name not in gone)
    return (*left, *_more(site, workers[-1], count - len(workers)))


def _more(site: Site, like: Host, count: int) -> Iterator[Host]:
    taken, number = {host.name for host in site.hosts}, 0
    while count > 0:
        number += 1
        name = f"{like.role}-added-{number}"
        if name not in taken:
            yield replace(like, name=name)
            count -= 1
