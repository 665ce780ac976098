"""One step, taken: a blob is brought or a manifest put, and what came of it is told as an event."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from regplan.errors import (
    ContentError,
    Denied,
    QuotaExceeded,
    RateLimited,
    RegistryError,
    RegplanError,
    Unauthorized,
    Unreachable,
)
from regplan.model.source import ChoosingSource
from regplan.model.verifying import Damage
from regplan.seed.limits import REQUEST_BYTES
from regplan.seed.mending import kept_sentence
from regplan.seed.passing import Passing
from regplan.seed.steps import CopyBlob, Event, Outcome, PutManifest
from regplan.seed.stream import check_blob, paced
from regplan.seed.tasks import each

if TYPE_CHECKING:
    from regplan.model.seed import ManifestPut, SeedPlan
    from regplan.model.source import ImageSource
    from regplan.oci.digest import Digest
    from regplan.seed.flow import Flow
    from regplan.seed.machine import Machine
    from regplan.seed.settings import Settings
    from regplan.seed.steps import Step
    from regplan.seed.targets import SeedTarget

__all__ = ["Taker"]

_NONE: Final = Damage()
_PATIENCE_S: Final = 90.0  # the retry policy's: who asks for more is not waited for
_FATAL: Final = (Unauthorized, QuotaExceeded)
_AT_ONCE: Final = 8
_FORGOTTEN: Final = frozenset({"BLOB_UPLOAD_INVALID", "BLOB_UPLOAD_UNKNOWN"})
_SENT_ON: Final = frozenset({307, 308})
_LACKING: Final = frozenset({"BLOB_UNKNOWN", "MANIFEST_BLOB_UNKNOWN", "MANIFEST_UNKNOWN", "NAME_UNKNOWN"})
# Zot says so of a manifest whose blobs are absent, and every registry of one that it will never take.
_UNCLEAR: Final = frozenset({"MANIFEST_INVALID"})


class Taker:
    """Takes the steps of one plan; `error` is the first that the target gave."""

    def __init__(
        self, plan: SeedPlan, source: ImageSource, target: SeedTarget, settings: Settings, damage: Damage = _NONE
    ) -> None:
        """Take nothing yet; what was harmed is read back after it was sent."""
        self.error: RegistryError | None = None
        self._plan, self._source, self._target, self._settings = plan, source, target, settings
        self._descriptors = {blob.descriptor.digest: blob.descriptor for blob in plan.blobs}
        self._harmed = frozenset(digest for _, digest in damage.wrong)
        self._has_begun = False

    async def take(self, step: Step, machine: Machine, flow: Flow) -> Event:
        """Take a step; every failure of ours is an event."""
        try:
            return await (
                self._copy(step, flow, machine) if isinstance(step, CopyBlob) else self._put(step, flow, machine)
            )
        except RegplanError as error:
            return await self._refused(step, error, machine)

    def needs(self, step: Step) -> int:
        """Tell how many bytes a step may move."""
        return self._descriptors[step.digest].size if isinstance(step, CopyBlob) else 0

    async def _copy(self, step: CopyBlob, flow: Flow, machine: Machine) -> Event:
        passing = Passing(self._source, step.source, self._descriptors[step.digest], flow)
        passing.is_new, passing.is_trial = machine.is_fresh or step.afresh, machine.is_trial(step)
        await flow.admit_whole(2 * REQUEST_BYTES)
        if step.afresh and (needless := await self._needless(step, flow, machine)) is not None:
            return needless
        try:
            is_sent = await self._target.copy_blob(step.repository, "" if step.afresh else step.mount_from, passing)
        except Exception as error:
            if passing.error is not None:
                return self._bad_source(step, passing.error, machine)
            if not passing.was_slow or not isinstance(error, RegistryError):
                raise
            # It is sent otherwise next time, so that this failure is worth more attempts than another.
            return replace(await self._refused(step, error, machine), most=3 * self._settings.attempts)
        finally:
            self._has_begun |= passing.is_begun
        if not is_sent:
            return Event(step, Outcome.PRESENT if step.mount_from == step.repository else Outcome.MOUNTED)
        flow.passed(passing.descriptor.size)
        flow.rests()
        flow.took()
        if step.digest in self._harmed and not await self._is_whole(step, flow):
            return _kept(step)
        return Event(step, Outcome.SENT, sent_bytes=passing.descriptor.size)

    def _bad_source(self, step: CopyBlob, error: RegplanError, machine: Machine) -> Event:
        """Tell what a source did wrong; where it will do no better, another one is asked if there is any."""
        reason = str(error) if str(step.digest) in str(error) else f"{step.source} {step.digest}: {error}"
        event = Event(step, Outcome.BAD_SOURCE, reason, isinstance(error, RegistryError) and error.retryable)
        if machine.is_again(event) or not isinstance(self._source, ChoosingSource):
            return event
        left = self._source.pass_over(step.source, step.digest)
        return replace(event, outcome=Outcome.ELSEWHERE, reason=f"{reason}; asking {left} for it") if left else event

    async def _needless(self, step: CopyBlob, flow: Flow, machine: Machine) -> Event | None:
        """Tell why a harmed blob is not worth sending: in vain by what was seen since, or whole again with another's."""
        if machine.is_kept(step.digest):
            return _kept(step)
        if step.mount_from != step.repository and await self._is_whole(step, flow):
            return Event(step, Outcome.PRESENT)
        return None

    async def _is_whole(self, step: CopyBlob, flow: Flow) -> bool:
        """Read a blob that was harmed back from the target, its last byte first: what that says of it proves nothing."""
        wanted, repository = self._descriptors[step.digest], step.repository
        try:
            length = await self._target.blob_length(repository, wanted)
            if length is None or length.size_bytes != wanted.size:
                return False
            chunks = self._target.read_blob(repository, wanted)
            await check_blob(paced(chunks, flow.admit_whole), wanted, f"{self._target.name}: {repository}")
        except (ContentError, RegistryError):
            # A file that was cut breaks the connection; whether the target answers at all is another question.
            try:
                await self._target.blob_size(repository, step.digest)
            except Unreachable:
                raise
            except RegistryError:
                pass
            return False
        return True

    async def _put(self, step: PutManifest, flow: Flow, machine: Machine) -> Event:
        put = self._plan.manifests[step.place]
        await flow.admit_whole(REQUEST_BYTES + len(put.raw))
        if (step.attempt or machine.is_doubted(step.place)) and not await self._stands(put):
            return Event(step, Outcome.FAILED, kept_sentence((put.repository,), put.digest, is_manifest=True))
        await self._target.put_manifest(put.repository, step.reference, put.media_type, put.raw)
        return Event(step, Outcome.PUT)

    async def _stands(self, put: ManifestPut) -> bool:
        """Put a manifest whose put was begun before under its digest, and read it back before any tag names it.

        distribution 2.8 keeps what a full disk, or its own end, has left of it, and says 201 all the same.
        """
        await self._target.put_manifest(put.repository, str(put.digest), put.media_type, put.raw)
        try:
            content = await self._target.fetch_manifest(put.repository, str(put.digest))
        except ContentError:
            return False
        except RegistryError as error:
            if error.status != 500:
                raise
            return False
        return content is not None and content.data == put.raw

    async def _refused(self, step: Step, error: RegplanError, machine: Machine) -> Event:
        """Tell what a target's error means: for this step, or for all that is left."""
        if not isinstance(error, RegistryError):
            # Other bytes than ours, or the answer to another request: sent again, they may be right.
            return Event(step, Outcome.FAILED, str(error), isinstance(error, ContentError))
        if isinstance(error, RateLimited) and error.retry_after_s:
            if error.retry_after_s > _PATIENCE_S:
                self.error = self.error or error
                return Event(step, Outcome.FATAL, self._sentence(step, error))
            await self._settings.sleep(error.retry_after_s)
        if isinstance(step, PutManifest) and _may_lack_content(error):
            try:
                lacking = frozenset() if _says_lacking(error) else await self._lacking(step.place, machine)
            except RegistryError as other:
                error = other
            else:
                if lacking or _says_lacking(error):
                    return Event(step, Outcome.INCOMPLETE, self._sentence(step, error), lacking=lacking)
        self.error = self.error or error
        outcome = _verdict(error, has_written=_has_written(machine))
        # The body of an upload that is sent on within the registry has been read: it begins again, at the first address.
        is_worth = error.retryable or (isinstance(step, CopyBlob) and error.status in _SENT_ON)
        return Event(step, outcome, self._sentence(step, error), is_worth, most=self._most(error, machine))

    def _most(self, error: RegistryError, machine: Machine) -> int | None:
        """Tell how often a step is worth taking: what its request was sent again for is not multiplied by the step's own.

        A registry that has let an upload begin is waited for: it may be starting again, and has then forgotten its uploads.
        """
        is_back = any(info.code in _FORGOTTEN for info in error.errors)
        if is_back or (isinstance(error, Unreachable) and (self._has_begun or _has_written(machine))):
            return 3 * self._settings.attempts
        if any(info.code == "DIGEST_INVALID" for info in error.errors):
            return 2
        # Of an upload that is forgotten the same request is sent in vain however often; the step begins another upload.
        return 1 if error.tried > 1 and not is_back else None

    async def _lacking(self, place: int, machine: Machine) -> frozenset[Digest]:
        """Ask which of a manifest's blobs and children are absent, where the target has not told so before."""
        put, lacking = self._plan.manifests[place], set()

        async def ask(digest: Digest) -> None:
            if digest in self._descriptors:
                found = await self._target.blob_size(put.repository, digest) is not None
            else:
                found = await self._target.look(put.repository, str(digest)) is not None
            if not found:
                lacking.add(digest)

        await each(ask, machine.doubtful(place), _AT_ONCE)
        return frozenset(lacking)

    def _sentence(self, step: Step, error: RegistryError) -> str:
        if isinstance(step, CopyBlob):
            return f"{step.repository} {step.digest}: {error}"
        mark = "@" if ":" in step.reference else ":"
        return f"{self._plan.manifests[step.place].repository}{mark}{step.reference}: {error}"


def _kept(step: CopyBlob) -> Event:
    return Event(step, Outcome.KEPT, kept_sentence((step.repository,), step.digest))


def _has_written(machine: Machine) -> bool:
    done = machine.done
    return done.uploaded_blobs + done.mounted + done.manifests > 0


def _verdict(error: RegistryError, *, has_written: bool) -> Outcome:
    if isinstance(error, Unreachable):
        return Outcome.GONE
    ends_all = isinstance(error, _FATAL) or (isinstance(error, Denied) and not has_written)
    return Outcome.FATAL if ends_all else Outcome.FAILED


def _says_lacking(error: RegistryError) -> bool:
    """Tell whether a refusal of a manifest says that something it names is absent."""
    return error.status in {400, 404} and any(info.code in _LACKING for info in error.errors)


def _may_lack_content(error: RegistryError) -> bool:
    """Tell whether a refusal of a manifest says so, or may mean it."""
    codes = {info.code for info in error.errors} - {""}
    return error.status in {400, 404} and (not codes or bool(codes & (_LACKING | _UNCLEAR)))
