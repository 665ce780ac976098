"""What stands at a target, held against what should: by tags, by blobs, or byte by byte."""

from __future__ import annotations

import logging
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from regplan.errors import (
    ContentError,
    Denied,
    DigestMismatch,
    InputError,
    InvalidManifest,
    NotFound,
    RateLimited,
    RegistryError,
    Unauthorized,
    Unreachable,
)
from regplan.model.progress import Progress
from regplan.model.seed import BlobCopy
from regplan.model.verifying import VerifyResult
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.mediatype import is_foreign
from regplan.plan.seeding import looks
from regplan.seed.notes import Notes, State, names_of, place_of
from regplan.seed.sameness import find_same
from regplan.seed.stream import check_blob, paced
from regplan.seed.tasks import each
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from regplan.model.progress import Report
    from regplan.model.seed import ManifestPut, SeedPlan
    from regplan.model.source import Content
    from regplan.model.verifying import Damage
    from regplan.oci.descriptor import Descriptor
    from regplan.oci.digest import Digest
    from regplan.plan.seeding import Look
    from regplan.seed.sameness import ConfigReader
    from regplan.seed.targets import SeedTarget

T = TypeVar("T")

__all__ = ["LEVELS", "Unpinned", "VerifyOptions", "find_damage", "verify"]

LEVELS: Final = ("tags", "blobs", "deep")
_log = logging.getLogger(__name__)
_ASKED_AT_ONCE: Final = 16
_READ_AT_ONCE: Final = 4
_BROKEN: Final = 500
_ABOUT_TARGET: Final = (Unauthorized, Denied, RateLimited)


