"""Plans beside each other: the file as it was read, what was kept of it and of other sites, and the draft."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from textual import on

from regplan.errors import InputError
from regplan.report.words import counted, tidy
from regplan.tui.editing import Editor
from regplan.tui.messages import JobEnded, JobFailed
from regplan.tui.session import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from regplan.model.plan import Study
    from regplan.model.progress import Report
    from regplan.tui.services import Services
    from regplan.tui.session import Session

__all__ = ["Comparer", "compared"]

_JOB: Final = "compare"
_MOST: Final = 4
_FILE, _DRAFT = "file", "draft"


class Comparer(Editor):
    """Keeps plans, and shows them side by side."""

    def orders(self) -> dict[str, Callable[[str], None]]:
        """Name what commands do with plans that are kept."""
        return {**super().orders(), "keep": self.keep, "forget": self.forget, "compare": self.compare}

    def keep(self, name: str) -> None:
        """Keep the plan that is shown; raises `InputError` where there is none, and where there is no room."""
        study = self.session.study
        if study is None:
            raise InputError("nothing is planned that could be kept: o opens a site")
        self._keep(Scenario(name or _name_of(self.session), study))

    def _keep(self, scenario: Scenario) -> None:
        kept = tuple(each for each in self.session.scenarios if each.name != scenario.name)
        if len(kept) >= _MOST - 1:
            raise InputError(f"{_MOST - 1} plans are kept beside the file: :forget NAME lets one go")
        self.session = self.session.keeping((*kept, scenario))
        self.notify(f"Kept: {tidy(scenario.name)}; x compares.", markup=False)

    def forget(self, name: str) -> None:
        """Let a plan go, or with "" every one; raises `InputError` for what was not kept."""
        kept = tuple(each for each in self.session.scenarios if name and each.name != name)
        if name and len(kept) == len(self.session.scenarios):
            known = ", ".join(each.name for each in self.session.scenarios) or "none"
            raise InputError(f"no plan is kept as {name}; kept: {known}")
        self.session = self.session.keeping(kept)

    def compare(self, target: str) -> None:
        """Show what there is side by side; with a target that is planned first, and kept."""
        if not target:
            self.action_compare()
            return
        if len(self.session.scenarios) >= _MOST - 1:
            raise InputError(f"{_MOST - 1} plans are kept beside the file: :forget NAME lets one go")
        self.notify(f"Planning {tidy(target)} beside this one: :cancel stops it.", markup=False)
        self.begin(_JOB, partial(_plan_other, self.services, target), target)

    @on(JobEnded)
    def _other_planned(self, event: JobEnded) -> None:
        if event.name != _JOB or not isinstance(event.result, Scenario) or self._current(_JOB, event.attempt) is None:
            return
        try:
            self._keep(event.result)
        except InputError as error:
            self.notify(error.message, severity="error", markup=False)
        self.action_compare()

    @on(JobFailed)
    def _other_failed(self, event: JobFailed) -> None:
        if event.name == _JOB and self._current(_JOB, event.attempt) is not None:
            self.notify(event.failure.message, title="Not planned", severity="error", markup=False)

    def action_compare(self) -> None:
        """Show the file, what was kept and the draft side by side."""
        from regplan.plan.comparison import compare_plans
        from regplan.tui.screens.compare import CompareScreen

        scenarios = compared(self.session)
        if len(scenarios) < 2:
            self.notify("Nothing stands beside this plan yet: edit it, :keep it under a name, or :compare SITE.")
            return
        left = len(scenarios) - _MOST
        if left > 0:
            self.notify(f"{counted(left, 'plan')} more: :forget NAME makes room.")
        shown = scenarios[:_MOST]
        comparison = compare_plans([each.study.plan for each in shown], [each.name for each in shown])
        self.push_screen(CompareScreen(comparison))


def compared(session: Session) -> tuple[Scenario, ...]:
    """List what stands side by side: the file as it was read, what was kept, and the draft where it is none of these."""
    found: list[Scenario] = []
    read, study = session.read, session.study
    if read is not None:
        found.append(Scenario(tidy(read.plan.site.name) if read is study else _FILE, read))
    found += [each for each in session.scenarios if each.study is not read]
    if study is not None and all(each.study is not study for each in found):
        found.append(Scenario(_DRAFT, study))
    return tuple(found)


def _name_of(session: Session) -> str:
    """Name a draft by its last edit, and a plan without edits by its site."""
    if session.edits:
        last = session.edits[-1]
        return f"{last.name} {last.value}" if last.value else last.name
    return session.study.plan.site.name if session.study is not None else ""


async def _plan_other(services: Services, target: str, report: Report) -> Scenario:
    study: Study = await services.plan_other(target, services.options, report)
    return Scenario(study.plan.site.name or target, study)
