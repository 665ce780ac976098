"""What stands at a target, held against what should: by tags, by blobs, or byte by byte."""

from __future__ import annotations

import logging
from dataclasses import field
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from regplan.errors import (
    ContentError,
    Denied,
    InputError,
    InvalidManifest,
    NotFound,
    RateLimited,
    RegistryError,
    Unauthorized,
    Unreachable,
)
from regplan.model.seed import VerifyResult
from regplan.oci.manifest import Index, parse_manifest
from regplan.oci.mediatype import is_foreign
from regplan.plan.seeding import looks
from regplan.seed.stream import check_blob
from regplan.seed.tasks import each
from regplan.values import dataclass

if TYPE_CHECKING:
    from regplan.model.seed import BlobCopy, ManifestPut, SeedPlan
    from regplan.model.source import Content
    from regplan.oci.digest import Digest
    from regplan.plan.seeding import Look
    from regplan.seed.targets import SeedTarget

__all__ = ["LEVELS", "Unpinned", "VerifyOptions", "verify"]

LEVELS: Final = ("tags", "blobs", "deep")
_log = logging.getLogger(__name__)
_AT_ONCE: Final = 8
_ABOUT_TARGET: Final = (Unauthorized, Denied, RateLimited)


@dataclass(frozen=True, slots=True)
class Unpinned:
    """A tag of which no digest is expected: that it is there, and whole, is all that can be told."""

    reference: str
    repository: str
    tag: str


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What more there is to look for, and whether the site fetches missing content from the internet (content sync)."""

    unpinned: tuple[Unpinned, ...] = ()
    sync: bool = True


class _State(IntEnum):
    EQUIVALENT = 1
    WRONG = 2
    MISSING = 3


@dataclass(slots=True)
class _Notes:
    """What was found of each reference: the worst counts."""

    states: dict[str, _State] = field(default_factory=dict)
    details: dict[str, None] = field(default_factory=dict)

    def note(self, names: tuple[str, ...], state: _State, why: str) -> None:
        for name in names:
            self.states[name] = max(state, self.states.get(name, state))
            self.details[f"{name}: {why}"] = None

    def of(self, state: _State) -> tuple[str, ...]:
        return tuple(sorted(name for name, found in self.states.items() if found is state))


async def verify(
    plan: SeedPlan, target: SeedTarget, level: str = "tags", options: VerifyOptions | None = None
) -> VerifyResult:
    """Hold what `target` has against `plan`; raises the target's `RegistryError` where it does not answer.

    "tags" asks for each tag's digest (or for a digest that has no tag); "blobs" also for every index's children and
    every blob in every repository that needs it; "deep" also reads every manifest and, once each, every blob, and
    hashes them. What cannot be read whole from a target that still answers is wrong, and the others are read on.
    """
    if level not in LEVELS:
        raise InputError(f"{level!r} is not a level of verification; use {', '.join(LEVELS)}")
    told, check = options or VerifyOptions(), _Check(plan, target)
    await each(check.tag, looks(plan.manifests), _AT_ONCE)
    await each(check.unpinned, told.unpinned, _AT_ONCE)
    if level != "tags":
        await each(check.child, plan.manifests, _AT_ONCE)
        await each(check.places, plan.blobs, _AT_ONCE)
    if level == "deep":
        await each(check.manifest, plan.manifests, _AT_ONCE)
        await each(check.blob, plan.blobs, _AT_ONCE)
    return check.result(told)


class _Check:
    """One call of `verify`."""

    def __init__(self, plan: SeedPlan, target: SeedTarget) -> None:
        self._plan, self._target, self._notes = plan, target, _Notes()
        self._puts = {(put.repository, put.digest): put for put in plan.manifests}
        self._users: dict[tuple[str, Digest], list[ManifestPut]] = {}
        for put in plan.manifests:
            for digest in put.blobs:
                self._users.setdefault((put.repository, digest), []).append(put)

    def result(self, options: VerifyOptions) -> VerifyResult:
        """Sum up what was found."""
        missing = self._notes.of(_State.MISSING)
        return VerifyResult(
            target=self._plan.target,
            checked=len(looks(self._plan.manifests)) + len(options.unpinned),
            missing=missing,
            wrong=self._notes.of(_State.WRONG),
            equivalent=self._notes.of(_State.EQUIVALENT),
            unpinned=tuple(sorted(entry.reference for entry in options.unpinned if entry.reference not in missing)),
            internet_fallback=missing if options.sync else (),
            details=tuple(sorted(self._notes.details)),
        )

    async def tag(self, look: Look) -> None:
        """Ask which digest a tag has, and where it is another one, whether it is the same image."""
        put = self._puts[look.repository, look.digest]
        names = _names(put, look.reference)
        found = await self._target.look(look.repository, look.reference)
        if found is None:
            self._notes.note(names, _State.MISSING, f"{_place(look.repository, look.reference)} is not there")
        elif found != look.digest:
            is_same = await self._is_same(put, look.reference)
            state, word = (_State.EQUIVALENT, "the same image as") if is_same else (_State.WRONG, "and not")
            why = f"{_place(look.repository, look.reference)} is {found}, {word} {look.digest}"
            self._notes.note(names, state, why)

    async def unpinned(self, entry: Unpinned) -> None:
        """See that a tag is there and that the blobs of its manifest are."""
        where, names = _place(entry.repository, entry.tag), (entry.reference,)
        try:
            content = await self._target.fetch_manifest(entry.repository, entry.tag)
            lacking = "its manifest" if content is None else await self._lacking(entry.repository, content)
        except (ContentError, InvalidManifest) as error:
            self._notes.note(names, _State.WRONG, f"{where}: {error}")
            return
        if lacking:
            self._notes.note(names, _State.MISSING, f"{where} lacks {lacking}")

    async def child(self, put: ManifestPut) -> None:
        """Ask for an index's children, which no tag answers for at this level."""
        for digest in put.children:
            if await self._target.look(put.repository, str(digest)) is None:
                self._notes.note(_names(put), _State.MISSING, f"{_place(put.repository, str(digest))} is not there")

    async def places(self, blob: BlobCopy) -> None:
        """Ask for a blob in every repository that needs it."""
        wanted = blob.descriptor
        for repository in blob.repositories:
            size = await self._target.blob_size(repository, wanted.digest)
            if size is None:
                self._blame(repository, wanted.digest, _State.MISSING, "is not there")
            elif size != wanted.size:
                self._blame(repository, wanted.digest, _State.WRONG, f"has {size} bytes and not {wanted.size}")

    async def manifest(self, put: ManifestPut) -> None:
        """Read a manifest and hash it."""
        where = _place(put.repository, str(put.digest))
        try:
            content = await self._target.fetch_manifest(put.repository, str(put.digest))
        except (ContentError, InvalidManifest) as error:
            self._notes.note(_names(put), _State.WRONG, f"{where}: {error}")
            return
        except RegistryError as error:
            await self._reraise_if_gone(error, put.repository, put.digest)
            self._notes.note(_names(put), _State.WRONG, f"{where} cannot be read: {error}")
            return
        if content is None and not self._is_excused(put):
            self._notes.note(_names(put), _State.MISSING, f"{where} is not there")

    async def blob(self, blob: BlobCopy) -> None:
        """Read a blob and hash it, once: repositories of one registry share it."""
        repository, wanted = blob.repositories[0], blob.descriptor
        where = f"{self._target.name}: {repository}"
        try:
            await check_blob(self._target.read_blob(repository, wanted), wanted, where)
        except NotFound:
            self._blame(repository, wanted.digest, _State.MISSING, "is not there")
        except (ContentError, RegistryError) as error:
            if isinstance(error, RegistryError):
                await self._reraise_if_gone(error, repository, wanted.digest)
            for place in blob.repositories:
                self._blame(place, wanted.digest, _State.WRONG, str(error))

    async def _reraise_if_gone(self, error: RegistryError, repository: str, digest: Digest) -> None:
        """Raise what a read met where it is about the target: this login, its patience, or that nothing answers."""
        if isinstance(error, _ABOUT_TARGET):
            raise error
        try:
            await self._target.blob_size(repository, digest)
        except Unreachable:
            raise
        except RegistryError:
            _log.debug("%s answers, if with an error, after: %s", self._target.name, error)

    def _blame(self, repository: str, digest: Digest, state: _State, why: str) -> None:
        for put in self._users[repository, digest]:
            if not self._is_excused(put):
                self._notes.note(_names(put), state, f"{_place(repository, str(digest))} {why}")

    def _is_excused(self, put: ManifestPut) -> bool:
        """Tell whether the target holds this image in another form, whose blobs are its own affair."""
        return all(self._notes.states.get(name) is _State.EQUIVALENT for name in _names(put))

    async def _is_same(self, put: ManifestPut, reference: str) -> bool:
        """Tell whether the target's manifest is an index that holds ours, or ours in the other dialect."""
        try:
            content = await self._target.fetch_manifest(put.repository, reference)
            theirs = None if content is None else parse_manifest(content.data, content.media_type)
        except (ContentError, InvalidManifest):
            return False
        if isinstance(theirs, Index):
            is_in = any(child.digest == put.digest for child in theirs.manifests)
            return is_in and await self._target.look(put.repository, str(put.digest)) is not None
        return theirs is not None and theirs.config.digest in put.blobs

    async def _lacking(self, repository: str, content: Content) -> str:
        document = parse_manifest(content.data, content.media_type)
        if isinstance(document, Index):
            for child in document.manifests:
                if await self._target.look(repository, str(child.digest)) is None:
                    return str(child.digest)
            return ""
        for blob in (document.config, *(layer for layer in document.layers if not is_foreign(layer.media_type))):
            if await self._target.blob_size(repository, blob.digest) is None:
                return str(blob.digest)
        return ""


def _names(put: ManifestPut, reference: str = "") -> tuple[str, ...]:
    """Tell which of a manifest's references a tag stands for; without one, all of them, or its place at the target."""
    marked = f":{reference}"
    chosen = tuple(name for name in put.references if name.partition("@")[0].endswith(marked))
    return chosen or put.references or (_place(put.repository, reference or str(put.digest)),)


def _place(repository: str, reference: str) -> str:
    return f"{repository}{'@' if ':' in reference else ':'}{reference}"
