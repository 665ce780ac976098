"""Which way of naming a target uses, found out by asking for a few images under each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from regplan.errors import ContentError, InputError, NotFound, RegistryError
from regplan.model.verifying import FoundMapping
from regplan.plan.mapping import target_repository
from regplan.plan.shapes import choose_probes
from regplan.seed.tasks import each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.oci.reference import Reference
    from regplan.plan.shapes import Shape
    from regplan.seed.targets import SeedTarget

__all__ = ["find_shape"]

_AT_ONCE: Final = 8
_BROKEN: Final = 500


async def find_shape(
    references: Sequence[Reference], project: str, shapes: Sequence[Shape], target: SeedTarget
) -> tuple[Shape, FoundMapping]:
    """Tell the shape under which most of a few images are found; of two as good the first, and the first if none is.

    The shapes are tried one after another until one has all: as a rule that takes as many requests as there are probes.
    """
    probes = choose_probes(references, project, shapes)
    best, most = shapes[0], -1
    for shape in shapes:
        hits = await _count(probes, project, shape, target)
        if hits > most:
            best, most = shape, hits
        if probes and hits == len(probes):
            break
    return best, FoundMapping(best.name, max(most, 0), len(probes))


async def _count(probes: Sequence[Reference], project: str, shape: Shape, target: SeedTarget) -> int:
    hits = 0

    async def ask(reference: Reference) -> None:
        nonlocal hits
        try:
            repository = target_repository(reference, project, shape.mapping)
            is_there = await target.look(repository, reference.target) is not None
        except (InputError, NotFound):
            return
        except ContentError:
            is_there = True
        except RegistryError as error:
            if error.status != _BROKEN:
                raise
            # It knows the name, and fails on what stands behind it: a link that was never written to its end.
            is_there = True
        # Only now: others count while one waits.
        hits += is_there

    await each(ask, probes, _AT_ONCE)
    return hits
