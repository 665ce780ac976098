"""Names that values give without their host, where the host stands elsewhere in the values: charts put the two together.

`global.imageRegistry: public.ecr.aws` and `image.repository: corp/web` are public.ecr.aws/corp/web. What a chart's
templates do with them is seen only where the chart is at hand; from values alone it is taken for that where the pack
lists the same repository, with the same tag, under that host.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.model.profile import FoundBy
from regplan.profile.mention import tells_same
from regplan.profile.tree import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regplan.model.profile import ImageUse
    from regplan.oci.reference import Reference
    from regplan.profile.parts import RawPack, Sighting

__all__ = ["joined"]


def joined(sightings: Sequence[Sighting], listed: Iterable[ImageUse], raw: RawPack) -> tuple[Sighting, ...]:
    """Give the sightings of a pack whose values name the host apart the names that the pack's list has."""
    paths: dict[str, list[Reference]] = {}
    for use in listed:
        if use.reference is not None:
            paths.setdefault(use.reference.repository, []).append(use.reference)
    found = {place: twin for place, each in enumerate(sightings) if (twin := _twin(each, paths)) is not None}
    if not found:
        return tuple(sightings)
    texts = {text.strip().rstrip("/") for text in texts_of(raw.values)}
    return tuple(
        _named(each, found[place]) if place in found and found[place].registry in texts else each
        for place, each in enumerate(sightings)
    )


def _twin(sighting: Sighting, paths: dict[str, list[Reference]]) -> Reference | None:
    """Find the listed image whose repository a bare name in values is, with the same tag where it has one."""
    use, (host, _, path) = sighting.use, sighting.name.partition("/")
    if use.provenance.found_by is not FoundBy.VALUES or use.text.strip().startswith(f"{host}/"):
        return None
    return next((each for each in paths.get(path, ()) if each.registry != host and _is_same(each, use.reference)), None)


def _is_same(listed: Reference, used: Reference | None) -> bool:
    return used is None or tells_same(listed, replace(used, registry=listed.registry))


def _named(sighting: Sighting, twin: Reference) -> Sighting:
    note = f"named here without {twin.registry}, which the values name elsewhere"
    use = replace(sighting.use, reference=twin, problem="", note=note)
    return replace(sighting, use=use, name=twin.name)
