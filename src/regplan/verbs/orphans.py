"""What a target holds that no version names, looked for and left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.plan.pruning import orphans_of
from regplan.store.files import user_path
from regplan.units import format_count
from regplan.verbs.pruning import census_of, needs_in, open_shelf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.progress import Report
    from regplan.model.pruning import Census, Orphans
    from regplan.plan.coverage import VersionImages
    from regplan.plan.mapping import Mapping
    from regplan.plan.pruning import Needs
    from regplan.verbs.options import Options
    from regplan.verbs.targets import Target

__all__ = ["find_orphans"]

_NO_UNTAGGED: Final = (
    "manifests without a tag that no index holds, and blobs that no manifest names (what broken uploads have left), are "
    "told by no registry, and stand beside this"
)


async def find_orphans(
    target: Target, versions: Sequence[VersionImages], mapping: Mapping, options: Options, report: Report | None
) -> Orphans:
    """List what `target` holds in the repositories of `versions` that none of them names; nothing is written.

    Raises the registry's `RegistryError` where it does not answer.
    """
    needs = [needs_in(each, target, mapping) for each in versions]
    census = await _census(target, needs, options, report)
    orphans = orphans_of(census, needs)
    if not target.folder:
        orphans = replace(orphans, unlisted=(*orphans.unlisted, _NO_UNTAGGED))
    doubts = tuple(_doubt(each) for each in versions if _untold(each))
    if not doubts:
        return orphans
    return replace(orphans, is_upper_bound=True, troubles=(*orphans.troubles, *doubts))


async def _census(target: Target, needs: Sequence[Needs], options: Options, report: Report | None) -> Census:
    if not target.folder:
        async with open_shelf(target, options) as (shelf, _):
            return await census_of(shelf, needs, target.project, report)
    from regplan.seed.census import take_census
    from regplan.seed.shelf import TreeShelf

    tree = TreeShelf(user_path(target.folder))
    repositories, _ = await tree.repositories("")
    untagged = [pair for repository in repositories or () for pair in await tree.manifests(repository)]
    return await take_census(tree, (), "", untagged, report)


def _untold(version: VersionImages) -> tuple[str, ...]:
    """Name the images that a version may need and cannot be told, such as those with a macro in their name."""
    named = {str(reference) for reference in version.declarations.references()}
    return tuple(each.reference for each in version.inventory.unresolved if each.reference not in named)


def _doubt(version: VersionImages) -> str:
    untold = _untold(version)
    return f"the {version.name} version: {format_count(len(untold), 'image')} cannot be told, such as {untold[0]}: it may need some of this"
