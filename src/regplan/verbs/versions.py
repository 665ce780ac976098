"""`diff`: two or more versions of profiles, images or sites, one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.plan.upgrades import compare_versions as compared
from regplan.verbs.images import resolve_among
from regplan.verbs.options import Options, heard
from regplan.verbs.portal import run_blocking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.image import Inventory
    from regplan.model.progress import Report
    from regplan.model.upgrade import Upgrade

__all__ = ["compare_versions", "parts_of"]

_LEAST = 2


def compare_versions(
    versions: Sequence[str], options: Options | None = None, report: Report | None = None
) -> tuple[Upgrade, tuple[Inventory, ...]]:
    """Tell what each version, oldest first, changes for the next, and what several kept versions take, blocking.

    A version is a profile, an image or a site file, or several of them with commas between: "infra.json,apps.yaml".
    Raises `InputError` for what cannot be read and `RegistryError` where a host is unusable and nothing was resolved.
    """
    report = heard(report)
    if len(versions) < _LEAST:
        raise InputError("name at least two versions, the oldest first")
    told = options or Options()

    async def every() -> list[Inventory]:
        return [await resolve_among(parts_of(version), told, report) for version in versions]

    inventories = run_blocking(every)
    return compared(list(zip(versions, inventories, strict=True))), tuple(inventories)


def parts_of(version: str) -> list[str]:
    """Part what stands between commas; the name of a file that is there may hold commas itself.

    >>> parts_of("infra.json,apps.yaml")
    ['infra.json', 'apps.yaml']
    """
    if "," not in version or Path(version).exists():
        return [version]
    parts = [part.strip() for part in version.split(",")]
    if not all(parts):
        raise InputError(f"{version!r} has a comma with nothing before or after it")
    return parts
