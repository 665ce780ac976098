"""Storage classes as data: how many copies each keeps of a volume, and what of its disks it never gives out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.site import Site
    from regplan.plan.facts import PlanFacts

__all__ = ["BACKENDS", "Backend", "Copies", "backend_named", "backend_of", "copies_of"]


@dataclass(frozen=True, slots=True)
class Backend:
    """A kind of storage: `words` stand in the names of its storage classes and packs.

    `copies` of every volume lie on as many hosts, `few_copies` of them where there are fewer hosts than `copies`.
    `reserve` is the share of a disk that is never given out. One that `spreads` puts each volume over many disks, and all
    others keep every copy whole on one; `is_outside` lies on none of the site's hosts, and `is_pinned` keeps a volume on
    the host where it was made. `expands` tells whether a claim can grow in place.
    """

    name: str
    words: tuple[str, ...]
    copies: int
    source: str
    few_copies: int | None = None
    reserve: float = 0.0
    spreads: bool = False
    is_outside: bool = False
    is_pinned: bool = False
    expands: bool = True


@dataclass(frozen=True, slots=True)
class Copies:
    """How many copies of the claim there are, how that is known, and why."""

    count: int
    provenance: str
    why: str


_LONGHORN: Final = "Longhorn docs, Settings: default replica count 3, storage reserved 30 % of the default disk"
_LINSTOR: Final = "pack piraeus-operator 2.9.0, values.yaml: placementCount 2, pool lvm-thin"
_CEPH: Final = "Rook docs, CephCluster CRD: size 3, fullRatio 0.95"
_LOCAL: Final = "Kubernetes docs, Local volumes: one copy, on the node where it was made"
_NFS: Final = "Kubernetes docs, NFS: the server keeps what copies it keeps"
BACKENDS: Final = (
    Backend("longhorn", ("longhorn",), 3, _LONGHORN, few_copies=2, reserve=0.3),
    Backend("piraeus", ("piraeus", "linstor"), 2, _LINSTOR),
    Backend("rook-ceph", ("rook", "ceph"), 3, _CEPH, reserve=0.05, spreads=True),
    Backend("nfs", ("nfs",), 1, _NFS, is_outside=True),
    Backend("local", ("local-path", "local", "hostpath"), 1, _LOCAL, is_pinned=True, expands=False),
)


def backend_named(name: str) -> Backend | None:
    """Tell which storage a storage class or a pack is of, by its name; None for one that nobody here knows.

    >>> backend_named("longhorn-single").name, backend_named("gold")
    ('longhorn', None)
    """
    low = name.lower()
    return next((each for each in BACKENDS if any(word in low for word in each.words)), None)


def backend_of(facts: PlanFacts) -> Backend | None:
    """Tell the storage behind the registry's claim: by `registry.storage_class`, else by the one storage pack there is."""
    registry = facts.site.registry
    if registry is None:
        return None
    if registry.storage_class:
        return backend_named(registry.storage_class)
    packs = (pack for profile in facts.declarations.profiles for pack in profile.packs if pack.layer == "csi")
    found = {each.name: each for each in (backend_named(pack.name) for pack in packs) if each is not None}
    return next(iter(found.values())) if len(found) == 1 else None


def copies_of(facts: PlanFacts) -> Copies:
    """Tell how many copies of the registry's claim there are: as the site file states, else as its storage keeps."""
    site, backend = facts.site, backend_of(facts)
    stated = site.registry.replicas if site.registry is not None else 1
    if "registry.replicas" not in site.defaulted or backend is None:
        is_stated = "registry.replicas" not in site.defaulted
        return Copies(stated, "declared" if is_stated else "assumed", "registry.replicas" if is_stated else "one copy, where nobody says more")  # fmt: skip
    few = backend.few_copies if _lacks_hosts(site, backend) else None
    count = backend.copies if few is None else few
    return Copies(count, "assumed", backend.source)


def _lacks_hosts(site: Site, backend: Backend) -> bool:
    return 0 < len(site.hosts) < backend.copies
