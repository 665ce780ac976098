"""The journal of a seeding: where it lies, what it says before a run, and who writes it while one is under way."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from regplan.errors import InputError
from regplan.seed.beliefs import Beliefs, Identity, recall
from regplan.seed.journal import RunJournal, RunNames
from regplan.seed.recollection import Hint
from regplan.store.files import user_path
from regplan.store.journal import Journal, JournalBusy, read_lines
from regplan.store.journals import journal_file, prune_journals
from regplan.units import format_count
from regplan.values import dataclass
from regplan.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from regplan.seed.survey import Survey
    from regplan.verbs.targets import Target
    from regplan.verbs.wishes import JournalWish

__all__ = ["Keeping", "default_journal_folder", "keeping_for"]


@dataclass(slots=True)
class Keeping:
    """The journal of one run; `path` is None where none is kept, and `beliefs` is what it says before the run.

    `say` takes what happens to it, one sentence each; `certificate` tells the fingerprint that the registry shows, once
    it has answered.
    """

    path: Path | None
    target: Target
    site: str
    wish: JournalWish
    beliefs: Beliefs
    say: Callable[[str], None]
    certificate: Callable[[], str] = str

    def hint(self, certificate: Callable[[], str]) -> Hint | None:
        """Tell what the survey is to hold against the target's answers; None where there is nothing."""
        self.certificate = certificate
        return None if self.beliefs.identity is None else Hint(self.beliefs, self._refuted)

    def tell(self, survey: Survey | None) -> None:
        """Tell what became of the journal's word."""
        if survey is not None and survey.refuted:
            self.say(f"{self.path} is not believed, and every tag is asked for: {survey.refuted}")
        elif survey is not None and survey.resumed:
            right = format_count(len(survey.known.right), "right name")
            places = format_count(len(survey.known.places), "more blob")
            self.say(f"going on from {self.path}: {right} and {places} are there")

    @contextmanager
    def open(self, survey: Survey) -> Iterator[RunJournal | None]:
        """Open the journal for the run that follows a survey; None where none is kept, or not by us.

        Raises `InputError` where a file that was named cannot be written.
        """
        file = None if self.path is None or self.wish.off or self.wish.only_read else self._opened(self.path)
        if file is None:
            self.path = None
            yield None
            return
        try:
            if file.note:
                self.say(file.note)
            beliefs = self.beliefs
            if survey.refuted or survey.level != "tags":
                file.restart()
                beliefs = Beliefs()
            names = RunNames(self._identity(), str(self.target), f"regplan {VERSION}")
            yield RunJournal(file, names, beliefs, lambda: datetime.now(UTC))
        finally:
            file.close()

    def _opened(self, path: Path) -> Journal | None:
        try:
            if not self.wish.file:
                prune_journals(path.parent, datetime.now(UTC).timestamp())
            return Journal(path, self.say)
        except JournalBusy as error:
            self.say(f"{error}; this one goes on without")
        except InputError as error:
            if self.wish.file:
                raise
            self.say(f"{error}; the run goes on without it")
        return None

    def _identity(self) -> Identity:
        return Identity(self.site, self.target.project, self.certificate())

    def _refuted(self) -> str:
        known = self.beliefs.identity
        return "" if known is None else self._identity().differs(known)


def keeping_for(target: Target, site: str, wish: JournalWish, say: Callable[[str], None]) -> Keeping:
    """Find the journal for a target and a site's name, "" for none, and read it; `say` takes what happens to it.

    Raises `InputError` where a file that was named is no journal or cannot be read. A tree of layouts needs none: what
    is there is seen without asking.
    """
    keeping = Keeping(None, target, site, wish, Beliefs(), say)
    if wish.off or target.folder:
        return keeping
    try:
        keeping.path = user_path(wish.file) if wish.file else _default_file(target, site)
        if keeping.path.exists():
            keeping.beliefs = recall(read_lines(keeping.path))
    except InputError as error:
        if wish.file:
            raise
        keeping.path = None
        say(f"{error}; the run goes on without a journal")
    return keeping


def default_journal_folder() -> Path:
    """Tell where journals are kept: below the platform's folder for users' state.

    Raises `InputError` where the user's home folder is unknown.
    """
    import platformdirs

    try:
        return Path(platformdirs.user_state_dir("regplan", appauthor=False)) / "journals"
    except RuntimeError:
        raise InputError(
            "the home folder is unknown, and so is the journals': set HOME, or give --journal FILE"
        ) from None


def _default_file(target: Target, site: str) -> Path:
    """Name the journal for the site, whatever address its registry has today; for the target where there is no site."""
    name = f"{site}_{target.project}" if site else str(target).removeprefix("docker://")
    return journal_file(default_journal_folder(), name)
