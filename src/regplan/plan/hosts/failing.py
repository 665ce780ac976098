"""What becomes of the pods when a host is lost, and while everything is rolled at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.plan.hosts.adding import largest_of
from regplan.plan.hosts.placing import place_pods
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.site import Host
    from regplan.plan.hosts.demand import Several
    from regplan.plan.hosts.hosting import Hosting
    from regplan.plan.hosts.placing import Layout, Terms

__all__ = ["Loss", "losses_of", "stuck_pods", "without"]


class Loss(NamedTuple):
    """A host that is lost, and the arrangement of all pods on the others; None where none is left that takes pods."""

    host: str
    has_registry: bool
    is_largest: bool
    layout: Layout | None


def losses_of(hosting: Hosting) -> tuple[Loss, ...]:
    """Tell what becomes of the pods when the largest host that takes pods is lost, and when the registry's is."""
    largest = largest_of(hosting.layout).host.name
    names = dict.fromkeys((largest, hosting.registry_host or largest))
    hosts = tuple(load.host for load in hosting.layout.loads)
    return tuple(
        Loss(name, name == hosting.registry_host, name == largest, without(name, hosts, hosting.terms))
        for name in names
    )


def without(name: str, hosts: Sequence[Host], terms: Terms) -> Layout | None:
    """Place all pods on the other hosts; None where none of these takes pods.

    Workers do not hand their pods to the control plane, whose taint keeps them away.
    """
    rest = tuple(host for host in hosts if host.name != name)
    had_workers = any(host.role == "worker" for host in hosts)
    if not rest or (had_workers and not any(host.role == "worker" for host in rest)):
        return None
    return place_pods(rest, terms)


def stuck_pods(layout: Layout, before: Layout) -> tuple[Several, ...]:
    """List the pods that lack a host of their own while they are rolled, and do not otherwise."""
    room = {id(each.demand) for each in layout.crowded}
    known = {each.demand.name for each in before.left}
    return tuple(each for each in layout.left if id(each.demand) not in room and each.demand.name not in known)
