"""What is behind the registry's claim, as the oracle reckons it: copies, reserves, chart defaults (facts/models.md 2.2, 2.6)."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from independent.sites import quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from independent.case import Case

__all__ = ["copies", "disk_rows", "storage_kind"]

# Words of class and pack names; copies; copies on too few hosts; share of a disk that is never given out.
KINDS = {
    "longhorn": (("longhorn",), 3, 2, Fraction(3, 10)),
    "piraeus": (("piraeus", "linstor"), 2, 2, Fraction(0)),
    "ceph": (("rook", "ceph"), 3, 3, Fraction(1, 20)),
    "nfs": (("nfs",), 1, 1, Fraction(0)),
    "local": (("local", "hostpath"), 1, 1, Fraction(0)),
}
# What the charts claim by themselves: values.yaml of project-zot/helm-charts and goharbor/harbor-helm.
DEFAULTS = {"zot": 8 * 2**30, "harbor": 5 * 2**30}
SIZES = {
    "zot": ("charts", "zot", "pvc", "storage"),
    "harbor": ("charts", "harbor", "persistence", "persistentVolumeClaim", "registry", "size"),
}
LASTING = {"zot": ("charts", "zot", "persistence"), "harbor": ("charts", "harbor", "persistence", "enabled")}
Told = tuple[str, str, int | None, int | None]


def storage_kind(case: Case) -> str:
    """The kind of storage: by the class that is named, else by the one storage pack of a kind that is known."""
    named = str((case.site.registry or {}).get("storage_class", ""))
    names = [named] if named else [each.name for each in case.declared.layers if each.layer == "csi"]
    found = {kind for name in names for kind, (words, *_) in KINDS.items() if any(word in name for word in words)}
    return found.pop() if len(found) == 1 else ""


def copies(case: Case) -> int:
    """How many copies the storage keeps: as stated, else by its kind, else one."""
    kind, stated = storage_kind(case), (case.site.registry or {}).get("replicas")
    if stated is not None or not kind:
        return int(stated or 1)
    _, most, few, _ = KINDS[kind]
    return few if 0 < len(case.site.hosts) < most else most


def disk_rows(case: Case, pvc_bytes: int) -> Iterator[Told]:
    """Everything that is said of what is behind the claim; `pvc_bytes` is what to claim."""
    kind = storage_kind(case)
    yield ("storage.disk", "INFO", None, None) if kind == "nfs" else _disk(case, kind)
    yield "storage.class", "PASS" if kind else "INFO", None, None
    yield from _defaults(case)
    if case.claimed is not None and case.claimed < pvc_bytes:
        yield "storage.resize", "INFO", None, None


def _disk(case: Case, kind: str) -> Told:
    """Copies are whole and never two on a host: the r-th largest drive decides; Ceph spreads (facts/models.md 2.2)."""
    count, claimed = copies(case), case.claimed
    drives = sorted((host.storage or 0 for host in case.site.hosts), reverse=True)
    if claimed is None or not drives:
        return "storage.disk", "INCOMPLETE", None, None
    kept = 1 - KINDS[kind][3] if kind else Fraction(1)
    each, required = ceil(claimed / kept), ceil(count * claimed / kept)
    room = sum(min(drive, each) for drive in drives) if kind == "ceph" else count * drives[min(count, len(drives)) - 1]
    room = room if len(drives) >= count else 0
    if room >= required:
        return "storage.disk", "PASS", room, required
    if any(host.storage is None for host in case.site.hosts) and len(drives) >= count:
        return "storage.disk", "INCOMPLETE", None, required
    return "storage.disk", "FAIL", room, required


def _defaults(case: Case) -> Iterator[Told]:
    """A chart's own claim is the classic slip, and one that keeps nothing is worse."""
    for pack in case.declared.layers:
        if pack.name not in DEFAULTS or pack.value("charts", pack.name) is None:
            continue
        claimed, default = pack.value(*SIZES[pack.name]), DEFAULTS[pack.name]
        if pack.value(*LASTING[pack.name]) is False:
            yield "storage.chart-default", "FAIL", None, None
        elif claimed is None:
            yield "storage.chart-default", "INFO", None, None
        else:
            size = int(quantity(claimed))
            yield "storage.chart-default", "PASS" if size > default else "FAIL", size, default
