"""The site edited in place: each edit is planned in a thread, the newest counts, and every screen shows what came of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from textual import on

from regplan.errors import InputError
from regplan.report.words import counted, tidy
from regplan.tui.drafts import Drafted, and_edit, edits_without, host_edit, next_name, set_words, stepped
from regplan.tui.messages import JobEnded, JobFailed
from regplan.tui.runner import Runner
from regplan.tui.services import Services
from regplan.tui.widgets.inputs_table import HostAsked, InputAsked
from regplan.tui.widgets.table_pane import TablePane
from regplan.tui.work import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.progress import Report
    from regplan.model.site_input import SiteInput
    from regplan.profile.site_edit import SiteEdit
    from regplan.tui.session import Session
    from regplan.verbs.drafting import Base, Standing

__all__ = ["Editor"]

_DRAFT: Final = "draft"
_NO_FILE: Final = "no site file is open that could be edited: o opens one, d the demo"


class Editor(Runner):
    """Holds the draft of the open site, and plans it anew after every edit."""

    services: Services = Services()
    _left: tuple[tuple[SiteEdit, ...], str] = ((), "")

    def orders(self) -> dict[str, Callable[[str], None]]:
        """Name what commands do to a draft."""
        return {
            **super().orders(),
            "set": lambda argument: self.set_key(*set_words(argument)),
            "host": lambda argument: self.edit(host_edit(argument)),
            "undo": lambda _: self.action_undo(),
            "restore": self.restore,
            "draft": lambda _: self.action_draft(),
            "save": self.ask_save,
        }

    # --- edits ------------------------------------------------------------------------------------------------------

    def set_key(self, name: str, value: str) -> None:
        """Set a key of the site file; raises `InputError` for what it cannot have."""
        from regplan.profile.site_edit import edit_of

        self.edit(edit_of(name, value))

    def edit(self, edit: SiteEdit) -> None:
        """Make an edit; raises `InputError` where there is no file to edit."""
        self._based()
        self._take(and_edit(self.session.edits, edit))

    def restore(self, name: str) -> None:
        """Give a key, or with "" every key, the file's value again."""
        self._based()
        self._take(edits_without(self.session.edits, name) if name else ())

    def action_undo(self) -> None:
        """Take the last edit back."""
        if self.session.edits:
            self.notify(f"Undone: {tidy(self.session.edits[-1].name)}", markup=False)
            self._take(self.session.edits[:-1])
        else:
            self.notify("There is nothing to undo.")

    def _take(self, edits: tuple[SiteEdit, ...]) -> None:
        self.session = self.session.edited(edits)
        self.plan_draft()

    def plan_draft(self) -> None:
        """Plan what the edits make of the file; while a plan is made nothing is begun, and the newest edits come next."""
        session = self.session
        if session.base is None or session.jobs[_DRAFT].busy:
            return
        if not session.edits:
            if session.read is not None:
                self.session = session.drafted(session.read, session.jobs[_DRAFT])
            return
        self.begin(_DRAFT, partial(_draft, self.services, session.base, session.edits), session.base)

    @on(JobEnded)
    def _draft_planned(self, event: JobEnded) -> None:
        drafted, job = event.result, self._current(event.name, event.attempt)
        if not isinstance(drafted, Drafted) or job is None:
            return
        session, job = self.session, job.ended(drafted)
        self.session = session.drafted(drafted.study, job) if session.edits else session.having(job)
        if drafted.edits != session.edits:
            self.plan_draft()

    @on(JobFailed)
    def _draft_failed(self, event: JobFailed) -> None:
        if event.name == _DRAFT and self._current(event.name, event.attempt) is not None:
            self.notify(event.failure.message, title="Not planned", severity="error", markup=False)
            self.session = _with_planned(self.session)

    def cancel_job(self, name: str) -> None:
        """Cancel a job; what of a draft was not planned is taken back."""
        super().cancel_job(name)
        if name == _DRAFT:
            self.session = _with_planned(self.session)

    @on(InputAsked)
    def _change_input(self, event: InputAsked) -> None:
        from regplan.tui.screens.set import SetScreen

        row = event.record
        if event.how == "type":
            self.push_screen(SetScreen(row), partial(self._typed_value, row))
        elif event.how == "file":
            if any(edit.name == row.name for edit in self.session.edits):
                self.restore(row.name)
        elif (edit := stepped(self.session.edits, row, up=event.how == "up")) is not None:
            self.edit(edit)
        else:
            self.notify(f"{row.name} takes {row.takes}: enter types a value.", markup=False)

    @on(HostAsked)
    async def _change_host(self, event: HostAsked) -> None:
        from regplan.profile.site_edit import SiteEdit

        study = self.session.study
        if self.session.base is None or study is None:
            self.notify(_NO_FILE, severity="error")
        elif event.how == "set":
            await self.go("capacity")
            self.screen.query(TablePane).first().filter_by(f"hosts.{event.name}.")
        elif event.how == "remove":
            self.edit(SiteEdit("hosts", None, event.name))
        else:
            name = next_name(event.name, [host.name for host in study.plan.site.hosts])
            self.edit(SiteEdit("hosts", event.name, name))

    def _typed_value(self, row: SiteInput, value: str | None) -> None:
        if value is not None:
            self.set_key(row.name, value)

    # --- what a draft is --------------------------------------------------------------------------------------------

    def action_draft(self) -> None:
        """List what the draft has in another way than the file."""
        from regplan.tui.screens.draft import DraftScreen
        from regplan.verbs.drafting import differences, standing_at

        base = self._based()
        standing = standing_at(base, base.file)
        words = "is gone" if standing is None else "" if standing.text == base.text else standing.words
        self.push_screen(DraftScreen(base.file, differences(base, self.session.edits), words))

    def action_save(self) -> None:
        """Ask where the draft is saved."""
        try:
            self.ask_save("")
        except InputError as error:
            self.notify(error.message, severity="error", markup=False)

    def ask_save(self, path: str) -> None:
        """Ask where the draft is saved, beginning with a path; raises `InputError` where there is nothing to save."""
        from regplan.tui.screens.save import SaveScreen

        base = self._based()
        if not self._may_write():
            return
        if self.session.jobs[_DRAFT].busy:
            raise InputError("the newest edits are being planned: save them when that is done")
        self.push_screen(SaveScreen(base, path or base.file), self._save)

    def _save(self, answer: tuple[str, Standing | None] | None) -> None:
        base, edits = self.session.base, self.session.edits
        if answer is None or base is None:
            return
        path, agreed = answer

        async def write() -> tuple[Base, str]:
            from regplan.verbs.drafting import save_draft

            return save_draft(base, edits, path, agreed)

        async def work() -> None:
            try:
                saved, words = await in_thread(write)
            except InputError as error:
                self.notify(error.message, severity="error", markup=False)
                return
            if saved is not base:
                self.session = self.session.saved(saved)
                self.notify(f"Saved: {path}", markup=False)
            else:
                self.notify(
                    f"Written: {path}; {words or 'the draft stays open, :open reads the new file'}", markup=False
                )

        self.run_worker(work(), group="save")

    def may_leave_draft(self, how: str) -> bool:
        """Tell whether the edits may be dropped: there are none, or this was asked before; `how` says what drops them."""
        edits = self.session.edits
        if not edits or (edits is self._left[0] and how == self._left[1]):
            return True
        self._left = edits, how
        self.notify(
            f"{counted(len({edit.name for edit in edits}), 'key')} edited and not saved: ctrl+s saves, {how}.",
            severity="warning",
        )
        return False

    def _based(self) -> Base:
        if self.session.base is None:
            raise InputError(_NO_FILE)
        return self.session.base


async def _draft(services: Services, base: Base, edits: tuple[SiteEdit, ...], report: Report) -> Drafted:
    return Drafted(edits, await services.plan_draft(base, edits, report))


def _with_planned(session: Session) -> Session:
    """Tell the session with the edits that its plan has."""
    drafted: Any = session.jobs[_DRAFT].result
    return session.edited(drafted.edits if drafted is not None and session.study is drafted.study else ())