@dataclass(frozen=True, slots=True)
class Unpinned:
    """A tag of which no digest is expected: that it is there, and whole, is all that can be told."""

    reference: str
    repository: str
    tag: str


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What more there is to look for, and whether the site fetches missing content from the internet (content sync).

    `read_config` reads a config of ours, where one that is written otherwise has to be held against it. `pace` is waited
    for before the bytes that it is told of are read on; `report` hears how far it has come.
    """

    unpinned: tuple[Unpinned, ...] = ()
    sync: bool = True
    read_config: ConfigReader | None = None
    pace: Callable[[int], Awaitable[None]] | None = None
    report: Report | None = None


async def verify(
    plan: SeedPlan, target: SeedTarget, level: str = "tags", options: VerifyOptions | None = None
) -> VerifyResult:
    """Hold what `target` has against `plan`; raises the target's `RegistryError` where it does not answer.

    "tags" asks for each tag's digest (or for a digest that has no tag); "blobs" also for every index's children and for
    the last byte of every blob in every repository that needs it; "deep" also reads every manifest and, once each, every
    blob, and hashes them. What cannot be read whole from a target that still answers is wrong, and the others are read on.
    """
    if level not in LEVELS:
        raise InputError(f"{level!r} is not a level of verification; use {', '.join(LEVELS)}")
    told = options or VerifyOptions()
    check = _Check(plan, target, told)
    await check.all("tags", check.tag, looks(plan.manifests))
    await check.all("tags without a digest", check.unpinned, told.unpinned)
    check.excuse()
    if level != "tags":
        await check.all("indexes", check.child, plan.manifests)
        await check.all("blobs", check.places, check.blobs())
    if level == "deep":
        await check.all("manifests", check.manifest, plan.manifests)
        await check.read(check.blobs())
    return check.result(level)


async def find_damage(
    plan: SeedPlan, target: SeedTarget, level: str, standing: Collection[tuple[str, Digest]], options: VerifyOptions
) -> Damage:
    """Tell what `target` holds wrongly or not at all of `plan`, at level "blobs" or "deep", tags left out.

    Every blob is asked for in every repository; manifests and the images of indexes only where they are `standing`.
    """
    check = _Check(plan, target, options)
    puts = tuple(put for put in plan.manifests if (put.repository, put.digest) in standing)
    await check.all("indexes", check.child, puts)
    await check.all("blobs", check.places, plan.blobs)
    if level == "deep":
        await check.all("manifests", check.manifest, puts)
        await check.read([blob for blob in plan.blobs if not check.is_absent(blob)])
    return check.damage


@dataclass(slots=True)
class _Own:
    """A blob that the target has instead of ours, and the images (with the names) that it has it for."""

    descriptor: Descriptor
    users: list[tuple[ManifestPut, tuple[str, ...]]] = field(default_factory=list)


class _Check:
    """One call of `verify`."""

    def __init__(self, plan: SeedPlan, target: SeedTarget, options: VerifyOptions) -> None:
        self._plan, self._target, self._options = plan, target, options
        self._notes = Notes()
        self._puts = {(put.repository, put.digest): put for put in plan.manifests}
        self._users: dict[tuple[str, Digest], list[ManifestPut]] = {}
        self._own: dict[tuple[str, Digest], _Own] = {}
        self._excused: set[tuple[str, Digest]] = set()
        self._unproven: set[Digest] = set()
        self._digests: dict[str, Digest] = {}
        self._read_bytes = self._read_of = 0
        for put in plan.manifests:
            for digest in put.blobs:
                self._users.setdefault((put.repository, digest), []).append(put)

    async def all(self, what: str, do: Callable[[T], Awaitable[None]], items: Sequence[T]) -> None:
        """Do one kind of look for all, many at once, and tell how far it has come."""
        done = 0

        async def one(item: T) -> None:
            nonlocal done
            await do(item)
            done += 1
            self._tell(done, len(items), what)

        await each(one, items, _ASKED_AT_ONCE)

    async def read(self, blobs: Sequence[BlobCopy]) -> None:
        """Read every blob once, largest first, a few at a time."""
        self._read_of = sum(blob.descriptor.size for blob in blobs)
        await each(self.blob, sorted(blobs, key=lambda blob: -blob.descriptor.size), _READ_AT_ONCE)

    def excuse(self) -> None:
        """Note the images that the target holds in another form under each of their names."""
        equivalent = frozenset(self._notes.of(State.EQUIVALENT))
        self._excused |= {key for key, put in self._puts.items() if equivalent.issuperset(names_of(put))}

    def blobs(self) -> tuple[BlobCopy, ...]:
        """List the blobs that must be there: the plan's, and those of images that stand there in another form."""
        wanted: dict[Digest, tuple[Descriptor, dict[str, None]]] = {}
        for blob in self._plan.blobs:
            digest = blob.descriptor.digest
            for repository in blob.repositories:
                if not all(map(self._is_excused, self._users[repository, digest])):
                    wanted.setdefault(digest, (blob.descriptor, {}))[1][repository] = None
        for (repository, digest), own in self._own.items():
            wanted.setdefault(digest, (own.descriptor, {}))[1][repository] = None
        return tuple(BlobCopy(descriptor, tuple(places), ()) for descriptor, places in wanted.values())

    @property
    def damage(self) -> Damage:
        """What has to be brought again, as far as it was looked at."""
        return self._notes.damage()

    def is_absent(self, blob: BlobCopy) -> bool:
        """Tell whether no repository has a blob."""
        digest = blob.descriptor.digest
        return all(self._notes.blobs.get((place, digest)) is State.MISSING for place in blob.repositories)

    def result(self, level: str) -> VerifyResult:
        """Sum up what was found."""
        missing, wrong = self._notes.of(State.MISSING), self._notes.of(State.WRONG)
        unpinned = (entry.reference for entry in self._options.unpinned)
        return VerifyResult(
            target=self._plan.target,
            checked=len(looks(self._plan.manifests)) + len(self._options.unpinned),
            missing=missing,
            wrong=wrong,
            equivalent=self._notes.of(State.EQUIVALENT),
            unpinned=tuple(sorted(name for name in unpinned if name not in {*missing, *wrong})),
            internet_fallback=missing if self._options.sync else (),
            details=tuple(sorted(self._notes.details)),
            level=level,
            damage=self.damage,
            unproven=len(self._unproven),
            read_bytes=self._read_bytes,
            digests=tuple(sorted(self._digests.items())),
        )

    async def tag(self, look: Look) -> None:
        """Ask which digest a tag has, and where it is another one, whether it is the same image."""
        put = self._puts[look.repository, look.digest]
        names, where = names_of(put, look.reference), place_of(look.repository, look.reference)
        try:
            found = await self._target.look(look.repository, look.reference)
        except (RegistryError, ContentError, InvalidManifest) as error:
            await self._reraise_if_gone(error, put.repository, put.digest)
            self._blame_manifest(put, names, State.WRONG, f"{where} cannot be read: {error}")
            return
        if found is None:
            self._blame_manifest(put, names, State.MISSING, f"{where} is not there")
            return
        self._digests |= dict.fromkeys(names, found)
        if found != look.digest:
            same = await find_same(put, look.reference, self._target, self._options.read_config)
            if same is None:
                self._blame_manifest(put, names, State.WRONG, f"{where} is {found}, and not {look.digest}")
                return
            self._notes.note(
                names, State.EQUIVALENT, f"{where} is {found}, the same image as {look.digest}: {same.why}"
            )
            for blob in same.blobs:
                self._own.setdefault((put.repository, blob.digest), _Own(blob)).users.append((put, names))

    async def unpinned(self, entry: Unpinned) -> None:
        """See that a tag is there and that the blobs of its manifest are."""
        where, names = place_of(entry.repository, entry.tag), (entry.reference,)
        try:
            content = await self._target.fetch_manifest(entry.repository, entry.tag)
            if content is not None:
                self._digests[entry.reference] = content.digest
            lacking = "its manifest" if content is None else await self._lacking(entry.repository, content)
        except (ContentError, InvalidManifest) as error:
            self._notes.note(names, State.WRONG, f"{where}: {error}")
            return
        except RegistryError as error:
            if error.status != _BROKEN:
                raise
            self._notes.note(names, State.WRONG, f"{where} cannot be read: {error}")
            return
        if lacking:
            self._notes.note(names, State.MISSING, f"{where} lacks {lacking}")

    async def child(self, put: ManifestPut) -> None:
        """Ask for an index's children, which no tag answers for at this level."""
        for digest in () if self._is_excused(put) else put.children:
            where, state = place_of(put.repository, str(digest)), State.MISSING
            try:
                if await self._target.look(put.repository, str(digest)) is not None:
                    continue
                why = f"{where} is not there"
            except (RegistryError, ContentError, InvalidManifest) as error:
                await self._reraise_if_gone(error, put.repository, digest)
                why, state = f"{where} cannot be read: {error}", State.WRONG
            self._notes.manifests.add((put.repository, digest))
            self._blame_manifest(put, names_of(put), state, why)

    async def places(self, blob: BlobCopy) -> None:
        """Ask how long a blob is in every repository that needs it."""
        wanted = blob.descriptor
        for repository in blob.repositories:
            try:
                length = await self._target.blob_length(repository, wanted)
            except RegistryError as error:
                await self._reraise_if_gone(error, repository, wanted.digest)
                self._blame(repository, wanted.digest, State.WRONG, f"cannot be read: {error}")
                continue
            if length is None:
                self._blame(repository, wanted.digest, State.MISSING, "is not there")
            elif length.size_bytes is None:
                await self._reraise_if_gone(None, repository, wanted.digest)
                self._blame(repository, wanted.digest, State.WRONG, await self._broken(repository, wanted))
            elif length.size_bytes != wanted.size:
                self._blame(
                    repository, wanted.digest, State.WRONG, f"has {length.size_bytes} bytes and not {wanted.size}"
                )
            elif not length.is_proven:
                self._unproven.add(wanted.digest)

    async def _broken(self, repository: str, wanted: Descriptor) -> str:
        """Tell a blob that was cut off from one of which nothing is left, which may be a file that is gone."""
        first = await self._target.blob_length(repository, replace(wanted, size=1))
        if first is None or first.size_bytes is None:
            self._notes.blank.add((repository, wanted.digest))
            return f"is said to have {wanted.size} bytes, and not one comes: its file is empty or gone"
        return f"breaks off before byte {wanted.size}"

    async def manifest(self, put: ManifestPut) -> None:
        """Read a manifest and hash it."""
        where = place_of(put.repository, str(put.digest))
        if self._is_excused(put):
            return
        try:
            content = await self._target.fetch_manifest(put.repository, str(put.digest))
        except (ContentError, InvalidManifest) as error:
            self._blame_manifest(put, names_of(put), State.WRONG, f"{where}: {error}")
            return
        except RegistryError as error:
            await self._reraise_if_gone(error, put.repository, put.digest)
            self._blame_manifest(put, names_of(put), State.WRONG, f"{where} cannot be read: {error}")
            return
        if content is None:
            self._blame_manifest(put, names_of(put), State.MISSING, f"{where} is not there")

    async def blob(self, blob: BlobCopy) -> None:
        """Read a blob and hash it, once: repositories of one registry share it."""
        wanted = blob.descriptor
        known = self._notes.blobs
        places = [place for place in blob.repositories if known.get((place, wanted.digest)) is not State.MISSING]
        repository = (places or blob.repositories)[0]
        where = f"{self._target.name}: {repository}"
        try:
            await check_blob(paced(self._target.read_blob(repository, wanted), self._passed), wanted, where)
        except NotFound:
            self._blame(repository, wanted.digest, State.MISSING, "is not there")
        except (ContentError, RegistryError) as error:
            if isinstance(error, RegistryError):
                await self._reraise_if_gone(error, repository, wanted.digest)
            for place in places or blob.repositories:
                if isinstance(error, DigestMismatch) and (place, wanted.digest) not in known:
                    self._notes.flipped.add((place, wanted.digest))
                self._blame(place, wanted.digest, State.WRONG, str(error))

    async def _passed(self, size_bytes: int) -> None:
        """Wait until so many bytes may be read, and tell that they are."""
        if self._options.pace is not None:
            await self._options.pace(size_bytes)
        self._read_bytes += size_bytes
        self._tell(self._read_bytes, self._read_of, "bytes")

    async def _reraise_if_gone(self, error: Exception | None, repository: str, digest: Digest) -> None:
        """Raise what a read met where it is about the target: this login, its patience, or that nothing answers."""
        if isinstance(error, _ABOUT_TARGET):
            raise error
        try:
            await self._target.blob_size(repository, digest)
        except Unreachable:
            raise
        except RegistryError:
            _log.debug("%s answers, if with an error, after: %s", self._target.name, error)

    def _blame(self, repository: str, digest: Digest, state: State, why: str) -> None:
        where = place_of(repository, str(digest))
        blamed = [put for put in self._users.get((repository, digest), ()) if not self._is_excused(put)]
        for put in blamed:
            self._notes.note(names_of(put), state, f"{where} {why}")
        own = self._own.get((repository, digest))
        for put, names in own.users if own is not None else ():
            self._blame_manifest(put, names, state, f"{where} {why}")
        if blamed:
            self._notes.blobs[repository, digest] = max(state, self._notes.blobs.get((repository, digest), state))

    def _blame_manifest(self, put: ManifestPut, names: tuple[str, ...], state: State, why: str) -> None:
        self._notes.note(names, state, why)
        self._notes.manifests.add((put.repository, put.digest))

    def _is_excused(self, put: ManifestPut) -> bool:
        """Tell whether the target holds this image in another form, whose blobs are its own affair."""
        return (put.repository, put.digest) in self._excused

    async def _lacking(self, repository: str, content: Content) -> str:
        document = parse_manifest(content.data, content.media_type)
        if isinstance(document, Index):
            for child in document.manifests:
                if await self._target.look(repository, str(child.digest)) is None:
                    return str(child.digest)
            return ""
        for blob in (document.config, *(layer for layer in document.layers if not is_foreign(layer.media_type))):
            length = await self._target.blob_length(repository, blob)
            if length is None or length.size_bytes != blob.size:
                return str(blob.digest)
        return ""

    def _tell(self, done: int, total: int, unit: str) -> None:
        if self._options.report is not None:
            self._options.report(Progress(done, total, unit, self._target.name))
