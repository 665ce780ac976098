"""What packs' values say of the primary registry: its kind, its PVC, its project, and content sync. Never a password.

Keys: `charts.registry-connect.config.content.sync` (Palette docs, "Deploy Cluster with a Primary Registry"),
`charts.harbor.persistence.persistentVolumeClaim.registry.size` (Harbor's chart), `harbor-config.storage.registry` (the
legacy pack, in GB). The Zot pack's key is in no public page, so the forms of Zot's own chart and common ones are tried.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from regplan.errors import InvalidQuantity
from regplan.model.profile import RegistrySettings
from regplan.profile.packvalues import PackValues
from regplan.profile.tree import flag
from regplan.profile.wiring import connect_values, read_wiring
from regplan.units import GB, parse_quantity
from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regplan.profile.macros import Scope
    from regplan.profile.parts import Problems, RawPack

__all__ = ["read_settings"]

_LEGACY_SIZE: Final = ("harbor-config", "storage", "registry")
_HARBOR_SIZE: Final = ("persistence", "persistentVolumeClaim", "registry", "size")
_SIZES: Final = (
    _HARBOR_SIZE,
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


class _Size(NamedTuple):
    """A claim in bytes, None where it is not told, and the key that it stands or would stand at ("" if unknown)."""

    size_bytes: int | None
    key: str


def read_settings(packs: Sequence[tuple[RawPack, Scope]], problems: Problems) -> RegistrySettings:
    """Read what all packs together say of the registry; the first that says a thing is heard."""
    told = [PackValues(raw, scope, problems) for raw, scope in packs]
    stores = [(values, kind) for values in told if (kind := values.kind) is not None]
    connects = [values for values in told if values.is_connect]
    sizes = [_size(values, kind) for values, kind in stores]
    sync = (values.text(*connect_values("content", "sync", "enable")) for values in connects)
    return RegistrySettings(
        kind=stores[0][1] if stores else None,
        storage_bytes=next((each.size_bytes for each in sizes if each.size_bytes is not None), None),
        project=next((project for values in connects for project in _projects(values)), None),
        sync=next((enabled for each in sync if (enabled := flag(each)) is not None), None),
        has_connect=bool(connects),
        wiring=read_wiring(told, sizes),
    )


def _projects(values: PackValues) -> Iterator[str]:
    in_cluster = connect_values("registry", "inClusterRegistry", "projects")
    images = connect_values("content", "sync", "projects", "images")
    for told in (values.text(*images), values.text(*in_cluster, "images"), values.text(*in_cluster)):
        if told:
            yield told


def _size(values: PackValues, kind: str) -> _Size:
    legacy = values.text(*_LEGACY_SIZE)
    if legacy is not None and re.fullmatch(r"[0-9]{1,9}", legacy):
        return _Size(int(legacy) * GB, ".".join(_LEGACY_SIZE))
    charts = [name for name in values.charts if name.lower().startswith(kind)]
    for chart in charts:
        for keys in _SIZES:
            told = values.text("charts", chart, *keys)
            if told is not None:
                key = ".".join(("charts", chart, *keys))
                return _Size(_quantity(told, key, values), key)
    return _Size(None, ".".join(("charts", "harbor", *_HARBOR_SIZE)) if kind == "harbor" else "")


def _quantity(text: str, key: str, values: PackValues) -> int | None:
    try:
        return parse_quantity(text)
    except InvalidQuantity as error:
        values.problems.add(values.raw.where.file, f"{values.raw.pack.name} {key}".strip(), str(error))
        return None
