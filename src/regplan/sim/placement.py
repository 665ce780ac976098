"""Which host pulls which image at the first bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regplan.model.profile import Spread
from regplan.plan.facts import inventory_references
from regplan.plan.labels import may_run
from regplan.plan.packs import is_early, is_provided, mentions_of
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from regplan.model.image import Inventory
    from regplan.model.profile import Declarations, Workload
    from regplan.model.site import Site
    from regplan.oci.reference import Reference

__all__ = ["Placement", "place", "place_references"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Which references of an inventory each host pulls, by its name, in the site's order.

    `unknown` are those of which no workload, or one of unknown spread, is known; they may stand among the placed ones
    too. `order` names the hosts as ordinary workloads fill them. `pre_registry` run before a registry lives, on every
    host. `provided` lie in the provider image and cost nothing.
    """

    hosts: tuple[tuple[str, frozenset[Reference]], ...]
    order: tuple[str, ...] = ()
    unknown: tuple[Reference, ...] = ()
    pre_registry: frozenset[Reference] = frozenset()
    provided: frozenset[Reference] = frozenset()

    def pulls(self, unknown_on: int) -> Iterator[tuple[str, frozenset[Reference]]]:
        """Yield each host with what it pulls, the references of unknown placement being on the first `unknown_on`."""
        unknown, names = frozenset(self.unknown), frozenset(self.order[:unknown_on])
        return ((name, known | unknown if name in names else known) for name, known in self.hosts)


def place(site: Site, declarations: Declarations, inventory: Inventory) -> Placement:
    """Tell which host pulls which image of an inventory; see `place_references`."""
    return place_references(site, declarations, inventory_references(inventory))


def place_references(site: Site, declarations: Declarations, references: Iterable[Reference]) -> Placement:
    """Tell which host pulls which reference.

    DaemonSets, and what runs before the registry (the packs of layers k8s, cni and csi, and the registry's own): every
    host. Static pods: the control-plane hosts. Other workloads: as many hosts as they have replicas, the workers in the
    site's order and then the control plane's, so that pull sets stack and savings are never overstated. Hosts that a
    workload's labels keep it off for certain, such as those of another architecture, are left out. An image of several
    workloads is pulled by the union of their hosts. Images of layer os are inside the provider image.
    """
    named = mentions_of(declarations)
    known = dict.fromkeys(references)
    provided = frozenset(each for each in known if any(map(is_provided, named[each])))
    pulled = known.keys() - provided
    early = frozenset(each for each in pulled if any(map(is_early, named[each])))
    order = tuple(host.name for host in sorted(site.hosts, key=lambda host: host.role != "worker"))
    on_hosts = {host.name: set(early) for host in site.hosts}
    placed: set[Reference] = set()
    adrift: set[Reference] = set()
    for workload in declarations.workloads:
        hosts = _hosts_for(workload, site, order)
        (adrift if hosts is None else placed).update(workload.images)
        for name in hosts or ():
            on_hosts[name].update(workload.images)
    open_ = (each for each in known if each in pulled - early and (each not in placed or each in adrift))
    return Placement(
        hosts=tuple((name, frozenset(pulls & pulled)) for name, pulls in on_hosts.items()),
        order=order,
        unknown=tuple(open_),
        pre_registry=early,
        provided=provided,
    )


def _hosts_for(workload: Workload, site: Site, order: tuple[str, ...]) -> tuple[str, ...] | None:
    """Name the hosts that run a workload, None where that is not known."""
    able = {host.name for host in site.hosts if may_run(workload, host)}
    match workload.spread:
        case Spread.EVERY_HOST:
            return tuple(name for name in order if name in able)
        case Spread.CONTROL_PLANE:
            return tuple(host.name for host in site.control_plane if host.name in able)
        case Spread.REPLICAS if workload.replicas is not None:
            return tuple(name for name in order if name in able)[: workload.replicas]
        case _:
            return None
