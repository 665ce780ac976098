"""What packs' values say of the primary registry: its kind, its PVC, its project, and content sync. Never a password.

Keys: `charts.registry-connect.config.content.sync` (Palette docs, "Deploy Cluster with a Primary Registry"),
`charts.harbor.persistence.persistentVolumeClaim.registry.size` (Harbor's chart), `harbor-config.storage.registry` (the
legacy pack, in GB). The Zot pack's key is in no public page, so the forms of Zot's own chart and common ones are tried.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidQuantity
from regplan.model.profile import RegistrySettings
from regplan.profile.composer import Map
from regplan.profile.macros import expand
from regplan.profile.tree import dig, flag
from regplan.units import GB, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.profile.composer import Tree
    from regplan.profile.macros import Scope
    from regplan.profile.parts import Problems, RawPack

__all__ = ["read_settings"]

_CONNECT: Final = "registry-connect"
_KINDS: Final = ("zot", "harbor")
_LEGACY: Final = ("harbor-config", "storage", "registry")
_SIZES: Final = (
    ("persistence", "persistentVolumeClaim", "registry", "size"),
    ("pvc", "storage"),
    ("pvc", "size"),
    ("persistence", "size"),
    ("persistence", "storage"),
    ("registry", "persistence", "size"),
    ("registry", "pvc", "size"),
    ("registry", "storage", "size"),
    ("storage", "size"),
    ("storage",),
    ("pvc", "resources", "requests", "storage"),
)


@dataclass(frozen=True, slots=True)
class _Job:
    raw: RawPack
    scope: Scope
    problems: Problems

    def text(self, *keys: str) -> str | None:
        """The text at a key of the values with its macros filled in, or None."""
        return self.fill(dig(self.raw.values, *keys))

    def fill(self, tree: Tree) -> str | None:
        """The text of a tree with its macros filled in, or None."""
        return expand(tree.strip(), self.scope).text if isinstance(tree, str) and tree.strip() else None


def read_settings(packs: Sequence[tuple[RawPack, Scope]], problems: Problems) -> RegistrySettings:
    """Read what all packs together say of the registry; the first that says a thing is heard."""
    jobs = [_Job(raw, scope, problems) for raw, scope in packs]
    stores = [(job, kind) for job in jobs if (kind := _kind(job.raw)) is not None]
    connects = [job for job in jobs if _is_connect(job.raw)]
    sizes = (_size(job, kind) for job, kind in stores)
    sync = (_content(job, "enable") for job in connects)
    return RegistrySettings(
        kind=stores[0][1] if stores else None,
        storage_bytes=next((size for size in sizes if size is not None), None),
        project=next((project for job in connects for project in _projects(job)), None),
        sync=next((told for each in sync if (told := flag(each)) is not None), None),
        has_connect=bool(connects),
    )


def _kind(raw: RawPack) -> str | None:
    named = (raw.pack.name.lower(), *(_charts(raw) if not raw.pack.name else ()))
    return next((kind for kind in _KINDS for name in named if name == kind or name.startswith(f"{kind}-")), None)


def _charts(raw: RawPack) -> list[str]:
    charts = raw.values.get("charts")
    return list(charts) if isinstance(charts, Map) else []


def _is_connect(raw: RawPack) -> bool:
    return raw.pack.name.lower() == _CONNECT or _CONNECT in _charts(raw)


def _content(job: _Job, *keys: str) -> str | None:
    return job.text("charts", _CONNECT, "config", "content", "sync", *keys)


def _projects(job: _Job) -> Iterator[str]:
    in_cluster = ("charts", _CONNECT, "config", "registry", "inClusterRegistry", "projects")
    for told in (_content(job, "projects", "images"), job.text(*in_cluster, "images"), job.text(*in_cluster)):
        if told:
            yield told


def _size(job: _Job, kind: str) -> int | None:
    legacy = job.text(*_LEGACY)
    if legacy is not None and re.fullmatch(r"[0-9]{1,9}", legacy):
        return int(legacy) * GB
    charts = [name for name in _charts(job.raw) if name.lower().startswith(kind)]
    for chart in charts:
        for keys in _SIZES:
            told = job.text("charts", chart, *keys)
            if told is not None:
                return _quantity(told, ".".join(("charts", chart, *keys)), job)
    return None


def _quantity(text: str, key: str, job: _Job) -> int | None:
    try:
        return parse_quantity(text)
    except InvalidQuantity as error:
        job.problems.add(job.raw.where.file, f"{job.raw.pack.name} {key}".strip(), str(error))
        return None
