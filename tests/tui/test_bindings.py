"""Every key does what it is said to: each binding of the app has a case here that names what it changes.

One app walks through all cases, since starting one costs more than a case. A case presses the key where it is bound, and the
named state, screen or file must then be another than before, and as the case says.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, SelectionList

from regplan import tui
from regplan.tui.app import RegplanApp
from regplan.tui.services import Services
from regplan.tui.widgets.pack_matrix import PackMatrix
from regplan.tui.widgets.record_table import RecordTable
from regplan.tui.widgets.window_inputs import WindowInputs
from regplan.verbs.drafting import Base
from regplan.verbs.options import Options
from tui.driving import Source, job_when, press, run_app
from tui.seeding import Conducting, seed_services
from tui.studies import CALICO, declared_study, hosted_study

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from regplan.model.plan import Study
    from regplan.tui.jobs import Job

pytestmark = [pytest.mark.anyio, pytest.mark.tui]


@dataclass
class Case:
    """Where a key is bound and pressed, what it changes, and to what."""

    where: str
    key: str
    changes: str
    to: object
    keys: str = ""


def table(app: RegplanApp) -> RecordTable[Any]:
    focused = app.screen_stack[0].focused
    return focused if isinstance(focused, RecordTable) else app.screen_stack[0].query(RecordTable).first()


# The first dry run is refused until one logs in; a folder is seeded from the demo too.
CONDUCTING = Conducting(wants_login=True, to="oci:images")


def _is_still(job: Job) -> bool:
    """Whether a job waits for a key, or is at rest."""
    return not job.busy or getattr(job.progress, "stage", "") in {"asking", "running"}


# What a key can change, by name. A session, a screen, a table's view, the clipboard, a dialog, or a file.
STATES: dict[str, Callable[[RegplanApp, Source], object]] = {
    "place": lambda app, _: app.current_mode,
    "dialog": lambda app, _: type(app.screen).__name__ if isinstance(app.screen, ModalScreen) else "none",
    "screen": lambda app, _: type(app.screen).__name__,
    "units": lambda app, _: "GiB" if app.session.binary else "GB",
    "theme": lambda app, _: app.theme,
    "sites asked for": lambda _, source: len(source.targets),
    "busy": lambda app, _: app.session.busy,
    "sort": lambda app, _: (table(app).view.sort, table(app).view.reverse),
    "filter": lambda app, _: table(app).view.pattern,
    "columns": lambda app, _: ",".join(table(app).view.columns),
    "marks": lambda app, _: len(table(app).marked),
    "across": lambda app, _: app.screen.query_one(PackMatrix).cursor_column,
    "field": lambda app, _: app.screen.query_one(WindowInputs).field,
    "rate planned with": lambda app, _: app.screen.query_one(WindowInputs).plan.rate_bps,
    "row": lambda app, _: table(app).cursor_row,
    "focus": lambda app, _: type(app.focused).__name__,
    "edit": lambda app, _: app.session.edits[-1].name if app.session.edits else "",
    "edited": lambda app, _: app.session.edits[-1].value if app.session.edits else "",
    "clipboard": lambda app, _: app.clipboard,
    "seedings": lambda _, __: len(CONDUCTING.begun),
    "agreed": lambda _, __: CONDUCTING.begun[-1].agreed,
    "held": lambda _, __: CONDUCTING.begun[-1].held,
    "verified": lambda app, _: app.session.jobs["seed-verify"].attempt > 0,
    "typed": lambda app, _: app.screen.query(Input).first().value,
    "ticked": lambda app, _: len(app.screen.query_one(SelectionList).selected),
    "running": lambda app, _: app._exit is False,
}

# In order: every case begins where the one before has ended, after `keys`.
CASES = (
    Case("RegplanApp", "d", "sites asked for", 2),
    Case("RegplanApp", "r", "sites asked for", 3),
    Case("RegplanApp", "0", "place", "start"),
    Case("RegplanApp", "1", "place", "verdict"),
    Case("RegplanApp", "3", "place", "sharing"),
    Case("PackMatrix", "right", "across", 2),
    Case("PackMatrix", "left", "across", 1),
    Case("RegplanApp", "i", "place", "images"),
    Case("RegplanApp", "h", "place", "hosts"),
    Case("HostsScreen", "plus", "edit", "hosts.node-3"),
    Case("HostsScreen", "delete", "edit", "hosts.node-1"),
    Case("HostsScreen", "E", "place", "capacity", "z z"),
    Case("RegplanApp", "4", "place", "capacity", "1"),
    Case("InputsTable", "right", "edited", "310GB", "escape home"),
    Case("InputsTable", "left", "edited", "300GB"),
    Case("InputsTable", "backspace", "edited", ""),
    Case("InputsTable", "enter", "dialog", "SetScreen"),
    Case("SetScreen", "escape", "dialog", "none"),
    Case("RegplanApp", "x", "screen", "CompareScreen", "right"),
    Case("CompareScreen", "escape", "screen", "CapacityScreen"),
    Case("CompareScreen", "x", "screen", "CapacityScreen", "x"),
    Case("RegplanApp", "z", "edited", ""),
    Case("RegplanApp", "ctrl+s", "dialog", "SaveScreen"),
    Case("SaveScreen", "escape", "dialog", "none"),
    Case("DraftScreen", "escape", "dialog", "none", "colon d r a f t enter"),
    Case("DraftScreen", "enter", "dialog", "none", "colon d r a f t enter"),
    Case("DraftScreen", "q", "dialog", "none", "colon d r a f t enter"),
    Case("RegplanApp", "5", "place", "bandwidth"),
    Case("WindowInputs", "down", "field", 1, "tab tab tab"),
    Case("WindowInputs", "up", "field", 0),
    Case("WindowInputs", "left", "rate planned with", 15_000_000),
    Case("WindowInputs", "right", "rate planned with", None),
    Case("RegplanApp", "7", "place", "registry"),
    Case("RegistryScreen", "R", "dialog", "AskScreen"),
    Case("StartScreen", "g", "dialog", "AskScreen", "escape 0"),
    Case("RegplanApp", "8", "place", "seed", "escape"),
    Case("SeedScreen", "T", "dialog", "AskScreen"),
    Case("AskScreen", "escape", "dialog", "none"),
    Case("SeedScreen", "l", "dialog", "AskScreen"),
    Case("SeedScreen", "W", "dialog", "AskScreen", "escape"),
    Case("SeedScreen", "D", "seedings", 1, "escape"),
    Case("LoginScreen", "escape", "dialog", "none"),
    Case("SeedScreen", "E", "dialog", "AskScreen"),
    Case("SeedScreen", "v", "verified", True, "escape"),
    Case("SeedScreen", "R", "dialog", "ConfirmScreen"),
    Case("ConfirmScreen", "n", "agreed", False),
    Case("ConfirmScreen", "escape", "agreed", False, "R"),
    Case("ConfirmScreen", "y", "agreed", True, "R"),
    Case("SeedScreen", "p", "held", True),
    Case("RegplanApp", "6", "place", "diff", "escape"),
    Case("DiffScreen", "x", "dialog", "PathScreen"),
    Case("PathScreen", "escape", "dialog", "none"),
    Case("RegplanApp", "9", "place", "fleet"),
    Case("FleetScreen", "r", "dialog", "PathScreen"),
    Case("FleetScreen", "f", "dialog", "PathScreen", "escape"),
    Case("RegplanApp", "2", "place", "layers", "escape 1"),
    Case("RegplanApp", "left_square_bracket", "place", "verdict"),
    Case("RegplanApp", "right_square_bracket", "place", "layers"),
    Case("RegplanApp", "escape", "place", "verdict"),
    Case("RegplanApp", "u", "units", "GiB"),
    Case("RegplanApp", "t", "theme", "dark", "u"),
    Case("RegplanApp", "o", "dialog", "OpenScreen"),
    Case("OpenScreen", "escape", "dialog", "none"),
    Case("RegplanApp", "question_mark", "dialog", "HelpScreen"),
    Case("HelpScreen", "escape", "dialog", "none"),
    Case("HelpScreen", "question_mark", "dialog", "none", "question_mark"),
    Case("HelpScreen", "enter", "dialog", "none", "question_mark"),
    Case("HelpScreen", "q", "dialog", "none", "question_mark"),
    Case("RegplanApp", "ctrl+o", "dialog", "JumpScreen"),
    Case("JumpScreen", "escape", "dialog", "none"),
    Case("TablePane", "w", "dialog", "WhyScreen"),
    Case("WhyScreen", "escape", "dialog", "none"),
    Case("WhyScreen", "w", "dialog", "none", "w"),
    Case("WhyScreen", "enter", "dialog", "none", "enter"),
    Case("WhyScreen", "q", "dialog", "none", "w"),
    Case("RecordTable", "down", "row", 1, "2 home"),
    Case("RecordTable", "up", "row", 0),
    Case("RecordTable", "pagedown", "row", 3),
    Case("RecordTable", "pageup", "row", 0),
    Case("RecordTable", "enter", "dialog", "WhyScreen"),
    Case("RecordTable", "end", "row", 3, "escape home"),
    Case("RecordTable", "home", "row", 0),
    Case("RecordTable", "G", "row", 3),
    Case("RecordTable", "g", "row", 0),
    Case("RecordTable", "s", "sort", ("image", False)),
    Case("RecordTable", "S", "sort", ("image", True)),
    Case("RecordTable", "space", "marks", 1),
    Case("TablePane", "y", "clipboard", CALICO),
    Case("TablePane", "slash", "focus", "FilterInput", "space home"),
    Case("FilterInput", "enter", "focus", "RecordTable", "n g i"),
    Case("TablePane", "escape", "filter", ""),
    Case("FilterInput", "down", "focus", "RecordTable", "slash n"),
    Case("FilterInput", "escape", "filter", "", "slash"),
    Case("TablePane", "c", "dialog", "ColumnsScreen"),
    Case("ColumnsScreen", "escape", "dialog", "none"),
    Case("ColumnsScreen", "enter", "columns", "size,shared,unique", "c space"),
    Case("ColumnsScreen", "a", "columns", "", "c"),
    Case("TablePane", "e", "dialog", "ExportScreen"),
    Case("ExportScreen", "escape", "dialog", "none"),
    Case("RegplanApp", "colon", "dialog", "CommandScreen"),
    Case("CommandScreen", "tab", "typed", "units", "u n"),
    Case("CommandScreen", "escape", "dialog", "none"),
    Case("RegplanApp", "q", "running", False),
)


def bound() -> set[tuple[str, str]]:
    """List every key that a class of the app binds."""
    found = set()
    for module in pkgutil.walk_packages(tui.__path__, "regplan.tui."):
        for value in vars(importlib.import_module(module.name)).values():
            if not (isinstance(value, type) and issubclass(value, DOMNode)) or value.__module__ != module.name:
                continue
            for binding in vars(value).get("BINDINGS", ()):
                assert isinstance(binding, Binding), f"{value.__name__}: bindings are written in full"
                found |= {(value.__name__, key.strip()) for key in binding.key.split(",")}
    return found


# Every message of the app, and the test that shows what it changes.
MESSAGES = {
    "Progressed": "test_of_a_flood_of_progress_the_last_is_shown",
    "Resolved": "test_a_site_named_at_the_start_is_opened_at_once_on_the_verdict",
    "ResolveFailed": "test_an_error_is_shown_with_the_next_step_and_the_app_stays_up",
    "JobProgressed": "test_a_job_tells_its_newest_progress_and_its_result_stays_while_it_runs_again",
    "JobEnded": "test_a_job_tells_its_newest_progress_and_its_result_stays_while_it_runs_again",
    "JobFailed": "test_a_job_that_fails_leaves_the_app_up_with_the_next_step",
    "WhyAsked": "test_why_of_a_rule_tells_have_need_unit_fix_and_source",
    "OpenAsked": "test_enter_opens_the_sites_plan_and_the_trail_leads_back",
    "ColumnsAsked": "test_every_key_changes_what_its_case_says",
    "ExportAsked": "test_what_is_seen_can_be_written_to_files_and_copied",
    "HostAsked": "test_hosts_are_set_added_and_taken_away_where_they_are_shown",
    "InputAsked": "test_arrows_step_enter_types_and_backspace_takes_the_file_again",
    "CopyAsked": "test_what_is_seen_can_be_written_to_files_and_copied",
    "WindowPlanned": "test_the_course_follows_the_way_and_the_planner_the_arrow_keys",
    "RecordTable.Highlighted": "test_the_blobs_of_the_highlighted_image_tell_who_else_has_them",
    "RecordTable.Arranged": "test_of_twenty_thousand_rows_the_filter_the_order_and_the_marks_know_every_one",
    "RecordTable.Chosen": "test_the_mouse_sorts_by_a_heading_goes_to_a_row_and_asks_why_of_the_row_one_is_on",
}


def test_every_message_has_a_test_that_shows_what_it_changes() -> None:
    for module in pkgutil.walk_packages(tui.__path__, "regplan.tui."):
        importlib.import_module(module.name)
    waiting, found = list(Message.__subclasses__()), set()
    while waiting:
        waiting += (each := waiting.pop()).__subclasses__()
        if each.__module__.startswith("regplan.tui."):
            found.add(each.__qualname__)
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))

    assert found == set(MESSAGES)
    assert [test for test in MESSAGES.values() if f"def {test}(" not in tests] == []


def test_every_binding_has_a_case_that_names_what_it_changes() -> None:
    cases = {(case.where, case.key) for case in CASES}

    assert bound() - cases == set(), "bindings without a test"
    assert cases - bound() == set(), "tests of bindings that are gone"
    assert len(cases) == len(CASES)


@pytest.mark.slow
async def test_every_key_changes_what_its_case_says() -> None:
    study = declared_study()
    study = replace(study, plan=replace(study.plan, hosts=hosted_study().plan.hosts))
    source = Source(
        study,
        base=Base(
            "site.yaml",
            "name: a\nimages: [b]\nregistry: {storage: 300GB}\nhosts: [{name: node-1}, {name: node-2}]\n",
            Options(),
            study.plan.site,
        ),
    )

    async def plan(*_: object) -> Study:
        return replace(study)

    async with run_app(source, "site.yaml", services=seed_services(CONDUCTING, Services(plan_draft=plan))) as pilot:
        for case in CASES:
            await _walk(pilot, source, case)


async def _walk(pilot: Pilot[None], source: Source, case: Case) -> None:
    app = pilot.app
    assert isinstance(app, RegplanApp)
    for key in case.keys.split():
        await press(pilot, key)
        await job_when(pilot, app.current_mode, _is_still)
    await job_when(pilot, app.current_mode, _is_still)
    nodes = [type(node).__name__ for node, _ in app.screen._modal_binding_chain]
    assert case.where in nodes, f"{case}: {case.where} is not where keys go: {nodes}"
    before = STATES[case.changes](app, source)
    if case.changes == "running":
        await pilot.press(case.key)
    else:
        await press(pilot, case.key)
        await job_when(pilot, app.current_mode, _is_still)
    assert before != case.to, f"{case}: it was so before"
    assert STATES[case.changes](app, source) == case.to, f"{case}: {app.screen}"
