"""`verify`: what stands at a target, held against what must."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from regplan.errors import InvalidReference
from regplan.oci.reference import Reference
from regplan.plan.mapping import target_repository
from regplan.plan.seeding import plan_verify
from regplan.values import dataclass
from regplan.verbs.options import Options
from regplan.verbs.portal import run_blocking
from regplan.verbs.seeding import open_target, reasons, resolved_job
from regplan.verbs.study import raise_if_mendable

if TYPE_CHECKING:
    from regplan.model.image import Inventory
    from regplan.model.progress import Report
    from regplan.model.verifying import VerifyResult
    from regplan.plan.mapping import Mapping
    from regplan.seed.verify import Unpinned
    from regplan.verbs.seeding import SeedJob

__all__ = ["Verification", "verify_images"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What stands at the target, and what could not be resolved and so not be looked for (one sentence each)."""

    result: VerifyResult
    unresolved: tuple[str, ...] = ()


def verify_images(
    job: SeedJob, level: str = "tags", options: Options | None = None, report: Report | None = None
) -> Verification:
    """Hold what stands at the target against what the job needs, blocking; `level` is tags, blobs or deep.

    Raises `InputError` for what cannot be read and `RegistryError` where the target cannot be used.
    """
    told = options or Options()

    async def check() -> Verification:
        from regplan.seed.verify import VerifyOptions, verify

        async with resolved_job(job, told, report) as (found, _, mapping, _), open_target(job.target, told) as target:
            raise_if_mendable(found)
            plan = plan_verify(found.inventory, str(job.target), job.target.project, mapping)
            site = job.site
            sync = site is None or site.registry is None or site.registry.sync is not False
            more = VerifyOptions(_unpinned(found.inventory, job.target.project, mapping), sync)
            return Verification(await verify(plan, target, level, more), reasons(found.inventory))

    return run_blocking(check)


def _unpinned(inventory: Inventory, project: str, mapping: Mapping) -> tuple[Unpinned, ...]:
    """List the references whose digest nobody tells: their tags can only be looked for."""
    from regplan.seed.verify import Unpinned

    references = []
    for each in inventory.unresolved:
        with suppress(InvalidReference):
            references.append(Reference.parse(each.reference))
    return tuple(Unpinned(str(each), target_repository(each, project, mapping), each.target) for each in references)
