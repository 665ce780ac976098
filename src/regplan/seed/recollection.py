"""What a journal says, held against what the target answers: it is borne out, or refuted by the first other answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from regplan.errors import QuotaExceeded, RegistryError, RegplanError
from regplan.model.preflight import NameFound
from regplan.seed.beliefs import Beliefs, blob_questions, manifest_questions
from regplan.seed.machine import Known
from regplan.seed.mending import blob_file
from regplan.seed.tasks import each
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from regplan.model.seed import SeedPlan
    from regplan.oci.digest import Digest
    from regplan.plan.seeding import Look
    from regplan.seed.beliefs import Question
    from regplan.seed.targets import SeedTarget

__all__ = ["Asking", "Hint", "Recalled", "recollect"]

_AT_ONCE: Final = 8
_FIRST: Final = 2
_BROKEN: Final = 500
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Hint:
    """What a journal says; `refuted`, called once the target has answered, tells why that is of another one, or ""."""

    beliefs: Beliefs
    refuted: Callable[[], str] = lambda: ""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is known because a journal was borne out; None where it tells nothing of the plan, or was `refuted`."""

    known: Known | None
    refuted: str = ""


class Asking:
    """Questions to a target, each asked once; `questions` counts them.

    `places` are the repositories that turned out to hold a blob, and `harmed` the blobs of which only a part is left.
    `broken` are (repository, tag or digest) on which the target fails: putting them anew may mend them, or not.
    """

    def __init__(self, target: SeedTarget) -> None:
        """Ask nothing yet."""
        self.questions = 0
        self.places: dict[Digest, tuple[str, ...]] = {}
        self.harmed: dict[Digest, str] = {}
        self.broken: set[tuple[str, str]] = set()
        self._target = target
        self._answers: dict[tuple[str, str], Digest | None] = {}
        self._moved: set[tuple[str, str]] = set()

    @property
    def moved(self) -> frozenset[tuple[str, str]]:
        """Each (repository, tag) that names something else than what was asked for."""
        return frozenset(self._moved)

    @property
    def asked(self) -> frozenset[tuple[str, str]]:
        """Each (repository, tag or digest) that was asked for."""
        return frozenset(self._answers)

    async def look(self, look: Look) -> Digest | None:
        """Ask which digest a tag or digest has."""
        key = (look.repository, look.reference)
        if key not in self._answers:
            self.questions += 1
            self._note(look, await self._unless_broken(self._target.look(*key), key))
        return self._answers[key]

    async def find(self, look: Look) -> NameFound:
        """Ask which digest a name has, and hear where it has none whether anything was begun in its repository."""
        key = (look.repository, look.reference)
        self.questions += 1
        found = await self._unless_broken(self._target.find_name(*key), key) or NameFound()
        self._note(look, found.digest)
        return found

    def _note(self, look: Look, found: Digest | None) -> None:
        key = (look.repository, look.reference)
        self._answers[key] = found
        if found not in {None, look.digest}:
            self._moved.add(key)

    async def right_of(self, asked: Iterable[Look]) -> frozenset[tuple[str, str]]:
        """Ask several at once, and tell which name the right manifest."""
        right: set[tuple[str, str]] = set()

        async def ask(look: Look) -> None:
            if await self.look(look) == look.digest:
                right.add((look.repository, look.reference))

        await each(ask, asked, _AT_ONCE)
        return frozenset(right)

    async def is_held(self, question: Question, *, gently: bool = False) -> bool:
        """Ask whether a repository holds a blob, in its whole length; `gently` by its last byte.

        Zot answers a HEAD by linking the blob into the repository from wherever it has it, and so writes.
        """
        self.questions += 1
        digest, wanted = question.descriptor.digest, question.descriptor.size
        key = (question.repository, str(digest))
        asked = self._length(question) if gently else self._target.blob_size(question.repository, digest)
        size = await self._unless_broken(asked, key)
        if size == wanted:
            self.places[digest] = (*self.places.get(digest, ()), question.repository)
        elif size is not None:
            self.harmed[digest] = (
                f"{question.repository}@{digest}: the registry has {size} of its {wanted} bytes left, and takes it for "
                f"whole: remove its file there ({blob_file(digest)} below the root directory of a distribution or Harbor), "
                "or let garbage collection do it, and seed again with --check blobs"
            )
        return size == wanted

    async def _length(self, question: Question) -> int | None:
        found = await self._target.blob_length(question.repository, question.descriptor)
        return None if found is None else found.size_bytes

    async def _unless_broken(self, asked: Awaitable[_Answer | None], key: tuple[str, str]) -> _Answer | None:
        """Take what a registry fails on for absent: a disk that was full leaves such names, and writing them anew mends them.

        One that fails on everything fails on the first thing that is written, too.
        """
        try:
            return await asked
        except RegistryError as error:
            if error.status != _BROKEN or isinstance(error, QuotaExceeded):
                raise
            self.broken.add(key)
            return None


class _RefutedError(RegplanError):
    """The target answers other than the journal says."""


async def recollect(plan: SeedPlan, asking: Asking, hint: Hint) -> Recalled:
    """Ask for what a journal leaves in doubt, and tell what is known then.

    The first answers tell whether this is the registry that the journal is of: there is nothing else that could, where
    all sites use one address.
    """
    if not hint.beliefs.tells_of(plan):
        return Recalled(None)
    try:
        return Recalled(await _ask(plan, asking, hint))
    except _RefutedError as error:
        return Recalled(None, str(error))


async def _ask(plan: SeedPlan, asking: Asking, hint: Hint) -> Known:
    right: set[tuple[str, str]] = set()

    async def ask_name(question: tuple[Look, bool]) -> None:
        look, is_told = question
        found = await asking.look(look)
        if found == look.digest:
            right.add((look.repository, look.reference))
        elif is_told:
            mark = "@" if ":" in look.reference else ":"
            stands = "is not there" if found is None else f"is {found}"
            raise _RefutedError(f"{look.repository}{mark}{look.reference} {stands}")
        _check(hint)

    async def ask_blob(question: Question) -> None:
        if not await asking.is_held(question) and question.is_told:
            raise _RefutedError(f"{question.repository}@{question.descriptor.digest} is not there, or not whole")
        _check(hint)

    names = manifest_questions(plan, hint.beliefs)
    for first in names[:_FIRST]:
        await ask_name(first)
    await each(ask_name, names[_FIRST:], _AT_ONCE)
    await each(ask_blob, blob_questions(plan, hint.beliefs, frozenset(right)), _AT_ONCE)
    doubted = frozenset((repository, digest) for repository, _, digest in hint.beliefs.begun - hint.beliefs.put)
    return Known(frozenset(right), asking.places, fresh=True, resumed=True, doubted=doubted)


def _check(hint: Hint) -> None:
    if why := hint.refuted():
        raise _RefutedError(why)
