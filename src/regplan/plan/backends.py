"""Storage classes as data: how many copies each keeps of a volume, and what of its disks it never gives out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.profile import Declarations
    from regplan.model.site import Site
    from regplan.plan.facts import PlanFacts
    from regplan.plan.prepared import Prepared

__all__ = ["BACKENDS", "Backend", "Copies", "backend_named", "backend_of", "copies_of", "is_pinned", "stated_copies"]


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
    Backend("local", ("local-path", "local", "hostpath", "host-path"), 1, _LOCAL, is_pinned=True, expands=False),
)


def backend_named(name: str) -> Backend | None:
    """Tell which storage a storage class or a pack is of, by its name; None for one that nobody here knows.

    >>> backend_named("longhorn-single").name, backend_named("gold")
    ('longhorn', None)
    """
    low = name.lower()
    return next((each for each in BACKENDS if any(word in low for word in each.words)), None)


def backend_of(facts: PlanFacts) -> Backend | None:
    """Tell the storage behind the registry's claim, with the packs of profiles that many sites share looked at once."""
    return _behind(facts.site, lambda: facts.prepared.once(_of_prepared))


def is_pinned(facts: PlanFacts) -> bool:
    """Tell whether the registry's volume lies on the drive of the one host whose pod has claimed it, and nowhere else."""
    backend = backend_of(facts)
    return backend is not None and backend.is_pinned


def copies_of(facts: PlanFacts) -> Copies:
    """Tell how many copies of the registry's claim there are."""
    return _counted(facts.site, backend_of(facts))


def stated_copies(site: Site, declarations: Declarations) -> int:
    """Tell the same of a site whose images nobody needs to know."""
    return _counted(site, _behind(site, lambda: _of_packs(declarations))).count


def _behind(site: Site, of_packs: Callable[[], Backend | None]) -> Backend | None:
    """Tell the storage by `registry.storage_class`, else by the one kind of storage pack there is."""
    if site.registry is None:
        return None
    return backend_named(site.registry.storage_class) if site.registry.storage_class else of_packs()


def _of_prepared(prepared: Prepared) -> Backend | None:
    return _of_packs(prepared.declarations)


def _of_packs(declarations: Declarations) -> Backend | None:
    packs = (pack for profile in declarations.profiles for pack in profile.packs if pack.layer == "csi")
    found = {each.name: each for each in (backend_named(pack.name) for pack in packs) if each is not None}
    return next(iter(found.values())) if len(found) == 1 else None


def _counted(site: Site, backend: Backend | None) -> Copies:
    """Tell how many copies there are: as the site file states, else as the storage keeps."""
    stated = site.registry.replicas if site.registry is not None else 1
    if "registry.replicas" not in site.defaulted:
        return Copies(stated, "declared", "registry.replicas")
    if backend is None:
        return Copies(stated, "assumed", "one copy, where nobody says more")
    few = backend.few_copies if 0 < len(site.hosts) < backend.copies else None
    return Copies(backend.copies if few is None else few, "assumed", backend.source)
