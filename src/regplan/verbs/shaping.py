"""How the images of a target are named: as `--mapping` says, or as asking for a few of them shows."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from regplan.errors import InputError
from regplan.model.verifying import FoundMapping
from regplan.plan.shapes import Shape, known_shapes
from regplan.verbs.naming import own_addresses, read_mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.profile import Declarations
    from regplan.oci.reference import Reference
    from regplan.seed.targets import SeedTarget
    from regplan.verbs.seeding import SeedJob

__all__ = ["AUTO", "shape_of"]

AUTO: Final = "auto"


async def shape_of(
    job: SeedJob, declarations: Declarations, references: Sequence[Reference], target: SeedTarget
) -> tuple[Shape, FoundMapping]:
    """Tell the shape that the job asks for; where it leaves it open, the one under which most images are found.

    `references` are asked for, or what `declarations` name where there are none. Raises `InputError` for a mapping that
    cannot be read and the target's `RegistryError` where it does not answer.
    """
    addresses = job.target.hosts
    if job.mapping != AUTO:
        mapping = own_addresses(read_mapping(job.mapping, declarations), job.site, *addresses)
        return Shape(job.mapping, mapping), FoundMapping(job.mapping, is_told=True)
    rules = None
    with suppress(InputError):
        rules = own_addresses(read_mapping("profile", declarations), job.site, *addresses)
    from regplan.seed.probing import find_shape

    shapes = known_shapes(None if isinstance(rules, str) else rules)
    return await find_shape(tuple(references) or tuple(declarations.references()), job.target.project, shapes, target)
