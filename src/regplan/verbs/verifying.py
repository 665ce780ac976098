"""`verify`: what stands at a target, held against what must."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from regplan.errors import InputError, RegistryError
from regplan.model.run import SeedLimits
from regplan.oci.reference import Reference
from regplan.plan.coverage import cover, narrowed, room_for
from regplan.plan.expected import expected_of, names_in, only_for, with_expected
from regplan.plan.seeding import plan_verify
from regplan.plan.shapes import without_clashes
from regplan.store.files import read_text, user_path
from regplan.values import dataclass
from regplan.verbs.chosen import CURRENT, NEXT, VERSIONS, asked_versions
from regplan.verbs.limiting import pace_of
from regplan.verbs.options import Options, heard
from regplan.verbs.portal import run_blocking
from regplan.verbs.seeding import open_target, reasons
from regplan.verbs.shaping import shape_of
from regplan.verbs.study import raise_if_mendable
from regplan.verbs.wanted import open_wanted, unpinned_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regplan.model.coverage import Coverage, Room
    from regplan.model.image import Inventory
    from regplan.model.progress import Report
    from regplan.model.pruning import Orphans
    from regplan.model.seed import ManifestPut
    from regplan.model.verifying import Drift, FoundMapping, VerifyResult
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.plan.mapping import Mapping
    from regplan.seed.sameness import ConfigReader
    from regplan.seed.targets import SeedTarget
    from regplan.verbs.seeding import SeedJob
    from regplan.verbs.wanted import Wanted

__all__ = ["VERSIONS", "Verification", "VerifyWishes", "verify_images", "verify_in_loop"]


@dataclass(frozen=True, slots=True)
class VerifyWishes:
    """How to verify: `level` is tags, blobs or deep, `versions` current, next or both.

    `plan_file` is a seed document, which tells the digests where no source is named. `max_bps` caps what level deep reads,
    in bits per second. `drift` asks the source of each tag whether it has moved there since, and `orphans` looks for what
    the target holds that no version names.
    """

    level: str = "tags"
    versions: str = "current"
    plan_file: str = ""
    max_bps: int | None = None
    drift: bool = False
    orphans: bool = False


@dataclass(frozen=True, slots=True)
class Verification:
    """What stands at the target, and what could not be resolved and so not be looked for (one sentence each).

    `result` is of the versions that were asked for; `coverage` tells of each image and version what follows. `drift` and
    `orphans` are None where they were not asked for; `kind` is the registry's, as its site states it.
    """

    result: VerifyResult
    unresolved: tuple[str, ...] = ()
    coverage: Coverage | None = None
    mapping: FoundMapping | None = None
    drift: Drift | None = None
    orphans: Orphans | None = None
    kind: str = "other"


def verify_images(
    job: SeedJob,
    level: str = "tags",
    options: Options | None = None,
    report: Report | None = None,
    *,
    wishes: VerifyWishes | None = None,
) -> Verification:
    """Hold what stands at the target against what the job needs, blocking; `level` is tags, blobs or deep.

    `wishes` say more, and their level counts. Raises `InputError` for what cannot be read and `RegistryError` where the
    target cannot be used.
    """
    asked, told, report = wishes or VerifyWishes(level), options or Options(), heard(report)
    return run_blocking(lambda: verify_in_loop(job, asked, told, report))


async def verify_in_loop(
    job: SeedJob, wishes: VerifyWishes, options: Options, report: Report | None = None
) -> Verification:
    """Do as `verify_images` does, in the running loop: so it can be cancelled."""
    expected = _expected(wishes.plan_file, job)
    async with (
        open_wanted(job, options, names_in(expected), report) as wanted,
        open_target(job.target, options) as target,
    ):
        raise_if_mendable(wanted.found)
        verifying = _Verifying(job, wishes, wanted, target)
        verification = await verifying.check(expected, report)
        return await verifying.beside(verification, options, report)


def _expected(plan_file: str, job: SeedJob) -> tuple[ManifestPut, ...]:
    if not plan_file:
        return ()
    try:
        document = json.loads(read_text(user_path(plan_file)))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{plan_file}: it is no JSON document: {error}") from error
    return expected_of(document, plan_file, job.target.project)


class _Verifying:
    """One call of `verify_images`, with everything open."""

    def __init__(self, job: SeedJob, wishes: VerifyWishes, wanted: Wanted, target: SeedTarget) -> None:
        self._job, self._wishes, self._wanted, self._target = job, wishes, wanted, target
        self._told: dict[str, Digest] = {}
        self._mapping: Mapping = "host"
        self._asked = asked_versions(wishes.versions, [version.name for version in wanted.versions])
        names = (CURRENT, NEXT) if NEXT in self._asked else (CURRENT,)
        self._versions = tuple(version for version in wanted.versions if version.name in names)

    async def check(self, expected: Sequence[ManifestPut], report: Report | None) -> Verification:
        from regplan.seed.expected import learn_blobs
        from regplan.seed.verify import VerifyOptions, verify

        inventory = self._inventory()
        references = [entry.reference for entry in inventory.entries]
        shape, mapping = await shape_of(self._job, self._versions[0].declarations, references, self._target)
        self._mapping = shape.mapping
        inventory, clashing = without_clashes(inventory, self._project, shape.mapping)
        plan = plan_verify(inventory, str(self._job.target), self._project, shape.mapping)
        unknown = {each.reference for each in inventory.unresolved}
        puts, blobs = await learn_blobs(only_for(expected, unknown), self._target)
        plan = with_expected(plan, puts, blobs)
        told = names_in(puts)
        self._told = {name: put.digest for put in puts if put.tags for name in put.references}
        sync = self._sync()
        unpinned = unpinned_in(inventory, self._project, shape.mapping, told)
        more = VerifyOptions(unpinned, sync, self._reader(), pace_of(SeedLimits(max_bps=self._wishes.max_bps)), report)
        result = await verify(plan, self._target, self._wishes.level, more)
        result = _with_clashes(result, clashing)
        coverage = cover(result, self._versions, self._asked, sync=sync)
        coverage = replace(coverage, room=await self._room(coverage, shape.mapping))
        left = replace(inventory, unresolved=tuple(each for each in inventory.unresolved if each.reference not in told))
        return Verification(_narrowed(result, coverage), reasons(left), coverage, mapping)

    async def beside(self, checked: Verification, options: Options, report: Report | None) -> Verification:
        """Add what was asked for on demand: drift and orphans."""
        checked = replace(checked, kind=self._job.kind)
        if self._wishes.drift:
            from regplan.verbs.drifting import find_drift

            seeded = {**dict(checked.result.digests), **self._told}
            alike, inventory = checked.result.equivalent, self._inventory()
            drift = await find_drift(seeded, inventory, alike, self._wanted.texts, options)
            checked = replace(checked, drift=drift)
        if self._wishes.orphans:
            from regplan.verbs.orphans import find_orphans

            target, versions = self._job.target, self._wanted.versions
            orphans = await find_orphans(target, versions, self._mapping, options, report)
            checked = replace(checked, orphans=orphans)
        return checked

    @property
    def _project(self) -> str:
        return self._job.target.project

    def _inventory(self) -> Inventory:
        """Put together the images of the versions that are looked for, each once."""
        names = {name for version in self._versions for name in version.declarations.references()}
        texts = {str(name) for name in names}
        whole = self._wanted.found.inventory
        entries = tuple(entry for entry in whole.entries if entry.reference in names)
        unresolved = {each.reference: each for each in whole.unresolved if each.reference in texts}
        for version in self._versions:
            unresolved |= {each.reference: each for each in version.inventory.unresolved if each.reference not in texts}
        return replace(whole, entries=entries, unresolved=tuple(unresolved.values()))

    def _sync(self) -> bool:
        """Tell whether what is missing is fetched over the internet link: the site, else the profiles, else yes."""
        site = self._job.site
        if site is None:
            return True
        stated = site.registry.sync if site.registry is not None else None
        if stated is None:
            stated = self._versions[0].declarations.settings.sync
        return stated is not False and site.internet != "none"

    def _reader(self) -> ConfigReader:
        source = self._wanted.source

        async def read(reference: str, descriptor: Descriptor) -> bytes:
            chunks = source.blob(Reference.parse(reference).name, descriptor)
            return b"".join([chunk async for chunk in chunks])

        return read

    async def _room(self, coverage: Coverage, mapping: Mapping) -> Room | None:
        site, newer = self._job.site, self._wanted.version(NEXT)
        if site is None or site.registry is None or newer is None or NEXT not in self._asked:
            return None
        from regplan.plan.check import build_plan
        from regplan.plan.prepared import Prepared
        from regplan.verbs.replanning import facts_of

        current = self._versions[0]
        facts, _ = facts_of(site, Prepared(current.declarations, current.inventory, newer.inventory), mapping, "")
        need = build_plan(facts).storage
        room = room_for(coverage, self._versions, need.required_bytes, need.claimed_bytes)
        return await self._with_told(room) if room.to_come_bytes else room

    async def _with_told(self, room: Room) -> Room:
        """Add what the target itself says of its room, as far as it does to this login."""
        from regplan.registry.inspection import Inspection

        try:
            found = await self._target.inspect(Inspection(self._project, self._job.kind))
        except RegistryError:
            return room
        project = found.project
        left = None
        if project is not None and project.quota_bytes is not None and project.used_bytes is not None:
            left = project.quota_bytes - project.used_bytes
        return replace(room, free_bytes=found.free_bytes, quota_left_bytes=left)


def _with_clashes(result: VerifyResult, clashing: Sequence[tuple[Reference, Reference]]) -> VerifyResult:
    """Count as wrong what cannot be right: of two images with one name at the target it has one."""
    wrong = tuple(sorted({*result.wrong, *(str(reference) for reference, _ in clashing)}))
    why = (f"{reference}: {other} has its name at the target, and is another image" for reference, other in clashing)
    checked = result.checked + len(clashing)
    return replace(result, wrong=wrong, details=tuple(sorted({*result.details, *why})), checked=checked)


def _narrowed(result: VerifyResult, coverage: Coverage) -> VerifyResult:
    """Keep what is about the versions that were asked for; what is provided is fetched by nobody."""
    provided = {image.reference for image in coverage.images if image.effect == "provided"}
    fallback = (name for name in narrowed(result.internet_fallback, coverage) if name not in provided)
    return replace(
        result,
        missing=narrowed(result.missing, coverage),
        wrong=narrowed(result.wrong, coverage),
        equivalent=narrowed(result.equivalent, coverage),
        unpinned=narrowed(result.unpinned, coverage),
        internet_fallback=tuple(fallback),
    )
